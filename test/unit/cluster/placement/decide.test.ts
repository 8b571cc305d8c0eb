import { describe, expect, test } from "vitest";

import type { NodeRecord, NodesDocument } from "../../../../cluster/membership/nodes-document.ts";
import {
  type ControllerInput,
  decide,
  type NodeHealth,
} from "../../../../cluster/placement/decide.ts";
import type { NodeReport, ReplicaReport } from "../../../../cluster/placement/node-report.ts";
import type { PlacementTable } from "../../../../cluster/placement/placement-table.ts";

const SETTINGS = {
  replicaDeadAfterMs: 600_000,
  returnCooldownMs: 60_000,
  changesPerNodeMax: 2,
  provisionWaitMs: 5_000,
};
const ALIVE: NodeHealth = { isAlive: true, sinceMs: Number.POSITIVE_INFINITY };

function record(nodeId: number, change: Partial<NodeRecord> = {}): NodeRecord {
  return {
    nodeId,
    nodeName: `n${nodeId}`,
    directoryId: `d${nodeId}`,
    address: `n${nodeId}:5122`,
    roles: ["worker", "log-server", "metadata-server"],
    location: "",
    workerState: "active",
    storageState: "read-write",
    ...change,
  };
}

function documentOf(...nodes: NodeRecord[]): NodesDocument {
  const settings = { partitionCount: 3, nodeCopies: 2, zoneCopies: 1, expectedNodes: 3 };
  return { nodes, burntIds: [], settings };
}

/** Reports of nodes that all have every partition, led as given. */
function reportsOf(
  table: PlacementTable,
  leaders: readonly number[],
  change: Record<number, Partial<NodeReport>> = {},
): NodeReport[] {
  const nodeIds = [...new Set(table.partitions.flatMap((p) => p.replicas.map((r) => r.nodeId)))];
  return nodeIds.map((nodeId) => ({
    nodeId,
    nodeName: `n${nodeId}`,
    generation: 1,
    uptimeMs: 0,
    storageState: "ready",
    isStopping: false,
    tableVersion: table.version,
    replicas: table.partitions.map((partition) => {
      const isLeader = leaders[partition.partitionId] === nodeId;
      const voters = partition.replicas.map(({ replicaId }) => replicaId);
      const report: ReplicaReport = {
        partitionId: partition.partitionId,
        replicaId: partition.replicas.find((r) => r.nodeId === nodeId)?.replicaId ?? 0,
        role: isLeader ? "leader" : "follower",
        term: 3,
        leaderNode: leaders[partition.partitionId],
        commit: 10,
        applied: 10,
        firstIndex: 1,
        lastIndex: 10,
        voters,
        votersOutgoing: [],
        learners: [],
        members: isLeader
          ? partition.replicas.map((r) => ({ ...r, match: 10, state: "replicate" }))
          : [],
        lastTerm: 1,
        isQuiescent: true,
        isRestoring: false,
        isStopped: false,
      };
      return report;
    }),
    ...change[nodeId],
  }));
}

function input(change: Partial<ControllerInput> = {}): ControllerInput {
  return {
    nodes: documentOf(record(1), record(2), record(3)),
    table: undefined,
    reports: [],
    health: () => ALIVE,
    settings: SETTINGS,
    ledForMs: 0,
    isBalancing: false,
    ...change,
  };
}

function firstTable(): PlacementTable {
  return decide(input()).table as PlacementTable;
}

