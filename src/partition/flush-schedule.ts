import type { ScheduledCall, Scheduler } from "#base/clock";
import type { StoreFlusher } from "#partition-store";

/** What decides when the stores are written. */
export interface FlushScheduleOptions {
  readonly flusher: StoreFlusher;
  readonly scheduler: Scheduler;
  /** The engine refused a write: the process must stop. */
  onFatal(error: Error): void;
}

/** Longest time that applied records stay in memory only; the log has them. */
const FLUSH_DELAY_MS = 40;
/** Records after which a flush starts at once. */
const FLUSH_RECORDS = 1_000;
/** Unwritten records beyond which applying waits for the engine: bounds memory and replay. */
const BACKLOG_RECORDS_MAX = 20_000;

/** Decides when the stores of a node are written: soon, in few large batches, within a bound. */
export class FlushSchedule {
  readonly #options: FlushScheduleOptions;
  #unwritten = 0;
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
    this.#timer ??= this.#options.scheduler.after(FLUSH_DELAY_MS, () => {
      this.#timer = undefined;
      void this.flush();
    });
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
    await this.flush();
  }

  async #flushOnce(): Promise<void> {
    try {
      const before = this.#unwritten;
      await this.#options.flusher.flush();
      this.#unwritten -= before;
    } catch (error) {
      this.#options.onFatal(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#running = undefined;
    }
  }
}
