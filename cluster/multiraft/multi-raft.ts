import { dirname, join } from "node:path";

import { assert, assertPresent } from "#base/assert";
import type { Clock, ScheduledCall, Scheduler } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { ConfState, Message } from "#raft";
import type {
  IncomingSnapshot,
  NodePeers,
  PeerChange,
  RaftTransport,
  SnapshotTransport,
} from "#transport";
import type { LogPosition } from "../log-store/log-batch.ts";
import { createLogDisk, type LogDisk } from "../log-store/log-disk.ts";
import { LogStore } from "../log-store/log-store.ts";
import { NO_RAFT_METRICS, type RaftMetrics } from "./raft-metrics.ts";
import { Replica } from "./replica.ts";
import type { ReplicaHost, ReplicaLimits } from "./replica-host.ts";
import { SnapshotSender } from "./snapshot-sender.ts";
import { SnapshotStaging } from "./snapshot-staging.ts";

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
  /** Where received snapshots are kept; default `snapshots` beside the log. */
  readonly snapshotDirectory?: string;
  /** Replaces the disk of received snapshots. */
  readonly snapshotDisk?: LogDisk;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Runs a function in the next turn of the event loop, after pending input was handled. */
  readonly defer: (run: () => void) => void;
  readonly random: Random;
  readonly logger: Logger;
  readonly transport: RaftTransport;
  /** Carries snapshots; a node alone has no use for it. */
  readonly snapshotTransport?: SnapshotTransport;
  /** Tells which nodes answer. Without it groups never rest, and lost leaders take their time. */
  readonly peers?: Pick<NodePeers, "isAlive" | "onPeerChange">;
  readonly replicas: ReplicaDirectory;
  readonly limits?: Partial<ReplicaLimits>;
  readonly metrics?: RaftMetrics;
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
  electionTicks: 8,
  heartbeatTicks: 2,
  quietTicks: 10,
  keptTailBytes: 1024 * 1024,
  keptForFollowersBytesMax: 32 * 1024 * 1024,
};

interface AwaitedAppend {
  readonly replica: Replica;
  readonly sequence: number;
}

interface AwaitedBeginning {
  readonly sequence: number;
  readonly resolve: () => void;
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
  readonly metrics: RaftMetrics;
  pendingBytes = 0;
  proposedRecords = 0;
  proposedBytes = 0;
  appliedRecords = 0;
  appliedBytes = 0;
  /** Ticks of single groups, and messages to other nodes, since the process started. */
  tickedGroups = 0;
  sentMessages = 0;
  readonly #options: MultiRaftOptions;
  readonly #replicas = new Map<number, Replica>();
  readonly #snapshotSender: SnapshotSender;
  readonly #staging: SnapshotStaging;
  #stopWatching: (() => void) | undefined;
  #store: LogStore | undefined;
  #scheduled: Replica[] = [];
  #awaited: AwaitedAppend[] = [];
  #beginnings: AwaitedBeginning[] = [];
  #isTurnDeferred = false;
  #isCollecting = false;
  #isDiskFull = false;
  #isStopping = false;
  #isFailed = false;
  #hasUnsentMessages = false;
  #timer: ScheduledCall | undefined;

