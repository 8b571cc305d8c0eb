import { chooseNodes, NodeLoads, type PlacementNode } from "./node-choice.ts";
import {
  allReplicas,
  type PartitionPlacement,
  type PlacementTable,
  withNodes,
} from "./placement-table.ts";
import { voterCountFor } from "./replication.ts";

/** Membership of a partition's group, as its leader reports it. */
export interface ObservedGroup {
  readonly leaderNode: number;
  /** Voters, of both halves while the membership is joint. */
  readonly voters: readonly number[];
  /** Voters and learners. */
  readonly members: readonly number[];
  readonly isJoint: boolean;
}

/** What the next table is planned from. */
export interface PlacementInput {
  readonly table: PlacementTable;
  readonly nodes: readonly PlacementNode[];
  /** By partition id; partitions without a leader are missing, and are left as they are. */
  readonly groups: ReadonlyMap<number, ObservedGroup>;
  /** Partitions that may change on one node at a time. */
  readonly changesPerNodeMax: number;
}

/**
 * Plans the next step of the partition table; `undefined` when there is nothing to do.
 *
 * Replicas that groups have left out are forgotten, dead and drained nodes are replaced, missing
 * replicas are added, surplus ones go, and nodes are filled evenly; few at a time. A dead node is
 * replaced by a living one or not at all: fewer replicas never help.
 */
export function planPlacement(input: PlacementInput): PlacementTable | undefined {
  return new Planner(input).plan();
}

/** True when a group is exactly what the table says. */
export function isSettled(partition: PartitionPlacement, group: ObservedGroup): boolean {
  return (
    partition.leaving.length === 0 &&
    !group.isJoint &&
    group.voters.length === partition.replicas.length &&
    group.members.length === partition.replicas.length &&
    partition.replicas.every(({ replicaId }) => group.voters.includes(replicaId))
  );
}

class Planner {
  readonly #input: PlacementInput;
  readonly #nodes: ReadonlyMap<number, PlacementNode>;
  readonly #eligible: readonly PlacementNode[];
  readonly #voterCount: number;
  readonly #loads = new NodeLoads();
  /** Partitions under way per node. */
  readonly #changing = new NodeLoads();
  readonly #changed = new Map<number, PartitionPlacement>();

  constructor(input: PlacementInput) {
    this.#input = input;
    const { table, nodes } = input;
    this.#nodes = new Map(nodes.map((node) => [node.nodeId, node]));
    const eligible = nodes.filter((node) => node.isEligible);
    this.#eligible = eligible.filter((node) => !node.isGone);
    // Dead nodes count: a loss is made good by another node, never by wanting fewer replicas.
    this.#voterCount = voterCountFor(table.replication, eligible.length);
    for (const partition of table.partitions) {
      for (const { nodeId } of partition.replicas) this.#loads.add(nodeId, 1);
      this.#countChanges(partition);
    }
  }

