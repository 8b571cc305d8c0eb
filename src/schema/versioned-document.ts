import type { Logger } from "#base/logger";
import { SchemaRefusal } from "./schema-refusal.ts";

/** The part of the metadata store that the registry needs; `Metadata` of `#cluster` fits. */
export interface DocumentStore {
  getLatest(name: string): Promise<StoredDocument | undefined>;
  put(
    name: string,
    contents: Uint8Array,
    expectedVersion: number,
  ): Promise<{ readonly isWritten: boolean; readonly version: number }>;
  watch(name: string, callback: (document: StoredDocument | undefined) => void): () => void;
}

/** A document of the store; versions count from one. */
export interface StoredDocument {
  readonly version: number;
  readonly contents: Uint8Array;
}

/** How a document is read and written. */
export interface DocumentFormat<Content> {
  readonly name: string;
  readonly empty: Content;
  readonly bytesMax: number;
  encode(content: Content): Uint8Array;
  decode(contents: Uint8Array): Content;
}

/** From the latest content to the next one, and what the caller learns. */
type Change<Content, Result> = (
  content: Content,
  version: number,
) => { readonly content: Content; readonly result: Result };

/** Writes tried before a change gives up because others keep changing the document. */
const WRITE_ATTEMPTS_MAX = 20;

/**
 * A document of the metadata store, held in memory and changed by compare-and-set.
 *
 * Readers see a change when the store announces it, writers at once.
 */
export class VersionedDocument<Content> {
  readonly #store: DocumentStore;
  readonly #format: DocumentFormat<Content>;
  readonly #logger: Logger;
  readonly #onChange: (content: Content, version: number) => void;
  #version = -1;
  /** Ends when the last change asked for has; changes of one node go one after another. */
  #lastChange: Promise<unknown> = Promise.resolve();
  #unwatch: () => void = () => undefined;

  constructor(options: {
    readonly store: DocumentStore;
    readonly format: DocumentFormat<Content>;
    readonly logger: Logger;
    /** Called with every newer version, in order, the first one included. */
    readonly onChange: (content: Content, version: number) => void;
  }) {
    this.#store = options.store;
    this.#format = options.format;
    this.#logger = options.logger;
    this.#onChange = options.onChange;
  }

  /** Reads the document once, and follows it from then on. */
  async open(): Promise<void> {
    const document = await this.#store.getLatest(this.#format.name);
    this.#accept(document?.version ?? 0, document?.contents);
    this.#unwatch = this.#store.watch(this.#format.name, (changed) => {
      this.#accept(changed?.version ?? 0, changed?.contents);
    });
  }

  close(): void {
    this.#unwatch();
  }

  /**
   * Applies a change to the latest content and stores the result. The change runs again when
   * another node wrote in between; a result equal to its input is not written. Changes wait for
   * each other here, else a burst of them would use up the attempts against one another.
   *
   * @throws SchemaRefusal `conflict`, `document-too-large`, or whatever the change throws
   */
  change<Result>(change: Change<Content, Result>): Promise<Result> {
    const changing = this.#lastChange.then(() => this.#changeNow(change));
    this.#lastChange = changing.catch(() => undefined);
    return changing;
  }

  async #changeNow<Result>(change: Change<Content, Result>): Promise<Result> {
    for (let attempt = 0; attempt < WRITE_ATTEMPTS_MAX; attempt++) {
      const document = await this.#store.getLatest(this.#format.name);
      const version = document?.version ?? 0;
      const present =
        document === undefined ? this.#format.empty : this.#format.decode(document.contents);
      const { content, result } = change(present, version);
      if (content === present) return result;
      const encoded = this.#format.encode(content);
      if (encoded.length > this.#format.bytesMax) {
        throw new SchemaRefusal(
          "document-too-large",
          `the change would make ${this.#format.name} ${encoded.length} bytes large; ` +
            `the limit is ${this.#format.bytesMax} bytes`,
        );
      }
      const written = await this.#store.put(this.#format.name, encoded, version);
      if (written.isWritten) {
        this.#accept(written.version, encoded);
        return result;
      }
    }
    throw new SchemaRefusal("conflict", `${this.#format.name} keeps changing; try again`);
  }

  #accept(version: number, contents: Uint8Array | undefined): void {
    if (version <= this.#version) return;
    const content = contents === undefined ? this.#format.empty : this.#format.decode(contents);
    this.#version = version;
    this.#logger.debug("Metadata document changed", { document: this.#format.name, version });
    this.#onChange(content, version);
  }
}
