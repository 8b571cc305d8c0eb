import { describe, expect, test } from "vitest";

import { planInitialTable } from "../../../../cluster/placement/initial-placement.ts";
import type { PartitionPlacement } from "../../../../cluster/placement/placement-table.ts";
import {
  refusalOfReplication,
  voterCountFor,
  weaknessOfReplication,
} from "../../../../cluster/placement/replication.ts";
import { PlacementModel, placementNodes } from "./placement-model.ts";

const TWO_COPIES = { nodeCopies: 2, zoneCopies: 1 };

function modelOf(nodeCount: number, partitionCount = 24, zones?: readonly string[]) {
  const nodes = placementNodes(nodeCount, zones);
  const table = planInitialTable({ partitionCount, nodes, replication: TWO_COPIES });
  return new PlacementModel(table, nodes);
}

function replicaCounts(model: PlacementModel): number[] {
  return model.table.partitions.map(({ replicas }) => replicas.length);
}

describe("the number of voters", () => {
  test.each([
    [1, 1, 1],
    [1, 5, 1],
    [2, 1, 1],
    [2, 2, 2],
    [2, 3, 3],
    [2, 9, 3],
    [3, 2, 1],
    [3, 3, 3],
    [3, 4, 4],
    [3, 7, 5],
  ])("for %i copies on %i nodes is %i", (nodeCopies, nodeCount, voters) => {
    expect(voterCountFor({ nodeCopies, zoneCopies: 1 }, nodeCount)).toBe(voters);
  });

  test("is refused when nodes or zones do not suffice", () => {
    expect(refusalOfReplication(TWO_COPIES, ["", ""])).toBeUndefined();
    expect(refusalOfReplication({ nodeCopies: 9, zoneCopies: 1 }, ["", "", ""])).toContain(
      "9 copies need as many nodes",
    );
    const zoned = { nodeCopies: 3, zoneCopies: 2 };
    expect(refusalOfReplication(zoned, ["a", "a", "a"])).toContain("there are 1");
    expect(refusalOfReplication(zoned, ["a", "b", "a"])).toBeUndefined();
    expect(refusalOfReplication({ nodeCopies: 0, zoneCopies: 1 }, [""])).toContain("whole numbers");
    expect(weaknessOfReplication(TWO_COPIES, 2)).toContain("they tolerate 0");
    expect(weaknessOfReplication(TWO_COPIES, 3)).toBeUndefined();
  });
});

describe("the first table", () => {
  test("fills nodes evenly, in different company", () => {
    const model = modelOf(5, 25);
    expect(model.loads()).toEqual([15, 15, 15, 15, 15]);
    const sets = new Set(
      model.table.partitions.map(({ partitionId }) => model.nodesOf(partitionId).join()),
    );
    expect(sets.size).toBeGreaterThanOrEqual(4);
  });

  test("puts no majority into one zone", () => {
    const model = modelOf(6, 24, ["a", "b", "c"]);
    for (const { replicas } of model.table.partitions) {
      const zones = replicas.map(({ nodeId }) => model.nodes[nodeId - 1]?.zone);
      expect(new Set(zones).size).toBe(3);
    }
    expect(model.loads()).toEqual([12, 12, 12, 12, 12, 12]);
  });
});

