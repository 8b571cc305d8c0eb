import { assert, assertPresent } from "#base/assert";
import type { Clock, ScheduledCall, Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { ConfState, Message } from "#raft";
import type { RaftTransport } from "#transport";
import type { LogDisk } from "../log-store/log-disk.ts";
import { LogStore } from "../log-store/log-store.ts";
import { Replica, type ReplicaHost, type ReplicaLimits } from "./replica.ts";

/** Where the replicas of groups are. */
export interface ReplicaDirectory {
  /** Node that holds a replica; `undefined` when unknown. */
  nodeOf(group: number, replicaId: number): number | undefined;
  /** Replica of the group that a node holds; `undefined` when unknown. */
  replicaOn(group: number, nodeId: number): number | undefined;
}

/** What running many groups on one node takes. */
export interface MultiRaftOptions {
  readonly logDirectory: string;
  readonly segmentBytes?: number;
  readonly disk?: LogDisk;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Runs a function in the next turn of the event loop, after pending input was handled. */
  readonly defer: (run: () => void) => void;
  readonly random: Random;
  readonly logger: Logger;
  readonly transport: RaftTransport;
  readonly replicas: ReplicaDirectory;
  readonly limits?: Partial<ReplicaLimits>;
  /** Milliseconds per tick; default 100. */
  readonly tickMs?: number;
  /** Called after each write of the log, for measurements. */
  onLogWritten?(batch: { readonly bytes: number; readonly durationMs: number }): void;
  onFatal(error: Error): void;
}

const TICK_MS = 100;
/** Bytes of one batch beyond which further groups wait for the next. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
const DEFAULT_LIMITS: ReplicaLimits = {
  pendingBytesMax: 32 * 1024 * 1024,
  nodePendingBytesMax: 128 * 1024 * 1024,
  applyingBytesMax: 4 * 1024 * 1024,
  messageBytesMax: 1024 * 1024,
  electionTicks: 10,
  heartbeatTicks: 2,
};

interface AwaitedAppend {
  readonly replica: Replica;
  readonly sequence: number;
}

/**
 * Runs the groups of one node over one shared log.
 *
 * Work is done in turns: replicas with something to do are collected, their appends share one
 * write, and what depends on it follows when it is durable. While a write is under way proposals
 * gather; the next write starts when it is done. One timer ticks all groups that are not idle.
 */
export class MultiRaft implements ReplicaHost {
  readonly random: Random;
  readonly logger: Logger;
  readonly limits: ReplicaLimits;
  pendingBytes = 0;
  proposedRecords = 0;
  proposedBytes = 0;
  appliedRecords = 0;
  appliedBytes = 0;
  readonly #options: MultiRaftOptions;
  readonly #replicas = new Map<number, Replica>();
  #store: LogStore | undefined;
  #scheduled: Replica[] = [];
  #awaited: AwaitedAppend[] = [];
  #isTurnDeferred = false;
  #isCollecting = false;
  #isDiskFull = false;
  #isStopping = false;
  #isFailed = false;
  #timer: ScheduledCall | undefined;

  private constructor(options: MultiRaftOptions) {
    this.#options = options;
    this.random = options.random;
    this.logger = options.logger;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
  }

  /**
   * Opens the log; groups are started one by one afterwards.
   *
   * @throws ClusterError `LOG_CORRUPTED`
   */
  static async open(options: MultiRaftOptions): Promise<MultiRaft> {
    const multiRaft = new MultiRaft(options);
    multiRaft.#store = await LogStore.open({
      directory: options.logDirectory,
      clock: options.clock,
      scheduler: options.scheduler,
      random: options.random,
      logger: options.logger,
      ...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }),
      ...(options.disk === undefined ? {} : { disk: options.disk }),
      onWritten: (batch) => options.onLogWritten?.(batch),
      onDurable: (sequence) => multiRaft.#finishAppends(sequence),
      onDiskFull: (isFull) => {
        multiRaft.#isDiskFull = isFull;
      },
      onFatal: (error) => multiRaft.#fail(error),
    });
    options.transport.onMessage((group, message) => multiRaft.#replicas.get(group)?.step(message));
    return multiRaft;
  }

  get store(): LogStore {
    return assertPresent(this.#store, "the log is open before groups exist");
  }

  get isAccepting(): boolean {
    return !this.#isDiskFull && !this.#isStopping && !this.#isFailed;
  }

  get storageState(): "ready" | "disk-full" | "failed" {
    if (this.#isFailed) return "failed";
    return this.#isDiskFull ? "disk-full" : "ready";
  }

  /** All replicas of this node, by ascending group. */
  replicas(): Replica[] {
    return [...this.#replicas.values()].sort((left, right) => left.group - right.group);
  }

  /** Adds a replica of a group, which is created when the log does not know it. */
  addReplica(group: number, replicaId: number, bootstrap: ConfState): Replica {
    assert(!this.#replicas.has(group), "a node holds one replica of a group");
    if (!this.store.has(group)) this.store.createGroup(group, bootstrap);
    const replica = new Replica(this, this.store.group(group), replicaId);
    this.#replicas.set(group, replica);
    return replica;
  }

  schedule(replica: Replica): void {
    this.#add(replica);
    this.#deferTurn();
  }

  scheduleBatched(replica: Replica): void {
    this.#add(replica);
    if (!this.store.isWriting) this.#deferTurn();
  }

  awaitDurable(replica: Replica, sequence: number): void {
    this.#awaited.push({ replica, sequence });
  }

  send(replica: Replica, message: Message): void {
    const nodeId = this.nodeOf(replica.group, message.to);
    if (nodeId !== undefined) this.#options.transport.send(nodeId, replica.group, message);
  }

  nodeOf(group: number, replicaId: number): number | undefined {
    return this.#options.replicas.nodeOf(group, replicaId);
  }

  replicaOn(group: number, nodeId: number): number | undefined {
    return this.#options.replicas.replicaOn(group, nodeId);
  }

  /** Refuses further proposals, makes accepted ones durable, stops all groups, closes the log. */
  async close(): Promise<void> {
    this.#isStopping = true;
    this.#timer?.cancel();
    if (!this.#isFailed) {
      this.#runTurn();
      await this.store.close();
    }
    await Promise.all(this.replicas().map((replica) => replica.stop()));
  }

  #add(replica: Replica): void {
    this.#timer ??= this.#startTimer();
    if (replica.isScheduled) return;
    replica.isScheduled = true;
    this.#scheduled.push(replica);
  }

  #deferTurn(): void {
    if (this.#isTurnDeferred || this.#isCollecting) return;
    this.#isTurnDeferred = true;
    this.#options.defer(() => {
      this.#isTurnDeferred = false;
      this.#runTurn();
    });
  }

  #runTurn(): void {
    if (this.#isFailed) return;
    this.#collect();
    this.store.flush();
  }

  /** Collects from scheduled replicas, up to the size of a batch; the rest waits for the next. */
  #collect(): void {
    this.#isCollecting = true;
    let next = 0;
    while (next < this.#scheduled.length && this.store.waitingBytes < BATCH_BYTES_MAX) {
      const replica = this.#scheduled[next++] as Replica;
      replica.isScheduled = false;
      replica.collect();
    }
    this.#scheduled = this.#scheduled.slice(next);
    this.#isCollecting = false;
  }

  #finishAppends(sequence: number): void {
    if (this.#isFailed) return;
    this.#isCollecting = true;
    const awaited = this.#awaited;
    let count = 0;
    while (count < awaited.length && (awaited[count] as AwaitedAppend).sequence <= sequence) {
      (awaited[count] as AwaitedAppend).replica.finishAppends(sequence);
      count++;
    }
    this.#awaited = awaited.slice(count);
    this.#collect();
  }

  /** Ticks all groups that need it; the next work starts it again. */
  #startTimer(): ScheduledCall {
    return this.#options.scheduler.after(this.#options.tickMs ?? TICK_MS, () => {
      this.#timer = undefined;
      if (this.#isStopping || this.#isFailed) return;
      for (const replica of this.#replicas.values()) if (!replica.isQuiescent) replica.tick();
    });
  }

  #fail(error: Error): void {
    if (this.#isFailed) return;
    this.#isFailed = true;
    this.#timer?.cancel();
    for (const replica of this.#replicas.values()) void replica.stop();
    this.#options.onFatal(error);
  }
}
