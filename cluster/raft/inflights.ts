import { assert } from "#base/assert";

const INITIAL_CAPACITY = 8;

/**
 * The window of append messages sent to one follower and not yet acknowledged.
 *
 * A ring buffer that grows on demand up to the limit, since most windows stay nearly empty.
 */
export class Inflights {
  readonly #countMax: number;
  readonly #bytesMax: number;
  /** Ring of the last entry index of each message, and of its payload bytes. */
  #lastIndexes: number[] = [];
  #sizes: number[] = [];
  #start = 0;
  #count = 0;
  #bytes = 0;

  /**
   * @param countMax messages in flight, at least 1
   * @param bytesMax payload bytes in flight; `Infinity` for no limit
   */
  constructor(countMax: number, bytesMax: number) {
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#count;
  }

  /** True if no further message may be sent. One message may overshoot the byte limit. */
  isFull(): boolean {
    return this.#count === this.#countMax || this.#bytes >= this.#bytesMax;
  }

  /** Notes a message whose last entry is `lastIndex`; indexes must not decrease. */
  add(lastIndex: number, bytes: number): void {
    assert(!this.isFull(), "nothing is sent while the window is full");
    if (this.#count === this.#lastIndexes.length) this.#grow();
    const slot = (this.#start + this.#count) % this.#lastIndexes.length;
    this.#lastIndexes[slot] = lastIndex;
    this.#sizes[slot] = bytes;
    this.#count += 1;
    this.#bytes += bytes;
  }

  /** Releases every message that ends at or below an acknowledged index. */
  freeUpTo(index: number): void {
    const capacity = this.#lastIndexes.length;
    while (this.#count > 0 && (this.#lastIndexes[this.#start] as number) <= index) {
      this.#bytes -= this.#sizes[this.#start] as number;
      this.#start = (this.#start + 1) % capacity;
      this.#count -= 1;
    }
    if (this.#count === 0) this.#start = 0;
  }

  reset(): void {
    this.#start = 0;
    this.#count = 0;
    this.#bytes = 0;
  }

  #grow(): void {
    const length = this.#lastIndexes.length;
    const capacity = Math.min(this.#countMax, Math.max(INITIAL_CAPACITY, length * 2));
    const lastIndexes = new Array<number>(capacity).fill(0);
    const sizes = new Array<number>(capacity).fill(0);
    for (let at = 0; at < this.#count; at += 1) {
      const slot = (this.#start + at) % length;
      lastIndexes[at] = this.#lastIndexes[slot] as number;
      sizes[at] = this.#sizes[slot] as number;
    }
    this.#lastIndexes = lastIndexes;
    this.#sizes = sizes;
    this.#start = 0;
  }
}
