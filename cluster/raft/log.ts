import { assert } from "#base/assert";
import { type Entry, encodedSizeOf, NO_ENTRIES, takeWithin } from "./entry.ts";
import { UnstableLog } from "./log-unstable.ts";
import type { RaftLogSink } from "./options.ts";
import type { Snapshot } from "./snapshot.ts";
import type { LogGap, Storage } from "./storage.ts";

/** Inputs of a log. */
export interface RaftLogOptions {
  readonly storage: Storage;
  /** Encoded bytes that may be handed out for application and not yet be acknowledged. */
  readonly applyingBytesMax: number;
  readonly logSink: RaftLogSink | undefined;
}

/** Entries of one append message, and where they belong. */
export interface AppendedEntries {
  /** Index and term of the entry just before `entries`. */
  readonly previousIndex: number;
  readonly previousTerm: number;
  readonly entries: readonly Entry[];
  /** Commit index of the leader. */
  readonly leaderCommit: number;
}

/** A position in a log; term 0 stands for unknown. */
export interface LogPosition {
  readonly index: number;
  readonly term: number;
}

/**
 * The log of one replica: stable entries in storage, unstable ones in memory.
 *
 *   L1  `applied <= applying <= committed <= lastIndex()`
 *   L2  none of the four ever decreases, except the last index by truncation above `committed`
 *   L3  while a snapshot waits to be installed, no entries are handed out for application
 */
export class RaftLog {
  readonly storage: Storage;
  readonly unstable: UnstableLog;
  committed: number;
  /** Highest index handed out for application. */
  applying: number;
  applied: number;
  readonly applyingBytesMax: number;
  #applyingBytes = 0;
  #applyingPaused = false;
  readonly #logSink: RaftLogSink | undefined;

  constructor(options: RaftLogOptions) {
    const { storage, logSink } = options;
    this.storage = storage;
    this.applyingBytesMax = options.applyingBytesMax;
    this.#logSink = logSink;
    this.unstable = new UnstableLog(storage.lastIndex() + 1, logSink);
    const before = storage.firstIndex() - 1;
    this.committed = before;
    this.applying = before;
    this.applied = before;
  }

  firstIndex(): number {
    const { snapshot } = this.unstable;
    return snapshot === undefined ? this.storage.firstIndex() : snapshot.index + 1;
  }

  lastIndex(): number {
    const last = this.unstable.lastIndex();
    return last === -1 ? this.storage.lastIndex() : last;
  }

  /** Term at `index`, known from `firstIndex() - 1` to `lastIndex()`. */
  term(index: number): number | LogGap {
    const unstable = this.unstable.term(index);
    if (unstable !== -1) return unstable;
    if (index + 1 < this.firstIndex()) return "compacted";
    if (index > this.lastIndex()) return "unavailable";
    return this.storage.term(index);
  }

  /** Term at `index`, or 0 if it is not known. */
  termOrZero(index: number): number {
    const term = this.term(index);
    return typeof term === "number" ? term : 0;
  }

  lastTerm(): number {
    const term = this.term(this.lastIndex());
    assert(typeof term === "number", "the term of the last entry is known");
    return term;
  }

