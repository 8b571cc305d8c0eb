// `make linearizability`: what clients of a real cluster saw under faults, and whether it can be
// explained by operations that take effect one at a time.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { SeededRandom } from "../crash/seeded-random.ts";
import { findMissing } from "../failover/cluster.ts";
import { createNetwork, enterNamespaces } from "../failover/network.ts";
import { explainUsage, readFlags, UsageError, wholeNumber } from "../fixtures/usage-error.ts";
import { type CampaignReport, runCampaign } from "./campaign.ts";
import type { Operation } from "./history.ts";
import { PLANTS, type Plant } from "./plant.ts";

const HELP = `Usage: node test/linearizability/run.ts [options]

Starts three nodes, lets clients of all of them read, write, compare and swap registers and add to
counters, and kills, stops, freezes and cuts off one node after the other. Then checks for every
object that all answers can be explained by operations which take effect one at a time, each between
its start and its end. What was recorded is written to .bench/linearizability-<time>.json.

Options:
  --seconds N      how long faults are applied (default: 120)
  --clients N      clients at once, spread over the nodes (default: 12)
  --partitions N   of the cluster (default: 8)
  --seed N         seed of all choices (default: drawn, and printed)
  --plant NAME     puts a defect into what was recorded, which has to be found: ${PLANTS.join(", ")}
  --help           print this text

Environment:
  STET_BUILD       folder of the built server, inside the repository (default: .build)

Exit code: 0 when every object is linearizable, 1 when one is not or could not be decided, 2 on
wrong usage. Needs Linux and unshare to cut the network, not root; elsewhere it is not cut.
`;

const NODE_COUNT = 3;
const SEED_MAX = 0xffff_ffff;
const MS_PER_SECOND = 1_000;

interface Options {
  readonly durationMs: number;
  readonly clientCount: number;
  readonly partitionCount: number;
  readonly seed: number;
  readonly plant: Plant | undefined;
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  const missing = findMissing("stet");
  if (missing !== undefined) throw new UsageError(missing);
  const code = enterNamespaces();
  if (code !== undefined) return code;
  const { seed } = options;
  print(`linearizability: ${options.durationMs / MS_PER_SECOND} s; again with --seed ${seed}`);
  const network = await createNetwork(NODE_COUNT);
  if (!network.canCut) print("the network is not cut: needs unshare");
  const random = new SeededRandom(seed);
  try {
    const report = await runCampaign({
      ...options,
      network,
      nodeCount: NODE_COUNT,
      random: (bound) => random.between(0, bound - 1),
      onProgress: (line) => print(`  ${line}`),
    });
    return conclude(report);
  } finally {
    network.close();
  }
}

function conclude({ faults, histories, verdicts }: CampaignReport): number {
  const operations = histories.flatMap((history) => history.operations);
  const count = (kind: string): number =>
    operations.filter(({ outcome }) => outcome.kind === kind).length;
  const struck = Object.entries(faults).map(([title, times]) => `${times} ${title}`);
  print(`\nfaults: ${struck.join(", ")}`);
  print(
    `${operations.length} operations on ${histories.length} objects: ${count("ok")} answered, ` +
      `${count("unknown")} unknown, ${count("failed")} refused`,
  );
  for (const [reason, times] of reasonsOf(operations)) print(`  unknown: ${reason}: ${times}`);
  const of = (kind: string) => verdicts.filter(({ verdict }) => verdict.kind === kind);
  for (const { history, verdict } of of("violation")) {
    print(`\nNOT LINEARIZABLE: ${history.kind} ${history.key}`);
    if (verdict.kind === "violation") for (const line of verdict.story) print(`  ${line}`);
  }
  for (const { history } of of("undecided")) print(`undecided: ${history.kind} ${history.key}`);
  print(`written to ${record(verdicts)}`);
  const passed = of("linearizable").length;
  print(`${passed} passed, ${verdicts.length - passed} failed`);
  // Nothing answered would prove nothing.
  return passed === verdicts.length && count("ok") > 0 ? 0 : 1;
}

/** Why outcomes are unknown, the most frequent first. */
function reasonsOf(operations: readonly Operation[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { outcome } of operations) {
    if (outcome.kind !== "unknown") continue;
    const { reason = "" } = outcome;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].toSorted((left, right) => right[1] - left[1]);
}

function record(verdicts: CampaignReport["verdicts"]): string {
  const folder = join(import.meta.dirname, "..", "..", ".bench");
  mkdirSync(folder, { recursive: true });
  const time = new Date().toISOString().replaceAll(":", "-");
  const file = join(folder, `linearizability-${time}.json`);
  writeFileSync(file, `${JSON.stringify(verdicts)}\n`);
  return file;
}

function readOptions(): Options | "help" {
  const { values } = readFlags(() =>
    parseArgs({
      options: {
        seconds: { type: "string", default: "120" },
        clients: { type: "string", default: "12" },
        partitions: { type: "string", default: "8" },
        seed: { type: "string", default: String(Math.floor(Math.random() * SEED_MAX)) },
        plant: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }),
  );
  if (values.help) return "help";
  const plant = PLANTS.find((name) => name === values.plant);
  if (values.plant !== undefined && plant === undefined) {
    throw new UsageError(`--plant knows ${PLANTS.join(", ")}, and not "${values.plant}"`);
  }
  return {
    durationMs: wholeNumber("--seconds", values.seconds) * MS_PER_SECOND,
    clientCount: wholeNumber("--clients", values.clients, 1),
    partitionCount: wholeNumber("--partitions", values.partitions, 1),
    seed: wholeNumber("--seed", values.seed),
    plant,
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await explainUsage(main);
