/** A cluster, clients of all its nodes, and one fault after the other. */
import { setTimeout as sleep } from "node:timers/promises";
import { TestCluster } from "../failover/cluster.ts";
import { DeploymentProcess } from "../failover/deployment-process.ts";
import { FAULTS, faultOf } from "../failover/faults.ts";
import type { Network } from "../failover/network.ts";
import { checkHistory, type Verdict } from "./checker.ts";
import type { History } from "./history.ts";
import { type Plant, plantInto } from "./plant.ts";
import { Workload } from "./workload.ts";

/** What is run. */
export interface CampaignOptions {
  readonly network: Network;
  readonly nodeCount: number;
  readonly partitionCount: number;
  readonly clientCount: number;
  readonly durationMs: number;
  /** A defect to put into what was recorded. */
  readonly plant: Plant | undefined;
  readonly random: (bound: number) => number;
  readonly onProgress: (line: string) => void;
}

/** What came out. */
export interface CampaignReport {
  readonly faults: Readonly<Record<string, number>>;
  readonly histories: readonly History[];
  readonly verdicts: readonly { readonly history: History; readonly verdict: Verdict }[];
}

/** How long a fault lasts, and the time between two. */
const FAULT_MS_MIN = 1_500;
const FAULT_MS_SPREAD = 2_500;
const BETWEEN_MS = 1_500;

/** Runs a campaign; the network stays open. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const { network, nodeCount, partitionCount, clientCount, random, onProgress } = options;
  const cluster = await TestCluster.start({ target: "stet", network, nodeCount, partitionCount });
  const deployment = await DeploymentProcess.start(network.deploymentHost);
  try {
    await cluster.register(deployment.uri);
    const ingresses = cluster.nodes.map(({ addresses }) => addresses.ingress);
    const workload = new Workload({ ingresses, clientCount, partitionCount, random });
    workload.start();
    const faults = await strike(cluster, options);
    await cluster.waitUntilSettled();
    const recorded = await workload.finish();
    onProgress(`checking ${recorded.length} objects`);
    const { plant } = options;
    const histories = plant === undefined ? recorded : plantInto(recorded, plant);
    const verdicts = histories.map((history) => ({ history, verdict: checkHistory(history) }));
    return { faults, histories, verdicts };
  } finally {
    deployment.stop();
    await cluster.dispose();
  }
}

/** One fault after the other until the time is over; every one is undone. */
async function strike(
  cluster: TestCluster,
  { network, durationMs, random, onProgress }: CampaignOptions,
): Promise<Readonly<Record<string, number>>> {
  const possible = FAULTS.filter((name) => name !== "cut" || network.canCut);
  const counts: Record<string, number> = {};
  const endMs = performance.now() + durationMs;
  for (let turn = random(possible.length); performance.now() < endMs; turn++) {
    await sleep(BETWEEN_MS);
    const fault = faultOf(possible[turn % possible.length] ?? "kill");
    const victim = random(cluster.nodes.length);
    const lastsMs = FAULT_MS_MIN + random(FAULT_MS_SPREAD);
    onProgress(`${fault.title} of ${cluster.nodes[victim]?.name} for ${lastsMs} ms`);
    fault.apply(cluster, victim);
    await sleep(lastsMs);
    await fault.undo(cluster, victim);
    counts[fault.title] = (counts[fault.title] ?? 0) + 1;
    // The next one would otherwise take the majority away, and nothing would happen at all.
    await cluster.waitUntilSettled();
  }
  return counts;
}
