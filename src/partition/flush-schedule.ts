import type { Clock, ScheduledCall, Scheduler } from "#base/clock";
import type { Summary } from "#base/metric";
import type { FlushGroup, StoreFlusher } from "#partition-store";

/** What decides when the stores are written. */
export interface FlushScheduleOptions {
  readonly flusher: StoreFlusher;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  /** Seconds of each write. */
  readonly writeDuration: Summary;
  /** The engine refused a write: the process must stop. */
  onFatal(error: Error): void;
}

/** Longest time that applied records stay in memory only; the log has them. */
const FLUSH_DELAY_MS = 160;
/**
 * Parts in which the partitions take turns within that time: the event loop never stands still for
 * the rows of all of them at once.
 */
const FLUSH_GROUPS = 8;
/** Records after which all are written at once. */
const FLUSH_RECORDS = 8_000;
/** Unwritten records beyond which applying waits for the engine: bounds memory and replay. */
const BACKLOG_RECORDS_MAX = 20_000;

/** Decides when the stores of a node are written: soon, in few large batches, within a bound. */
export class FlushSchedule {
  readonly #options: FlushScheduleOptions;
  #unwritten = 0;
  #group = 0;
  #timer: ScheduledCall | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: FlushScheduleOptions) {
    this.#options = options;
  }

  /** Counts applied records; returns a promise when the caller has to wait for the engine. */
  noteApplied(count: number): void | Promise<void> {
    if (this.#isClosed) return;
    this.#unwritten += count;
    if (this.#unwritten >= FLUSH_RECORDS) {
      const flushed = this.flush();
      return this.#unwritten >= BACKLOG_RECORDS_MAX ? flushed : undefined;
    }
    this.#timer ??= this.#startTimer();
  }

  /** Writes everything that was applied before the call; never rejects. */
  flush(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#flushOnce();
      return this.#running;
    }
    // The write under way may have begun before the latest changes: all callers share the next.
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.flush();
    });
    return this.#next;
  }

  /** Writes what is unwritten and stops; what is applied later is replayed from the log. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.flush();
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.flush();
  }

  #startTimer(): ScheduledCall {
    return this.#options.scheduler.after(FLUSH_DELAY_MS / FLUSH_GROUPS, () => {
      this.#timer = undefined;
      this.#group = (this.#group + 1) % FLUSH_GROUPS;
      this.#running ??= this.#flushOnce({ index: this.#group, count: FLUSH_GROUPS });
      if (this.#unwritten > 0 && !this.#isClosed) this.#timer = this.#startTimer();
    });
  }

  async #flushOnce(group?: FlushGroup): Promise<void> {
    const { clock, flusher, onFatal, writeDuration } = this.#options;
    try {
      const before = this.#unwritten;
      const startMs = clock.monotonicMs();
      await flusher.flush(group);
      if (before > 0) writeDuration.observe((clock.monotonicMs() - startMs) / 1_000);
      this.#unwritten = flusher.unwrittenRecords;
    } catch (error) {
      onFatal(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#running = undefined;
    }
  }
}
