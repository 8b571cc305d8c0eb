/** A partition with a leader, as the balancer sees it. */
export interface LedPartition {
  readonly partitionId: number;
  readonly leaderNode: number;
  /** Living nodes with a voter that could take over now, without the leader's. */
  readonly followerNodes: readonly number[];
  readonly pinnedNode: number | undefined;
  readonly isFrozen: boolean;
}

/** A living node, as the balancer sees it. */
export interface LeaderNode {
  readonly nodeId: number;
  /** May get leaders: not draining, and not back for too short a time. */
  readonly isTarget: boolean;
  /** Must give all of its leaders away. */
  readonly isDraining: boolean;
}

/** A leader to be moved. */
export interface LeaderTransfer {
  readonly partitionId: number;
  readonly fromNode: number;
  readonly toNode: number;
}

/** Leaders per node may differ by this much. */
const HYSTERESIS = 1;
/** One in so many surplus leaders moves per round: each move is a short pause for its keys. */
const ROUNDS = 4;

/** What transfers are planned from. */
export interface LeaderInput {
  readonly partitions: readonly LedPartition[];
  readonly nodes: readonly LeaderNode[];
  /** False: only pinned leaders and those of draining nodes move. */
  readonly isBalancing: boolean;
}

/** Plans which leaders move now: pinned ones home, those of draining nodes away, others evenly. */
export function planLeaderTransfers({
  partitions,
  nodes,
  isBalancing,
}: LeaderInput): LeaderTransfer[] {
  const movable = partitions.filter((partition) => !partition.isFrozen);
  const counts = new Map(nodes.map(({ nodeId }) => [nodeId, 0]));
  for (const { leaderNode } of partitions) count(counts, leaderNode, 1);
  const draining = new Set(nodes.filter((node) => node.isDraining).map(({ nodeId }) => nodeId));
  const targets = nodes.filter((node) => node.isTarget).map(({ nodeId }) => nodeId);
  const transfers: LeaderTransfer[] = [];
  const moved = new Set<number>();
  const move = (partition: LedPartition, toNode: number) => {
    const { partitionId, leaderNode } = partition;
    transfers.push({ partitionId, fromNode: leaderNode, toNode });
    moved.add(partitionId);
    count(counts, leaderNode, -1);
    count(counts, toNode, 1);
  };
  for (const partition of movable) {
    const { pinnedNode, leaderNode, followerNodes } = partition;
    const isAway = pinnedNode !== undefined && pinnedNode !== leaderNode;
    if (isAway && followerNodes.includes(pinnedNode) && !draining.has(pinnedNode)) {
      move(partition, pinnedNode);
    } else if (draining.has(leaderNode)) {
      const open = followerNodes.filter((nodeId) => !draining.has(nodeId));
      const toNode = leastLoaded(open, counts);
      if (toNode !== undefined) move(partition, toNode);
    }
  }
  if (!isBalancing) return transfers;
  const free = movable.filter(
    ({ partitionId, pinnedNode }) => pinnedNode === undefined && !moved.has(partitionId),
  );
  balance({ partitions: free, targets, counts, move });
  return transfers;
}

interface Balancing {
  readonly partitions: LedPartition[];
  readonly targets: readonly number[];
  readonly counts: Map<number, number>;
  readonly move: (partition: LedPartition, toNode: number) => void;
}

function balance({ partitions, targets, counts, move }: Balancing): void {
  if (targets.length < 2) return;
  const load = (nodeId: number) => counts.get(nodeId) ?? 0;
  const total = targets.reduce((sum, nodeId) => sum + load(nodeId), 0);
  const fair = Math.ceil(total / targets.length);
  const excess = targets.reduce((sum, nodeId) => sum + Math.max(0, load(nodeId) - fair), 0);
  const candidates = [...partitions];
  for (let left = Math.max(1, Math.ceil(excess / ROUNDS)); left > 0; left--) {
    const best = bestMove(candidates, targets, load);
    if (best === undefined) return;
    candidates.splice(candidates.indexOf(best.partition), 1);
    move(best.partition, best.toNode);
  }
}

interface Move {
  readonly partition: LedPartition;
  readonly toNode: number;
}

/** The move with the largest difference between giver and taker, if that is worth a move. */
function bestMove(
  candidates: readonly LedPartition[],
  targets: readonly number[],
  load: (nodeId: number) => number,
): Move | undefined {
  let best: Move | undefined;
  let bestDifference = HYSTERESIS;
  for (const partition of candidates) {
    if (!targets.includes(partition.leaderNode)) continue;
    for (const toNode of partition.followerNodes) {
      if (!targets.includes(toNode)) continue;
      const difference = load(partition.leaderNode) - load(toNode);
      if (difference <= bestDifference) continue;
      best = { partition, toNode };
      bestDifference = difference;
    }
  }
  return best;
}

function leastLoaded(
  nodeIds: readonly number[],
  counts: ReadonlyMap<number, number>,
): number | undefined {
  let best: number | undefined;
  for (const nodeId of nodeIds) {
    if (best === undefined || (counts.get(nodeId) ?? 0) < (counts.get(best) ?? 0)) best = nodeId;
  }
  return best;
}

function count(counts: Map<number, number>, nodeId: number, difference: number): void {
  counts.set(nodeId, (counts.get(nodeId) ?? 0) + difference);
}
