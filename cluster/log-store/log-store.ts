import { assert, assertPresent } from "#base/assert";
import type { Clock, Scheduler } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { ConfState, Entry, HardState } from "#raft";
import { type LogRecord, readEntries } from "./batch-reader.ts";
import { GroupLog } from "./group-log.ts";
import { LogBatch, type LogPosition, type StoredReplica } from "./log-batch.ts";
import { createLogDisk, type LogDisk } from "./log-disk.ts";
import { batchSeed } from "./record-format.ts";
import type { RecordLocation } from "./record-index.ts";
import { type RecordPlace, type RecoveredLog, recoverLog } from "./recovery.ts";
import { segmentName } from "./segment-name.ts";
import { SegmentWriter } from "./segment-writer.ts";

/** What the shared log of a node needs. */
export interface LogStoreOptions {
  /** Created when it is missing; ignored with a `disk`. */
  readonly directory: string;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  /** Bytes of a segment file; default 64 MiB. A larger batch gets a segment of its own. */
  readonly segmentBytes?: number;
  /** Replaces the real disk. */
  readonly disk?: LogDisk;
  /** Called when every batch up to `sequence` is durable; may append at once. */
  onDurable(sequence: number): void;
  /** Called after each write, for measurements. */
  onWritten?(batch: { readonly bytes: number; readonly durationMs: number }): void;
  /** Called when writing has to wait for disk space, and when it goes on. */
  onDiskFull(isFull: boolean): void;
  /** Called once, when the log cannot go on: the process must stop. */
  onFatal(error: Error): void;
}

interface PendingCompaction {
  readonly log: GroupLog;
  readonly position: LogPosition;
}

/** A batch with what takes effect once it is durable. */
interface StoreBatch {
  readonly records: LogBatch<GroupLog>;
  compactions: PendingCompaction[];
  /** Oldest segment of the logs that this batch empties: needed until that is durable. */
  emptiedSegment: number;
}

const SEGMENT_BYTES = 64 * 1024 * 1024;
/** Entries of one group that are kept in memory although they are durable. */
const CACHED_BYTES_MAX = 1024 * 1024;
/** Segments that a group may pin before its live entries are written again. */
const PINNED_SEGMENTS_MAX = 3;
/** Live bytes of a group that are worth writing again to free its segment. */
const REWRITE_BYTES_MAX = 4 * 1024 * 1024;
/** As above, as a part of a segment, for small segments. */
const REWRITE_SEGMENT_SHARE = 1 / 8;

/**
 * The log of all groups of a node: segments on disk, one write at a time.
 *
 * What is appended while a write is under way shares the next one. Appending encodes at once and
 * never waits; durability is told by `onDurable`. Every segment starts with the state of all
 * groups, so older segments are needed for entries only.
 */
export class LogStore {
  readonly #options: LogStoreOptions;
  readonly #segmentBytes: number;
  readonly #logs = new Map<number, GroupLog>();
  readonly #salt: number;
  readonly #writer: SegmentWriter;
  /** Highest replica of each group that was destroyed here: it and older ones never come back. */
  readonly #destroyed = new Map<number, number>();
  #filling: StoreBatch = newBatch();
  #idle: StoreBatch = newBatch();
  #isWriting = false;
  #isClosed = false;
  #isFull = false;
  #durableSequence: number;
  #isDirtySegments = false;
  /** Offset of the last batch that recovery found. */
  readonly #uncertainOffset: number;
  #closeWaiter: (() => void) | undefined;

