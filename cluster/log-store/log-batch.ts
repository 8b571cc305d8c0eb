import { assert } from "#base/assert";
import type { ConfState, Entry, EntryType, HardState } from "#raft";
import {
  alignUp,
  BATCH_HEADER_BYTES,
  batchSeed,
  checksum,
  encodeBatchHeader,
  RECORD_HEADER_BYTES,
  RecordKind,
  viewOf,
  writeUint64,
} from "./record-format.ts";

/** Where the entries of a record lie within a batch. */
export interface EntriesPlacement<Log extends BatchedLog> {
  readonly log: Log;
  /** `log.generation` when the entries were added. */
  readonly generation: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly term: number;
  /** Offset of the record from the start of the batch. */
  readonly offset: number;
  /** Bytes of the record, header included. */
  readonly bytes: number;
}

/** The log that entries belong to. */
export interface BatchedLog {
  readonly group: number;
  readonly generation: number;
  readonly hardState: HardState;
}

/** A position in a group's log. */
export interface LogPosition {
  readonly index: number;
  readonly term: number;
}

/**
 * What a record says of a replica: that the log is its, that it goes with its log now, or that it
 * went some time ago. The last says nothing about the log, which may be that of a later replica.
 */
export type ReplicaFate = "present" | "destroyed" | "gone";

/** A replica that this node holds, or held once and never again. */
export interface StoredReplica {
  readonly replicaId: number;
  readonly fate: ReplicaFate;
}

/** Fates by the number they have on disk. */
export const REPLICA_FATES: readonly ReplicaFate[] = ["present", "destroyed", "gone"];

const INITIAL_BYTES = 256 * 1024;
/** A buffer that one huge batch grew beyond this is given back afterwards. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
const ENTRIES_HEADER_BYTES = 36;
const ENTRY_HEADER_BYTES = 5;

/** Entry types by the number they have on disk. */
export const ENTRY_TYPES: readonly EntryType[] = ["normal", "conf-change", "conf-change-v2"];

/**
 * Collects the records of all groups that one write will make durable.
 *
 * Records are encoded where they will be written from; nothing is kept of the arguments. Reused:
 * `reset` starts the next batch in the same buffer.
 */
