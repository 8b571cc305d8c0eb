/**
 * Items in a total order, the first at hand; adding and removing any of them takes O(log n).
 *
 * An item must not change its place in the order while it is in here.
 */
export class IndexedHeap<T> {
  readonly #isBefore: (left: T, right: T) => boolean;
  readonly #items: T[] = [];
  readonly #positions = new Map<T, number>();

  constructor(isBefore: (left: T, right: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The first item; undefined if there is none. */
  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  /** Removes an item; nothing happens if it is not in here. */
  delete(item: T): void {
    const at = this.#positions.get(item);
    if (at === undefined) return;
    this.#positions.delete(item);
    const last = this.#items.pop() as T;
    if (last === item) return;
    // What fills the gap may belong above it or below it.
    this.#rise(last, at);
    this.#sink(last, this.#positions.get(last) as number);
  }

  #rise(item: T, from: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#items[above] as T;
      if (!this.#isBefore(item, parent)) break;
      this.#place(parent, at);
      at = above;
    }
    this.#place(item, at);
  }

  #sink(item: T, from: number): void {
    const items = this.#items;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      const right = below + 1;
      if (right < items.length && this.#isBefore(items[right] as T, items[below] as T)) {
        below = right;
      }
      if (!this.#isBefore(items[below] as T, item)) break;
      this.#place(items[below] as T, at);
      at = below;
    }
    this.#place(item, at);
  }

  #place(item: T, at: number): void {
    this.#items[at] = item;
    this.#positions.set(item, at);
  }
}
