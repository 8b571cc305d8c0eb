import { assert } from "#base/assert";
import { equalKeyRange, type PartitionDescriptor, PartitionTable } from "#partitioning";

/** What a new cluster starts from. */
export interface InitialPlacement {
  readonly partitionCount: number;
  /** Nodes that hold replicas, by ascending id; each gets one of every partition. */
  readonly nodeIds: readonly number[];
}

/** Plans the first partition table: equal ranges, a replica on every node. */
export function planInitialTable({ partitionCount, nodeIds }: InitialPlacement): PartitionTable {
  assert(nodeIds.length > 0, "a partition has at least one replica");
  const partitions: PartitionDescriptor[] = [];
  for (let partitionId = 0; partitionId < partitionCount; partitionId++) {
    partitions.push({
      partitionId,
      keys: equalKeyRange(partitionId, partitionCount),
      // The first replica of a node may carry its id; later ones get fresh ids, never used before.
      replicas: nodeIds.map((nodeId) => ({ replicaId: nodeId, nodeId })),
    });
  }
  return new PartitionTable(1, partitions);
}
