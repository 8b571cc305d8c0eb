import { assert } from "#base/assert";
import { equalKeyRange } from "#partitioning";
import { chooseNodes, NodeLoads, type PlacementNode } from "./node-choice.ts";
import type { PartitionPlacement, PlacementTable } from "./placement-table.ts";
import { type Replication, voterCountFor } from "./replication.ts";

/** What a new cluster starts from. */
export interface InitialPlacement {
  readonly partitionCount: number;
  readonly nodes: readonly PlacementNode[];
  readonly replication: Replication;
}

/** Plans the first partition table: equal ranges, replicas spread over zones and nodes. */
export function planInitialTable(input: InitialPlacement): PlacementTable {
  const { partitionCount, replication } = input;
  const candidates = input.nodes.filter((node) => node.isEligible && !node.isGone);
  assert(candidates.length > 0, "a partition has at least one replica");
  const count = voterCountFor(replication, candidates.length);
  const loads = new NodeLoads();
  const partitions: PartitionPlacement[] = [];
  for (let partitionId = 0; partitionId < partitionCount; partitionId++) {
    const rotation = partitionId;
    const nodes = chooseNodes({ count, candidates, takenZones: [], loads, rotation });
    for (const { nodeId } of nodes) loads.add(nodeId, 1);
    // The first replica of a node may carry its id; later ones get fresh ids, never used before.
    const replicas = nodes.map(({ nodeId }) => ({ replicaId: nodeId, nodeId }));
    const initialVoters = replicas.map(({ replicaId }) => replicaId);
    partitions.push({
      partitionId,
      keys: equalKeyRange(partitionId, partitionCount),
      replicas,
      leaving: [],
      initialVoters,
      nextReplicaId: Math.max(...initialVoters) + 1,
      pinnedNode: undefined,
      isLeadershipFrozen: false,
      isPlacementFrozen: false,
    });
  }
  return { version: 0, replication, partitions };
}
