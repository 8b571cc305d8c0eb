import { assert } from "#base/assert";
import { EMPTY_BYTES, type Entry, takeWithin } from "./entry.ts";
import {
  type ConfState,
  EMPTY_CONF_STATE,
  EMPTY_HARD_STATE,
  type HardState,
  type Snapshot,
} from "./snapshot.ts";
import type { InitialState, LogGap, Storage } from "./storage.ts";

const EMPTY_SNAPSHOT: Snapshot = Object.freeze({
  index: 0,
  term: 0,
  confState: EMPTY_CONF_STATE,
  data: EMPTY_BYTES,
});

/** A log in memory, for tests, simulations and groups that need not survive their process. */
export class MemoryStorage implements Storage {
  #hardState: HardState = EMPTY_HARD_STATE;
  #snapshot: Snapshot = EMPTY_SNAPSHOT;
  /** Position of the last compacted entry, whose term is still known. */
  #compactedIndex = 0;
  #compactedTerm = 0;
  #entries: Entry[] = [];

  initialState(): InitialState {
    return { hardState: this.#hardState, confState: this.#snapshot.confState };
  }

  setHardState(state: HardState): void {
    this.#hardState = state;
  }

  entries(lo: number, hi: number, bytesMax: number): Entry[] | LogGap {
    if (lo < this.firstIndex()) return "compacted";
    if (hi > this.lastIndex() + 1) return "unavailable";
    const first = this.firstIndex();
    return takeWithin(this.#entries, { from: lo - first, to: hi - first }, bytesMax);
  }

  term(index: number): number | LogGap {
    if (index < this.#compactedIndex) return "compacted";
    if (index === this.#compactedIndex) return this.#compactedTerm;
    const entry = this.#entries[index - this.firstIndex()];
    return entry === undefined ? "unavailable" : entry.term;
  }

  firstIndex(): number {
    return this.#compactedIndex + 1;
  }

  lastIndex(): number {
    return this.#compactedIndex + this.#entries.length;
  }

  snapshot(): Snapshot | "temporarily-unavailable" {
    return this.#snapshot;
  }

  /** Replaces the whole log by a snapshot; false if a newer one is already here. */
  applySnapshot(snapshot: Snapshot): boolean {
    if (snapshot.index <= this.#snapshot.index) return false;
    this.#snapshot = snapshot;
    this.#compactedIndex = snapshot.index;
    this.#compactedTerm = snapshot.term;
    this.#entries = [];
    return true;
  }

  /**
   * Records the state of the application at `index`, so that it can be sent.
   *
   * @param confState membership as of `index`; the one of the last snapshot if it did not change
   */
  createSnapshot(index: number, data: Uint8Array, confState?: ConfState): Snapshot {
    const term = this.term(index);
    assert(typeof term === "number", "a snapshot is made at an index of the log");
    assert(index > this.#snapshot.index, "a snapshot is newer than the last one");
    const membership = confState ?? this.#snapshot.confState;
    this.#snapshot = { index, term, confState: membership, data };
    return this.#snapshot;
  }

  /** Drops entries up to and including `index`; "compacted" if that was done before. */
  compact(index: number): "compacted" | "done" {
    if (index <= this.#compactedIndex) return "compacted";
    const term = this.term(index);
    assert(typeof term === "number", "compaction stops at the last index");
    this.#entries = this.#entries.slice(index + 1 - this.firstIndex());
    this.#compactedIndex = index;
    this.#compactedTerm = term;
    return "done";
  }

  /** Appends entries, replacing what is there at or above the first; compacted ones are skipped. */
  append(entries: readonly Entry[]): void {
    const first = this.firstIndex();
    for (const entry of entries) {
      const position = entry.index - first;
      if (position < 0) continue;
      assert(position <= this.#entries.length, "an append leaves no gap");
      if (position < this.#entries.length) this.#entries.length = position;
      this.#entries.push(entry);
    }
  }
}
