import { assert } from "#base/assert";
import type { Clock, Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { PartitionLog, PartitionTable, StateMachine } from "#cluster";
import type { KeyValueEngine } from "#engine";
import { hasCode } from "#errors";
import type { NodeInvoker } from "#invoker";
import { type InvocationId, partitionKeyHigh32, partitionKeyLow32 } from "#model";
import {
  type CacheLimits,
  PartitionImage,
  PartitionStore,
  PartitionTables,
  preparePartition,
  restorePartition,
  StoreFlusher,
  wipePartition,
} from "#partition-store";
import type { SchemaView } from "#schema";
import type { ConcurrencyRule } from "#state-machine";
import type { AttemptStatus, PartitionClient, PartitionReply, PartitionRequest } from "./client.ts";
import type { DigestVerdict } from "./digest/compare-digests.ts";
import { Digester } from "./digest/digester.ts";
import { FlushSchedule } from "./flush-schedule.ts";
import type { LeaderServices, LeaderStatistics } from "./leadership/partition-leader.ts";
import { LogCompaction } from "./log-compaction.ts";
import {
  NO_PARTITION_METRICS,
  type PartitionMetrics,
  requestStatusOf,
} from "./partition-metrics.ts";
import { type PartitionImages, PartitionProcessor } from "./processor.ts";
import { type PartitionPeers, PartitionRouter } from "./routing/partition-router.ts";

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
  /** Key ranges of partitions, which never change. */
  readonly table: PartitionTable;
  readonly peers: PartitionPeers;
  readonly metrics?: PartitionMetrics;
  /** How often leaders compare replicas; 0 does it on request only. Default ten minutes. */
  readonly digestIntervalMs?: number;
  /** Log payload, over all partitions, after which logs are cut; default 256 MiB. */
  readonly compactionBytes?: number;
  /**
   * Gives up the replica of this node, which differs from the others, and has another one made.
   * Called again after a rejection.
   */
  rebuildReplica?(partitionId: number): Promise<void>;
  /** Index up to which an object store covers the log of a partition, if logs wait for that. */
  archivedIndex?(partitionId: number): number | undefined;
  /** Replicas of a partition that this node leads were compared. */
  onDigestReport?(report: DigestReport): void;
  /** The node cannot go on: stop the process. */
  onFatal(error: Error): void;
}

/** Bytes that the caches of all partitions together may hold, per kind and generation. */
const NODE_CACHE_BYTES = 64 * 1024 * 1024;
const NODE_CACHE_COUNT = 48 * 1024;
const CACHE_BYTES_MIN = 512 * 1024;
const DIGEST_INTERVAL_MS = 10 * 60_000;
/** Time between two tries to have a replica replaced. */
const REBUILD_RETRY_MS = 5_000;
/** Random bytes that tell one request from all others. */
const DEDUPLICATION_ID_BYTES = 12;
/** Requests that would take effect twice if they were applied twice. */
const ONCE_REQUESTS: ReadonlySet<PartitionRequest["kind"]> = new Set([
  "append-signal",
  "cancel-invocation",
  "kill-invocation",
  "pause-invocation",
  "resume-invocation",
  "restart-invocation",
  "purge-invocation",
  "purge-journal",
  "patch-state",
]);

/** A replica that is made or removed. */
export interface ReplicaFacts {
  /** Id that the replica has in its group; tables of an earlier one are removed. */
  readonly replicaId: number;
}

/** How replicas of a partition compared. */
export interface DigestReport {
  readonly partitionId: number;
  /** Log index of the state that was compared. */
  readonly index: number;
  readonly verdict: DigestVerdict;
}

/** Tables of a partition and what is known of its attempts, wherever its leader is. */
export interface PartitionView {
  readonly tables: PartitionTables;
  /** Undefined for a partition that is led elsewhere. */
  readonly store: PartitionStore | undefined;
  attempts(ids: readonly InvocationId[]): Promise<readonly (AttemptStatus | undefined)[]>;
}

/** The replicas of this node: makes them, reaches leaders, writes their stores. */
export class PartitionHost implements PartitionClient {
  readonly #options: PartitionHostOptions;
  readonly #processors = new Map<number, PartitionProcessor>();
  readonly #flusher: StoreFlusher;
  readonly #flushes: FlushSchedule;
  readonly #limits: CacheLimits;
  readonly #services: LeaderServices;
  readonly #metrics: PartitionMetrics;
  readonly #router: PartitionRouter;
  readonly #digester: Digester;
  readonly #compaction: LogCompaction;
  #rules: readonly ConcurrencyRule[] | undefined;
  #isClosed = false;

