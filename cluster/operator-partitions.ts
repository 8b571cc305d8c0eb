import { ClusterError } from "#base/cluster-error";
import type { PartitionReplica } from "#partitioning";
import type { NodeInfo } from "./membership/membership.ts";
import { mayHoldReplicas } from "./membership/nodes-document.ts";
import type { OperatorOptions } from "./operator-services.ts";
import {
  collectReports,
  decodeJson,
  encodeJson,
  TRANSFER_SERVICE,
} from "./placement/controller.ts";
import {
  type LeaderReport,
  leadersOf,
  METADATA_PARTITION,
  type NodeReport,
} from "./placement/node-report.ts";
import {
  decodePartitionTable,
  PARTITION_TABLE_DOCUMENT,
} from "./placement/partition-table-codec.ts";
import { allReplicas, type PartitionPlacement, withNodes } from "./placement/placement-table.ts";
import { refusalOfReplication, weaknessOfReplication } from "./placement/replication.ts";
import {
  checkHolds,
  editPartition,
  editTable,
  idOf,
  type JsonRequest,
  partitionIn,
  readTable,
} from "./table-editor.ts";

const CALL_TIMEOUT_MS = 3_000;

/** Operators' calls about partitions and cluster-wide settings. */
export class OperatorPartitions {
  readonly #options: OperatorOptions;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  async list(): Promise<unknown> {
    return { partitions: await this.rows(await collectReports(this.#options.cluster)) };
  }

  /** One row per partition: what the table says, and what leader and replicas report. */
  async rows(reports: readonly NodeReport[]): Promise<readonly unknown[]> {
    const document = await this.#options.cluster.metadata.get(PARTITION_TABLE_DOCUMENT);
    // Right after provisioning the table waits for the nodes that are expected.
    if (document === undefined) return [];
    const table = decodePartitionTable(document.contents, document.version);
    const leaders = leadersOf(reports);
    return table.partitions.map((partition) =>
      describePartition(partition, leaders.get(partition.partitionId), reports),
    );
  }

  /** Puts a partition on given nodes, or stops and resumes its automatic placement. */
  async place(request: JsonRequest): Promise<unknown> {
    const partitionId = idOf(request, "partitionId");
    const { nodes: nodeIds, isFrozen } = request;
    if (nodeIds !== undefined) this.#checkNodes(nodeIds);
    return editPartition(this.#options.cluster.metadata, partitionId, (partition) => {
      const isPlacementFrozen =
        typeof isFrozen === "boolean"
          ? isFrozen
          : nodeIds !== undefined || partition.isPlacementFrozen;
      const moved = nodeIds === undefined ? partition : withNodes(partition, nodeIds as number[]);
      return { ...moved, isPlacementFrozen };
    });
  }

  /** Pins a leader to a node (or, with `null`, frees it), or freezes and unfreezes it. */
  async pin(request: JsonRequest): Promise<unknown> {
    const partitionId = idOf(request, "partitionId");
    const { nodeId, isFrozen } = request;
    const result = await editPartition(this.#options.cluster.metadata, partitionId, (partition) => {
      const pinnedNode = nodeId === undefined ? partition.pinnedNode : (nodeId ?? undefined);
      if (pinnedNode !== undefined) checkHolds(partition, pinnedNode as number);
      const isLeadershipFrozen =
        typeof isFrozen === "boolean" ? isFrozen : partition.isLeadershipFrozen;
      return { ...partition, pinnedNode: pinnedNode as number | undefined, isLeadershipFrozen };
    });
    if (typeof nodeId === "number") await this.transfer(request);
    return result;
  }

