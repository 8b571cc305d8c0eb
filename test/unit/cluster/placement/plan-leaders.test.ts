import { describe, expect, test } from "vitest";

import {
  type LeaderNode,
  type LeaderTransfer,
  type LedPartition,
  planLeaderTransfers,
} from "../../../../cluster/placement/plan-leaders.ts";

function nodesOf(count: number, change: Partial<LeaderNode> & { nodeId?: number } = {}) {
  return Array.from({ length: count }, (_, i) => ({
    nodeId: i + 1,
    isTarget: true,
    isDraining: false,
    ...(change.nodeId === i + 1 ? change : {}),
  }));
}

/** Partitions led by the given nodes; all other nodes of three follow. */
function ledBy(leaders: readonly number[], nodeIds = [1, 2, 3]): LedPartition[] {
  return leaders.map((leaderNode, partitionId) => ({
    partitionId,
    leaderNode,
    followerNodes: nodeIds.filter((nodeId) => nodeId !== leaderNode),
    pinnedNode: undefined,
    isFrozen: false,
  }));
}

function carryOut(partitions: LedPartition[], transfers: readonly LeaderTransfer[]) {
  return partitions.map((partition) => {
    const transfer = transfers.find(({ partitionId }) => partitionId === partition.partitionId);
    if (transfer === undefined) return partition;
    expect(partition.followerNodes).toContain(transfer.toNode);
    const others = partition.followerNodes.filter((nodeId) => nodeId !== transfer.toNode);
    return {
      ...partition,
      leaderNode: transfer.toNode,
      followerNodes: [...others, partition.leaderNode],
    };
  });
}

function counts(partitions: readonly LedPartition[], nodeCount: number): number[] {
  return Array.from(
    { length: nodeCount },
    (_, i) => partitions.filter(({ leaderNode }) => leaderNode === i + 1).length,
  );
}

describe("leaders", () => {
  test("spread in a few rounds, each of which moves a quarter of the excess", () => {
    let partitions = ledBy(Array(24).fill(1));
    const moves: number[] = [];
    for (;;) {
      const nodes = nodesOf(3);
      const transfers = planLeaderTransfers({ partitions, nodes, isBalancing: true });
      if (transfers.length === 0) break;
      moves.push(transfers.length);
      partitions = carryOut(partitions, transfers);
    }
    expect(moves[0]).toBe(4);
    expect(moves.length).toBeLessThan(12);
    expect(counts(partitions, 3)).toEqual([8, 8, 8]);
  });

  test("stay when their numbers differ by one, and when it is not the time", () => {
    const nodes = nodesOf(3);
    const even = ledBy([1, 2, 3, 1, 2]);
    expect(planLeaderTransfers({ partitions: even, nodes, isBalancing: true })).toEqual([]);
    const uneven = ledBy([1, 1, 1, 1, 2]);
    expect(planLeaderTransfers({ partitions: uneven, nodes, isBalancing: false })).toEqual([]);
  });

  test("leave a draining node at once, and come to none that just came back", () => {
    const partitions = ledBy([1, 1, 1, 2, 2, 3]);
    const nodes = nodesOf(3, { nodeId: 1, isDraining: true, isTarget: false });
    const transfers = planLeaderTransfers({ partitions, nodes, isBalancing: false });
    expect(transfers.map(({ partitionId }) => partitionId)).toEqual([0, 1, 2]);
    expect(counts(carryOut(partitions, transfers), 3)).toEqual([0, 3, 3]);
    const back = nodesOf(3, { nodeId: 3, isTarget: false });
    const rest = planLeaderTransfers({
      partitions: ledBy([1, 1, 1, 2]),
      nodes: back,
      isBalancing: true,
    });
    expect(rest.map(({ toNode }) => toNode)).toEqual([2]);
  });

  test("go where they are pinned, and are not moved from there for balance", () => {
    const pinned = ledBy([1, 1, 1, 1]).map((partition) => ({ ...partition, pinnedNode: 2 }));
    const nodes = nodesOf(3);
    const transfers = planLeaderTransfers({ partitions: pinned, nodes, isBalancing: false });
    expect(transfers.every(({ toNode }) => toNode === 2)).toBe(true);
    expect(transfers).toHaveLength(4);
    const home = carryOut(pinned, transfers);
    expect(planLeaderTransfers({ partitions: home, nodes, isBalancing: true })).toEqual([]);
    const away = home.map((partition) => ({ ...partition, pinnedNode: 9 }));
    expect(planLeaderTransfers({ partitions: away, nodes, isBalancing: true })).toEqual([]);
  });

  test("that are frozen stay", () => {
    const partitions = ledBy([1, 1, 1, 1]).map((partition) => ({ ...partition, isFrozen: true }));
    const nodes = nodesOf(3, { nodeId: 1, isDraining: true, isTarget: false });
    expect(planLeaderTransfers({ partitions, nodes, isBalancing: true })).toEqual([]);
  });
});