describe("the controller", () => {
  test("plans the first table when the expected nodes are there, or after a while", () => {
    const two = documentOf(record(1), record(2));
    expect(decide(input({ nodes: two })).table).toBeUndefined();
    const waited = decide(input({ nodes: two, ledForMs: 5_000 })).table;
    expect(waited?.partitions.map(({ replicas }) => replicas.length)).toEqual([2, 2, 2]);
    expect(firstTable().partitions.map(({ replicas }) => replicas.length)).toEqual([3, 3, 3]);
    const nobody = documentOf(record(1, { roles: ["admin"] }));
    expect(decide(input({ nodes: nobody, ledForMs: 9_000 })).table).toBeUndefined();
  });

  test("leaves a cluster alone that is as it is to be", () => {
    const table = { ...firstTable(), version: 1 };
    const decision = decide(
      input({ table, reports: reportsOf(table, [1, 2, 3]), isBalancing: true }),
    );
    expect(decision).toEqual({ table: undefined, nodes: undefined, transfers: [] });
  });

  test("gives up a dead node after ten minutes, one that an operator gave up at once", () => {
    const table = { ...firstTable(), version: 1 };
    const four = [record(1), record(2), record(3), record(4)];
    const reports = reportsOf(table, [1, 1, 2]).filter(({ nodeId }) => nodeId !== 3);
    const deadFor = (sinceMs: number) => (nodeId: number) =>
      nodeId === 3 ? { isAlive: false, sinceMs } : ALIVE;
    const nodes = documentOf(...four);
    const patient = decide(input({ table, nodes, reports, health: deadFor(599_999) }));
    const leavers = patient.table?.partitions.flatMap(({ leaving }) => leaving) ?? [];
    expect(leavers.every(({ nodeId }) => nodeId !== 3)).toBe(true);
    const late = decide(input({ table, nodes, reports, health: deadFor(600_000) })).table;
    // Two at a time on the node that takes over.
    const moved = late?.partitions.filter(({ leaving }) => leaving.length > 0);
    expect(moved?.length).toBe(2);
    expect(moved?.[0]?.leaving).toEqual([{ replicaId: 3, nodeId: 3 }]);
    const given = documentOf(...four.slice(0, 2), record(3, { storageState: "gone" }), record(4));
    const atOnce = decide(input({ table, nodes: given, reports, health: deadFor(1) }));
    expect(atOnce.table?.partitions.some(({ leaving }) => leaving.length > 0)).toBe(true);
    expect(atOnce.nodes).toBeUndefined();
  });

  test("forgets a node that was given up once nothing of it is left", () => {
    const table = { ...firstTable(), version: 1 };
    const nodes = documentOf(record(1), record(2), record(3), record(9, { storageState: "gone" }));
    const decision = decide(input({ table, nodes, reports: reportsOf(table, [1, 2, 3]) }));
    expect(decision.nodes?.nodes.map(({ nodeId }) => nodeId)).toEqual([1, 2, 3]);
    expect(decision.nodes?.burntIds).toEqual([9]);
  });

  test("moves no leader to a node that stops, is drained, is dead or has just come back", () => {
    const table = { ...firstTable(), version: 1 };
    const leaders = [1, 1, 1];
    const stopping = reportsOf(table, leaders, { 2: { isStopping: true } });
    const toThree = decide(input({ table, reports: stopping, isBalancing: true })).transfers;
    expect(toThree.map(({ toNode }) => toNode)).toEqual([3]);
    const reports = reportsOf(table, leaders);
    const back = (nodeId: number) => (nodeId === 1 ? ALIVE : { isAlive: true, sinceMs: 59_999 });
    expect(decide(input({ table, reports, health: back, isBalancing: true })).transfers).toEqual(
      [],
    );
    const nodes = documentOf(record(1, { workerState: "draining" }), record(2), record(3));
    const away = decide(input({ table, nodes, reports })).transfers;
    expect(away.map(({ fromNode }) => fromNode)).toEqual([1, 1, 1]);
    expect(new Set(away.map(({ toNode }) => toNode))).toEqual(new Set([2, 3]));
    const elsewhere = decide(input({ table, nodes, reports: stopping })).transfers;
    expect(elsewhere.map(({ toNode }) => toNode)).toEqual([3, 3, 3]);
  });

  test("believes the leader of the higher term", () => {
    const table = { ...firstTable(), version: 1 };
    const reports = reportsOf(table, [1, 1, 1]);
    const [first, second] = reports as [NodeReport, NodeReport];
    const usurped = {
      ...second,
      replicas: second.replicas.map((replica) => ({
        ...replica,
        role: "leader",
        term: 4,
        members: first.replicas[0]?.members ?? [],
      })),
    };
    const transfers = decide(
      input({ table, reports: [first, usurped], isBalancing: true }),
    ).transfers;
    expect(transfers.every(({ fromNode }) => fromNode === 2)).toBe(true);
    expect(transfers.length).toBeGreaterThan(0);
  });
});
