/**
 * Bounded cache in two generations. What is used moves to the young one; when that has grown to
 * its limit it becomes the old one, and what nobody used since is dropped.
 *
 * Drops only in `trim`: a record that needs several large values at once must be able to bring
 * them in one by one. Holds at most two generations of `weightMax` each, give or take what came in
 * since the last trim.
 */
export class GenerationalCache<V> {
  readonly #weightMax: number;
  readonly #weigh: (value: V) => number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  #youngWeight = 0;

  constructor(weightMax: number, weigh: (value: V) => number) {
    this.#weightMax = weightMax;
    this.#weigh = weigh;
  }

  get(key: string): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const aged = this.#old.get(key);
    if (aged !== undefined) this.set(key, aged);
    return aged;
  }

  set(key: string, value: V): void {
    const replaced = this.#young.get(key);
    if (replaced !== undefined) this.#youngWeight -= this.#weigh(replaced);
    this.#young.set(key, value);
    this.#youngWeight += this.#weigh(value);
  }

  /** Drops what nobody used for a whole generation, if the young one is full; true if it did. */
  trim(): boolean {
    if (this.#youngWeight < this.#weightMax) return false;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngWeight = 0;
    return true;
  }

  delete(key: string): void {
    const removed = this.#young.get(key);
    if (removed !== undefined) this.#youngWeight -= this.#weigh(removed);
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Counts growth of a value that is changed in place, so that the bound holds. */
  grow(weight: number): void {
    this.#youngWeight += weight;
  }
}