  private constructor(options: LogStoreOptions, disk: LogDisk) {
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    const recovered = recoverLog(disk, (record, place) => this.#recover(record, place));
    for (const log of this.#logs.values()) assertComplete(log, recovered);
    if (recovered.isCut) options.logger.info("Cut the unfinished end of the log");
    this.#salt = recovered.salt ?? randomSalt(options.random);
    this.#uncertainOffset = recovered.lastBatchOffset;
    this.#durableSequence = recovered.nextBatchSequence - 1;
    this.#filling.records.reset(this.#salt, recovered.nextBatchSequence);
    this.#writer = new SegmentWriter(
      {
        disk,
        scheduler: options.scheduler,
        logger: options.logger,
        salt: this.#salt,
        segmentBytes: this.#segmentBytes,
        onDiskFull: (isFull) => this.#setFull(isFull),
        onFailure: (error) => this.#fail(error),
      },
      recovered.segments,
    );
  }

  /**
   * Opens the log and recovers it.
   *
   * @throws ClusterError `LOG_CORRUPTED` with segment and offset
   */
  static async open(options: LogStoreOptions): Promise<LogStore> {
    const disk = options.disk ?? createLogDisk(options.directory);
    const store = new LogStore(options, disk);
    if (store.#writer.currentSegment > 0) {
      await new Promise<void>((resolve) => store.#writer.rewrite(store.#uncertainOffset, resolve));
    }
    return store;
  }

  /** Ids of all groups with a log here. */
  groups(): number[] {
    return [...this.#logs.keys()].sort((left, right) => left - right);
  }

  /** The log of a group, which must exist. */
  group(group: number): GroupLog {
    return assertPresent(this.#logs.get(group), `group ${group} has a log`);
  }

  has(group: number): boolean {
    return this.#logs.has(group);
  }

  /** Sequence number of the last durable batch. */
  get durableSequence(): number {
    return this.#durableSequence;
  }

  /** Bytes that wait for the next write. */
  get waitingBytes(): number {
    return this.#filling.records.length;
  }

  /** True while a write is under way; the next one starts by itself when it is done. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Number of segments on disk that hold records. */
  get segmentCount(): number {
    return this.#writer.segmentCount;
  }

  /** Highest replica of a group that was destroyed on this node; 0 for none. */
  destroyedReplica(group: number): number {
    return this.#destroyed.get(group) ?? 0;
  }

  /**
   * Starts the log of a replica. Returns the sequence of the batch that makes it durable.
   *
   * @param replicaId above every replica of the group that was destroyed here; 0 when unnamed
   */
  createGroup(group: number, confState: ConfState, replicaId = 0): number {
    assert(!this.#logs.has(group), "a node holds one replica of a group");
    const isFresh = replicaId === 0 || replicaId > this.destroyedReplica(group);
    assert(isFresh, "a destroyed replica never comes back");
    const log = this.#newLog(group);
    const { records } = this.#filling;
    if (replicaId > 0) this.nameReplica(log, replicaId);
    log.setConfiguration(0, confState);
    records.addConfiguration(group, 0, confState);
    return records.sequence;
  }

  /** Records whose log this is, for one that an earlier version wrote. */
  nameReplica(log: GroupLog, replicaId: number): void {
    log.replicaId = replicaId;
    this.#filling.records.addReplica(log.group, { replicaId, fate: "present" });
  }

  /**
   * Forgets a replica with its log, for good. Returns the sequence of the batch that makes it
   * durable; until then a restart finds it as it was.
   */
  destroyReplica(group: number, replicaId: number): number {
    const log = this.#logs.get(group);
    const { records } = this.#filling;
    const isHeld = log !== undefined && log.replicaId <= replicaId;
    if (isHeld) {
      this.#keepUntilDurable(log);
      this.#logs.delete(group);
    }
    this.#destroyed.set(group, Math.max(replicaId, this.destroyedReplica(group)));
    records.addReplica(group, { replicaId, fate: isHeld ? "destroyed" : "gone" });
    return records.sequence;
  }

  /**
   * Appends what a group's core wants durable, atomically.
   *
   * A commit index alone is kept in memory and rides along with the next record.
   *
   * @returns sequence of the batch; a batch that is durable already when nothing had to be written
   */
  append(log: GroupLog, entries: readonly Entry[], hardState: HardState | undefined): number {
    const { records } = this.#filling;
    const before = log.hardState;
    if (entries.length > 0) log.append(entries);
    if (hardState !== undefined) log.setHardState(hardState);
    const isVoteChange = before.term !== log.hardState.term || before.vote !== log.hardState.vote;
    if (isVoteChange) records.addHardState(log.group, log.hardState);
    if (entries.length > 0) records.addEntries(log, entries);
    return isVoteChange || entries.length > 0 ? records.sequence : this.#durableSequence;
  }

  /** Records the membership of a group as of an applied index. */
  saveConfiguration(log: GroupLog, index: number, confState: ConfState): number {
    log.setConfiguration(index, confState);
    this.#filling.records.addConfiguration(log.group, index, confState);
    return this.#filling.records.sequence;
  }

  /** Empties a group's log after a snapshot; it continues after `position`. */
  reset(log: GroupLog, position: LogPosition, confState: ConfState): number {
    this.#keepUntilDurable(log);
    log.reset(position);
    log.setConfiguration(position.index, confState);
    this.#filling.records.addReset(log.group, position);
    this.#filling.records.addConfiguration(log.group, position.index, confState);
    return this.#filling.records.sequence;
  }

  /** Lets go of a group's entries up to `index`, which its state machine holds durably. */
  compact(log: GroupLog, index: number): void {
    if (index <= log.compacted.index) return;
    const term = log.term(index);
    assert(typeof term === "number", "a log is compacted at an index that it has");
    const position = { index, term };
    this.#filling.records.addCompaction(log.group, position);
    this.#filling.compactions.push({ log, position });
  }

  /**
   * Bytes that compaction of this group would free; at least a whole segment when the group keeps
   * old segments from being reused.
   */
  bytesToCompact(log: GroupLog): number {
    const oldest = log.oldestSegment ?? this.#writer.currentSegment;
    const isPinning = this.#writer.currentSegment - oldest > PINNED_SEGMENTS_MAX;
    return isPinning ? Math.max(log.appendedBytes, this.#segmentBytes) : log.appendedBytes;
  }

  /** Starts writing what has been appended, unless a write is under way. */
  flush(): void {
    if (this.#isWriting || this.#isClosed || this.#filling.records.isEmpty) return;
    const batch = this.#filling;
    const { records } = batch;
    if (this.#writer.isFirstOfSegment(records.length)) this.#addCheckpoint(records);
    const bytes = records.seal();
    this.#isWriting = true;
    this.#filling = this.#idle;
    this.#idle = batch;
    this.#filling.records.reset(this.#salt, records.sequence + 1);
    this.#filling.compactions = [];
    this.#filling.emptiedSegment = Number.POSITIVE_INFINITY;
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    this.#writer.write(bytes, (segment, offset) => {
      const durationMs = clock.monotonicMs() - startMs;
      this.#options.onWritten?.({ bytes: bytes.length, durationMs });
      this.#finishWrite(batch, segment, offset);
    });
  }

  /** Makes everything appended durable, unless the disk is full, and closes. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#isFull) {
      this.#isClosed = true;
      await this.#writer.close();
      return;
    }
    for (const log of this.#logs.values()) {
      this.#filling.records.addHardState(log.group, log.hardState);
    }
    await new Promise<void>((resolve) => {
      this.#closeWaiter = resolve;
      this.flush();
      this.#wakeCloser();
    });
    this.#isClosed = true;
    await this.#writer.close();
  }

  #finishWrite(batch: StoreBatch, segment: number, offset: number): void {
    const { placements, sequence } = batch.records;
    for (const placement of placements) {
      const { log, firstIndex, lastIndex, term, bytes } = placement;
      const location = { segment, offset: offset + placement.offset, bytes, batch: sequence };
      log.place({ firstIndex, lastIndex, term, location }, placement.generation);
      log.release(lastIndex, CACHED_BYTES_MAX);
    }
    for (const { log, position } of batch.compactions) log.compact(position);
    const hasFreed = batch.compactions.length > 0 || batch.emptiedSegment < Infinity;
    if (hasFreed) this.#isDirtySegments = true;
    this.#isWriting = false;
    this.#durableSequence = sequence;
    if (this.#isDirtySegments) this.#freeSegments();
    this.#options.onDurable(sequence);
    this.flush();
    this.#wakeCloser();
  }

  #wakeCloser(): void {
    if (this.#isWriting || !this.#filling.records.isEmpty) return;
    this.#closeWaiter?.();
    this.#closeWaiter = undefined;
  }

  /** Emptying a log takes effect at once, but a crash may undo it. */
  #keepUntilDurable(log: GroupLog): void {
    const oldest = log.oldestSegment ?? Number.POSITIVE_INFINITY;
    this.#filling.emptiedSegment = Math.min(this.#filling.emptiedSegment, oldest);
  }

  /** State of every group, so that recovery can start at this batch's segment. */
  #addCheckpoint(records: LogBatch<GroupLog>): void {
    for (const [group, replicaId] of this.#destroyed) {
      records.addReplica(group, { replicaId, fate: "gone" });
    }
    for (const log of this.#logs.values()) {
      const { replicaId } = log;
      if (replicaId > 0) records.addReplica(log.group, { replicaId, fate: "present" });
      records.addCompaction(log.group, log.compacted);
      for (const { index, confState } of log.configurations) {
        records.addConfiguration(log.group, index, confState);
      }
      records.addHardState(log.group, log.hardState);
    }
    this.#isDirtySegments = true;
  }

  #freeSegments(): void {
    this.#isDirtySegments = false;
    const current = this.#writer.currentSegment;
    let needed = Math.min(current, this.#filling.emptiedSegment);
    for (const log of this.#logs.values()) needed = Math.min(needed, log.oldestSegment ?? current);
    this.#writer.removeBelow(needed);
    if (current - needed < PINNED_SEGMENTS_MAX) return;
    for (const log of this.#logs.values()) {
      if (log.oldestSegment === needed) this.#rewriteForward(log);
    }
  }

  /** Writes a small group's live entries again, so that it no longer pins an old segment. */
  #rewriteForward(log: GroupLog): void {
    const bytesMax = Math.min(REWRITE_BYTES_MAX, this.#segmentBytes * REWRITE_SEGMENT_SHARE);
    if (log.recordBytes > bytesMax || this.#filling.records.length > bytesMax) return;
    const entries = log.entries(log.firstIndex(), log.lastIndex() + 1, Number.POSITIVE_INFINITY);
    assert(typeof entries !== "string", "the live entries of a log can be read");
    this.#filling.records.addEntries(log, entries);
    this.#isDirtySegments = true;
  }

  #recover(record: LogRecord, place: RecordPlace): void {
    if (record.kind === "replica") {
      this.#recoverReplica(record.group, record);
      return;
    }
    const log = this.#logs.get(record.group) ?? this.#newLog(record.group);
    switch (record.kind) {
      case "entries": {
        const { firstIndex, count, term, offset, bytes } = record;
        const location = { segment: place.segment, offset, bytes, batch: place.batch };
        log.recover({ firstIndex, lastIndex: firstIndex + count - 1, term, location });
        log.setCommit(record.commit);
        return;
      }
      case "hard-state": {
        const { term, vote, commit } = record;
        log.setHardState({ term, vote, commit: log.hardState.commit });
        log.setCommit(commit);
        return;
      }
      case "configuration":
        log.setConfiguration(record.index, record.confState);
        return;
      case "compaction":
        log.compact({ index: record.index, term: record.term });
        return;
      case "reset":
        log.reset({ index: record.index, term: record.term });
    }
  }

  #recoverReplica(group: number, { replicaId, fate }: StoredReplica): void {
    const known = this.#logs.get(group);
    if (fate === "present") {
      (known ?? this.#newLog(group)).replicaId = replicaId;
      return;
    }
    this.#destroyed.set(group, Math.max(replicaId, this.destroyedReplica(group)));
    if (fate === "destroyed") this.#logs.delete(group);
  }

  #newLog(group: number): GroupLog {
    const log = new GroupLog(group, (location) => this.#readBack(location));
    this.#logs.set(group, log);
    return log;
  }

  #readBack(location: RecordLocation): readonly Entry[] {
    const bytes = this.#writer.read(location.segment, location.offset, location.bytes);
    const seed = batchSeed(this.#salt, location.batch);
    const entries = readEntries({ bytes, offset: 0, seed });
    if (entries !== undefined) return entries;
    const segment = segmentName(location.segment);
    throw new ClusterError(
      "LOG_CORRUPTED",
      `A record of the log is damaged in segment ${segment} at offset ${location.offset}`,
      { details: { segment, offset: location.offset } },
    );
  }

  #setFull(isFull: boolean): void {
    this.#isFull = isFull;
    this.#options.onDiskFull(isFull);
    // What waits for space was acknowledged to nobody; a stop does not wait for it.
    if (isFull) this.#closeWaiter?.();
  }

  #fail(error: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeWaiter?.();
    this.#options.onFatal(error);
  }
}

function newBatch(): StoreBatch {
  return {
    records: new LogBatch(),
    compactions: [],
    emptiedSegment: Number.POSITIVE_INFINITY,
  };
}

function assertComplete(log: GroupLog, recovered: RecoveredLog): void {
  const missing = log.missingIndex();
  if (missing === undefined) return;
  const oldest = recovered.segments[0]?.sequence ?? 0;
  throw new ClusterError(
    "LOG_CORRUPTED",
    `The log lacks entry ${missing} of group ${log.group}; its oldest segment is ` +
      segmentName(oldest),
    { details: { group: log.group, index: missing } },
  );
}

function randomSalt(random: Random): number {
  const bytes = random.nextBytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}
