import { assertPresent } from "#base/assert";
import type { Clock, Scheduler } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { KeyValueEngine } from "#engine";
import type { PartitionDescriptor, PartitionTable } from "#partitioning";
import { type ConfState, EMPTY_CONF_STATE } from "#raft";
import { LoneNodeTransport, type NodeCalls } from "#transport";
import { EngineMetadataStore } from "./engine-metadata-store.ts";
import { DataDirectory } from "./membership/data-directory.ts";
import { LoneNodeMembership } from "./membership/lone-node-membership.ts";
import type { Membership } from "./membership/membership.ts";
import type { Metadata } from "./metadata/metadata.ts";
import { MetadataGroup } from "./metadata/metadata-group.ts";
import { MultiRaft } from "./multiraft/multi-raft.ts";
import type { PartitionLog } from "./multiraft/partition-log.ts";
import type { Replica } from "./multiraft/replica.ts";
import type { StateMachine } from "./multiraft/state-machine.ts";
import { planInitialTable } from "./placement/initial-placement.ts";
import {
  decodePartitionTable,
  encodePartitionTable,
  PARTITION_TABLE_DOCUMENT,
} from "./placement/partition-table-codec.ts";
import { deferTurn } from "./runtime.ts";

/** Sizes of the shared log. */
export interface ClusterLogOptions {
  /** Bytes of one segment file; default 64 MiB. */
  readonly segmentBytes?: number;
  /** Payload bytes per group that may wait for disk or for its state machine; default 32 MiB. */
  readonly pendingBytesMax?: number;
}

/** What a node of the cluster needs. */
export interface ClusterOptions {
  /** Created when it is missing; holds marker, lock, log and (with an engine factory) the store. */
  readonly dataDirectory: string;
  readonly nodeName: string;
  readonly clusterName: string;
  /** Partitions to create when the directory is empty; default 24, ignored afterwards. */
  readonly partitionCount?: number;
  /** The open engine, which the caller closes after the cluster; or a factory by directory. */
  readonly engine: KeyValueEngine | ((directory: string) => Promise<KeyValueEngine>);
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly log?: ClusterLogOptions;
  /**
   * Makes the state machine of a partition; its `appliedIndex` is read right after.
   *
   * @param started what is running by then: engine, partition table, metadata
   */
  createStateMachine(
    partitionId: number,
    log: PartitionLog,
    started: StartedParts,
  ): Promise<StateMachine>;
  /** Called after each write of the log, for measurements: bytes, and time until durable. */
  onLogWritten?(batch: { readonly bytes: number; readonly durationMs: number }): void;
  /** Called once when the node cannot go on (failed fsync, lost directory): stop the process. */
  onFatal(error: Error): void;
}

/** What state machines may use before the whole cluster has started. */
export type StartedParts = Pick<Cluster, "engine" | "table" | "metadata">;

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
  readonly table: PartitionTable;
  readonly metadata: Metadata;
  readonly membership: Membership;
  readonly calls: NodeCalls;
  readonly engine: KeyValueEngine;
  /** State of the disk below the log; proposals are refused unless `ready`. */
  readonly storageState: StorageState;
  statistics(): ClusterStatistics;
  /** Logs of the partitions that have a replica here, by ascending id. */
  partitions(): readonly PartitionLog[];
  /** Stops accepting, makes what was accepted durable, closes everything it opened. */
  close(): Promise<void>;
}

const PARTITION_COUNT = 24;
const METADATA_GROUP = 0;
const PENDING_BYTES_MAX = 32 * 1024 * 1024;
/** The whole node may hold this many times what one group may. */
const NODE_PENDING_FACTOR = 4;

/**
 * Starts this node: opens or provisions `dataDirectory` and runs all its groups.
 *
 * Resolves when the metadata group is led and every partition has its state machine; partitions
 * learn by `onLeadership` that they lead. A directory that is empty becomes a cluster of one.
 *
 * @throws ClusterError `DATA_DIRECTORY_LOCKED`, `DATA_DIRECTORY_MISMATCH`, `LOG_CORRUPTED`
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { dataDirectory, random } = options;
  const directory = DataDirectory.open(dataDirectory, options, random);
  const cleanup: (() => Promise<void> | void)[] = [() => directory.close()];
  try {
    const engine = await openEngine(options, directory);
    if (typeof options.engine === "function") cleanup.push(() => engine.close());
    const node = new ClusterNode(options, directory, engine);
    cleanup.push(() => node.stop());
    await node.start();
    return node;
  } catch (error) {
    for (const step of cleanup.reverse()) await step();
    throw error;
  }
}

/** The composition of one node. */
class ClusterNode implements Cluster {
  readonly engine: KeyValueEngine;
  readonly calls: NodeCalls;
  readonly membership: Membership;
  readonly #options: ClusterOptions;
  readonly #directory: DataDirectory;
  readonly #transport: LoneNodeTransport;
  #multiRaft: MultiRaft | undefined;
  #metadata: MetadataGroup | undefined;
  #table: PartitionTable | undefined;
  #partitions: readonly Replica[] = [];
  #isClosed = false;

  constructor(options: ClusterOptions, directory: DataDirectory, engine: KeyValueEngine) {
    const { identity } = directory;
    this.#options = options;
    this.#directory = directory;
    this.engine = engine;
    this.#transport = new LoneNodeTransport(identity.nodeId, options.scheduler);
    this.calls = this.#transport;
    this.membership = new LoneNodeMembership(identity);
  }

