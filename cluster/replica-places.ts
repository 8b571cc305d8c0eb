import type { ReplicaDirectory } from "./multiraft/multi-raft.ts";
import { allReplicas, type PlacementTable } from "./placement/placement-table.ts";
import { groupOf } from "./placement/replica-keeper.ts";

/** Group of the metadata; the replica of a node carries the node's id there. */
export const METADATA_GROUP = 0;

interface GroupPlaces {
  readonly nodeByReplica: Map<number, number>;
  replicaByNode: Map<number, number>;
}

/** Where replicas are, from the newest partition table. */
export class ReplicaPlaces implements ReplicaDirectory {
  readonly #groups = new Map<number, GroupPlaces>();

  /** Takes a newer table. Replicas that are gone stay known: they are never somewhere else. */
  update(table: PlacementTable): void {
    for (const partition of table.partitions) {
      const group = groupOf(partition.partitionId);
      const places = this.#groups.get(group) ?? {
        nodeByReplica: new Map(),
        replicaByNode: new Map(),
      };
      this.#groups.set(group, places);
      places.replicaByNode = new Map();
      for (const { replicaId, nodeId } of allReplicas(partition)) {
        places.nodeByReplica.set(replicaId, nodeId);
        const known = places.replicaByNode.get(nodeId) ?? 0;
        places.replicaByNode.set(nodeId, Math.max(known, replicaId));
      }
    }
  }

  nodeOf(group: number, replicaId: number): number | undefined {
    if (group === METADATA_GROUP) return replicaId;
    return this.#groups.get(group)?.nodeByReplica.get(replicaId);
  }

  replicaOn(group: number, nodeId: number): number | undefined {
    if (group === METADATA_GROUP) return nodeId;
    return this.#groups.get(group)?.replicaByNode.get(nodeId);
  }
}
