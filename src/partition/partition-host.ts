import type { Clock, ScheduledCall, Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { PartitionLog, PartitionTable, StateMachine } from "#cluster";
import type { KeyValueEngine } from "#engine";
import { hasCode, ServerError } from "#errors";
import type { NodeInvoker } from "#invoker";
import { type InvocationId, partitionKeyOf } from "#model";
import { type CacheLimits, PartitionStore, PartitionTables, StoreFlusher } from "#partition-store";
import type { SchemaView } from "#schema";
import type { ConcurrencyRule } from "#state-machine";
import type { PartitionClient, PartitionReply, PartitionRequest } from "./client.ts";
import { FlushSchedule } from "./flush-schedule.ts";
import type { LeaderServices } from "./leadership/partition-leader.ts";
import { PartitionProcessor } from "./processor.ts";

/** What the partitions of a node share. */
export interface PartitionHostOptions {
  readonly engine: KeyValueEngine;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly invoker: NodeInvoker;
  readonly cleanupIntervalMs: number;
  schema(): SchemaView;
  readonly table: PartitionTable;
  /** The node cannot go on: stop the process. */
  onFatal(error: Error): void;
}

/** Bytes that the caches of all partitions together may hold, per kind and generation. */
const NODE_CACHE_BYTES = 64 * 1024 * 1024;
const NODE_CACHE_COUNT = 48 * 1024;
const CACHE_BYTES_MIN = 512 * 1024;
/** How long a request waits for a leader before it fails. */
const LEADER_WAIT_MS = 30_000;
/** Pause between two tries to reach a leader. */
const LEADER_POLL_MS = 10;
/** Log payload, over all partitions, after which the stores are made durable and the log is cut. */
const COMPACTION_BYTES = 256 * 1024 * 1024;
const COMPACTION_INTERVAL_MS = 5_000;

/** The replicas of this node: makes them, reaches their leaders, writes their stores. */
export class PartitionHost implements PartitionClient {
  readonly #options: PartitionHostOptions;
  readonly #processors = new Map<number, PartitionProcessor>();
  readonly #logs = new Map<number, PartitionLog>();
  readonly #flusher: StoreFlusher;
  readonly #flushes: FlushSchedule;
  readonly #limits: CacheLimits;
  readonly #services: LeaderServices;
  #compaction: Promise<void> | undefined;
  #compactionTimer: ScheduledCall | undefined;
  #isClosed = false;

  constructor(options: PartitionHostOptions) {
    this.#options = options;
    const { engine, scheduler, table, onFatal } = options;
    this.#flusher = new StoreFlusher(engine);
    this.#flushes = new FlushSchedule({ flusher: this.#flusher, scheduler, onFatal });
    this.#limits = cacheLimits(table.count);
    this.#services = this.#leaderServices();
  }

  /** Makes the state machine of a partition; called by the cluster. */
  async createStateMachine(partitionId: number, log: PartitionLog): Promise<StateMachine> {
    const { engine, logger } = this.#options;
    const store = await PartitionStore.open({
      engine,
      partitionId,
      isLocal: (id) => this.partitionOf(id) === partitionId,
      limits: this.#limits,
    });
    this.#flusher.add(store);
    const processor = new PartitionProcessor({
      log,
      store,
      flushes: this.#flushes,
      services: this.#services,
      logger: logger.child({ partition: partitionId }),
    });
    this.#processors.set(partitionId, processor);
    this.#logs.set(partitionId, log);
    return processor;
  }

  /** Starts what runs beside the partitions. */
  start(): void {
    this.#scheduleCompaction();
  }

  /** Ids of the partitions that have a replica here. */
  get partitionIds(): readonly number[] {
    return [...this.#processors.keys()];
  }

  /** Partitions that this node leads. */
  get leaderCount(): number {
    let count = 0;
    for (const processor of this.#processors.values()) if (processor.isLeader) count++;
    return count;
  }

  /** Rows that wait to be written. */
  get unwrittenCount(): number {
    return this.#flusher.dirtyCount;
  }

  /** Partition that owns an invocation. */
  partitionOf(id: InvocationId): number {
    return this.#options.table.partitionIdOf(partitionKeyOf(id));
  }

  request(invocationId: InvocationId, request: PartitionRequest): Promise<PartitionReply> {
    return this.#submit(this.partitionOf(invocationId), request);
  }

  requestByPartitionKey(partitionKey: bigint, request: PartitionRequest): Promise<PartitionReply> {
    return this.#submit(this.#options.table.partitionIdOf(partitionKey), request);
  }

  /** Resolves when all partitions of this node have a leader here. */
  async whenReady(): Promise<void> {
    for (const processor of this.#processors.values()) await processor.whenLeader();
  }

  /** Proposes a new rule book to every partition that this node leads. */
  updateRules(rules: readonly ConcurrencyRule[]): void {
    for (const processor of this.#processors.values()) processor.leader?.updateRules(rules);
  }

  /** Writes the stores; what is applied so far can then be read from the engine. */
  flush(): Promise<void> {
    return this.#flushes.flush();
  }

  /** Tables of a partition in the engine. Flush first. */
  tables(partitionId: number): PartitionTables {
    return new PartitionTables(this.#options.engine, partitionId);
  }

  processor(partitionId: number): PartitionProcessor | undefined {
    return this.#processors.get(partitionId);
  }

  /** Stops leading and writes what is applied; call before the cluster closes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#compactionTimer?.cancel();
    for (const processor of this.#processors.values()) processor.close();
    await this.#compaction;
    await this.#flushes.close();
  }

  async #submit(partitionId: number, request: PartitionRequest): Promise<PartitionReply> {
    const processor = this.#processors.get(partitionId);
    if (processor === undefined) throw unavailable(partitionId);
    if (processor.isLeader) {
      try {
        return await processor.submit(request);
      } catch (error) {
        if (!hasCode(error, "PARTITION_NOT_LEADER") || !isRepeatable(request)) throw error;
      }
    }
    return this.#submitAgain(processor, request);
  }

  /**
   * Asks the next leader, for as long as a request may wait. What a former leader took of an
   * invocation is found under its id, so it only is no longer fresh.
   */
  async #submitAgain(
    processor: PartitionProcessor,
    request: PartitionRequest,
  ): Promise<PartitionReply> {
    const giveUpAtMs = this.#options.clock.monotonicMs() + LEADER_WAIT_MS;
    const again =
      request.kind === "append-invocation" && request.fresh
        ? { ...request, fresh: false }
        : request;
    for (;;) {
      // The log may know of the loss before the processor is told; give it the time.
      await new Promise<void>((resolve) => {
        this.#options.scheduler.after(LEADER_POLL_MS, resolve);
      });
      await this.#waitForLeader(processor);
      try {
        return await processor.submit(again);
      } catch (error) {
        const isLate = this.#options.clock.monotonicMs() > giveUpAtMs;
        const isFinal = isLate || !isRepeatable(again);
        if (!hasCode(error, "PARTITION_NOT_LEADER") || isFinal) throw error;
      }
    }
  }

  #waitForLeader(processor: PartitionProcessor): Promise<void> {
    if (this.#isClosed) return Promise.reject(unavailable(processor.partitionId));
    return new Promise((resolve, reject) => {
      const timeout = this.#options.scheduler.after(LEADER_WAIT_MS, () => {
        reject(unavailable(processor.partitionId));
      });
      processor.whenLeader().then(() => {
        timeout.cancel();
        resolve();
      }, reject);
    });
  }

  #leaderServices(): LeaderServices {
    const { clock, scheduler, random, invoker, cleanupIntervalMs, logger } = this.#options;
    return {
      clock,
      scheduler,
      random,
      invoker,
      cleanupIntervalMs,
      schema: () => this.#options.schema(),
      partitionOf: (id) => this.partitionOf(id),
      deliver: (partitionId, command, onApplied) =>
        this.#processors.get(partitionId)?.deliver(command, onApplied) ?? false,
      flush: () => this.#flushes.flush(),
      tables: (partitionId) => this.tables(partitionId),
      onLeaderFailed: (partitionId, error) => {
        logger.error("Leader of a partition cannot go on", { partition: partitionId, error });
        this.#options.onFatal(error instanceof Error ? error : new Error(String(error)));
      },
    };
  }

  #scheduleCompaction(): void {
    this.#compactionTimer = this.#options.scheduler.after(COMPACTION_INTERVAL_MS, () => {
      if (this.#isClosed) return;
      this.#compaction = this.#compactIfDue().then(
        () => this.#scheduleCompaction(),
        (error: unknown) => {
          this.#options.onFatal(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  /** Cuts the log below what the engine holds durably, once enough has gathered. */
  async #compactIfDue(): Promise<void> {
    let bytes = 0;
    for (const log of this.#logs.values()) bytes += log.appendedBytesSinceCompaction();
    if (bytes < COMPACTION_BYTES) return;
    await this.#flushes.flush();
    await this.#flusher.flush();
    const applied = [...this.#processors].map(
      ([id, { store }]) => [id, store.writtenIndex] as const,
    );
    await this.#options.engine.flush();
    for (const [partitionId, index] of applied) this.#logs.get(partitionId)?.compact(index);
  }
}

function cacheLimits(partitionCount: number): CacheLimits {
  const count = Math.max(256, Math.floor(NODE_CACHE_COUNT / partitionCount / 2));
  const bytes = Math.max(CACHE_BYTES_MIN, Math.floor(NODE_CACHE_BYTES / partitionCount / 2));
  return {
    invocationCountMax: count,
    instanceCountMax: count,
    groupBytesMax: bytes,
    journalBytesMax: bytes,
  };
}

/** False for what would take effect twice if a former leader had committed it. */
function isRepeatable({ kind }: PartitionRequest): boolean {
  return kind !== "append-signal" && kind !== "restart-invocation";
}

function unavailable(partitionId: number): ServerError {
  return new ServerError("PARTITION_UNAVAILABLE", `Partition ${partitionId} has no leader`, {
    details: { partitionId },
  });
}