  get table(): PartitionTable {
    return assertPresent(this.#table, "a started node has a partition table");
  }

  get metadata(): Metadata {
    return assertPresent(this.#metadata, "a started node has metadata");
  }

  get storageState(): StorageState {
    return this.#multiRaft?.storageState ?? "ready";
  }

  statistics(): ClusterStatistics {
    const multiRaft = assertPresent(this.#multiRaft, "a started node runs groups");
    return {
      proposedRecords: multiRaft.proposedRecords,
      proposedBytes: multiRaft.proposedBytes,
      appliedRecords: multiRaft.appliedRecords,
      appliedBytes: multiRaft.appliedBytes,
      pendingBytes: multiRaft.pendingBytes,
      segmentCount: multiRaft.store.segmentCount,
    };
  }

  partitions(): readonly PartitionLog[] {
    return this.#partitions;
  }

  async start(): Promise<void> {
    const multiRaft = await this.#openGroups();
    this.#assertKeepsItsLog(multiRaft);
    const metadata = await this.#startMetadata(multiRaft);
    this.#table = await this.#loadTable(metadata);
    const started = await Promise.all(
      this.#table.partitions.map((partition) => this.#startPartition(multiRaft, partition)),
    );
    this.#partitions = started.filter((replica) => replica !== undefined);
    this.#directory.setProvisioned();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.stop();
    if (typeof this.#options.engine === "function") await this.engine.close();
    this.#directory.close();
  }

  /** Stops the groups; engine and directory stay open. */
  async stop(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#multiRaft?.close();
  }

  async #openGroups(): Promise<MultiRaft> {
    const { clock, scheduler, random, logger, log } = this.#options;
    const pendingBytesMax = log?.pendingBytesMax ?? PENDING_BYTES_MAX;
    const multiRaft = await MultiRaft.open({
      logDirectory: this.#directory.logPath,
      ...(log?.segmentBytes === undefined ? {} : { segmentBytes: log.segmentBytes }),
      clock,
      scheduler,
      defer: deferTurn,
      random,
      logger,
      transport: this.#transport,
      replicas: {
        nodeOf: (group, replicaId) => this.#nodeOf(group, replicaId),
        replicaOn: (group, nodeId) => this.#replicaOn(group, nodeId),
      },
      limits: { pendingBytesMax, nodePendingBytesMax: pendingBytesMax * NODE_PENDING_FACTOR },
      onLogWritten: (batch) => this.#options.onLogWritten?.(batch),
      onFatal: (error) => this.#options.onFatal(error),
    });
    this.#multiRaft = multiRaft;
    return multiRaft;
  }

  /** A replica that lost its log must not vote again under its old id. */
  #assertKeepsItsLog(multiRaft: MultiRaft): void {
    if (!this.#directory.identity.isProvisioned || multiRaft.store.has(METADATA_GROUP)) return;
    throw new ClusterError(
      "DATA_DIRECTORY_MISMATCH",
      `The log in "${this.#directory.logPath}" is gone, but this node has taken part in a ` +
        "cluster. Restore the whole data directory, or start a new node under another name",
    );
  }

  async #startMetadata(multiRaft: MultiRaft): Promise<MetadataGroup> {
    const { nodeId, generation } = this.#directory.identity;
    const replica = multiRaft.addReplica(METADATA_GROUP, nodeId, soleVoter(nodeId));
    const metadata = await MetadataGroup.load({
      store: new EngineMetadataStore(this.engine),
      log: replica,
      logger: this.#options.logger,
      requester: `${nodeId}:${generation}`,
    });
    this.#metadata = metadata;
    replica.start(metadata);
    await metadata.whenLeader();
    return metadata;
  }

  async #loadTable(metadata: Metadata): Promise<PartitionTable> {
    const { nodeId } = this.#directory.identity;
    const partitionCount = this.#options.partitionCount ?? PARTITION_COUNT;
    const known = await metadata.get(PARTITION_TABLE_DOCUMENT);
    if (known === undefined) {
      const planned = planInitialTable({ partitionCount, nodeIds: [nodeId] });
      await metadata.put(PARTITION_TABLE_DOCUMENT, encodePartitionTable(planned), 0);
    }
    const stored = await metadata.get(PARTITION_TABLE_DOCUMENT);
    const { contents, version } = assertPresent(stored, "the partition table is written");
    return decodePartitionTable(contents, version);
  }

  async #startPartition(
    multiRaft: MultiRaft,
    partition: PartitionDescriptor,
  ): Promise<Replica | undefined> {
    const { partitionId, replicas } = partition;
    const { nodeId } = this.#directory.identity;
    const own = replicas.find((replica) => replica.nodeId === nodeId);
    if (own === undefined) return undefined;
    const voters = replicas.map((replica) => replica.replicaId);
    const bootstrap = { ...soleVoter(nodeId), voters };
    const replica = multiRaft.addReplica(partitionId + 1, own.replicaId, bootstrap);
    const machine = await this.#options.createStateMachine(partitionId, replica, this);
    replica.start(machine);
    return replica;
  }

  #nodeOf(group: number, replicaId: number): number | undefined {
    if (group === METADATA_GROUP) return replicaId;
    const replicas = this.#table?.find(group - 1)?.replicas;
    return replicas?.find((replica) => replica.replicaId === replicaId)?.nodeId;
  }

  #replicaOn(group: number, nodeId: number): number | undefined {
    if (group === METADATA_GROUP) return nodeId;
    const replicas = this.#table?.find(group - 1)?.replicas;
    return replicas?.find((replica) => replica.nodeId === nodeId)?.replicaId;
  }
}

async function openEngine(
  { engine }: ClusterOptions,
  directory: DataDirectory,
): Promise<KeyValueEngine> {
  return typeof engine === "function" ? engine(directory.enginePath) : engine;
}

function soleVoter(replicaId: number): ConfState {
  return { ...EMPTY_CONF_STATE, voters: [replicaId] };
}
