import type { WriteBatch } from "#engine";
import type { PartitionReply, RememberedReply } from "#state-machine";
import { ResidentTable } from "./resident-table.ts";
import type { UndoLog } from "./undo-log.ts";

/** How long an answer is kept: several times what a request is tried again for. */
const RETENTION_MS = 120_000;
/** Answers of one partition; beyond, the oldest go early, and such a request may count twice. */
const COUNT_MAX = 4_096;
/** Answers that one new one may replace: a record does bounded work, and the table shrinks. */
const FORGOTTEN_PER_RECORD_MAX = 2;
/** Forgotten indexes that are cut off the list together. */
const TRIM_COUNT = 1_024;

/** Answers to requests that must not take effect twice, by log index; in memory whole. */
export class RequestTable {
  readonly #rows: ResidentTable<number, RememberedReply>;
  readonly #undo: UndoLog;
  readonly #indexById = new Map<string, number>();
  /** Log indexes, ascending; those before `#first` are forgotten. */
  #indexes: number[] = [];
  #first = 0;

  constructor(undo: UndoLog) {
    this.#rows = new ResidentTable(undo);
    this.#undo = undo;
  }

  /** Takes a row read from the engine; in order. */
  loadRow(logIndex: number, remembered: RememberedReply): void {
    this.#rows.loadRow(logIndex, remembered);
    this.#indexById.set(remembered.deduplicationId, logIndex);
    this.#indexes.push(logIndex);
  }

  reply(deduplicationId: string): PartitionReply | undefined {
    const logIndex = this.#indexById.get(deduplicationId);
    return logIndex === undefined ? undefined : this.#rows.get(logIndex)?.reply;
  }

  add(logIndex: number, remembered: RememberedReply): void {
    if (this.#first >= TRIM_COUNT) {
      this.#indexes = this.#indexes.slice(this.#first);
      this.#first = 0;
    }
    const { deduplicationId: id, timeMs } = remembered;
    this.#rows.set(logIndex, remembered);
    this.#indexById.set(id, logIndex);
    this.#indexes.push(logIndex);
    this.#undo.push(() => {
      this.#indexes.pop();
      this.#indexById.delete(id);
    });
    for (let i = 0; i < FORGOTTEN_PER_RECORD_MAX; i++) this.#forgetOldest(timeMs);
  }

  /** Moves all unwritten changes into the batch. */
  collect(
    batch: WriteBatch,
    format: { key(logIndex: number): Uint8Array; encode(row: RememberedReply): Uint8Array },
  ): void {
    this.#rows.collect(batch, format);
  }

  #forgetOldest(nowMs: number): void {
    const logIndex = this.#indexes[this.#first];
    const oldest = logIndex === undefined ? undefined : this.#rows.get(logIndex);
    if (logIndex === undefined || oldest === undefined) return;
    const isOld = oldest.timeMs + RETENTION_MS < nowMs;
    if (!isOld && this.#indexes.length - this.#first <= COUNT_MAX) return;
    const { deduplicationId: id } = oldest;
    this.#rows.set(logIndex, undefined);
    this.#indexById.delete(id);
    this.#first++;
    this.#undo.push(() => {
      this.#first--;
      this.#indexById.set(id, logIndex);
    });
  }
}
