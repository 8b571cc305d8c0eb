import { assert } from "#base/assert";
import type { Entry } from "./entry.ts";
import type { RaftLogSink } from "./options.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * The end of the log that storage has not confirmed yet, and at most one snapshot before it.
 *
 *   U1  `entries[i].index === offset + i`
 *   U2  `offset <= offsetInProgress <= offset + entries.length`
 *   U3  with a snapshot, `snapshot.index < offset`; what lies between is durable already, although
 *       the snapshot is not installed yet
 *
 * Entries below `offsetInProgress` were handed to storage and are being written.
 */
export class UnstableLog {
  snapshot: Snapshot | undefined = undefined;
  snapshotInProgress = false;
  /** Index of the first entry held here, or of the next entry if there is none. */
  offset: number;
  /** Index of the first entry not yet handed to storage. */
  offsetInProgress: number;
  entries: Entry[] = [];
  readonly #logSink: RaftLogSink | undefined;

  constructor(offset: number, logSink: RaftLogSink | undefined) {
    this.offset = offset;
    this.offsetInProgress = offset;
    this.#logSink = logSink;
  }

  /** Index of the last entry or of the snapshot; -1 if there is neither. */
  lastIndex(): number {
    const isEmpty = this.entries.length === 0 && this.snapshot === undefined;
    return isEmpty ? -1 : this.offset + this.entries.length - 1;
  }

  /** Term at `index`; -1 if the index is not covered here. */
  term(index: number): number {
    const position = index - this.offset;
    if (position >= 0) {
      const entry = this.entries[position];
      return entry === undefined ? -1 : entry.term;
    }
    const { snapshot } = this;
    return snapshot !== undefined && snapshot.index === index ? snapshot.term : -1;
  }

  hasNextEntries(): boolean {
    return this.entries.length > this.offsetInProgress - this.offset;
  }

  /** Entries not yet handed to storage; a fresh array. */
  nextEntries(): Entry[] {
    return this.entries.slice(this.offsetInProgress - this.offset);
  }

  /** The snapshot, unless storage already has it in hand. */
  nextSnapshot(): Snapshot | undefined {
    return this.snapshotInProgress ? undefined : this.snapshot;
  }

  /** Notes that everything held here has been handed to storage. */
  acceptInProgress(): void {
    this.offsetInProgress = this.offset + this.entries.length;
    if (this.snapshot !== undefined) this.snapshotInProgress = true;
  }

  /**
   * Releases entries up to `index`, which storage reports as durable.
   *
   * Ignored unless the entry at `index` still has `term`: the report may be about entries that
   * were overwritten while they were being written.
   */
  stableTo(index: number, term: number): void {
    const own = this.term(index);
    if (own === -1) {
      this.#logSink?.info(`entry at index ${index} missing from unstable log; ignoring`);
      return;
    }
    if (index < this.offset) {
      this.#logSink?.info(`entry at index ${index} matched unstable snapshot; ignoring`);
      return;
    }
    if (own !== term) {
      this.#logSink?.info(
        `entry at (index,term)=(${index},${term}) mismatched with ` +
          `entry at (${index},${own}) in unstable log; ignoring`,
      );
      return;
    }
    const count = index + 1 - this.offset;
    this.entries = count === this.entries.length ? [] : this.entries.slice(count);
    this.offset = index + 1;
    this.offsetInProgress = Math.max(this.offsetInProgress, this.offset);
  }

  /** Forgets the snapshot at `index`, which has been installed. */
  stableSnapshotTo(index: number): void {
    if (this.snapshot === undefined || this.snapshot.index !== index) return;
    this.snapshot = undefined;
    this.snapshotInProgress = false;
  }

  /** Replaces everything by a snapshot. */
  restore(snapshot: Snapshot): void {
    this.offset = snapshot.index + 1;
    this.offsetInProgress = this.offset;
    this.entries = [];
    this.snapshot = snapshot;
    this.snapshotInProgress = false;
  }

  /** Appends entries; those held at or above the first new index are dropped. */
  truncateAndAppend(added: readonly Entry[]): void {
    const first = (added[0] as Entry).index;
    if (first === this.offset + this.entries.length) {
      for (const entry of added) this.entries.push(entry);
    } else if (first <= this.offset) {
      // Storage has to overwrite these too, whatever part of them it already took.
      this.#logSink?.info(`replace the unstable entries from index ${first}`);
      this.entries = added.slice();
      this.offset = first;
      this.offsetInProgress = first;
    } else {
      this.#logSink?.info(`truncate the unstable entries before index ${first}`);
      assert(first < this.offset + this.entries.length, "an append leaves no gap");
      this.entries = this.entries.slice(0, first - this.offset);
      for (const entry of added) this.entries.push(entry);
      this.offsetInProgress = Math.min(this.offsetInProgress, first);
    }
  }
}