  private constructor(options: MultiRaftOptions) {
    this.#options = options;
    this.random = options.random;
    this.logger = options.logger;
    this.metrics = options.metrics ?? NO_RAFT_METRICS;
    const canRest = options.peers === undefined ? { quietTicks: 0 } : {};
    this.limits = { ...DEFAULT_LIMITS, ...options.limits, ...canRest };
    const { snapshotDirectory, logDirectory, snapshotTransport, peers, logger } = options;
    this.#snapshotSender = new SnapshotSender({
      snapshotTransport,
      peers,
      logger,
      metrics: this.metrics,
    });
    const directory = snapshotDirectory ?? join(dirname(logDirectory), "snapshots");
    this.#staging = new SnapshotStaging(options.snapshotDisk ?? createLogDisk(directory));
  }

  /**
   * Opens the log; groups are started one by one afterwards.
   *
   * @throws ClusterError `LOG_CORRUPTED`
   */
  static async open(options: MultiRaftOptions): Promise<MultiRaft> {
    const multiRaft = new MultiRaft(options);
    multiRaft.#staging.discardUnfinished();
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
    const { transport, snapshotTransport, peers } = options;
    transport.onMessage((group, message, fromNode) =>
      multiRaft.#replicas.get(group)?.step(message, fromNode),
    );
    snapshotTransport?.onSnapshot((snapshot) => multiRaft.#receiveSnapshot(snapshot));
    multiRaft.#stopWatching = peers?.onPeerChange((change) => multiRaft.#notePeer(change));
    return multiRaft;
  }

  get store(): LogStore {
    return assertPresent(this.#store, "the log is open before groups exist");
  }

  get isAccepting(): boolean {
    return !this.#isDiskFull && !this.#isStopping && !this.#isFailed;
  }

  get isDiskFull(): boolean {
    return this.#isDiskFull;
  }

  nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  get storageState(): "ready" | "disk-full" | "failed" {
    if (this.#isFailed) return "failed";
    return this.#isDiskFull ? "disk-full" : "ready";
  }

  /** All replicas of this node, by ascending group. */
  replicas(): Replica[] {
    return [...this.#replicas.values()].sort((left, right) => left.group - right.group);
  }

  /** The replica of a group that has been added here. */
  replica(group: number): Replica | undefined {
    return this.#replicas.get(group);
  }

  /**
   * Adds a replica of a group, which is created when the log does not know it.
   *
   * @param bootstrap the first members of the group, the same on each of their nodes; empty for a
   *                  replica that joins later and learns of the members by a snapshot
   * @throws ClusterError `REPLICA_DESTROYED` when it or a later one was destroyed here, or when the
   *         log is that of another replica, which has to be destroyed first
   */
  addReplica(group: number, replicaId: number, bootstrap: ConfState): Replica {
    assert(!this.#replicas.has(group), "a node holds one replica of a group");
    const { store } = this;
    if (replicaId <= store.destroyedReplica(group)) throw destroyed(group, replicaId);
    if (!store.has(group)) store.createGroup(group, bootstrap, replicaId);
    const log = store.group(group);
    if (log.replicaId === 0) store.nameReplica(log, replicaId);
    if (log.replicaId !== replicaId) throw destroyed(group, replicaId);
    const replica = new Replica(this, log, replicaId);
    this.#replicas.set(group, replica);
    return replica;
  }

  removeReplica(replica: Replica): void {
    this.#replicas.delete(replica.group);
  }

  /**
   * Lets the log of a new group begin behind an image, which is staged here and is taken over when
   * the replica starts; resolves when that is durable.
   */
  beginBehind(replica: Replica, { index, term }: LogPosition): Promise<void> {
    const { store } = this;
    const { log, group } = replica;
    assert(this.#staging.find(group, index) !== undefined, "the image of the group is here");
    store.reset(log, { index, term }, log.confStateAt(0));
    const sequence = store.append(log, [], { term, vote: 0, commit: index });
    this.schedule(replica);
    return new Promise((resolve) => this.#beginnings.push({ sequence, resolve }));
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

  send(nodeId: number, group: number, message: Message): void {
    this.sentMessages++;
    this.#hasUnsentMessages = true;
    this.#options.transport.send(nodeId, group, message);
  }

  sendSnapshot(replica: Replica, message: Message): void {
    this.#snapshotSender.push(replica, message);
  }

  get staging(): SnapshotStaging {
    return this.#staging;
  }

  after(delayMs: number, run: () => void): ScheduledCall {
    return this.#options.scheduler.after(delayMs, run);
  }

  isAlive(nodeId: number): boolean {
    return this.#options.peers?.isAlive(nodeId) === true;
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
    this.#stopWatching?.();
    this.#timer?.cancel();
    this.#snapshotSender.stop();
    if (!this.#isFailed) {
      this.#runTurn();
      await this.store.close();
    }
    await Promise.all(this.replicas().map((replica) => replica.stop()));
  }

  /** Resolves when no image of a state machine is open; call after the connections were closed. */
  whenImagesClosed(): Promise<void> {
    return this.#snapshotSender.ended();
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
    this.#sendMessages();
  }

  /** Messages of all groups leave together, once per turn. */
  #sendMessages(): void {
    if (!this.#hasUnsentMessages) return;
    this.#hasUnsentMessages = false;
    this.#options.transport.flush?.();
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
    if (this.#beginnings.length > 0) this.#endBeginnings(sequence);
    if (count > 0) this.metrics.groupsPerWrite.observe(count);
    this.#collect();
    this.#sendMessages();
  }

  #endBeginnings(sequence: number): void {
    const waiting = this.#beginnings;
    this.#beginnings = waiting.filter((beginning) => beginning.sequence > sequence);
    for (const beginning of waiting) if (beginning.sequence <= sequence) beginning.resolve();
  }

  /** Ticks all groups that need it; the next work starts it again. */
  #startTimer(): ScheduledCall {
    return this.#options.scheduler.after(this.#options.tickMs ?? TICK_MS, () => {
      this.#timer = undefined;
      if (this.#isStopping || this.#isFailed) return;
      for (const replica of this.#replicas.values()) {
        if (replica.isQuiescent) continue;
        this.tickedGroups++;
        replica.tick();
      }
    });
  }

  async #receiveSnapshot({ group, message, fromNode, chunks }: IncomingSnapshot): Promise<void> {
    const replica = this.#replicas.get(group);
    if (replica === undefined || this.#isStopping) {
      throw new ClusterError("SNAPSHOT_REFUSED", `Group ${group} has no replica here`, {
        details: { group, fromNode },
      });
    }
    let isReceived = false;
    try {
      await replica.receiveSnapshot(message, chunks);
      isReceived = true;
    } finally {
      this.metrics.onSnapshot("received", isReceived);
    }
  }

  #notePeer({ nodeId, isAlive, cause }: PeerChange): void {
    for (const replica of this.#replicas.values()) {
      // What ran there before has ended, even if something answers already.
      if (!isAlive || cause === "restarted") replica.peerDown(nodeId);
      if (isAlive) replica.peerUp(nodeId);
    }
  }

  #fail(error: Error): void {
    if (this.#isFailed) return;
    this.#isFailed = true;
    this.#timer?.cancel();
    for (const replica of this.#replicas.values()) void replica.stop();
    this.#options.onFatal(error);
  }
}

function destroyed(group: number, replicaId: number): ClusterError {
  return new ClusterError(
    "REPLICA_DESTROYED",
    `Replica ${replicaId} of group ${group} does not belong on this node any more`,
    { details: { group, replicaId } },
  );
}
