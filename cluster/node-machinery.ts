import { ClusterError } from "#base/cluster-error";
import type { KeyValueEngine } from "#engine";
import { EMPTY_CONF_STATE } from "#raft";
import type { NodeTransport } from "#transport";
import { Admission } from "./admission.ts";
import type { Bootstrapped } from "./bootstrap.ts";
import { ClusterDocuments } from "./cluster-documents.ts";
import type { ClusterOptions, StartedParts } from "./cluster-options.ts";
import type { StagedSeed } from "./cluster-seed.ts";
import { EngineMetadataStore } from "./engine-metadata-store.ts";
import { groupTarget } from "./group-targets.ts";
import type { ClusterMembership } from "./membership/cluster-membership.ts";
import type { DataDirectory } from "./membership/data-directory.ts";
import type { NodesDocument } from "./membership/nodes-document.ts";
import { MetadataGroup } from "./metadata/metadata-group.ts";
import { ReplicatedMetadata } from "./metadata/replicated-metadata.ts";
import { MultiRaft } from "./multiraft/multi-raft.ts";
import type { Replica } from "./multiraft/replica.ts";
import { PlacementController } from "./placement/controller.ts";
import { GroupKeeper } from "./placement/group-keeper.ts";
import { ReplicaKeeper } from "./placement/replica-keeper.ts";
import { METADATA_GROUP } from "./replica-places.ts";
import { deferTurn } from "./runtime.ts";
import { controllerSettings, raftLimits } from "./timing.ts";

/** What a node is made of before its groups start. */
export interface NodeFoundation {
  readonly options: ClusterOptions;
  readonly directory: DataDirectory;
  readonly engine: KeyValueEngine;
  readonly transport: NodeTransport;
  /** What joining or creating a cluster told; `undefined` for a member that starts again. */
  readonly bootstrapped: Bootstrapped | undefined;
  /** What the partitions of a cluster that is created here start with. */
  readonly seed: StagedSeed | undefined;
}

/** What the machinery asks of the node around it. */
export interface MachineryHost {
  readonly membership: ClusterMembership;
  /** What state machines get to see. */
  readonly started: StartedParts;
  /** True while the node gives its leaderships away. */
  isStopping(): boolean;
  /** Called after the nodes of the cluster have changed. */
  onNodes(nodes: NodesDocument): void;
}

/** Everything that works by itself on a node: groups, metadata, and what keeps them in order. */
export class NodeMachinery {
  readonly multiRaft: MultiRaft;
  readonly documents: ClusterDocuments;
  readonly metadataReplica: Replica;
  readonly group: MetadataGroup;
  readonly metadata: ReplicatedMetadata;
  readonly controller: PlacementController;
  readonly groupKeeper: GroupKeeper;
  readonly replicaKeeper: ReplicaKeeper;
  readonly admission: Admission;

  private constructor(
    foundation: NodeFoundation,
    host: MachineryHost,
    groups: { readonly multiRaft: MultiRaft; readonly documents: ClusterDocuments } & MetadataParts,
  ) {
    this.multiRaft = groups.multiRaft;
    this.documents = groups.documents;
    this.metadataReplica = groups.replica;
    this.group = groups.group;
    this.metadata = groups.metadata;
    this.controller = this.#createController(foundation, host);
    this.groupKeeper = this.#createGroupKeeper(foundation);
    this.replicaKeeper = this.#createReplicaKeeper(foundation, host);
    this.admission = this.#createAdmission(foundation, host);
  }

  /**
   * Opens the log, and starts the metadata group with the documents that this node has.
   *
   * @throws ClusterError `LOG_CORRUPTED`, `DATA_DIRECTORY_MISMATCH`
   */
  static async open(foundation: NodeFoundation, host: MachineryHost): Promise<NodeMachinery> {
    let machinery: NodeMachinery | undefined;
    const documents = new ClusterDocuments({
      onNodes: (nodes) => host.onNodes(nodes),
      onTable: (table) => {
        // Failures are logged and tried again by the keeper.
        machinery?.replicaKeeper.follow(table, false).catch(() => undefined);
      },
      onChange: () => machinery?.poke(),
    });
    const multiRaft = await openGroups(foundation, documents);
    try {
      assertKeepsItsLog(foundation.directory, multiRaft);
      const parts = await openMetadata(foundation, multiRaft, () => machinery?.poke());
      machinery = new NodeMachinery(foundation, host, { multiRaft, documents, ...parts });
      parts.replica.start(parts.group);
      return machinery;
    } catch (error) {
      await multiRaft.close();
      throw error;
    }
  }

  /** Something has changed: whoever keeps things in order looks now. */
  poke(): void {
    this.groupKeeper.poke();
    this.controller.poke();
  }

  async close(): Promise<void> {
    this.controller.close();
    this.groupKeeper.close();
    this.metadata.close();
    this.documents.close();
    await this.replicaKeeper.close();
    await this.multiRaft.close();
  }