describe("the table", () => {
  test("rests when everything is as it is to be", () => {
    expect(modelOf(3).plan()).toBeUndefined();
    expect(modelOf(5).plan()).toBeUndefined();
  });

  test("grows when nodes join, few partitions at a time", () => {
    const model = modelOf(1);
    expect(model.loads()).toEqual([24]);
    model.nodes = placementNodes(3);
    model.converge();
    expect(replicaCounts(model)).toEqual(Array(24).fill(3));
    expect(model.changesSeen).toBeLessThanOrEqual(2);
    for (const { leaving } of model.table.partitions) expect(leaving).toEqual([]);
  });

  test("gives a node that joins its share, and nothing more", () => {
    const model = modelOf(3);
    model.nodes = placementNodes(4);
    model.converge();
    expect(model.loads()).toEqual([18, 18, 18, 18]);
    expect(model.changesSeen).toBeLessThanOrEqual(2);
    expect(model.rounds).toBeLessThan(60);
  });

  test("keeps replicas of a dead node until it is given up, then replaces them", () => {
    const model = modelOf(4);
    const before = model.table;
    model.change(4, { isAlive: false });
    model.converge();
    expect(model.table.partitions).toEqual(before.partitions);
    model.change(4, { isGone: true });
    model.converge();
    expect(replicaCounts(model)).toEqual(Array(24).fill(3));
    expect(model.loads()).toEqual([24, 24, 24, 0]);
  });

  test("never shrinks because a node is dead", () => {
    const model = modelOf(3);
    model.change(2, { isAlive: false, isGone: true });
    model.converge();
    expect(replicaCounts(model)).toEqual(Array(24).fill(3));
    expect(model.nodesOf(0)).toEqual([1, 2, 3]);
    // A node in its place takes all of it.
    model.nodes = [...model.nodes, ...placementNodes(4).slice(3)];
    model.converge();
    expect(model.loads()).toEqual([24, 0, 24, 24]);
  });

  test("places nothing on a node that is down, though it may hold replicas", () => {
    const model = modelOf(3, 4);
    model.nodes = placementNodes(4);
    model.change(3, { isEligible: false });
    model.change(4, { isAlive: false });
    model.converge();
    expect(model.nodesOf(0)).toEqual([1, 2, 3]);
    model.change(4, { isAlive: true });
    model.converge();
    expect(model.nodesOf(0)).toEqual([1, 2, 4]);
  });

  test("empties a drained node, and shrinks only when no other can take over", () => {
    const model = modelOf(4);
    model.change(1, { isEligible: false });
    model.converge();
    expect(model.loads()).toEqual([0, 24, 24, 24]);
    model.change(2, { isEligible: false });
    model.converge();
    expect(model.loads()).toEqual([0, 0, 24, 24]);
    model.change(2, { isEligible: true });
    model.converge();
    expect(model.loads()).toEqual([0, 24, 24, 24]);
  });

  test("follows a change of replication up and down", () => {
    const model = modelOf(5);
    model.table = { ...model.table, replication: { nodeCopies: 3, zoneCopies: 1 } };
    model.converge();
    expect(replicaCounts(model)).toEqual(Array(24).fill(5));
    model.table = { ...model.table, replication: { nodeCopies: 1, zoneCopies: 1 } };
    model.converge();
    expect(replicaCounts(model)).toEqual(Array(24).fill(1));
    expect(Math.max(...model.loads()) - Math.min(...model.loads())).toBeLessThanOrEqual(1);
  });

  test("keeps zones apart when nodes are replaced and filled", () => {
    const model = modelOf(6, 24, ["a", "b", "c"]);
    model.change(1, { isAlive: false, isGone: true });
    model.converge();
    for (const { replicas } of model.table.partitions) {
      const zones = replicas.map(({ nodeId }) => model.nodes[nodeId - 1]?.zone);
      expect(new Set(zones).size).toBe(3);
    }
    expect(model.loads()[0]).toBe(0);
    expect(model.loads()[3]).toBe(24);
  });

  test("leaves frozen partitions alone", () => {
    const model = modelOf(4);
    const partitions = model.table.partitions.map((partition) => ({
      ...partition,
      isPlacementFrozen: partition.partitionId < 3,
    }));
    model.table = { ...model.table, partitions };
    const before = partitions.slice(0, 3).map(({ replicas }) => replicas);
    model.change(1, { isEligible: false });
    model.change(2, { isAlive: false, isGone: true });
    model.converge();
    expect(model.table.partitions.slice(0, 3).map(({ replicas }) => replicas)).toEqual(before);
  });

  test("leaves partitions without a leader alone", () => {
    const model = modelOf(3);
    model.change(1, { isAlive: false });
    model.change(2, { isAlive: false, isGone: true });
    model.nodes = [...model.nodes, ...placementNodes(4).slice(3)];
    expect(model.plan()).toBeUndefined();
  });

  test("gives up a newcomer that dies before it has caught up", () => {
    const model = modelOf(3, 1);
    model.nodes = placementNodes(5);
    model.change(1, { isEligible: false });
    model.plan();
    const newcomer = model.nodesOf(0).find((nodeId) => nodeId > 3) as number;
    model.change(newcomer, { isAlive: false });
    expect(model.follow()).toBe(false);
    expect(model.plan()).toBeUndefined();
    model.change(newcomer, { isGone: true });
    model.converge();
    expect(model.nodesOf(0)).toHaveLength(3);
    expect(model.nodesOf(0)).not.toContain(newcomer);
    expect(model.nodesOf(0)).not.toContain(1);
  });

  test("never uses a replica id twice, whatever nodes do", () => {
    const model = modelOf(5, 8, ["a", "b"]);
    let seed = 7;
    const random = (bound: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % bound;
    };
    for (let step = 0; step < 200; step++) {
      const nodeId = 1 + random(5);
      const isAlive = random(3) > 0;
      model.change(nodeId, { isAlive, isGone: !isAlive && random(2) === 0 });
      if (random(4) === 0) model.change(1 + random(5), { isEligible: random(2) === 0 });
      model.plan();
      if (random(2) === 0) model.follow();
      for (const partition of model.table.partitions) checkPlaces(partition);
    }
    expect([...model.usedIds.values()].every((nodes) => nodes.size === 1)).toBe(true);
    model.nodes = placementNodes(5, ["a", "b"]);
    model.converge();
    expect(replicaCounts(model)).toEqual(Array(8).fill(3));
  });
});

/** One replica per node, and nobody both stays and leaves. */
function checkPlaces({ replicas, leaving, nextReplicaId }: PartitionPlacement): void {
  const nodeIds = [...replicas, ...leaving].map(({ nodeId }) => nodeId);
  expect(new Set(nodeIds).size).toBe(nodeIds.length);
  for (const { replicaId } of [...replicas, ...leaving]) {
    expect(replicaId).toBeLessThan(nextReplicaId);
  }
}
