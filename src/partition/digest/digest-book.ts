/** Digests of one replica that are kept for comparison. */
const KEPT_MAX = 4;
/** Comparisons that may wait for a state that this replica has not reached. */
const WAITING_MAX = 8;

interface Waiting {
  readonly index: number;
  readonly resolve: (digest: Promise<string | undefined> | string | undefined) => void;
}

/** The digests of one replica's states, by log index. */
export class DigestBook {
  readonly #digests = new Map<number, Promise<string | undefined>>();
  #waiting: Waiting[] = [];
  #passedIndex = 0;

  /**
   * Takes note of a state whose digest is computed, or was skipped.
   *
   * @param digest never rejects; undefined if it could not be computed
   */
  note(index: number, digest: Promise<string | undefined>): void {
    this.#passedIndex = index;
    this.#digests.set(index, digest);
    for (const old of this.#digests.keys()) {
      if (this.#digests.size <= KEPT_MAX) break;
      this.#digests.delete(old);
    }
    const due = this.#waiting.filter((waiting) => waiting.index <= index);
    this.#waiting = this.#waiting.filter((waiting) => waiting.index > index);
    for (const waiting of due) waiting.resolve(this.#find(waiting.index));
  }

  /** The digest at an index, when this replica gets there; undefined if it has none. */
  find(index: number): Promise<string | undefined> {
    if (index <= this.#passedIndex) return Promise.resolve(this.#find(index));
    return new Promise((resolve) => {
      this.#waiting.push({ index, resolve });
      if (this.#waiting.length > WAITING_MAX) this.#waiting.shift()?.resolve(undefined);
    });
  }

  /** Nothing is noted any more: nobody has to wait. */
  close(): void {
    for (const { resolve } of this.#waiting) resolve(undefined);
    this.#waiting = [];
    this.#passedIndex = Number.POSITIVE_INFINITY;
  }

  #find(index: number): Promise<string | undefined> | undefined {
    return this.#digests.get(index);
  }
}
