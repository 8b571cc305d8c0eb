import {
  mayHoldReplicas,
  type NodeRecord,
  type NodesDocument,
  withoutNode,
} from "../membership/nodes-document.ts";
import { CAUGHT_UP_ENTRIES } from "./group-change.ts";
import { planInitialTable } from "./initial-placement.ts";
import type { PlacementNode } from "./node-choice.ts";
import { type LeaderReport, leadersOf, type NodeReport, observedGroup } from "./node-report.ts";
import { allReplicas, nodeOfReplica, type PlacementTable } from "./placement-table.ts";
import { type LeaderTransfer, type LedPartition, planLeaderTransfers } from "./plan-leaders.ts";
import { planPlacement } from "./plan-placement.ts";

/** What the controller knows about the liveness of one node. */
export interface NodeHealth {
  readonly isAlive: boolean;
  /** Milliseconds that it has been dead, or alive since it came back; large when always so. */
  readonly sinceMs: number;
}

/** Times and bounds of placement. */
export interface PlacementSettings {
  /** A node that is dead for so long has its replicas replaced. */
  readonly replicaDeadAfterMs: number;
  /** A node that came back gets no leaders for so long. */
  readonly returnCooldownMs: number;
  readonly changesPerNodeMax: number;
  /** How long the first table waits for expected nodes. */
  readonly provisionWaitMs: number;
}

/** What the controller decides from: documents, reports and liveness. */
export interface ControllerInput {
  readonly nodes: NodesDocument;
  readonly table: PlacementTable | undefined;
  readonly reports: readonly NodeReport[];
  readonly health: (nodeId: number) => NodeHealth;
  readonly settings: PlacementSettings;
  /** Milliseconds that this node has led the metadata group. */
  readonly ledForMs: number;
  /** True when it is time to spread leaders. */
  readonly isBalancing: boolean;
}

/** What is to be written and asked for; each part is left out when it stays as it is. */
export interface ControllerDecision {
  readonly table: PlacementTable | undefined;
  readonly nodes: NodesDocument | undefined;
  readonly transfers: readonly LeaderTransfer[];
}

const NOTHING: ControllerDecision = Object.freeze({
  table: undefined,
  nodes: undefined,
  transfers: Object.freeze([]),
});

/** Decides the next step of the whole cluster's placement. */
export function decide(input: ControllerInput): ControllerDecision {
  const { table } = input;
  if (table === undefined) return { ...NOTHING, table: planFirstTable(input) };
  const leaders = leadersOf(input.reports);
  const groups = new Map(
    [...leaders].map(([partitionId, report]) => [partitionId, observedGroup(report)]),
  );
  const next = planPlacement({
    table,
    nodes: input.nodes.nodes.map((node) => placementNode(node, input)),
    groups,
    changesPerNodeMax: input.settings.changesPerNodeMax,
  });
  return {
    table: next,
    nodes: withoutEmptyGoneNodes(input.nodes, table),
    transfers: planTransfers(input, table, leaders),
  };
}

/** A node as placement sees it now. */
export function placementNode(
  record: NodeRecord,
  { health, settings }: Pick<ControllerInput, "health" | "settings">,
): PlacementNode {
  const { isAlive, sinceMs } = health(record.nodeId);
  return {
    nodeId: record.nodeId,
    zone: record.location,
    isEligible: mayHoldReplicas(record),
    isAlive,
    isGone: record.storageState === "gone" || (!isAlive && sinceMs >= settings.replicaDeadAfterMs),
  };
}

/** The first table, once the nodes it is to spread over are there or have been waited for. */
function planFirstTable(input: ControllerInput): PlacementTable | undefined {
  const { nodes: document, settings, ledForMs } = input;
  const { partitionCount, nodeCopies, zoneCopies, expectedNodes } = document.settings;
  const nodes = document.nodes.map((node) => placementNode(node, input));
  const able = nodes.filter((node) => node.isEligible && node.isAlive);
  if (able.length === 0) return undefined;
  if (able.length < expectedNodes && ledForMs < settings.provisionWaitMs) return undefined;
  return planInitialTable({
    partitionCount,
    nodes: able,
    replication: { nodeCopies, zoneCopies },
  });
}

/** Nodes that were replaced are forgotten when nothing of them is left. */
function withoutEmptyGoneNodes(
  document: NodesDocument,
  table: PlacementTable,
): NodesDocument | undefined {
  const hosts = new Set(
    table.partitions.flatMap((partition) => allReplicas(partition).map(({ nodeId }) => nodeId)),
  );
  let next = document;
  for (const { nodeId, storageState } of document.nodes) {
    if (storageState === "gone" && !hosts.has(nodeId)) next = withoutNode(next, nodeId);
  }
  return next === document ? undefined : next;
}

function planTransfers(
  input: ControllerInput,
  table: PlacementTable,
  leaders: ReadonlyMap<number, LeaderReport>,
): readonly LeaderTransfer[] {
  const stopping = new Set(
    input.reports.filter(({ isStopping }) => isStopping).map(({ nodeId }) => nodeId),
  );
  const partitions: LedPartition[] = [];
  for (const partition of table.partitions) {
    const leader = leaders.get(partition.partitionId);
    if (leader === undefined) continue;
    const staying = new Set(partition.replicas.map(({ replicaId }) => replicaId));
    const followers = leader.members.filter(
      ({ replicaId, match }) =>
        replicaId !== leader.replicaId &&
        leader.voters.includes(replicaId) &&
        staying.has(replicaId) &&
        match + CAUGHT_UP_ENTRIES >= leader.commit,
    );
    const followerNodes = followers
      .map(({ replicaId }) => nodeOfReplica(partition, replicaId))
      .filter((nodeId) => nodeId !== undefined)
      .filter((nodeId) => input.health(nodeId).isAlive && !stopping.has(nodeId));
    partitions.push({
      partitionId: partition.partitionId,
      leaderNode: leader.nodeId,
      followerNodes,
      pinnedNode: partition.pinnedNode,
      isFrozen: partition.isLeadershipFrozen,
    });
  }
  const nodes = input.nodes.nodes
    .map((record) => ({ record, health: input.health(record.nodeId) }))
    .filter(({ health }) => health.isAlive)
    .map(({ record, health }) => {
      const isDraining = record.workerState !== "active" || record.storageState === "gone";
      const isBack = health.sinceMs >= input.settings.returnCooldownMs;
      const isTarget = !isDraining && isBack && !stopping.has(record.nodeId);
      return { nodeId: record.nodeId, isDraining, isTarget };
    });
  return planLeaderTransfers({ partitions, nodes, isBalancing: input.isBalancing });
}
