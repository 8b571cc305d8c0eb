import type { Entry } from "./entry.ts";
import type { ConfState, HardState, Snapshot } from "./snapshot.ts";

/** Why the log cannot answer: the index is below what it keeps, or above what it has. */
export type LogGap = "compacted" | "unavailable";

/** What a replica finds when it starts. */
export interface InitialState {
  readonly hardState: HardState;
  /** Membership as of the last *applied* index, not of the last index. */
  readonly confState: ConfState;
}

/**
 * The stable part of one group's log, as the core sees it.
 *
 * Only entries that are applied may be compacted away.
 *
 * All calls answer at once and have no effects. They report gaps as values; an implementation
 * that fails for another reason (a lost disk) throws, and the replica is to be stopped.
 */
export interface Storage {
  /** Read once, when the replica is created. */
  initialState(): InitialState;
  /**
   * Entries `lo` (inclusive) to `hi` (exclusive), cut so that their `encodedSize` fits `bytesMax`.
   *
   * At least one entry is returned when `lo < hi`, however large. The array belongs to the
   * caller; the entries are shared. "compacted" if `lo` is below the first index, "unavailable"
   * if `hi - 1` is above the last. Called on the hot path for committed entries: serve the newest
   * entries from memory.
   */
  entries(lo: number, hi: number, bytesMax: number): Entry[] | LogGap;
  /** Term of the entry at `index`; known for `firstIndex() - 1` to `lastIndex()`. */
  term(index: number): number | LogGap;
  /** Index of the first entry that `entries` can return; 1 for an empty new log. */
  firstIndex(): number;
  /** Index of the last stable entry; `firstIndex() - 1` if there is none. */
  lastIndex(): number;
  /**
   * A snapshot to send to a follower that needs entries which are gone.
   *
   * Its membership must have the follower in it, or the follower ignores it and asks again. So do
   * not serve one that is older than the last applied membership change.
   */
  snapshot(): Snapshot | "temporarily-unavailable";
}
