import { type PartitionDescriptor, type PartitionReplica, PartitionTable } from "#partitioning";
import type { Replication } from "./replication.ts";

/** One partition with all that decides where it lives. */
export interface PartitionPlacement extends PartitionDescriptor {
  /** Replicas that are to go: members until their group has left them out, then destroyed. */
  readonly leaving: readonly PartitionReplica[];
  /** Replica ids that founded the group; only these may start with a membership of their own. */
  readonly initialVoters: readonly number[];
  /** The next replica of the partition gets this id: ids are never used again. */
  readonly nextReplicaId: number;
  /** Node that leads whenever it can. */
  readonly pinnedNode: number | undefined;
  /** No transfers of leadership but those that an operator asks for. */
  readonly isLeadershipFrozen: boolean;
  /** Replicas change only when an operator says so. */
  readonly isPlacementFrozen: boolean;
}

/** Where every partition lives; a change makes a new value. */
export interface PlacementTable {
  /** Version of the metadata document it came from; zero while it is in none. */
  readonly version: number;
  readonly replication: Replication;
  /** By ascending key range. */
  readonly partitions: readonly PartitionPlacement[];
}

/** The table as routing sees it. */
export function routingTableOf({ version, partitions }: PlacementTable): PartitionTable {
  return new PartitionTable(version, partitions);
}

/** The partition with this id, if there is one. */
export function findPlacement(
  { partitions }: PlacementTable,
  partitionId: number,
): PartitionPlacement | undefined {
  return partitions.find((partition) => partition.partitionId === partitionId);
}

/** Replaces one partition. */
export function withPartition(table: PlacementTable, changed: PartitionPlacement): PlacementTable {
  const partitions = table.partitions.map((partition) =>
    partition.partitionId === changed.partitionId ? changed : partition,
  );
  return { ...table, partitions };
}

/** Every replica that may exist: those that stay and those that are to go. */
export function allReplicas(partition: PartitionPlacement): readonly PartitionReplica[] {
  return partition.leaving.length === 0
    ? partition.replicas
    : [...partition.replicas, ...partition.leaving];
}

/** Node that holds a replica, if the table knows it. */
export function nodeOfReplica(
  partition: PartitionPlacement,
  replicaId: number,
): number | undefined {
  return allReplicas(partition).find((replica) => replica.replicaId === replicaId)?.nodeId;
}

/**
 * Puts a partition on these nodes: replicas that are there stay, missing ones get fresh ids, the
 * others leave.
 */
export function withNodes(
  partition: PartitionPlacement,
  nodeIds: readonly number[],
): PartitionPlacement {
  let { nextReplicaId } = partition;
  const replicas = nodeIds.map(
    (nodeId) =>
      partition.replicas.find((replica) => replica.nodeId === nodeId) ?? {
        replicaId: nextReplicaId++,
        nodeId,
      },
  );
  const gone = partition.replicas.filter(({ nodeId }) => !nodeIds.includes(nodeId));
  return { ...partition, replicas, nextReplicaId, leaving: [...partition.leaving, ...gone] };
}

/** Replaces the replica on a node by a new one on the same node. */
export function withFreshReplica(
  partition: PartitionPlacement,
  nodeId: number,
): PartitionPlacement {
  const { nextReplicaId } = partition;
  const old = partition.replicas.filter((replica) => replica.nodeId === nodeId);
  const replicas = partition.replicas.map((replica) =>
    replica.nodeId === nodeId ? { replicaId: nextReplicaId, nodeId } : replica,
  );
  return {
    ...partition,
    replicas,
    leaving: [...partition.leaving, ...old],
    nextReplicaId: nextReplicaId + 1,
  };
}