export class LogBatch<Log extends BatchedLog> {
  /** Entries records of this batch, in order. */
  placements: EntriesPlacement<Log>[] = [];
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = viewOf(this.#bytes);
  #length = BATCH_HEADER_BYTES;
  #recordCount = 0;
  #sequence = 0;
  #salt = 0;
  #seed = 0;

  /** Sequence number of this batch. */
  get sequence(): number {
    return this.#sequence;
  }

  /** True when there is nothing to write. */
  get isEmpty(): boolean {
    return this.#recordCount === 0;
  }

  /** Bytes so far, header included. */
  get length(): number {
    return this.#length;
  }

  /** Starts over with the given sequence number. */
  reset(salt: number, sequence: number): void {
    if (this.#bytes.length > KEPT_BYTES_MAX) {
      this.#bytes = new Uint8Array(INITIAL_BYTES);
      this.#view = viewOf(this.#bytes);
    }
    this.placements = [];
    this.#length = BATCH_HEADER_BYTES;
    this.#recordCount = 0;
    this.#sequence = sequence;
    this.#salt = salt;
    this.#seed = batchSeed(salt, sequence);
  }

  /** Adds consecutive entries, in one record per run of equal terms. */
  addEntries(log: Log, entries: readonly Entry[]): void {
    let from = 0;
    while (from < entries.length) {
      const { term } = entries[from] as Entry;
      let to = from + 1;
      while (to < entries.length && (entries[to] as Entry).term === term) to++;
      this.#addRun(log, to - from === entries.length ? entries : entries.slice(from, to));
      from = to;
    }
  }

  addHardState(group: number, hardState: HardState): void {
    const start = this.#begin(RecordKind.hardState, group, 24);
    writeUint64(this.#view, start + 8, hardState.term);
    writeUint64(this.#view, start + 16, hardState.vote);
    writeUint64(this.#view, start + 24, hardState.commit);
    this.#end(start + 32);
  }

  addCompaction(group: number, position: LogPosition): void {
    this.#addPosition(RecordKind.compaction, group, position);
  }

  addReset(group: number, position: LogPosition): void {
    this.#addPosition(RecordKind.reset, group, position);
  }

  addReplica(group: number, replica: StoredReplica): void {
    const start = this.#begin(RecordKind.replica, group, 12);
    writeUint64(this.#view, start + 8, replica.replicaId);
    this.#view.setUint32(start + 16, REPLICA_FATES.indexOf(replica.fate), true);
    this.#end(start + 20);
  }

  addConfiguration(group: number, index: number, confState: ConfState): void {
    const lists = [
      confState.voters,
      confState.learners,
      confState.votersOutgoing,
      confState.learnersNext,
    ];
    const idCount = lists.reduce((count, ids) => count + ids.length, 0);
    const start = this.#begin(RecordKind.configuration, group, 12 + lists.length * 4 + idCount * 8);
    writeUint64(this.#view, start + 8, index);
    this.#view.setUint32(start + 16, confState.autoLeave ? 1 : 0, true);
    let offset = start + 20;
    for (const ids of lists) {
      this.#view.setUint32(offset, ids.length, true);
      offset += 4;
      for (const id of ids) {
        writeUint64(this.#view, offset, id);
        offset += 8;
      }
    }
    this.#end(offset);
  }

  /** Finishes the batch; the bytes are valid until `reset` and padded to the alignment. */
  seal(): Uint8Array {
    assert(this.#recordCount > 0, "a sealed batch has records");
    const end = alignUp(this.#length);
    this.#reserve(end - this.#length);
    this.#bytes.fill(0, this.#length, end);
    encodeBatchHeader(this.#bytes, this.#salt, {
      sequence: this.#sequence,
      bodyBytes: this.#length - BATCH_HEADER_BYTES,
      recordCount: this.#recordCount,
    });
    return this.#bytes.subarray(0, end);
  }

  #addRun(log: Log, entries: readonly Entry[]): void {
    const first = entries[0] as Entry;
    let bodyBytes = ENTRIES_HEADER_BYTES - 8;
    for (const { data } of entries) bodyBytes += ENTRY_HEADER_BYTES + data.length;
    const start = this.#begin(RecordKind.entries, log.group, bodyBytes);
    const view = this.#view;
    writeUint64(view, start + 8, first.index);
    writeUint64(view, start + 16, first.term);
    writeUint64(view, start + 24, log.hardState.commit);
    view.setUint32(start + 32, entries.length, true);
    let offset = start + ENTRIES_HEADER_BYTES;
    for (const { type, data } of entries) {
      view.setUint8(offset, ENTRY_TYPES.indexOf(type));
      view.setUint32(offset + 1, data.length, true);
      this.#bytes.set(data, offset + ENTRY_HEADER_BYTES);
      offset += ENTRY_HEADER_BYTES + data.length;
    }
    this.#end(offset);
    const recordStart = start - RECORD_HEADER_BYTES;
    this.placements.push({
      log,
      generation: log.generation,
      firstIndex: first.index,
      lastIndex: first.index + entries.length - 1,
      term: first.term,
      offset: recordStart,
      bytes: offset - recordStart,
    });
  }

  #addPosition(kind: number, group: number, position: LogPosition): void {
    const start = this.#begin(kind, group, 16);
    writeUint64(this.#view, start + 8, position.index);
    writeUint64(this.#view, start + 16, position.term);
    this.#end(start + 24);
  }

  /** Makes room for a record, writes kind and group, returns where the body starts. */
  #begin(kind: number, group: number, bytesAfterGroup: number): number {
    this.#reserve(RECORD_HEADER_BYTES + 8 + bytesAfterGroup);
    const start = this.#length + RECORD_HEADER_BYTES;
    this.#view.setUint32(start, kind, true);
    this.#view.setUint32(start + 4, group, true);
    return start;
  }

  #end(end: number): void {
    const start = this.#length;
    this.#view.setUint32(start + 4, end - start - RECORD_HEADER_BYTES, true);
    this.#view.setUint32(start, checksum(this.#bytes.subarray(start + 4, end), this.#seed), true);
    this.#length = end;
    this.#recordCount++;
  }

  #reserve(count: number): void {
    const needed = this.#length + count + 8;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }
}
