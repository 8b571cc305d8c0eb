/** Who leads which partition, and whether a cluster has recovered, as each server tells it. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ClusterClient } from "../../src/cli/operator/cluster-client.ts";
import type { StatusReply } from "../../src/cli/operator/replies.ts";
import { openOperatorCalls } from "../../src/operator-calls.ts";
import type { NodeProcess, TestCluster } from "./cluster.ts";

const CALL_TIMEOUT_MS = 2_000;
/** The original moves leaders for a while after all nodes are up. */
const ORACLE_QUIET_MS = 3_000;
/** Entries that a follower may lack while clients are at work. */
const LAG_MAX = 200;
/** Attempts to spread leaders, which others may move at the same time; then they stay. */
const SPREAD_ROUNDS_MAX = 10;
const SPREAD_PAUSE_MS = 300;

/** Index of the node that leads, by partition. Nodes that do not run are not asked. */
export function findLeaders(cluster: TestCluster): Promise<ReadonlyMap<number, number>> {
  return cluster.target === "stet" ? stetLeaders(cluster) : oracleLeaders(cluster);
}

/** Why a cluster is not at full strength; `undefined` when it is. */
export function isSettled(cluster: TestCluster): Promise<string | undefined> {
  return cluster.target === "stet" ? isStetSettled(cluster) : isOracleSettled(cluster);
}

/**
 * Spreads leaders evenly, as they would be some minutes later; resolves when they are. The original
 * does it by itself before it counts as settled.
 */
export async function spreadLeaders(cluster: TestCluster): Promise<void> {
  if (cluster.target !== "stet") return;
  for (let round = 0; round < SPREAD_ROUNDS_MAX; round++) {
    const { partitions, nodes } = await readStatus(cluster);
    const loads = new Map(nodes.map(({ nodeId }) => [nodeId, 0]));
    for (const { leaderNode = 0 } of partitions) {
      loads.set(leaderNode, (loads.get(leaderNode) ?? 0) + 1);
    }
    const moves: { readonly partitionId: number; readonly nodeId: number }[] = [];
    for (const { partitionId, leaderNode = 0 } of partitions) {
      const [least] = [...loads].toSorted((left, right) => left[1] - right[1]);
      const load = loads.get(leaderNode) ?? 0;
      if (least === undefined || load - least[1] < 2) continue;
      moves.push({ partitionId, nodeId: least[0] });
      loads.set(leaderNode, load - 1).set(least[0], least[1] + 1);
    }
    if (moves.length === 0) return;
    await ask(cluster, (client) =>
      Promise.allSettled(moves.map((move) => client.call("partitions.transfer", move))),
    );
    await sleep(SPREAD_PAUSE_MS);
  }
}

async function stetLeaders(cluster: TestCluster): Promise<ReadonlyMap<number, number>> {
  const { partitions, nodes } = await readStatus(cluster);
  const leaders = new Map<number, number>();
  for (const { partitionId, leaderNode } of partitions) {
    const name = nodes.find(({ nodeId }) => nodeId === leaderNode)?.nodeName;
    const index = cluster.nodes.findIndex((node) => node.name === name);
    if (index >= 0) leaders.set(partitionId, index);
  }
  return leaders;
}

async function isStetSettled(cluster: TestCluster): Promise<string | undefined> {
  const { nodes, partitions, metadata } = await readStatus(cluster);
  if (nodes.length < cluster.nodes.length) return `${nodes.length} nodes`;
  const down = nodes.find(({ isAlive, report }) => !isAlive || report === undefined);
  if (down !== undefined) return `${down.nodeName} is down`;
  if (metadata?.voters.length !== cluster.nodes.length) return "the metadata group is growing";
  if (partitions.length !== cluster.partitionCount) return `${partitions.length} partitions`;
  for (const { partitionId, leaderNode, isUnderReplicated, members, commit } of partitions) {
    if (leaderNode === undefined) return `partition ${partitionId} has no leader`;
    if (isUnderReplicated) return `partition ${partitionId} lacks a replica`;
    if (members.length < cluster.nodes.length) return `partition ${partitionId} is growing`;
    const isBehind = members.some(({ applied = 0 }) => applied + LAG_MAX < (commit ?? 0));
    if (isBehind) return `partition ${partitionId} is catching up`;
  }
  const answers = await Promise.all(cluster.nodes.map(isServing));
  return answers.every((answer) => answer) ? undefined : "an ingress does not answer";
}

async function isServing({ addresses }: NodeProcess): Promise<boolean> {
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const answer = await fetch(`http://${addresses.ingress}/restate/health`, { signal });
  return answer.ok;
}

function readStatus(cluster: TestCluster): Promise<StatusReply> {
  return ask(cluster, (client) => client.call<StatusReply>("cluster.status"));
}

/** Asks a node that runs, as an operator would. */
async function ask<T>(
  cluster: TestCluster,
  question: (client: ClusterClient) => Promise<T>,
): Promise<T> {
  const client = new ClusterClient({
    addresses: cluster.nodes
      .filter(({ isRunning }) => isRunning)
      .map(({ addresses }) => `http://${addresses.node}`),
    connectTimeoutMs: CALL_TIMEOUT_MS,
    requestTimeoutMs: CALL_TIMEOUT_MS,
    openCalls: async (options) => openOperatorCalls(options),
  });
  try {
    return await question(client);
  } finally {
    await client.close();
  }
}

/** The original tells by its logs: the last node that won the highest epoch. */
async function oracleLeaders(cluster: TestCluster): Promise<ReadonlyMap<number, number>> {
  const best = new Map<number, { readonly epoch: number; readonly index: number }>();
  for (const { index, logFile } of cluster.nodes) {
    for (const line of readFileSync(logFile, "utf8").split("\n")) {
      if (!line.includes("became Leader of epoch")) continue;
      const epoch = Number(/epoch e(\d+)/.exec(line)?.[1]);
      const partition = Number(/"partition_id":"(\d+)"/.exec(line)?.[1]);
      if (epoch > (best.get(partition)?.epoch ?? 0)) best.set(partition, { epoch, index });
    }
  }
  return new Map([...best].map(([partition, { index }]) => [partition, index]));
}

async function isOracleSettled(cluster: TestCluster): Promise<string | undefined> {
  const before = await oracleProblem(cluster);
  if (before !== undefined) return before;
  const leaders = JSON.stringify([...(await oracleLeaders(cluster))].toSorted());
  await sleep(ORACLE_QUIET_MS);
  const after = await oracleProblem(cluster);
  if (after !== undefined) return after;
  const now = JSON.stringify([...(await oracleLeaders(cluster))].toSorted());
  return leaders === now ? undefined : "leaders are moving";
}

async function oracleProblem(cluster: TestCluster): Promise<string | undefined> {
  const leaders = [...(await oracleLeaders(cluster)).values()];
  if (leaders.length !== cluster.partitionCount) return `${leaders.length} partitions are led`;
  for (const node of cluster.nodes) {
    const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
    const answer = await fetch(`http://${node.addresses.node}/metrics`, { signal });
    const text = await answer.text();
    const led = Number(/^restate_num_active_partition_leaders\{.*\} (\d+)/m.exec(text)?.[1] ?? 0);
    const known = leaders.filter((index) => index === node.index).length;
    if (led !== known) return `${node.name} leads ${led} partitions, and ${known} by the logs`;
    if (!(await isServing(node))) return `${node.name} does not serve`;
  }
  return undefined;
}