  #createController({ options, transport }: NodeFoundation, host: MachineryHost) {
    const { clock, scheduler, logger } = options;
    return new PlacementController({
      metadata: this.metadata,
      membership: host.membership,
      calls: transport,
      clock,
      scheduler,
      logger,
      settings: controllerSettings(options.timing),
      isLeader: () => this.metadataReplica.isLeader && !host.isStopping(),
    });
  }

  #createGroupKeeper({ options, transport }: NodeFoundation): GroupKeeper {
    const { clock, scheduler, logger } = options;
    const facts = {
      isAlive: (nodeId: number) => transport.isAlive(nodeId),
      isGone: (record: NodesDocument["nodes"][number]) => this.controller.isGone(record),
    };
    return new GroupKeeper({
      replicas: () => this.multiRaft.replicas(),
      targetOf: (status) => groupTarget(this.documents, status, facts),
      isAlive: facts.isAlive,
      clock,
      scheduler,
      logger,
    });
  }

  #createReplicaKeeper(foundation: NodeFoundation, host: MachineryHost): ReplicaKeeper {
    const { options, directory, seed } = foundation;
    const { nodeId, isProvisioned } = directory.identity;
    return new ReplicaKeeper({
      nodeId,
      multiRaft: this.multiRaft,
      scheduler: options.scheduler,
      logger: options.logger,
      hasHistory: isProvisioned,
      seedOf: (partitionId) =>
        seed?.partitions.find((candidate) => candidate.partitionId === partitionId),
      createStateMachine: (partitionId, log) =>
        options.createStateMachine(partitionId, log, host.started),
      dropStateMachine: async (partitionId) => options.dropStateMachine?.(partitionId),
      onChange: () => this.groupKeeper.poke(),
    });
  }

  #createAdmission({ directory, transport }: NodeFoundation, host: MachineryHost): Admission {
    return new Admission({
      calls: transport,
      metadata: this.metadata,
      clusterFingerprint: host.membership.clusterFingerprint,
      nodeId: directory.identity.nodeId,
      leaderNode: () => this.metadataReplica.leaderNode,
      isSurelyDead: (nodeId) => this.controller.isSurelyDead(nodeId),
    });
  }
}

interface MetadataParts {
  readonly replica: Replica;
  readonly group: MetadataGroup;
  readonly metadata: ReplicatedMetadata;
}

function openGroups(
  { options, directory, transport }: NodeFoundation,
  documents: ClusterDocuments,
): Promise<MultiRaft> {
  const { clock, scheduler, random, logger, log, timing, metrics, platform } = options;
  return MultiRaft.open({
    logDirectory: directory.logPath,
    snapshotDirectory: directory.snapshotPath,
    ...(log?.segmentBytes === undefined ? {} : { segmentBytes: log.segmentBytes }),
    clock,
    scheduler,
    ...(platform === undefined
      ? {}
      : { disk: platform.logDisk, snapshotDisk: platform.snapshotDisk }),
    defer: platform?.defer ?? deferTurn,
    random,
    logger,
    transport,
    snapshotTransport: transport,
    peers: transport,
    replicas: documents.places,
    limits: { ...raftLimits(log, timing), ...options.groupLimits },
    ...(timing?.tickMs === undefined ? {} : { tickMs: timing.tickMs }),
    ...(metrics === undefined ? {} : { metrics }),
    onLogWritten: (batch) => options.onLogWritten?.(batch),
    onFatal: (error) => options.onFatal(error),
  });
}

async function openMetadata(
  { options, directory, engine, transport }: NodeFoundation,
  multiRaft: MultiRaft,
  onLeadership: () => void,
): Promise<MetadataParts> {
  const { clock, scheduler, logger } = options;
  const { nodeId, isFounder, generation } = directory.identity;
  // The founder is the first member; all others learn who the members are.
  const bootstrap = { ...EMPTY_CONF_STATE, voters: isFounder ? [nodeId] : [] };
  const replica = multiRaft.addReplica(METADATA_GROUP, nodeId, bootstrap);
  const group = await MetadataGroup.load({
    store: new EngineMetadataStore(engine),
    log: replica,
    logger,
    requester: `${nodeId}:${generation}`,
    onLeadership,
  });
  if (options.recoverMetadata !== undefined) {
    logger.warn("The metadata group goes on with this node alone", { nodeId });
    const alone = { ...EMPTY_CONF_STATE, voters: [nodeId] };
    multiRaft.store.saveConfiguration(replica.log, group.appliedIndex, alone);
  }
  const metadata = new ReplicatedMetadata({
    group,
    log: replica,
    calls: transport,
    nodeId,
    clock,
    scheduler,
  });
  return { replica, group, metadata };
}

/** A replica that lost its log must not vote again under its old id. */
function assertKeepsItsLog({ identity, logPath }: DataDirectory, multiRaft: MultiRaft): void {
  if (!identity.isProvisioned || multiRaft.store.has(METADATA_GROUP)) return;
  throw new ClusterError(
    "DATA_DIRECTORY_MISMATCH",
    `The log in "${logPath}" is gone, but this node has taken part in a cluster. Restore the ` +
      "whole data directory, or empty it: the node then starts anew, under another id",
  );
}