  plan(): PlacementTable | undefined {
    const { table, groups } = this.#input;
    for (const partition of table.partitions) {
      const group = groups.get(partition.partitionId);
      if (group === undefined) continue;
      const pruned = this.#prune(partition, group);
      if (!pruned.isPlacementFrozen && this.#voterCount > 0) this.#improve(pruned, group);
    }
    if (this.#changed.size === 0) this.#fillEvenly();
    if (this.#changed.size === 0) return undefined;
    const partitions = table.partitions.map(
      (partition) => this.#changed.get(partition.partitionId) ?? partition,
    );
    return { ...table, partitions };
  }

  /** Forgets replicas that are members no more. */
  #prune(partition: PartitionPlacement, group: ObservedGroup): PartitionPlacement {
    const leaving = partition.leaving.filter(({ replicaId }) => group.members.includes(replicaId));
    if (leaving.length === partition.leaving.length) return partition;
    const pruned = { ...partition, leaving };
    this.#changed.set(pruned.partitionId, pruned);
    return pruned;
  }

  /** Gives a partition the number of replicas it is to have, on nodes that may hold them. */
  #improve(partition: PartitionPlacement, group: ObservedGroup): void {
    const current = partition.replicas.map(({ nodeId }) => nodeId);
    const kept = current.filter((nodeId) => this.#isKeepable(nodeId));
    const isUnsettled = !isSettled(partition, group);
    // While a change is under way only its own nodes may be given up.
    if (isUnsettled && kept.length === current.length) return;
    const missing = Math.max(0, this.#voterCount - kept.length);
    const added = missing === 0 ? [] : this.#additions(partition, kept, missing);
    const wanted = [...kept, ...added];
    if (wanted.length > this.#voterCount) this.#dropSurplus(wanted, group.leaderNode);
    this.#retain(wanted, current);
    if (isSameSet(wanted, current)) return;
    const gone = current.filter((nodeId) => !wanted.includes(nodeId));
    if (!this.#hasRoom([...added, ...gone.filter((nodeId) => this.#isAlive(nodeId))])) return;
    this.#change(partition, wanted);
  }

  /**
   * Living nodes that have nothing of the partition yet. The best ones, even when they are busy:
   * the partition then waits, for a worse one would be there to stay.
   */
  #additions(
    partition: PartitionPlacement,
    kept: readonly number[],
    count: number,
  ): readonly number[] {
    const taken = new Set(allReplicas(partition).map(({ nodeId }) => nodeId));
    const chosen = chooseNodes({
      count,
      candidates: this.#eligible.filter((node) => node.isAlive && !taken.has(node.nodeId)),
      takenZones: kept.map((nodeId) => this.#zoneOf(nodeId)),
      loads: this.#loads,
      rotation: partition.partitionId,
    });
    return chosen.map(({ nodeId }) => nodeId);
  }

  /** Keeps what ought to go as long as there is nothing to take its place; the living first. */
  #retain(wanted: number[], current: readonly number[]): void {
    const others = current.filter((nodeId) => !wanted.includes(nodeId));
    others.sort((left, right) => Number(this.#isAlive(right)) - Number(this.#isAlive(left)));
    while (wanted.length < this.#voterCount && others.length > 0) {
      wanted.push(others.shift() as number);
    }
  }

  #dropSurplus(wanted: number[], leaderNode: number): void {
    while (wanted.length > this.#voterCount) {
      const victim = wanted.reduce((worst, nodeId) =>
        this.#surplusRank(nodeId, wanted, leaderNode) > this.#surplusRank(worst, wanted, leaderNode)
          ? nodeId
          : worst,
      );
      wanted.splice(wanted.indexOf(victim), 1);
    }
  }

  /** Crowded zones first, then full nodes; the leader last among equals. */
  #surplusRank(nodeId: number, wanted: readonly number[], leaderNode: number): number {
    const zone = this.#zoneOf(nodeId);
    const sharing = wanted.filter((other) => this.#zoneOf(other) === zone).length;
    return sharing * 1e9 + this.#loads.of(nodeId) * 10 + (nodeId === leaderNode ? 0 : 1);
  }

  /** Moves replicas from the fullest node to the emptiest, when everything else is in order. */
  #fillEvenly(): void {
    const { changesPerNodeMax } = this.#input;
    for (let round = 0; round < changesPerNodeMax; round++) {
      const living = this.#eligible.filter(({ isAlive }) => isAlive);
      const byLoad = living.toSorted(
        (left, right) => this.#loads.of(left.nodeId) - this.#loads.of(right.nodeId),
      );
      const to = byLoad[0];
      const from = byLoad.at(-1);
      if (to === undefined || from === undefined) return;
      if (this.#loads.of(from.nodeId) - this.#loads.of(to.nodeId) < 2) return;
      if (!this.#hasRoom([from.nodeId, to.nodeId])) return;
      const movable = this.#movable(from, to);
      if (movable === undefined) return;
      const nodeIds = movable.replicas.map(({ nodeId }) =>
        nodeId === from.nodeId ? to.nodeId : nodeId,
      );
      this.#change(movable, nodeIds);
    }
  }

  /** A settled partition that may move from one node to the other; one that is not led there. */
  #movable(from: PlacementNode, to: PlacementNode): PartitionPlacement | undefined {
    const { table, groups } = this.#input;
    const fitting = table.partitions.filter((partition) => {
      const group = groups.get(partition.partitionId);
      if (group === undefined || partition.isPlacementFrozen) return false;
      if (this.#changed.has(partition.partitionId) || !isSettled(partition, group)) return false;
      const nodeIds = partition.replicas.map(({ nodeId }) => nodeId);
      if (!nodeIds.includes(from.nodeId) || nodeIds.includes(to.nodeId)) return false;
      const others = nodeIds.filter((nodeId) => nodeId !== from.nodeId);
      return this.#zoneCount([...others, to.nodeId]) >= this.#zoneCount(nodeIds);
    });
    const isLedThere = ({ partitionId }: PartitionPlacement) =>
      groups.get(partitionId)?.leaderNode === from.nodeId;
    return fitting.find((partition) => !isLedThere(partition)) ?? fitting[0];
  }

  #change(partition: PartitionPlacement, nodeIds: readonly number[]): void {
    const current = partition.replicas.map(({ nodeId }) => nodeId);
    for (const nodeId of nodeIds) if (!current.includes(nodeId)) this.#count(nodeId, 1);
    for (const nodeId of current) if (!nodeIds.includes(nodeId)) this.#count(nodeId, -1);
    this.#changed.set(partition.partitionId, withNodes(partition, nodeIds));
  }

  #count(nodeId: number, difference: number): void {
    this.#loads.add(nodeId, difference);
    this.#changing.add(nodeId, 1);
  }

  /** Counts a partition that is under way on the nodes that it comes to or goes from. */
  #countChanges(partition: PartitionPlacement): void {
    const group = this.#input.groups.get(partition.partitionId);
    for (const { nodeId } of partition.leaving) this.#changing.add(nodeId, 1);
    if (group === undefined) return;
    for (const { nodeId, replicaId } of partition.replicas) {
      if (!group.voters.includes(replicaId)) this.#changing.add(nodeId, 1);
    }
  }

  #hasRoom(nodeIds: readonly number[]): boolean {
    return nodeIds.every((nodeId) => this.#changing.of(nodeId) < this.#input.changesPerNodeMax);
  }

  #isKeepable(nodeId: number): boolean {
    const node = this.#nodes.get(nodeId);
    return node?.isEligible === true && !node.isGone;
  }

  #isAlive(nodeId: number): boolean {
    return this.#nodes.get(nodeId)?.isAlive === true;
  }

  #zoneOf(nodeId: number): string {
    return this.#nodes.get(nodeId)?.zone ?? "";
  }

  #zoneCount(nodeIds: readonly number[]): number {
    return new Set(nodeIds.map((nodeId) => this.#zoneOf(nodeId))).size;
  }
}

function isSameSet(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((nodeId) => right.includes(nodeId));
}
