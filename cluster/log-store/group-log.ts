import { assert, assertPresent } from "#base/assert";
import { ClusterError } from "#base/cluster-error";
import type { ConfState, Entry, HardState, InitialState, LogGap, Snapshot, Storage } from "#raft";
import { EntryCache } from "./entry-cache.ts";
import type { LogPosition } from "./log-batch.ts";
import { RecordIndex, type RecordLocation } from "./record-index.ts";

/** Membership as of a log index. */
export interface StoredConfiguration {
  readonly index: number;
  readonly confState: ConfState;
}

/** Reads a record back from disk and verifies it; throws when it does not hold. */
export type EntriesReader = (location: RecordLocation) => readonly Entry[];

/** A run of entries that has become durable, or was found on disk. */
export interface PlacedEntries {
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly term: number;
  readonly location: RecordLocation;
}

/** Entries from `index` on were replaced when the log was at `generation`. */
interface Truncation {
  readonly generation: number;
  readonly index: number;
}

/** Describes an image of the group's state that can be made now; see `Storage.snapshot`. */
export type SnapshotProvider = () => Snapshot | undefined;

/** What an entry costs in the core's byte budgets beside its payload, at most. */
const ENTRY_BUDGET_BYTES = 24;
const EMPTY_CONF_STATE: ConfState = {
  voters: [],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

/**
 * The log of one group in memory: terms, places on disk, and the newest entries.
 *
 * Changed by the log store and by recovery only. Invariant L1: every index from
 * `compacted.index + 1` to `lastIndex()` is in memory or at a known place on disk, and those that
 * are not durable yet are in memory.
 */
export class GroupLog implements Storage {
  readonly group: number;
  /** Replica whose log this is; 0 when an earlier version wrote it and did not say. */
  replicaId = 0;
  /** Asked when a follower needs entries that are gone. */
  snapshotProvider: SnapshotProvider | undefined;
  readonly #read: EntriesReader;
  readonly #cache = new EntryCache();
  readonly #records = new RecordIndex();
  #compacted: LogPosition = { index: 0, term: 0 };
  #lastIndex = 0;
  #durableIndex = 0;
  #appendedBytes = 0;
  #hardState: HardState = { term: 0, vote: 0, commit: 0 };
  #configurations: StoredConfiguration[] = [];
  /** Runs of equal terms, by the first index of each. */
  #termRuns: LogPosition[] = [];
  /** Grows with each truncation: tells a place apart that is no longer wanted. */
  #generation = 0;
  #truncations: Truncation[] = [];
  /** Index as of which the membership is handed to the core. */
  #appliedIndex = 0;

  constructor(group: number, read: EntriesReader) {
    this.group = group;
    this.#read = read;
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  /** Last position that is gone. */
  get compacted(): LogPosition {
    return this.#compacted;
  }

  /** Memberships by ascending index; the first is that as of the compacted index. */
  get configurations(): readonly StoredConfiguration[] {
    return this.#configurations;
  }

  /** Payload bytes above the compacted index. */
  get appendedBytes(): number {
    return this.#appendedBytes;
  }

  /** Number of truncations so far; see `place`. */
  get generation(): number {
    return this.#generation;
  }

  /** Segment that holds the oldest entry still needed. */
  get oldestSegment(): number | undefined {
    return this.#lastIndex === this.#compacted.index ? undefined : this.#records.oldest?.segment;
  }

  /** Bytes on disk that are still needed. */
  get recordBytes(): number {
    return this.#records.bytes;
  }

  initialState(): InitialState {
    return { hardState: this.#hardState, confState: this.confStateAt(this.#appliedIndex) };
  }

  firstIndex(): number {
    return this.#compacted.index + 1;
  }

  lastIndex(): number {
    return this.#lastIndex;
  }

  term(index: number): number | LogGap {
    if (index < this.#compacted.index) return "compacted";
    if (index > this.#lastIndex) return "unavailable";
    if (index === this.#compacted.index) return this.#compacted.term;
    const runs = this.#termRuns;
    let i = runs.length - 1;
    while (i > 0 && (runs[i] as LogPosition).index > index) i--;
    return (runs[i] as LogPosition).term;
  }

  entries(lo: number, hi: number, bytesMax: number): Entry[] | LogGap {
    if (lo < this.firstIndex()) return "compacted";
    if (hi > this.#lastIndex + 1) return "unavailable";
    const found: Entry[] = [];
    let bytes = 0;
    let onDisk: readonly Entry[] = [];
    for (let index = lo; index < hi; index++) {
      let entry = this.#cache.get(index);
      if (entry === undefined) {
        const first = onDisk[0];
        if (first === undefined || index >= first.index + onDisk.length) {
          onDisk = this.#readFrom(index, hi);
        }
        entry = onDisk[index - (onDisk[0] as Entry).index] as Entry;
      }
      bytes += entry.data.length + ENTRY_BUDGET_BYTES;
      if (bytes > bytesMax && found.length > 0) break;
      found.push(entry);
    }
    return found;
  }

  snapshot(): Snapshot | "temporarily-unavailable" {
    return this.snapshotProvider?.() ?? "temporarily-unavailable";
  }

  /**
   * Last index below the newest `bytesMax` bytes of durable entries: what is above it may be kept
   * within that bound.
   */
  indexBelowNewest(bytesMax: number): number {
    const start = this.#records.startOfNewest(bytesMax);
    return start === undefined ? this.#durableIndex : Math.max(start - 1, this.#compacted.index);
  }

  /** Bytes on disk of the entries up to `index`, roughly. */
  recordBytesUpTo(index: number): number {
    return this.#records.bytesUpTo(index);
  }

  /** Membership as of `index`: the newest at or below it, or the oldest known. */
  confStateAt(index: number): ConfState {
    const known = this.#configurations;
    const newest = known.findLast((configuration) => configuration.index <= index) ?? known[0];
    return newest?.confState ?? EMPTY_CONF_STATE;
  }

  /**
   * Sets what the state machine had applied when the group starts: membership is handed out as of
   * it, and a commit index that was lost is raised to it.
   *
   * @throws ClusterError `LOG_CORRUPTED` when log and store do not fit together
   */
  startFrom(appliedIndex: number): void {
    if (appliedIndex > this.#lastIndex || appliedIndex < this.#compacted.index) {
      throw new ClusterError(
        "LOG_CORRUPTED",
        `Group ${this.group} has applied up to ${appliedIndex}, but its log holds ` +
          `${this.firstIndex()} to ${this.#lastIndex}: the store belongs to another log`,
      );
    }
    this.#appliedIndex = appliedIndex;
    this.setCommit(appliedIndex);
  }

  setHardState(hardState: HardState): void {
    assert(hardState.term >= this.#hardState.term, "the term of a group never decreases");
    this.#hardState = hardState;
  }

  /** Raises the commit index: it never goes back and never passes the last entry. */
  setCommit(commit: number): void {
    const { term, vote } = this.#hardState;
    const raised = Math.min(commit, this.#lastIndex);
    if (raised > this.#hardState.commit) this.#hardState = { term, vote, commit: raised };
  }

  /** Appends entries, which replace whatever was there from their first index on. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    assert(first.index <= this.#lastIndex + 1, "entries are appended without a gap");
    assert(first.index > this.#compacted.index, "entries are appended above the compacted index");
    if (first.index <= this.#lastIndex) this.#truncateFrom(first.index);
    for (const entry of entries) {
      this.#lastIndex++;
      assert(entry.index === this.#lastIndex, "appended entries are consecutive");
      this.#addTerm(entry);
      this.#cache.push(entry);
      this.#appendedBytes += entry.data.length;
    }
  }

  /**
   * Records where entries lie, once they are durable.
   *
   * @param generation of this log when they were appended: parts replaced since are left out
   */
  place(placed: PlacedEntries, generation: number): void {
    const last = Math.min(placed.lastIndex, this.#truncatedSince(generation) - 1);
    if (last < placed.firstIndex || last <= this.#compacted.index) return;
    this.#records.push(placed.location, placed.firstIndex);
    this.#durableIndex = Math.max(this.#durableIndex, last);
  }

  /** Drops durable entries up to `index` from memory while more than `bytesMax` are held. */
  release(index: number, bytesMax: number): void {
    this.#cache.shrink(Math.min(index, this.#durableIndex), bytesMax);
  }

  /** Forgets entries up to `position`, once that is durably recorded. */
  compact(position: LogPosition): void {
    if (position.index <= this.#compacted.index) return;
    if (position.index >= this.#lastIndex) {
      this.reset(position);
      return;
    }
    this.#compacted = position;
    this.#records.forgetUpTo(position.index);
    this.#cache.shrink(position.index, 0);
    const runs = this.#termRuns;
    while (runs.length > 1 && (runs[1] as LogPosition).index <= position.index + 1) runs.shift();
    this.#forgetConfigurations();
    this.#appendedBytes = this.#records.bytes;
  }

  /** Empties the log, which then continues after `position`. */
  reset(position: LogPosition): void {
    this.#truncateFrom(this.#compacted.index + 1);
    this.#compacted = position;
    this.#lastIndex = position.index;
    this.#durableIndex = position.index;
    this.#appendedBytes = 0;
    this.#termRuns = [];
    this.#records.clear();
    this.#cache.clear();
    this.#forgetConfigurations();
  }

  /** Records the membership as of `index`. */
  setConfiguration(index: number, confState: ConfState): void {
    this.#configurations = this.#configurations.filter((known) => known.index < index);
    this.#configurations.push({ index, confState });
    this.#forgetConfigurations();
  }

  /** Takes over entries found on disk, in the order in which they were written. */
  recover(found: PlacedEntries): void {
    if (found.lastIndex <= this.#compacted.index) return;
    const firstIndex = Math.max(found.firstIndex, this.#compacted.index + 1);
    if (firstIndex <= this.#lastIndex) this.#truncateFrom(firstIndex);
    if (firstIndex > this.#lastIndex + 1) {
      // What is between was in a segment that is gone; it must have been rewritten further on.
      this.#records.clear();
      this.#termRuns = [];
    }
    this.#addTerm({ index: firstIndex, term: found.term });
    this.#lastIndex = found.lastIndex;
    this.#appendedBytes += found.location.bytes;
    this.place({ ...found, firstIndex }, this.#generation);
  }

  /** First index that L1 misses after recovery; `undefined` when the log is complete. */
  missingIndex(): number | undefined {
    if (this.#lastIndex === this.#compacted.index) return undefined;
    const oldest = this.#records.oldest;
    const isComplete = oldest !== undefined && oldest.firstIndex <= this.firstIndex();
    return isComplete ? undefined : this.firstIndex();
  }

  #truncateFrom(index: number): void {
    this.#generation++;
    this.#truncations.push({ generation: this.#generation, index });
    this.#lastIndex = index - 1;
    this.#durableIndex = Math.min(this.#durableIndex, index - 1);
    this.#cache.truncateFrom(index);
    while ((this.#termRuns.at(-1)?.index ?? 0) >= index) this.#termRuns.pop();
  }

  /** First index that was replaced after `generation`; later calls ask about later ones only. */
  #truncatedSince(generation: number): number {
    if (this.#truncations.length === 0) return Number.POSITIVE_INFINITY;
    this.#truncations = this.#truncations.filter((known) => known.generation > generation);
    return Math.min(...this.#truncations.map(({ index }) => index));
  }

  #addTerm(position: LogPosition): void {
    if (this.#termRuns.at(-1)?.term === position.term) return;
    this.#termRuns.push({ index: position.index, term: position.term });
  }

  /** Keeps the newest membership at or below the compacted index, and all above it. */
  #forgetConfigurations(): void {
    const known = this.#configurations;
    while (known.length > 1 && (known[1] as StoredConfiguration).index <= this.#compacted.index) {
      known.shift();
    }
  }

  /** Entries from `index` on that one record on disk holds, below `hi`. */
  #readFrom(index: number, hi: number): readonly Entry[] {
    const found = assertPresent(this.#records.find(index), "an entry on disk has a place");
    const end = Math.min(hi, found.end);
    const run = this.#read(found.record);
    const entries = run.filter((entry) => entry.index >= index && entry.index < end);
    assert(entries[0]?.index === index, "a record holds the entries it is indexed for");
    return entries;
  }
}
