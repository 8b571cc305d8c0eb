import type { ScheduledCall, Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
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
  readonly logger: Logger;
  replicas(): Iterable<CompactedReplica>;
  /**
   * Index up to which an object store covers the log of a partition; `undefined` when that has no
   * say in how far the log is cut.
   */
  archivedIndex?(partitionId: number): number | undefined;
  onFatal(error: Error): void;
}

const COMPACTION_BYTES = 256 * 1024 * 1024;
const COMPACTION_INTERVAL_MS = 5_000;
/** Log payload that waits for the object store. Beyond, the logs are cut all the same. */
const HELD_BYTES_MAX = 1024 * 1024 * 1024;

/**
 * Cuts the logs of a node below what the engine holds durably, once enough has gathered. Where
 * snapshots go to an object store, what they do not cover stays, up to a bound.
 */
export class LogCompaction {
  readonly #options: LogCompactionOptions;
  #timer: ScheduledCall | undefined;
  #running: Promise<void> | undefined;
  /** What the engine held durably when it was flushed last. */
  #durable: ReadonlyMap<PartitionLog, number> = new Map();
  /** What the last cut has left for the object store, and a little more. */
  #heldBytes = 0;
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

  /** Cuts the log of one partition up to an index, as far as its tables are durable after this. */
  async cut(partitionId: number, index: number): Promise<void> {
    if (this.#isClosed) return;
    await this.#flush();
    for (const { log } of this.#options.replicas()) {
      if (log.partitionId === partitionId) log.compact(Math.min(index, this.#durableIndex(log)));
    }
  }

  async #compactIfDue(): Promise<void> {
    // The object store may have come forward.
    if (this.#heldBytes > 0) this.#cut();
    const { replicas, compactionBytes = COMPACTION_BYTES } = this.#options;
    let bytes = 0;
    for (const { log } of replicas()) bytes += log.appendedBytesSinceCompaction();
    if (bytes - this.#heldBytes < compactionBytes) return;
    await this.#flush();
    this.#cut();
  }

  async #flush(): Promise<void> {
    const { engine, flushes, replicas } = this.#options;
    await flushes.flush();
    const written = [...replicas()].map(({ log, store }) => [log, store.writtenIndex] as const);
    await engine.flush();
    this.#durable = new Map(written);
  }

  #cut(): void {
    const { archivedIndex, logger, replicas } = this.#options;
    const isOver = this.#heldBytes > HELD_BYTES_MAX;
    if (isOver) {
      logger.warn("Logs are cut although the object store does not cover them", {
        heldBytes: this.#heldBytes,
      });
    }
    let heldBytes = 0;
    for (const { log } of replicas()) {
      const durableIndex = this.#durableIndex(log);
      const archived = isOver ? undefined : archivedIndex?.(log.partitionId);
      const index = Math.min(durableIndex, archived ?? durableIndex);
      log.compact(index);
      if (index < durableIndex) heldBytes += log.appendedBytesSinceCompaction();
    }
    this.#heldBytes = heldBytes;
  }

  #durableIndex(log: PartitionLog): number {
    return this.#durable.get(log) ?? 0;
  }
}
