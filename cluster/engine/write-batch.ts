/** Kind of one operation in a batch. */
export const PUT = 0;
export const DELETE = 1;
export const DELETE_RANGE = 2;

/**
 * Builder of one atomic write, kept flat: operation `i` is (`kinds[i]`, `first[i]`, `second[i]`).
 *
 * Later operations win over earlier ones. Keys and values are taken by reference: leave them alone
 * until the write has completed.
 */
export class WriteBatch {
  readonly kinds: number[] = [];
  /** Key, or start of the range. */
  readonly first: Uint8Array[] = [];
  /** Value, end of the range, or (for a delete) the key again. */
  readonly second: Uint8Array[] = [];
  #bytes = 0;

  /** Number of operations. */
  get count(): number {
    return this.kinds.length;
  }

  /** Bytes of all keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#push(PUT, key, value);
  }

  delete(key: Uint8Array): void {
    this.#push(DELETE, key, key);
  }

  /** Deletes all keys from `start` inclusive to `end` exclusive. */
  deleteRange(start: Uint8Array, end: Uint8Array): void {
    this.#push(DELETE_RANGE, start, end);
  }

  #push(kind: number, first: Uint8Array, second: Uint8Array): void {
    this.kinds.push(kind);
    this.first.push(first);
    this.second.push(second);
    this.#bytes += first.length + second.length;
  }
}
