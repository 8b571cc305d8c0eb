// `make failover-bench`: three real nodes, a fault on one of them, and whom it keeps waiting.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { explainUsage, readFlags, UsageError, wholeNumber } from "../fixtures/usage-error.ts";
import { findMissing, type Target, TestCluster } from "./cluster.ts";
import { DeploymentProcess } from "./deployment-process.ts";
import { FAULTS, type FaultName, faultOf } from "./faults.ts";
import { createNetwork, enterNamespaces, type Network } from "./network.ts";
import { type FaultSummary, findProblems, formatTable, summarize } from "./report.ts";
import { runTrial, type TrialResult } from "./trial.ts";

const TARGETS = ["stet", "oracle"] as const;

const HELP = `Usage: node test/failover/run.ts [options]

Starts three nodes, drives counters in every partition that one of them leads and in some that it
does not lead, and applies a fault to it: SIGKILL, SIGTERM, SIGSTOP for some seconds, and a cut of
its network. First Stet, then the original server with replication 2. Clients call the nodes that
stay, half of them without a limit and half giving up after 300 ms and repeating the call under its
idempotency key. Prints for each fault, as p50 / p90 / max in seconds:

  first success   until the first answer to a call that began after the fault, keys of the victim
  impatient       the same, only of clients that give up and repeat
  in flight       until the end of the call that was under way
  longest gap     between two answers, keys of the victim
  unaffected      the same, keys that others led; before the fault; and after the node's return
  noise           how long the clients themselves had to wait for a processor

and client errors and effects that were lost or counted twice, which must be none. Everything is
written to .bench/failover-<time>.json.

Options:
  --faults NAME,…   ${FAULTS.join(", ")} (default: all)
  --targets NAME,…  ${TARGETS.join(", ")} (default: both)
  --trials N        per fault and server (default: 10)
  --partitions N    of the cluster (default: 24)
  --keys N          partitions of the victim that are driven (default: all)
  --controls N      partitions of others that are driven (default: 4)
  --pause N         milliseconds between an answer and the next call (default: 60)
  --keep            leave data and logs of the nodes
  --help            print this text

Environment:
  STET_BUILD        folder of the built server, inside the repository (default: .build)
  ORACLE_MODULES    node_modules folder with the original server
                    (default: test/conformance/node_modules, which make failover-bench fills)

Each node has a network namespace of its own, which takes Linux and unshare, not root. Elsewhere all
share the loopback interface, and the network is not cut.

Exit code: 0 when every answer of Stet was right, 1 otherwise, 2 on wrong usage. Goals for times
that were missed are named and leave the exit code alone: machines differ.
`;

const NODE_COUNT = 3;

interface Options {
  readonly faults: readonly FaultName[];
  readonly targets: readonly Target[];
  readonly trials: number;
  readonly partitionCount: number;
  readonly affectedMax: number;
  readonly unaffectedMax: number;
  readonly pauseMs: number;
  readonly keepsFolder: boolean;
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  for (const target of options.targets) {
    const missing = findMissing(target);
    if (missing !== undefined) throw new UsageError(missing);
  }
  const code = enterNamespaces();
  if (code !== undefined) return code;
  const network = await createNetwork(NODE_COUNT);
  const summaries: FaultSummary[] = [];
  try {
    for (const target of options.targets) {
      summaries.push(...(await measure(target, network, options)));
    }
  } finally {
    network.close();
  }
  return conclude(summaries);
}

/** All faults on one server. */
async function measure(
  target: Target,
  network: Network,
  options: Options,
): Promise<readonly FaultSummary[]> {
  const { partitionCount, keepsFolder } = options;
  print(`${target}: starting ${NODE_COUNT} nodes with ${partitionCount} partitions`);
  const cluster = await TestCluster.start({
    target,
    network,
    nodeCount: NODE_COUNT,
    partitionCount,
  });
  if (keepsFolder) print(`data and logs: ${cluster.folder}`);
  const deployment = await DeploymentProcess.start(network.deploymentHost);
  const summaries: FaultSummary[] = [];
  try {
    await cluster.register(deployment.uri);
    for (const name of options.faults) {
      if (name === "cut" && !network.canCut) print("network cut: skipped, needs unshare");
      else summaries.push(await measureFault(cluster, name, options));
    }
  } finally {
    deployment.stop();
    await cluster.dispose({ keepsFolder });
  }
  return summaries;
}