  /** Asks the leader to hand over to a node now. */
  async transfer(request: JsonRequest): Promise<unknown> {
    const { cluster } = this.#options;
    const partitionId = idOf(request, "partitionId");
    const nodeId = idOf(request, "nodeId");
    const table = await readTable(this.#options.cluster.metadata);
    checkHolds(partitionIn(table, partitionId), nodeId);
    const leader = leadersOf(await collectReports(cluster)).get(partitionId);
    if (leader === undefined) {
      throw new ClusterError("NOT_LEADER", `Partition ${partitionId} has no leader now`);
    }
    if (leader.nodeId !== nodeId) {
      const target = { nodeId: leader.nodeId, service: TRANSFER_SERVICE };
      const payload = encodeJson({ partitionId, nodeId });
      await cluster.calls.call(target, payload, { timeoutMs: CALL_TIMEOUT_MS });
    }
    return { partitionId, fromNode: leader.nodeId, toNode: nodeId };
  }

  /** Spreads leaders with the next round, wherever the controller is. */
  async balance(): Promise<unknown> {
    const { cluster, controller } = this.#options;
    const leader = leadersOf(await collectReports(cluster)).get(METADATA_PARTITION);
    if (leader === undefined) throw new ClusterError("NOT_LEADER", "The metadata has no leader");
    if (leader.nodeId === cluster.membership.self.nodeId) {
      controller.balanceNow();
      return { controllerNode: leader.nodeId };
    }
    const target = { nodeId: leader.nodeId, service: "partitions.balance" };
    const reply = await cluster.calls.call(target, encodeJson({}), { timeoutMs: CALL_TIMEOUT_MS });
    return decodeJson(reply);
  }

  async getConfig(): Promise<unknown> {
    const { replication, partitions, version } = await readTable(this.#options.cluster.metadata);
    const eligible = this.#eligible();
    return {
      version,
      partitionCount: partitions.length,
      replication,
      weakness: weaknessOfReplication(replication, eligible.length),
    };
  }

  /** Changes the number of copies; refused when the nodes cannot keep them, unless forced. */
  async setConfig(request: JsonRequest): Promise<unknown> {
    const nodeCopies = idOf(request, "nodeCopies");
    const zoneCopies = request["zoneCopies"] === undefined ? 1 : idOf(request, "zoneCopies");
    const replication = { nodeCopies, zoneCopies };
    const eligible = this.#eligible();
    const zones = eligible.map(({ location }) => location);
    const refusal = refusalOfReplication(replication, zones);
    const isNonsense = nodeCopies < 1 || zoneCopies < 1 || zoneCopies > nodeCopies;
    if (refusal !== undefined && (isNonsense || request["force"] !== true)) {
      throw new ClusterError("REPLICATION_UNSATISFIABLE", refusal);
    }
    const isDryRun = request["isDryRun"] === true;
    const version = isDryRun
      ? (await readTable(this.#options.cluster.metadata)).version
      : await editTable(this.#options.cluster.metadata, (table) => ({ ...table, replication }));
    const weakness = weaknessOfReplication(replication, eligible.length);
    return { version, replication, weakness };
  }

  #eligible(): readonly NodeInfo[] {
    return this.#options.cluster.membership
      .nodes()
      .filter((node) => mayHoldReplicas({ ...node, directoryId: "" }));
  }

  #checkNodes(nodeIds: unknown): void {
    const eligible = this.#eligible().map(({ nodeId }) => nodeId);
    const isList = Array.isArray(nodeIds) && nodeIds.length > 0;
    if (!isList || new Set(nodeIds).size !== nodeIds.length) {
      throw new ClusterError("INVALID_REQUEST", '"nodes" is a list of different node ids');
    }
    for (const nodeId of nodeIds) {
      if (eligible.includes(nodeId)) continue;
      throw new ClusterError("NODE_UNKNOWN", `Node ${nodeId} may not hold replicas`);
    }
  }
}

function describePartition(
  partition: PartitionPlacement,
  leader: LeaderReport | undefined,
  reports: readonly NodeReport[],
): unknown {
  const { partitionId, keys, replicas, leaving, pinnedNode } = partition;
  const reported = new Map(reports.map((node) => [node.nodeId, node.replicas]));
  const reportOf = ({ replicaId, nodeId }: PartitionReplica) =>
    reported
      .get(nodeId)
      ?.find((replica) => replica.partitionId === partitionId && replica.replicaId === replicaId);
  const livingVoters = replicas.filter((each) => reportOf(each)?.isStopped === false).length;
  return {
    partitionId,
    startKey: keys.start.toString(),
    endKey: keys.end.toString(),
    replicas,
    leaving,
    pinnedNode,
    isLeadershipFrozen: partition.isLeadershipFrozen,
    isPlacementFrozen: partition.isPlacementFrozen,
    leaderNode: leader?.nodeId,
    term: leader?.term,
    commit: leader?.commit,
    isUnderReplicated: livingVoters < replicas.length,
    hasQuorum: livingVoters > replicas.length / 2,
    members: allReplicas(partition).map((replica) => ({ ...replica, ...reportOf(replica) })),
  };
}
