import type { Clock, Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { KeyValueEngine } from "#engine";
import type { PartitionTable } from "#partitioning";
import type { NodeCalls, NodeTransport, NodeTransportOptions } from "#transport";
import type { ClusterSeed } from "./cluster-seed.ts";
import type { LogDisk } from "./log-store/log-disk.ts";
import type { DirectoryFiles } from "./membership/directory-files.ts";
import type { Membership } from "./membership/membership.ts";
import type { Metadata } from "./metadata/metadata.ts";
import type { PartitionLog } from "./multiraft/partition-log.ts";
import type { RaftMetrics } from "./multiraft/raft-metrics.ts";
import type { ReplicaLimits } from "./multiraft/replica-host.ts";
import type { ReplicaStatus } from "./multiraft/replica-status.ts";
import type { StateMachine } from "./multiraft/state-machine.ts";
import type { ReplicaReport } from "./placement/node-report.ts";
import type { Replication } from "./placement/replication.ts";

/** What a node takes from the operating system besides clocks; simulations bring their own. */
export interface NodePlatform {
  /** Replaces the files at the top of the data directory. */
  readonly files: DirectoryFiles;
  readonly logDisk: LogDisk;
  readonly snapshotDisk: LogDisk;
  /** Runs a function in the next turn of the event loop, after pending input was handled. */
  readonly defer: (run: () => void) => void;
}

/** Sizes of the shared log. */
export interface ClusterLogOptions {
  /** Bytes of one segment file; default 64 MiB. */
  readonly segmentBytes?: number;
  /** Payload bytes per group that may wait for disk or for its state machine; default 32 MiB. */
  readonly pendingBytesMax?: number;
}

/** Times of a cluster; the defaults suit nodes in one region. */
export interface ClusterTiming {
  /** Milliseconds per tick of all groups. */
  readonly tickMs: number;
  /** Silent ticks before a follower campaigns; drawn from [n, 2n). */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /** A node that is dead for so long has its replicas replaced; default ten minutes. */
  readonly replicaDeadAfterMs: number;
  /** A node that came back gets no leaders for so long; default one minute. */
  readonly returnCooldownMs: number;
  /** Milliseconds between two rounds that spread leaders; zero turns that off. */
  readonly leaderBalanceIntervalMs: number;
  /** How long the first partition table waits for the nodes that are expected; default 5 s. */
  readonly provisionWaitMs: number;
  /** Milliseconds between two looks at the whole cluster. */
  readonly roundMs: number;
  /** How long a node that finds its name taken waits for the other one to go; default 10 s. */
  readonly nameTakenMs: number;
  /** Silence after which a node that may create a cluster takes a seed to have none. */
  readonly seedSilenceMs: number;
  /** Starting fails after this, when no cluster takes the node in; default five minutes. */
  readonly initializationMs: number;
}

/** How far a node has come; `awaiting-provisioning` until there is a cluster to belong to. */
export type StartPhase = "awaiting-provisioning" | "joining" | "starting" | "running";

/** What a node of the cluster needs. */
export interface ClusterOptions {
  /** Created when it is missing; holds marker, lock, log and (with an engine factory) the store. */
  readonly dataDirectory: string;
  readonly nodeName: string;
  readonly clusterName: string;
  /** Where other nodes reach this one, as `host:port` or URL; left out, it has no others. */
  readonly advertisedAddress?: string | undefined;
  /** Addresses of some nodes of the cluster; its own may be among them. */
  readonly seedAddresses?: readonly string[];
  /** Whether to create a cluster when no seed belongs to one; default true. */
  readonly autoProvision?: boolean;
  /** The node id to insist on; refused when it is or was another directory's. */
  readonly forceNodeId?: number | undefined;
  /** Names of the components that run here; replicas need `worker` and `log-server`. */
  readonly roles?: readonly string[];
  /** Failure domain, as region or region.zone. */
  readonly location?: string | undefined;
  /** Partitions to create with the cluster; default 24, ignored afterwards. */
  readonly partitionCount?: number;
  /** Copies of a new cluster; ignored afterwards. */
  readonly defaultReplication?: Replication;
  /**
   * Last resort after a majority of the metadata group is lost for good: this node goes on as its
   * only member, and the nodes named here are given up. To be set for one start of one node, the
   * one with the longest log.
   */
  readonly recoverMetadata?: { readonly lostNodes: readonly number[] } | undefined;
  /**
   * What a cluster that is created here starts with. Asked for once, by a node without a cluster;
   * a node that finds a cluster to join does not start then.
   */
  seed?(): Promise<ClusterSeed>;
  /** The open engine, which the caller closes after the cluster; or a factory by directory. */
  readonly engine: KeyValueEngine | ((directory: string) => Promise<KeyValueEngine>);
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly log?: ClusterLogOptions;
  readonly timing?: Partial<ClusterTiming>;
  /** Ends a start that waits for a cluster; it then fails with `CLUSTER_CLOSED`. */
  readonly signal?: AbortSignal;
  /** Replaces disks and event loop. */
  readonly platform?: NodePlatform;
  /** Limits of the groups, beyond what `log` and `timing` say; for tests. */
  readonly groupLimits?: Partial<ReplicaLimits>;
  /** Makes the connections between nodes; the default speaks gRPC, and loads it when needed. */
  createTransport?(options: NodeTransportOptions): Promise<NodeTransport>;
  /** Called as soon as connections of other nodes may be handed to the transport. */
  onTransport?(transport: NodeTransport): void;
  /** Called when the start comes forward. */
  onPhase?(phase: StartPhase): void;
  /**
   * Makes the state machine of a partition; its `appliedIndex` is read right after.
   *
   * Called again for a partition whose replica left this node and came back.
   *
   * @param started what is running by then: engine, partition table, metadata
   */
  createStateMachine(
    partitionId: number,
    log: PartitionLog,
    started: StartedParts,
  ): Promise<StateMachine>;
  /**
   * Deletes everything that a partition's state machine has stored; resolves when that is durable.
   *
   * Called after its replica has left this node, and before a new one starts; repeatable.
   */
  dropStateMachine?(partitionId: number): Promise<void>;
  /** Where the groups report what they measure. */
  readonly metrics?: RaftMetrics;
  /** Called after each write of the log, for measurements: bytes, and time until durable. */
  onLogWritten?(batch: { readonly bytes: number; readonly durationMs: number }): void;
  /** Called once when the node cannot go on (failed fsync, lost directory): stop the process. */
  onFatal(error: Error): void;
}

/** What state machines may use before the whole cluster has started. */
export type StartedParts = Pick<
  Cluster,
  "engine" | "table" | "watchTable" | "metadata" | "membership" | "calls"
>;

/** How the shared log of this node is doing. */
export type StorageState = "ready" | "disk-full" | "failed";

/** Totals since the process started, over all groups of this node, and what waits now. */
export interface ClusterStatistics {
  readonly proposedRecords: number;
  readonly proposedBytes: number;
  /** Includes empty and configuration entries, and replay. */
  readonly appliedRecords: number;
  readonly appliedBytes: number;
  /** Payload bytes accepted and not applied yet. */
  readonly pendingBytes: number;
  /** Segment files that hold live records. */
  readonly segmentCount: number;
}

/** This node's part of the running cluster. */
export interface Cluster {
  /** The newest partition table that this node has applied. */
  readonly table: PartitionTable;
  /** Calls back after every change of the table until the returned function is called. */
  watchTable(callback: (table: PartitionTable) => void): () => void;
  readonly metadata: Metadata;
  readonly membership: Membership;
  readonly calls: NodeCalls;
  readonly transport: NodeTransport;
  readonly engine: KeyValueEngine;
  /** State of the disk below the log; proposals are refused unless `ready`. */
  readonly storageState: StorageState;
  statistics(): ClusterStatistics;
  /** Where the replicas of this node stand, that of the metadata group first. */
  groups(): readonly ReplicaStatus[];
  /** Logs of the partitions that have a replica here now, by ascending id. */
  partitions(): readonly PartitionLog[];
  /** How the replicas of this node are doing, that of the metadata group first. */
  replicaStatus(): readonly ReplicaReport[];
  /**
   * Hands every leadership of this node to another one; resolves when it is done or no other node
   * can take them, at the latest after `deadlineMs`. New ones are not taken from then on.
   */
  drainLeadership(deadlineMs: number): Promise<void>;
  /**
   * Gives up this node's replica of a partition, whose state cannot be trusted: it is deleted here
   * and fetched from the others, under a new replica id. Resolves when that is decided.
   *
   * @throws ClusterError `CONFLICT` when the others are too few, or already changing
   */
  rebuildReplica(partitionId: number): Promise<void>;
  /** Stops accepting, makes what was accepted durable, closes everything it opened. */
  close(): Promise<void>;
}
