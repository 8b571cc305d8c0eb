import { ByteGatherer } from "#base/byte-gatherer";
import { BodyError, type BodyErrorReason } from "../server-exchange.ts";
import type { BodyBudget } from "./body-budget.ts";

/** What bounds the bodies of a server. */
export interface BodyLimits {
  /** Largest request body; a larger one is refused while it is read. */
  readonly requestBytesMax: number;
  /** All bodies that are arriving; what does not fit is refused as overload. */
  readonly budget: BodyBudget;
}

/**
 * Gathers the chunks of a body up to a limit and hands it out once.
 *
 * Chunks beyond the limits are dropped, so that memory stays bounded whatever clients send.
 */
export class BodyCollector {
  readonly #limits: BodyLimits;
  readonly #gathered = new ByteGatherer();
  #complete = false;
  #failure: BodyErrorReason | undefined;
  #waiter: PromiseWithResolvers<Uint8Array> | undefined;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** True once nothing more is expected. */
  get settled(): boolean {
    return this.#complete || this.#failure !== undefined;
  }

  /** Adds a chunk, which must not change afterwards. False if a limit is exceeded. */
  add(chunk: Uint8Array): boolean {
    if (this.settled) return this.#failure === undefined;
    const { requestBytesMax, budget } = this.#limits;
    if (this.#gathered.byteCount + chunk.length > requestBytesMax) {
      this.fail("too-large");
      return false;
    }
    if (!budget.take(chunk.length)) {
      this.fail("overloaded");
      return false;
    }
    this.#gathered.add(chunk);
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
    this.#release();
    this.#waiter?.reject(new BodyError(reason));
  }

  /** Nobody will read the body: what is here is dropped, and so is what still comes. */
  discard(): void {
    if (this.settled) this.#release();
    else this.fail("aborted");
  }

  /** The body, at once if it is complete; to be called once. */
  read(): Uint8Array | Promise<Uint8Array> {
    if (this.#complete) return this.#take();
    if (this.#failure !== undefined) return Promise.reject(new BodyError(this.#failure));
    this.#waiter = Promise.withResolvers<Uint8Array>();
    return this.#waiter.promise;
  }

  #take(): Uint8Array {
    this.#limits.budget.release(this.#gathered.byteCount);
    return this.#gathered.take();
  }

  #release(): void {
    this.#limits.budget.release(this.#gathered.byteCount);
    this.#gathered.clear();
  }
}
