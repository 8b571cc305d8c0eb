// A cluster as placement sees it, with groups that do at once what the table asks for, as far as
// their new members live.
import type { PlacementNode } from "../../../../cluster/placement/node-choice.ts";
import type { PlacementTable } from "../../../../cluster/placement/placement-table.ts";
import { type ObservedGroup, planPlacement } from "../../../../cluster/placement/plan-placement.ts";

/** Nodes 1 to `count`, all well, in the given zones. */
export function placementNodes(count: number, zones: readonly string[] = [""]): PlacementNode[] {
  return Array.from({ length: count }, (_, i) => ({
    nodeId: i + 1,
    zone: zones[i % zones.length] as string,
    isEligible: true,
    isAlive: true,
    isGone: false,
  }));
}

/** Runs planning against groups that follow the table. */
export class PlacementModel {
  table: PlacementTable;
  nodes: PlacementNode[];
  /** Voters by partition. */
  readonly voters = new Map<number, readonly number[]>();
  changesPerNodeMax = 2;
  rounds = 0;
  /** Most partitions that were under way on one node. */
  changesSeen = 0;
  readonly usedIds = new Map<number, Set<number>>();

  constructor(table: PlacementTable, nodes: PlacementNode[]) {
    this.table = table;
    this.nodes = nodes;
    for (const { partitionId, replicas } of table.partitions) {
      this.voters.set(
        partitionId,
        replicas.map(({ replicaId }) => replicaId),
      );
    }
    this.#noteIds();
  }

  change(nodeId: number, change: Partial<PlacementNode>): void {
    this.nodes = this.nodes.map((node) => (node.nodeId === nodeId ? { ...node, ...change } : node));
  }

  /** Nodes of a partition's present voters. */
  nodesOf(partitionId: number): number[] {
    const partition = this.table.partitions.find((one) => one.partitionId === partitionId);
    return (partition?.replicas ?? []).map(({ nodeId }) => nodeId).sort();
  }

  loads(): number[] {
    return this.nodes.map(
      ({ nodeId }) =>
        this.table.partitions.filter(({ replicas }) =>
          replicas.some((replica) => replica.nodeId === nodeId),
        ).length,
    );
  }

  /** Plans and follows until nothing changes; fails when that never happens. */
  converge(roundsMax = 500): void {
    for (let round = 0; round < roundsMax; round++) {
      const next = this.plan();
      if (next === undefined && !this.follow()) return;
      this.rounds++;
    }
    throw new Error("Placement does not come to rest");
  }

  plan(): PlacementTable | undefined {
    const next = planPlacement({
      table: this.table,
      nodes: this.nodes,
      groups: this.#observe(),
      changesPerNodeMax: this.changesPerNodeMax,
    });
    if (next !== undefined) this.table = { ...next, version: this.table.version + 1 };
    this.#noteIds();
    return next;
  }

  /** Lets every group whose wanted members all live become what it is to be. */
  follow(): boolean {
    let hasChanged = false;
    this.changesSeen = Math.max(this.changesSeen, ...this.#changesPerNode());
    for (const { partitionId, replicas } of this.table.partitions) {
      const voters = this.voters.get(partitionId) ?? [];
      const wanted = replicas.map(({ replicaId }) => replicaId);
      const newcomers = replicas.filter(({ replicaId }) => !voters.includes(replicaId));
      if (!newcomers.every(({ nodeId }) => this.#isAlive(nodeId))) continue;
      if (wanted.join() === [...voters].join()) continue;
      this.voters.set(partitionId, wanted);
      hasChanged = true;
    }
    return hasChanged;
  }

  #changesPerNode(): number[] {
    const counts = new Map<number, number>();
    for (const { partitionId, replicas, leaving } of this.table.partitions) {
      const voters = this.voters.get(partitionId) ?? [];
      const coming = replicas.filter(({ replicaId }) => !voters.includes(replicaId));
      const going = leaving.filter(({ nodeId }) => this.#isAlive(nodeId));
      for (const { nodeId } of [...coming, ...going]) {
        counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1);
      }
    }
    return [0, ...counts.values()];
  }

  #observe(): Map<number, ObservedGroup> {
    const groups = new Map<number, ObservedGroup>();
    for (const { partitionId, replicas, leaving } of this.table.partitions) {
      const voters = this.voters.get(partitionId) ?? [];
      const places = new Map([...replicas, ...leaving].map((one) => [one.replicaId, one.nodeId]));
      const living = voters.filter((id) => this.#isAlive(places.get(id) ?? 0));
      const leader = living[0];
      if (leader === undefined || living.length <= voters.length / 2) continue;
      const leaderNode = places.get(leader) as number;
      groups.set(partitionId, { leaderNode, voters, members: voters, isJoint: false });
    }
    return groups;
  }

  #isAlive(nodeId: number): boolean {
    return this.nodes.find((node) => node.nodeId === nodeId)?.isAlive === true;
  }

  /** No replica id may ever stand for two nodes. */
  #noteIds(): void {
    for (const { partitionId, replicas, leaving } of this.table.partitions) {
      for (const { replicaId, nodeId } of [...replicas, ...leaving]) {
        const key = partitionId * 1000 + replicaId;
        const seen = this.usedIds.get(key) ?? new Set();
        seen.add(nodeId);
        this.usedIds.set(key, seen);
      }
    }
  }
}