  matchTerm(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /** True if a log that ends with this position misses nothing that this log has. */
  isUpToDate(last: LogPosition): boolean {
    const ownTerm = this.lastTerm();
    return last.term > ownTerm || (last.term === ownTerm && last.index >= this.lastIndex());
  }

  /**
   * Takes the entries of a leader if they connect to this log.
   *
   * Only entries from the first difference on are written: the message may be old, and what
   * follows its entries here may be newer than it.
   *
   * @returns last index now known to match, or -1 if the entry before them is not in this log
   */
  maybeAppend(appended: AppendedEntries): number {
    const { previousIndex, previousTerm, entries, leaderCommit } = appended;
    if (!this.matchTerm(previousIndex, previousTerm)) return -1;
    const lastNew = previousIndex + entries.length;
    const conflict = this.#findConflict(entries);
    if (conflict < entries.length) {
      assert(
        previousIndex + 1 + conflict > this.committed,
        "a leader never rewrites what is committed",
      );
      this.append(conflict === 0 ? entries : entries.slice(conflict));
    }
    this.commitTo(Math.min(leaderCommit, lastNew));
    return lastNew;
  }

  /** Appends entries, truncating at the first of them; returns the new last index. */
  append(entries: readonly Entry[]): number {
    const first = entries[0];
    if (first !== undefined) {
      assert(first.index > this.committed, "only uncommitted entries are truncated");
      this.unstable.truncateAndAppend(entries);
    }
    return this.lastIndex();
  }

  /**
   * Largest position at or below `index` whose term is at most `term`.
   *
   * Where the two logs agree, their terms agree too; so everything above that position in a log
   * with higher terms is known to differ and need not be probed.
   */
  findConflictByTerm(index: number, term: number): LogPosition {
    for (let at = index; at > 0; at -= 1) {
      const own = this.term(at);
      // Not known any more: it might match.
      if (typeof own !== "number") return { index: at, term: 0 };
      if (own <= term) return { index: at, term: own };
    }
    return { index: 0, term: 0 };
  }

  /** Raises the commit index; never lowers it. */
  commitTo(index: number): void {
    if (index <= this.committed) return;
    assert(index <= this.lastIndex(), "what is committed is in the log; was the log damaged?");
    this.committed = index;
  }

  /** Commits up to `index` if that raises the commit index and the entry there has `term`. */
  maybeCommit(index: number, term: number): boolean {
    if (term === 0 || index <= this.committed || !this.matchTerm(index, term)) return false;
    this.commitTo(index);
    return true;
  }

  /** Entries from `from` on, within a budget of encoded bytes; empty above the last index. */
  entriesFrom(from: number, bytesMax: number): readonly Entry[] | LogGap {
    const last = this.lastIndex();
    return from > last ? NO_ENTRIES : this.slice(from, last + 1, bytesMax);
  }

  /** Entries `[lo, hi)` within a budget, at least one if any; all exist in the log. */
  slice(lo: number, hi: number, bytesMax: number): readonly Entry[] | LogGap {
    if (lo >= hi) return NO_ENTRIES;
    const { unstable } = this;
    const range = { from: lo - unstable.offset, to: hi - unstable.offset };
    if (range.from >= 0) return takeWithin(unstable.entries, range, bytesMax);
    if (lo < this.firstIndex()) return "compacted";
    const cut = Math.min(hi, unstable.offset);
    const stable = this.storage.entries(lo, cut, bytesMax);
    if (stable === "compacted") return stable;
    assert(stable !== "unavailable", "entries below the unstable offset are in storage");
    if (hi <= cut || stable.length < cut - lo) return stable;
    return this.#extend(stable, range.to, bytesMax);
  }

  /** Index up to which entries may be handed out for application. */
  maxAppliableIndex(allowUnstable: boolean): number {
    return allowUnstable ? this.committed : Math.min(this.committed, this.unstable.offset - 1);
  }

  hasNextCommitted(allowUnstable: boolean): boolean {
    return (
      this.applying < this.maxAppliableIndex(allowUnstable) &&
      !this.#applyingPaused &&
      this.unstable.snapshot === undefined
    );
  }

  /** Committed entries not yet handed out for application, within the apply budget. */
  nextCommitted(allowUnstable: boolean): readonly Entry[] {
    if (!this.hasNextCommitted(allowUnstable)) return NO_ENTRIES;
    const budget = this.applyingBytesMax - this.#applyingBytes;
    assert(budget > 0, "application is paused when its budget is used up");
    const hi = this.maxAppliableIndex(allowUnstable) + 1;
    const entries = this.slice(this.applying + 1, hi, budget);
    assert(typeof entries !== "string", "unapplied entries are not compacted");
    return entries;
  }

  /** Notes that entries were handed out for application. */
  acceptApplying(entries: readonly Entry[], allowUnstable: boolean): void {
    const last = entries[entries.length - 1];
    if (last === undefined) return;
    assert(last.index <= this.committed, "only committed entries are applied");
    this.applying = last.index;
    // A slice that was cut short means that the next entry would break the budget.
    if (this.applyingBytesMax === Number.POSITIVE_INFINITY) {
      this.#applyingPaused = last.index < this.maxAppliableIndex(allowUnstable);
      return;
    }
    this.#applyingBytes += encodedSizeOf(entries);
    this.#applyingPaused =
      this.#applyingBytes >= this.applyingBytesMax ||
      last.index < this.maxAppliableIndex(allowUnstable);
  }

  /** Notes that everything up to `index` is applied; `size` bytes return to the budget. */
  appliedTo(index: number, size: number): void {
    assert(index <= this.committed, "only committed entries are applied");
    assert(index >= this.applied, "the applied index never decreases");
    this.applied = index;
    this.applying = Math.max(this.applying, index);
    this.#applyingBytes = Math.max(0, this.#applyingBytes - size);
    this.#applyingPaused = this.#applyingBytes >= this.applyingBytesMax;
  }

  /** The newest snapshot of this log: the one being installed, or one made by storage. */
  snapshot(): Snapshot | "temporarily-unavailable" {
    return this.unstable.snapshot ?? this.storage.snapshot();
  }

  /** Replaces the log by a snapshot. */
  restore(snapshot: Snapshot): void {
    this.#logSink?.info(
      `log [${this.describe()}] starts to restore snapshot ` +
        `[index: ${snapshot.index}, term: ${snapshot.term}]`,
    );
    this.committed = snapshot.index;
    this.unstable.restore(snapshot);
  }

  describe(): string {
    const { unstable } = this;
    return (
      `committed=${this.committed}, applied=${this.applied}, applying=${this.applying}, ` +
      `unstable.offset=${unstable.offset}, ` +
      `unstable.offsetInProgress=${unstable.offsetInProgress}, ` +
      `len(unstable.Entries)=${unstable.entries.length}`
    );
  }

  /** Position in `entries` of the first that is new or differs; the length if all are here. */
  #findConflict(entries: readonly Entry[]): number {
    const last = this.lastIndex();
    for (let position = 0; position < entries.length; position += 1) {
      const { index, term } = entries[position] as Entry;
      if (index > last) return position;
      const own = this.term(index);
      if (own === term) continue;
      this.#logSink?.info(
        `found conflict at index ${index} ` +
          `[existing term: ${typeof own === "number" ? own : 0}, conflicting term: ${term}]`,
      );
      return position;
    }
    return entries.length;
  }

  /** Continues a slice of stable entries with unstable ones, up to position `to` of those. */
  #extend(stable: Entry[], to: number, bytesMax: number): readonly Entry[] {
    const { entries } = this.unstable;
    if (bytesMax === Number.POSITIVE_INFINITY) {
      for (let at = 0; at < to; at += 1) stable.push(entries[at] as Entry);
      return stable;
    }
    const rest = bytesMax - encodedSizeOf(stable);
    if (rest <= 0) return stable;
    const added = takeWithin(entries, { from: 0, to }, rest);
    // A single entry is always returned; here it would be one too many.
    if (added.length === 1 && encodedSizeOf(added) > rest) return stable;
    for (const entry of added) stable.push(entry);
    return stable;
  }
}
