import { assert } from "#base/assert";
import type { Entry } from "#raft";

/** What an entry costs in memory beside its payload, roughly. */
const ENTRY_OVERHEAD_BYTES = 64;
/** Vacated slots at the front before the array is moved. */
const TRIM_SLOTS_MIN = 1024;

/** The newest entries of one group: consecutive, up to the last one of its log. */
export class EntryCache {
  #entries: Entry[] = [];
  #head = 0;
  #bytes = 0;

  /** Memory held, roughly. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The entry at `index`, when it is here. */
  get(index: number): Entry | undefined {
    const first = this.#entries[this.#head];
    if (first === undefined || index < first.index) return undefined;
    return this.#entries[this.#head + index - first.index];
  }

  push(entry: Entry): void {
    const newest = this.#entries.at(-1);
    assert(
      this.#head === this.#entries.length || newest?.index === entry.index - 1,
      "cached entries are consecutive",
    );
    this.#entries.push(entry);
    this.#bytes += entry.data.length + ENTRY_OVERHEAD_BYTES;
  }

  /** Drops the entries from `index` on. */
  truncateFrom(index: number): void {
    while (this.#entries.length > this.#head) {
      const newest = this.#entries.at(-1) as Entry;
      if (newest.index < index) break;
      this.#entries.pop();
      this.#bytes -= newest.data.length + ENTRY_OVERHEAD_BYTES;
    }
  }

  /** Drops entries up to `index`, oldest first, while more than `bytesMax` are held. */
  shrink(index: number, bytesMax: number): void {
    while (this.#bytes > bytesMax && this.#head < this.#entries.length) {
      const oldest = this.#entries[this.#head] as Entry;
      if (oldest.index > index) break;
      this.#bytes -= oldest.data.length + ENTRY_OVERHEAD_BYTES;
      this.#head++;
    }
    if (this.#head === this.#entries.length) this.clear();
    else if (this.#head >= TRIM_SLOTS_MIN && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
