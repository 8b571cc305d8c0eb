interface Waiter {
  readonly resolve: (index: number) => void;
  readonly reject: (error: Error) => void;
  /** Confirmed read point; `undefined` until a leader has confirmed it. */
  index: number | undefined;
  ticks: number;
}

const CONTEXT_BYTES = 8;

/** Callers that wait for a linearizable read point, and then for it to be applied. */
export class ReadWaiters {
  readonly #waiters = new Map<number, Waiter>();
  #nextId = 1;

  /** Adds a caller; `context` identifies it to the core. */
  add(): { readonly context: Uint8Array; readonly promise: Promise<number> } {
    const id = this.#nextId++;
    const context = new Uint8Array(CONTEXT_BYTES);
    new DataView(context.buffer).setFloat64(0, id);
    const promise = new Promise<number>((resolve, reject) => {
      this.#waiters.set(id, { resolve, reject, index: undefined, ticks: 0 });
    });
    return { context, promise };
  }

  /** Notes the read point of one caller. */
  confirm(context: Uint8Array, index: number): void {
    const view = new DataView(context.buffer, context.byteOffset, context.byteLength);
    const waiter = this.#waiters.get(view.getFloat64(0));
    if (waiter !== undefined) waiter.index = index;
  }

  /** Answers the callers whose read point is applied. */
  release(appliedIndex: number): void {
    if (this.#waiters.size === 0) return;
    for (const [id, waiter] of this.#waiters) {
      if (waiter.index === undefined || waiter.index > appliedIndex) continue;
      this.#waiters.delete(id);
      waiter.resolve(waiter.index);
    }
  }

  /** Counts a tick; callers not confirmed within `ticksMax` fail, since requests may be lost. */
  tick(ticksMax: number, error: Error): void {
    for (const [id, waiter] of this.#waiters) {
      waiter.ticks++;
      if (waiter.index !== undefined || waiter.ticks < ticksMax) continue;
      this.#waiters.delete(id);
      waiter.reject(error);
    }
  }

  rejectAll(error: Error): void {
    const waiters = [...this.#waiters.values()];
    this.#waiters.clear();
    for (const waiter of waiters) waiter.reject(error);
  }
}