  constructor(options: PartitionHostOptions) {
    this.#options = options;
    const metrics = options.metrics ?? NO_PARTITION_METRICS;
    this.#metrics = metrics;
    const { engine, scheduler, clock, table, invoker, onFatal } = options;
    const processor = (partitionId: number) => this.#processors.get(partitionId);
    this.#flusher = new StoreFlusher(engine);
    this.#flushes = new FlushSchedule({
      flusher: this.#flusher,
      scheduler,
      clock,
      writeDuration: metrics.storeWriteDuration,
      onFatal,
    });
    this.#limits = cacheLimits(table.count);
    this.#digester = new Digester(options);
    this.#compaction = new LogCompaction({
      ...options,
      flushes: this.#flushes,
      replicas: () => this.#processors.values(),
    });
    this.#router = new PartitionRouter({
      ...options,
      metrics,
      processor,
      attemptOf: (id) => invoker.status(id),
      flush: () => this.#flushes.flush(),
    });
    this.#services = this.#leaderServices();
  }

  /**
   * Makes the state machine of a replica; called by the cluster, at any time. Called again for one
   * that the cluster has stopped, it goes on from the tables that are there.
   */
  async createStateMachine(
    partitionId: number,
    log: PartitionLog,
    facts?: ReplicaFacts,
  ): Promise<StateMachine> {
    const { engine, logger } = this.#options;
    await this.#letGo(partitionId);
    assert(!this.#processors.has(partitionId), "a node holds one replica of a partition");
    const isEmptied = await preparePartition(engine, partitionId, facts?.replicaId);
    if (isEmptied) logger.info("Removed useless tables", { partition: partitionId });
    const store = await this.#openStore(partitionId);
    const processor = new PartitionProcessor({
      log,
      store,
      images: this.#imagesOf(partitionId),
      digester: this.#digester,
      flushes: this.#flushes,
      services: this.#services,
      logger: logger.child({ partition: partitionId }),
    });
    this.#processors.set(partitionId, processor);
    this.#metrics.onReplicaStarted(partitionId);
    return processor;
  }

  /**
   * Removes a replica with its tables, durably. The cluster has stopped it, and forgets its log
   * afterwards; the partition may then be created again, as another replica.
   */
  async removeStateMachine(partitionId: number): Promise<void> {
    await this.#letGo(partitionId);
    await wipePartition(this.#options.engine, partitionId);
  }

  /** Ends what a stopped replica runs; its tables stay, and its log has what they miss. */
  async #letGo(partitionId: number): Promise<void> {
    const processor = this.#processors.get(partitionId);
    if (processor === undefined) return;
    processor.close();
    this.#processors.delete(partitionId);
    this.#router.wake(partitionId);
    this.#metrics.onReplicaStopped(partitionId, "normal");
    await this.#flusher.remove(processor.store);
  }

  /** Starts what runs beside the partitions. */
  start(): void {
    this.#compaction.start();
  }

  /** Ids of the partitions that have a replica here. */
  get partitionIds(): readonly number[] {
    return [...this.#processors.keys()];
  }

  /** Ids of all partitions of the cluster. */
  get allPartitionIds(): readonly number[] {
    return this.#options.table.partitions.map(({ partitionId }) => partitionId);
  }

  /** Partitions that this node leads. */
  get leaderCount(): number {
    let count = 0;
    for (const processor of this.#processors.values()) if (processor.isLeader) count++;
    return count;
  }

  /** What waits at the leaders of this node, by partition. */
  leaderStatistics(): ReadonlyMap<number, LeaderStatistics> {
    const statistics = new Map<number, LeaderStatistics>();
    for (const [partitionId, { leader }] of this.#processors) {
      if (leader !== undefined) statistics.set(partitionId, leader.statistics());
    }
    return statistics;
  }

  /** Rows that wait to be written. */
  get unwrittenCount(): number {
    return this.#flusher.dirtyCount;
  }

  /** Partition that owns an invocation. */
  partitionOf(id: InvocationId): number {
    return this.#options.table.partitionIdOfHalves(partitionKeyHigh32(id), partitionKeyLow32(id));
  }

  request(invocationId: InvocationId, request: PartitionRequest): Promise<PartitionReply> {
    return this.#submit(this.partitionOf(invocationId), request);
  }

  requestByPartitionKey(partitionKey: bigint, request: PartitionRequest): Promise<PartitionReply> {
    return this.#submit(this.#options.table.partitionIdOf(partitionKey), request);
  }

  /** Resolves when each partition with a replica here is led, by this node or by another. */
  async whenReady(): Promise<void> {
    for (const partitionId of this.partitionIds) await this.#router.whenLed(partitionId);
  }

  /** Takes a new rule book: proposes it to every partition that this node leads, now or later. */
  updateRules(rules: readonly ConcurrencyRule[]): void {
    this.#rules = rules;
    for (const processor of this.#processors.values()) processor.leader?.updateRules(rules);
  }

  /** Writes the stores; what is applied so far can then be read from the engine. */
  flush(): Promise<void> {
    return this.#flushes.flush();
  }

  /** Tables of a partition in the engine of this node. Flush first. */
  tables(partitionId: number): PartitionTables {
    return new PartitionTables(this.#options.engine, partitionId);
  }

  /** Tables of a partition as its leader has them; flush first. */
  view(partitionId: number): PartitionView {
    const { invoker } = this.#options;
    const processor = this.#processors.get(partitionId);
    if (processor?.isLeader) {
      const attempts = async (ids: readonly InvocationId[]) => ids.map((id) => invoker.status(id));
      return { tables: this.tables(partitionId), store: processor.store, attempts };
    }
    return {
      tables: this.#router.remoteTables(partitionId),
      store: undefined,
      attempts: (ids) => this.#router.attempts(partitionId, ids),
    };
  }

  processor(partitionId: number): PartitionProcessor | undefined {
    return this.#processors.get(partitionId);
  }

  /** Cuts the log of a partition up to an index, as far as its tables are durable here. */
  cutLog(partitionId: number, index: number): Promise<void> {
    return this.#compaction.cut(partitionId, index);
  }

  /** Compares the replicas of a partition that this node leads; undefined if it cannot. */
  async checkDigest(partitionId: number): Promise<DigestVerdict | undefined> {
    return this.#processors.get(partitionId)?.leader?.checkDigest();
  }

  /** Stops leading and writes what is applied; call before the cluster closes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#router.close();
    for (const processor of this.#processors.values()) processor.close();
    await this.#compaction.close();
    await this.#digester.close();
    await this.#flushes.close();
  }

  async #submit(partitionId: number, request: PartitionRequest): Promise<PartitionReply> {
    const deduplicationId = ONCE_REQUESTS.has(request.kind) ? this.#mintId() : undefined;
    const processor = this.#processors.get(partitionId);
    let isRepeated = false;
    if (processor?.isLeader) {
      try {
        const reply = await processor.submit(request, deduplicationId);
        this.#metrics.onRequest(partitionId, "completed");
        return reply;
      } catch (error) {
        this.#metrics.onRequest(partitionId, requestStatusOf(error));
        if (!hasCode(error, "PARTITION_NOT_LEADER")) throw error;
        isRepeated = true;
      }
    }
    return this.#router.submit(partitionId, request, { deduplicationId, isRepeated });
  }

  #mintId(): string {
    const bytes = this.#options.random.nextBytes(DEDUPLICATION_ID_BYTES);
    return Buffer.from(bytes).toString("base64url");
  }

  async #openStore(partitionId: number): Promise<PartitionStore> {
    const store = await PartitionStore.open({
      engine: this.#options.engine,
      partitionId,
      isLocal: (id) => this.partitionOf(id) === partitionId,
      limits: this.#limits,
    });
    this.#flusher.add(store);
    return store;
  }

  #imagesOf(partitionId: number): PartitionImages {
    const { engine } = this.#options;
    return {
      take: async () => {
        await this.#flushes.flush();
        return PartitionImage.take(engine, partitionId);
      },
      restore: async (store, chunks, index) => {
        await this.#flusher.remove(store);
        await restorePartition(engine, partitionId, { chunks, index });
        return this.#openStore(partitionId);
      },
    };
  }

  #leaderServices(): LeaderServices {
    const { logger, peers } = this.#options;
    return {
      ...this.#options,
      nodeId: peers.nodeId,
      digestIntervalMs: this.#options.digestIntervalMs ?? DIGEST_INTERVAL_MS,
      metrics: this.#metrics,
      schema: () => this.#options.schema(),
      rules: () => this.#rules,
      partitionOf: (id) => this.partitionOf(id),
      replicaNodes: (partitionId) => peers.nodesOf(partitionId),
      deliver: (partitionId, command, outcome) =>
        this.#router.deliver(partitionId, command, outcome),
      digestOf: (node, state) => this.#router.digestOf(node, state),
      flush: () => this.#flushes.flush(),
      tables: (partitionId) => this.tables(partitionId),
      onLeadership: (partitionId) => this.#noteLeadership(partitionId),
      onQuarantined: (partitionId) => this.#rebuild(partitionId),
      onDigestVerdict: (partitionId, verdict, index) =>
        this.#takeVerdict({ partitionId, index, verdict }),
      onLeaderFailed: (partitionId, error) => {
        logger.error("Leader of a partition cannot go on", { partition: partitionId, error });
        this.#options.onFatal(error instanceof Error ? error : new Error(String(error)));
      },
    };
  }

  #noteLeadership(partitionId: number): void {
    this.#router.wake(partitionId);
    for (const { leader } of this.#processors.values()) leader?.retryOutbox(partitionId);
  }

  /** Has a replica replaced that is out of use. */
  #rebuild(partitionId: number): void {
    const { scheduler, logger } = this.#options;
    const processor = this.#processors.get(partitionId);
    if (this.#isClosed || processor?.isQuarantined !== true) return;
    this.#options.rebuildReplica?.(partitionId).catch((error: unknown) => {
      logger.warn("A replica cannot be replaced now", { partition: partitionId, error });
      scheduler.after(REBUILD_RETRY_MS, () => this.#rebuild(partitionId));
    });
  }

  #takeVerdict(report: DigestReport): void {
    const { partitionId, index, verdict } = report;
    if (verdict.kind !== "equal") {
      const { kind, nodes } = verdict;
      const facts = { partition: partitionId, index, verdict: kind, nodes };
      this.#options.logger.error("Replicas of a partition differ", facts);
    }
    if (verdict.kind === "diverged") {
      for (const node of verdict.nodes) void this.#router.quarantine(node, { partitionId, index });
    }
    this.#options.onDigestReport?.(report);
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
