/** One fault on one node, seen by clients of the nodes that stay. */
import { setTimeout as sleep } from "node:timers/promises";
import type { TestCluster } from "./cluster.ts";
import type { Fault } from "./faults.ts";
import { keyIn } from "./keys.ts";
import { NoiseMeter } from "./noise.ts";
import type { Patience } from "./prober.ts";
import { firstSuccessMs, longestGapMs, Prober } from "./prober.ts";

/** What one prober saw; milliseconds. */
export interface ProberResult {
  readonly patience: Patience;
  /** To the first answer of a call that began after the fault; missing when there was none. */
  readonly firstSuccessMs: number | undefined;
  /** From the fault to the end of the call that was under way. */
  readonly inFlightMs: number | undefined;
  /** Longest time without an answer before the fault, from it to the return, and after that. */
  readonly gapBeforeMs: number;
  readonly gapMs: number;
  readonly gapAfterReturnMs: number;
}

/** What one trial showed. */
export interface TrialResult {
  readonly victim: string;
  readonly ledPartitions: number;
  /** Probers of keys that the victim led, and of others. */
  readonly affected: readonly ProberResult[];
  readonly unaffected: readonly ProberResult[];
  readonly additions: number;
  readonly errors: number;
  readonly violations: number;
  readonly notes: readonly string[];
  /** Exit code of a victim that was asked to stop. */
  readonly exitCode: number | undefined;
  /** Longest time that the clients' own process had to wait for the processor under the fault. */
  readonly noiseMs: number;
}

/** What is tried. */
export interface TrialOptions {
  readonly cluster: TestCluster;
  readonly fault: Fault;
  /** Makes the keys of this trial new. */
  readonly label: string;
  readonly victim: number;
  readonly affectedMax: number;
  readonly unaffectedMax: number;
  readonly pauseMs: number;
}

const WARM_UP_MS = 2_000;
/** Observed at least and at most after the fault; and after the node is back. */
const OBSERVED_MS_MIN = 4_000;
const OBSERVED_MS_MAX = 60_000;
const RETURN_MS = 4_000;
const POLL_MS = 50;

/** Runs one trial on a settled cluster, and leaves it on its way back. */
export async function runTrial(options: TrialOptions): Promise<TrialResult> {
  const { cluster, fault, victim } = options;
  const { affected, unaffected, ledPartitions } = await placeProbers(options);
  const all = [...affected, ...unaffected];
  const noise = new NoiseMeter();
  for (const prober of all) prober.start();
  await sleep(WARM_UP_MS);
  const faultAtMs = performance.now();
  fault.apply(cluster, victim);
  await observe(affected, faultAtMs);
  const returnAtMs = performance.now();
  const isStopped = fault.name === "stop";
  const exitCode = isStopped ? await cluster.exited(victim) : undefined;
  await fault.undo(cluster, victim);
  await sleep(RETURN_MS);
  const endMs = performance.now();
  noise.stop();
  await Promise.all(all.map((prober) => prober.stop()));

  const resultOf = ({ successes, options }: Prober): ProberResult => {
    const open = successes.find(
      ({ startedAtMs, endedAtMs }) => startedAtMs < faultAtMs && endedAtMs >= faultAtMs,
    );
    return {
      patience: options.patience,
      firstSuccessMs: firstSuccessMs(successes, faultAtMs),
      inFlightMs: open === undefined ? undefined : open.endedAtMs - faultAtMs,
      gapBeforeMs: longestGapMs(successes, faultAtMs - WARM_UP_MS / 2, faultAtMs),
      gapMs: longestGapMs(successes, faultAtMs, returnAtMs),
      gapAfterReturnMs: longestGapMs(successes, returnAtMs, endMs),
    };
  };
  const sum = (read: (prober: Prober) => number): number =>
    all.reduce((total, prober) => total + read(prober), 0);
  return {
    victim: cluster.nodes[victim]?.name ?? "",
    ledPartitions,
    affected: affected.map(resultOf),
    unaffected: unaffected.map(resultOf),
    additions: sum(({ successes }) => successes.length),
    errors: sum(({ errorCount }) => errorCount),
    violations: sum(({ violationCount }) => violationCount),
    notes: all.flatMap(({ notes }) => notes),
    exitCode,
    noiseMs: noise.longestMs(faultAtMs, returnAtMs),
  };
}

/** Two probers for each partition that the victim leads, and two for each of some others. */
async function placeProbers(options: TrialOptions): Promise<{
  readonly affected: readonly Prober[];
  readonly unaffected: readonly Prober[];
  readonly ledPartitions: number;
}> {
  const { cluster, victim, label, pauseMs, affectedMax, unaffectedMax } = options;
  const leaders = [...(await cluster.leaders())];
  const survivors = cluster.nodes.filter(({ index }) => index !== victim);
  const place = (partition: number, position: number): readonly Prober[] =>
    (["patient", "impatient"] as const).map((patience, offset) => {
      const prefix = `${label}-${patience}`;
      const survivor = survivors[(position + offset) % survivors.length];
      return new Prober({
        key: keyIn(partition, cluster.partitionCount, prefix),
        ingress: survivor?.addresses.ingress ?? "",
        patience,
        pauseMs,
      });
    });
  const led = leaders.filter(([, node]) => node === victim).map(([partition]) => partition);
  const others = leaders.filter(([, node]) => node !== victim).map(([partition]) => partition);
  return {
    affected: led.slice(0, affectedMax).flatMap(place),
    unaffected: others.slice(0, unaffectedMax).flatMap(place),
    ledPartitions: led.length,
  };
}

/** Resolves when every affected prober has been answered again, and not before some seconds. */
async function observe(affected: readonly Prober[], faultAtMs: number): Promise<void> {
  await sleep(OBSERVED_MS_MIN);
  const isServed = ({ successes }: Prober): boolean =>
    firstSuccessMs(successes, faultAtMs) !== undefined;
  while (!affected.every(isServed)) {
    if (performance.now() - faultAtMs > OBSERVED_MS_MAX) return;
    await sleep(POLL_MS);
  }
}
