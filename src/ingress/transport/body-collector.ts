import { BodyError, type BodyErrorReason, EMPTY_BODY } from "../server-exchange.ts";

/**
 * Gathers the chunks of a body up to a limit and hands it out once.
 *
 * Chunks beyond the limit are dropped, so that memory stays bounded whatever a client sends.
 */
export class BodyCollector {
  readonly #bytesMax: number;
  #chunks: Uint8Array[] = [];
  #byteCount = 0;
  #complete = false;
  #failure: BodyErrorReason | undefined;
  #waiter: PromiseWithResolvers<Uint8Array> | undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** True once nothing more is expected. */
  get settled(): boolean {
    return this.#complete || this.#failure !== undefined;
  }

  /** Adds a chunk, which is kept and not copied. False if the limit is exceeded. */
  add(chunk: Uint8Array): boolean {
    if (this.settled) return this.#failure === undefined;
    this.#byteCount += chunk.length;
    if (this.#byteCount > this.#bytesMax) {
      this.fail("too-large");
      return false;
    }
    this.#chunks.push(chunk);
    return true;
  }

  /** The body is complete. */
  end(): void {
    if (this.settled) return;
    this.#complete = true;
    this.#waiter?.resolve(this.#take());
  }

  /** The body will never be complete; a later failure changes nothing. */
  fail(reason: BodyErrorReason): void {
    if (this.settled) return;
    this.#failure = reason;
    this.#chunks = [];
    this.#waiter?.reject(new BodyError(reason));
  }

  /** The body, at once if it is complete; to be called once. */
  read(): Uint8Array | Promise<Uint8Array> {
    if (this.#complete) return this.#take();
    if (this.#failure !== undefined) return Promise.reject(new BodyError(this.#failure));
    this.#waiter = Promise.withResolvers<Uint8Array>();
    return this.#waiter.promise;
  }

  #take(): Uint8Array {
    const chunks = this.#chunks;
    this.#chunks = [];
    if (chunks.length === 0) return EMPTY_BODY;
    return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
  }
}