async function measureFault(
  cluster: TestCluster,
  name: FaultName,
  options: Options,
): Promise<FaultSummary> {
  const fault = faultOf(name);
  const { target } = cluster;
  const trials: TrialResult[] = [];
  let victim = -1;
  for (let trial = 0; trial < options.trials; trial++) {
    await cluster.waitUntilSettled();
    await cluster.spreadLeaders();
    victim = await nextVictim(cluster, victim);
    const label = `${name}${trial}`;
    const result = await runTrial({ ...options, cluster, fault, victim, label });
    trials.push(result);
    const { notes, ledPartitions, noiseMs } = result;
    const { firstSuccess, affectedGap, unaffectedGap, errors, violations } = summarize(
      { target, fault: name, title: fault.title },
      [result],
    );
    print(
      `${target} ${fault.title} ${trial + 1}: ${result.victim} led ${ledPartitions}; first success ` +
        `${whole(firstSuccess.p50)} (max ${whole(firstSuccess.max)}) ms, gap max ` +
        `${whole(affectedGap.max)} ms, unaffected ${whole(unaffectedGap.max)} ms, noise ${whole(noiseMs)} ms, ` +
        `${errors} errors, ${violations} wrong`,
    );
    for (const note of notes) print(`    ${note}`);
  }
  return summarize({ target, fault: name, title: fault.title }, trials);
}

/** The next node in turn that leads something. */
async function nextVictim(cluster: TestCluster, previous: number): Promise<number> {
  const leaders = new Set((await cluster.leaders()).values());
  for (let step = 1; step <= NODE_COUNT; step++) {
    const candidate = (previous + step) % NODE_COUNT;
    if (leaders.has(candidate)) return candidate;
  }
  throw new Error("Nobody leads anything");
}

function conclude(summaries: readonly FaultSummary[]): number {
  print(`\n${formatTable(summaries)}\n`);
  const problems = summaries.map(findProblems);
  const wrong = problems.flatMap((each) => each.wrong);
  for (const text of wrong) print(`WRONG ${text}`);
  for (const text of problems.flatMap((each) => each.slow)) print(`slow  ${text}`);
  const folder = join(import.meta.dirname, "..", "..", ".bench");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `failover-${new Date().toISOString().replaceAll(":", "-")}.json`);
  writeFileSync(file, `${JSON.stringify({ summaries }, null, 1)}\n`);
  print(`written to ${file}`);
  return wrong.length > 0 ? 1 : 0;
}

function readOptions(): Options | "help" {
  const { values } = readFlags(() =>
    parseArgs({
      options: {
        faults: { type: "string", default: FAULTS.join(",") },
        targets: { type: "string", default: TARGETS.join(",") },
        trials: { type: "string", default: "10" },
        partitions: { type: "string", default: "24" },
        keys: { type: "string", default: "1000" },
        controls: { type: "string", default: "4" },
        pause: { type: "string", default: "60" },
        keep: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }),
  );
  if (values.help) return "help";
  return {
    faults: namesOf("--faults", values.faults, FAULTS),
    targets: namesOf("--targets", values.targets, TARGETS),
    trials: wholeNumber("--trials", values.trials, 1),
    partitionCount: wholeNumber("--partitions", values.partitions, 1),
    affectedMax: wholeNumber("--keys", values.keys, 1),
    unaffectedMax: wholeNumber("--controls", values.controls),
    pauseMs: wholeNumber("--pause", values.pause),
    keepsFolder: values.keep,
  };
}

function namesOf<Name extends string>(
  flag: string,
  text: string,
  known: readonly Name[],
): readonly Name[] {
  return text.split(",").map((name) => {
    const match = known.find((candidate) => candidate === name);
    if (match !== undefined) return match;
    throw new UsageError(`${flag} knows ${known.join(", ")}, and not "${name}"`);
  });
}

function whole(milliseconds: number): string {
  return String(Math.round(milliseconds));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await explainUsage(main);
