import { assert } from "#base/assert";
import { ByteReader } from "#base/byte-reader";
import { ByteWriter } from "#base/byte-writer";
import { ClusterError } from "#base/cluster-error";
import type { Logger } from "#base/logger";
import type { PartitionLog } from "../multiraft/partition-log.ts";
import type { CommittedEntry, LeadershipChange, StateMachine } from "../multiraft/state-machine.ts";
import type { Metadata, MetadataDocument, MetadataWriteResult } from "./metadata.ts";
import {
  decodeMetadataCommand,
  encodeMetadataCommand,
  type MetadataCommand,
} from "./metadata-command.ts";
import type { MetadataStore } from "./metadata-store.ts";

/** What the metadata group needs. */
export interface MetadataGroupOptions {
  readonly store: MetadataStore;
  readonly log: PartitionLog;
  readonly logger: Logger;
  /** Tells the requests of this process apart from those of any other. */
  readonly requester: string;
}

type ChangedDocuments = Map<string, MetadataDocument | undefined>;
type DocumentListener = (document: MetadataDocument | undefined) => void;

interface PendingRequest {
  readonly resolve: (result: MetadataWriteResult) => void;
  readonly reject: (error: Error) => void;
}

/** Bytes of one document; larger ones belong elsewhere. */
export const METADATA_CONTENTS_BYTES_MAX = 4 * 1024 * 1024;

/** Log bytes after which the store is flushed and the log cut. */
const COMPACT_BYTES = 1024 * 1024;
const NO_CONTENTS = new Uint8Array(0);

/**
 * The metadata group: its state machine, and the interface that other components use.
 *
 * All documents are kept in memory; every change goes to the store together with the applied index,
 * so replay after a crash starts exactly behind it.
 */
export class MetadataGroup implements StateMachine, Metadata {
  readonly #options: MetadataGroupOptions;
  readonly #documents = new Map<string, MetadataDocument>();
  readonly #watchers = new Map<string, Set<DocumentListener>>();
  readonly #requests = new Map<number, PendingRequest>();
  #leaderWaiters: (() => void)[] = [];
  #nextRequestId = 1;
  #appliedIndex = 0;
  #isCompacting = false;

  private constructor(options: MetadataGroupOptions) {
    this.#options = options;
  }

  /** Loads the documents that the store holds. */
  static async load(options: MetadataGroupOptions): Promise<MetadataGroup> {
    const group = new MetadataGroup(options);
    const { appliedIndex, documents } = await options.store.load();
    group.#appliedIndex = appliedIndex;
    for (const document of documents) group.#documents.set(document.name, document);
    return group;
  }

  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  async get(name: string): Promise<MetadataDocument | undefined> {
    return this.#documents.get(name);
  }

  async getLatest(name: string): Promise<MetadataDocument | undefined> {
    await this.#options.log.readIndex();
    return this.#documents.get(name);
  }

