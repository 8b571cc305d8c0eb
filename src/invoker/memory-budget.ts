/** Bytes that all streams of an invoker hold, against a common limit. */
export class MemoryBudget {
  readonly #bytesMax: number;
  #heldBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** True while more is held than allowed. */
  get isExceeded(): boolean {
    return this.#heldBytes > this.#bytesMax;
  }

  /** Records that a holder has `bytes` more (or less, if negative) than before. */
  change(bytes: number): void {
    this.#heldBytes += bytes;
  }
}
