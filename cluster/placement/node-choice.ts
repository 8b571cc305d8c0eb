/** A node as placement sees it. */
export interface PlacementNode {
  readonly nodeId: number;
  /** Failure domain; nodes without one share the empty zone. */
  readonly zone: string;
  /** May hold replicas: has the roles, and an operator has not closed it. */
  readonly isEligible: boolean;
  readonly isAlive: boolean;
  /** Dead for so long, or given up by an operator, that its replicas are replaced. */
  readonly isGone: boolean;
}

/** Replicas per node: what keeps nodes equally full. */
export class NodeLoads {
  readonly #counts = new Map<number, number>();

  of(nodeId: number): number {
    return this.#counts.get(nodeId) ?? 0;
  }

  add(nodeId: number, count: number): void {
    this.#counts.set(nodeId, this.of(nodeId) + count);
  }
}

/** What decides which nodes a partition gets. */
export interface NodeChoice {
  readonly count: number;
  readonly candidates: readonly PlacementNode[];
  /** Zones of the replicas that the partition has already. */
  readonly takenZones: readonly string[];
  readonly loads: NodeLoads;
  /** Among equals the one at this place comes first, so that partitions start differently. */
  readonly rotation: number;
}

/**
 * Picks nodes one by one: from the zone with the fewest replicas of the partition, then the node
 * with the fewest replicas at all.
 */
export function chooseNodes(choice: NodeChoice): PlacementNode[] {
  const { candidates, loads, rotation, count } = choice;
  const size = candidates.length;
  const left = candidates.map((node, index) => ({
    node,
    rank: (((index - rotation) % size) + size) % size,
  }));
  const zones = new Map<string, number>();
  for (const zone of choice.takenZones) zones.set(zone, (zones.get(zone) ?? 0) + 1);
  const chosen: PlacementNode[] = [];
  while (chosen.length < count && left.length > 0) {
    let best = 0;
    for (let i = 1; i < left.length; i++) if (isBetter(left[i], left[best])) best = i;
    const [taken] = left.splice(best, 1) as [Candidate];
    chosen.push(taken.node);
    zones.set(taken.node.zone, (zones.get(taken.node.zone) ?? 0) + 1);
  }
  return chosen;

  function isBetter(left: Candidate | undefined, right: Candidate | undefined): boolean {
    if (left === undefined || right === undefined) return false;
    const byZone = (zones.get(left.node.zone) ?? 0) - (zones.get(right.node.zone) ?? 0);
    if (byZone !== 0) return byZone < 0;
    const byLoad = loads.of(left.node.nodeId) - loads.of(right.node.nodeId);
    return byLoad === 0 ? left.rank < right.rank : byLoad < 0;
  }
}

interface Candidate {
  readonly node: PlacementNode;
  readonly rank: number;
}
