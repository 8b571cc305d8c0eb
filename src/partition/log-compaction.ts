import type { ScheduledCall, Scheduler } from "#base/clock";
import type { PartitionLog } from "#cluster";
import type { KeyValueEngine } from "#engine";
import type { FlushSchedule } from "./flush-schedule.ts";

/** A replica whose log can be cut. */
export interface CompactedReplica {
  readonly log: PartitionLog;
  /** Index up to which the engine holds what was applied. */
  readonly store: { readonly writtenIndex: number };
}

/** What cutting logs takes. */
export interface LogCompactionOptions {
  readonly engine: KeyValueEngine;
  readonly scheduler: Scheduler;
  readonly flushes: FlushSchedule;
  /** Log payload, over all partitions, after which logs are cut; default 256 MiB. */
  readonly compactionBytes?: number;
  replicas(): Iterable<CompactedReplica>;
  onFatal(error: Error): void;
}

const COMPACTION_BYTES = 256 * 1024 * 1024;
const COMPACTION_INTERVAL_MS = 5_000;

/** Cuts the logs of a node below what the engine holds durably, once enough has gathered. */
export class LogCompaction {
  readonly #options: LogCompactionOptions;
  #timer: ScheduledCall | undefined;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: LogCompactionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = this.#options.scheduler.after(COMPACTION_INTERVAL_MS, () => {
      if (this.#isClosed) return;
      this.#running = this.#compactIfDue().then(
        () => this.start(),
        (error: unknown) => {
          this.#options.onFatal(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  /** Resolves when the engine is not used any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #compactIfDue(): Promise<void> {
    const { engine, flushes, replicas } = this.#options;
    let bytes = 0;
    for (const { log } of replicas()) bytes += log.appendedBytesSinceCompaction();
    if (bytes < (this.#options.compactionBytes ?? COMPACTION_BYTES)) return;
    await flushes.flush();
    const written = [...replicas()].map(({ log, store }) => [log, store.writtenIndex] as const);
    await engine.flush();
    for (const [log, index] of written) log.compact(index);
  }
}