  async list(prefix: string): Promise<readonly string[]> {
    const names = [...this.#documents.keys()].filter((name) => name.startsWith(prefix));
    return names.sort();
  }

  put(name: string, contents: Uint8Array, expectedVersion: number): Promise<MetadataWriteResult> {
    assert(contents.length <= METADATA_CONTENTS_BYTES_MAX, "a metadata document is small");
    return this.#propose({ kind: "put", name, expectedVersion, contents });
  }

  delete(name: string, expectedVersion: number): Promise<MetadataWriteResult> {
    return this.#propose({ kind: "delete", name, expectedVersion, contents: NO_CONTENTS });
  }

  watch(name: string, callback: DocumentListener): () => void {
    const listeners = this.#watchers.get(name) ?? new Set();
    this.#watchers.set(name, listeners);
    const listener: DocumentListener = (document) => callback(document);
    listeners.add(listener);
    callback(this.#documents.get(name));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#watchers.delete(name);
    };
  }

  /** Resolves once this node leads the group. */
  whenLeader(): Promise<void> {
    if (this.#options.log.isLeader) return Promise.resolve();
    return new Promise((resolve) => this.#leaderWaiters.push(resolve));
  }

  applyBatch(entries: readonly CommittedEntry[], lastIndex: number): Promise<void> {
    const changed: ChangedDocuments = new Map();
    const answers: (() => void)[] = [];
    for (const { data } of entries) {
      const command = decodeMetadataCommand(data);
      const result = this.#apply(command, changed);
      answers.push(() => this.#answer(command, result));
    }
    this.#appliedIndex = lastIndex;
    const change = { appliedIndex: lastIndex, documents: changed, isReplacement: false };
    return this.#options.store.write(change).then(() => {
      for (const answer of answers) answer();
      this.#compactWhenLarge();
    });
  }

  onLeadership({ isLeader }: LeadershipChange): void {
    if (isLeader) {
      const waiters = this.#leaderWaiters;
      this.#leaderWaiters = [];
      for (const resolve of waiters) resolve();
      return;
    }
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    for (const request of requests) request.reject(refusal("not-leader"));
  }

  async snapshot(): Promise<Uint8Array> {
    const writer = new ByteWriter();
    writer.writeVarint(this.#documents.size);
    for (const { name, version, contents } of this.#documents.values()) {
      writer.writeString(name);
      writer.writeVarint(version);
      writer.writeBytes(contents);
    }
    return writer.finish();
  }

  async restore(data: Uint8Array, index: number): Promise<void> {
    const reader = new ByteReader(data);
    this.#documents.clear();
    const count = reader.readVarint();
    for (let i = 0; i < count; i++) {
      const name = reader.readString();
      const version = reader.readVarint();
      this.#documents.set(name, { name, version, contents: reader.readBytes().slice() });
    }
    this.#appliedIndex = index;
    const documents = new Map(this.#documents);
    await this.#options.store.write({ appliedIndex: index, documents, isReplacement: true });
    for (const name of this.#watchers.keys()) this.#notify(name);
  }

  #propose(
    command: Pick<MetadataCommand, "kind" | "name" | "expectedVersion" | "contents">,
  ): Promise<MetadataWriteResult> {
    const { log, requester } = this.#options;
    const requestId = this.#nextRequestId++;
    const outcome = log.propose(encodeMetadataCommand({ ...command, requester, requestId }));
    if (outcome !== "accepted") return Promise.reject(refusal(outcome));
    return new Promise((resolve, reject) => this.#requests.set(requestId, { resolve, reject }));
  }

  #apply(command: MetadataCommand, changed: ChangedDocuments): MetadataWriteResult {
    const { name, kind } = command;
    const version = this.#documents.get(name)?.version ?? 0;
    if (version !== command.expectedVersion) return { isWritten: false, version };
    if (kind === "delete") {
      this.#documents.delete(name);
      changed.set(name, undefined);
      return { isWritten: version > 0, version: 0 };
    }
    // A copy: the record would stay in memory as long as the document holds a part of it.
    const document = { name, version: version + 1, contents: command.contents.slice() };
    this.#documents.set(name, document);
    changed.set(name, document);
    return { isWritten: true, version: version + 1 };
  }

  #answer(command: MetadataCommand, result: MetadataWriteResult): void {
    if (result.isWritten) this.#notify(command.name);
    if (command.requester !== this.#options.requester) return;
    this.#requests.get(command.requestId)?.resolve(result);
    this.#requests.delete(command.requestId);
  }

  #notify(name: string): void {
    const document = this.#documents.get(name);
    for (const listener of this.#watchers.get(name) ?? []) {
      try {
        listener(document);
      } catch (error) {
        // A listener's defect must not stop the group that everybody depends on.
        this.#options.logger.error("A metadata listener failed", { name, error });
      }
    }
  }

  #compactWhenLarge(): void {
    const { log, store, logger } = this.#options;
    if (this.#isCompacting || log.appendedBytesSinceCompaction() < COMPACT_BYTES) return;
    this.#isCompacting = true;
    const index = this.#appliedIndex;
    store
      .flush()
      .then(() => log.compact(index))
      .catch((error: unknown) => logger.warn("Could not flush the metadata", { error }))
      .finally(() => {
        this.#isCompacting = false;
      });
  }
}

function refusal(outcome: "not-leader" | "overloaded"): ClusterError {
  return outcome === "overloaded"
    ? new ClusterError("OVERLOADED", "The metadata group takes no more writes now; try again")
    : new ClusterError("NOT_LEADER", "The metadata group has no leader here; try again");
}
