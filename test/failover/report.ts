/** What the trials of a fault add up to. */
import type { Target } from "./cluster.ts";
import type { FaultName } from "./faults.ts";
import type { ProberResult, TrialResult } from "./trial.ts";

/** Milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p90: number;
  readonly max: number;
  readonly count: number;
}

/** All trials of one fault on one target. */
export interface FaultSummary {
  readonly target: Target;
  readonly fault: FaultName;
  readonly title: string;
  readonly trials: readonly TrialResult[];
  /** First answer on keys that the victim led; without an answer, infinity. */
  readonly firstSuccess: Spread;
  readonly firstSuccessPatient: Spread;
  readonly firstSuccessImpatient: Spread;
  readonly inFlight: Spread;
  readonly affectedGap: Spread;
  /** Keys that others led: before the fault, which is the noise, under it, and after the return. */
  readonly unaffectedGapBefore: Spread;
  readonly unaffectedGap: Spread;
  readonly unaffectedGapAfterReturn: Spread;
  readonly affectedGapAfterReturn: Spread;
  /** How long the clients' own process had to wait for the processor. */
  readonly noise: Spread;
  readonly additions: number;
  readonly errors: number;
  readonly violations: number;
}

/** What Stet has to reach; milliseconds. */
interface Goal {
  readonly p50?: number;
  readonly max: number;
  readonly read: (summary: FaultSummary) => Spread;
}

/**
 * A node that stops goes on answering until it hands over, so that the pause may begin after the
 * first answer: there the longest pause counts.
 */
const GOALS: Readonly<Record<FaultName, Goal>> = {
  kill: { p50: 1_000, max: 3_000, read: ({ firstSuccess }) => firstSuccess },
  stop: { max: 300, read: ({ affectedGap }) => affectedGap },
  freeze: { max: 3_000, read: ({ firstSuccess }) => firstSuccess },
  cut: { max: 3_000, read: ({ firstSuccess }) => firstSuccess },
};

/** Quantiles by nearest rank; all zero of nothing. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (quantile: number): number =>
    sorted[Math.max(1, Math.ceil(quantile * sorted.length)) - 1] ?? 0;
  return { p50: at(0.5), p90: at(0.9), max: at(1), count: sorted.length };
}

/** Adds up the trials of a fault. */
export function summarize(
  of: { readonly target: Target; readonly fault: FaultName; readonly title: string },
  trials: readonly TrialResult[],
): FaultSummary {
  const affected = trials.flatMap((trial) => trial.affected);
  const unaffected = trials.flatMap((trial) => trial.unaffected);
  const first = (results: readonly ProberResult[]): Spread =>
    spreadOf(results.map(({ firstSuccessMs }) => firstSuccessMs ?? Number.POSITIVE_INFINITY));
  const by = (patience: string) => affected.filter((result) => result.patience === patience);
  const sum = (read: (trial: TrialResult) => number): number =>
    trials.reduce((total, trial) => total + read(trial), 0);
  return {
    ...of,
    trials,
    firstSuccess: first(affected),
    firstSuccessPatient: first(by("patient")),
    firstSuccessImpatient: first(by("impatient")),
    inFlight: spreadOf(
      by("patient").flatMap(({ inFlightMs }) => (inFlightMs === undefined ? [] : [inFlightMs])),
    ),
    affectedGap: spreadOf(affected.map(({ gapMs }) => gapMs)),
    unaffectedGapBefore: spreadOf(unaffected.map(({ gapBeforeMs }) => gapBeforeMs)),
    unaffectedGap: spreadOf(unaffected.map(({ gapMs }) => gapMs)),
    unaffectedGapAfterReturn: spreadOf(unaffected.map(({ gapAfterReturnMs }) => gapAfterReturnMs)),
    affectedGapAfterReturn: spreadOf(affected.map(({ gapAfterReturnMs }) => gapAfterReturnMs)),
    noise: spreadOf(trials.map(({ noiseMs }) => noiseMs)),
    additions: sum(({ additions }) => additions),
    errors: sum(({ errors }) => errors),
    violations: sum(({ violations }) => violations),
  };
}

/** What is wrong with Stet, in sentences: answers first, then times. */
export function findProblems(summary: FaultSummary): {
  readonly wrong: readonly string[];
  readonly slow: readonly string[];
} {
  if (summary.target !== "stet") return { wrong: [], slow: [] };
  const { title, errors, violations, fault, trials } = summary;
  const wrong: string[] = [];
  if (errors > 0) wrong.push(`${title}: ${errors} client errors`);
  if (violations > 0) wrong.push(`${title}: ${violations} effects lost or doubled`);
  const unclean = trials.filter(({ exitCode }) => fault === "stop" && exitCode !== 0).length;
  if (unclean > 0) wrong.push(`${title}: ${unclean} nodes did not stop cleanly`);
  const { p50, max, read } = GOALS[fault];
  const spread = read(summary);
  const slow: string[] = [];
  if (p50 !== undefined && spread.p50 >= p50) {
    slow.push(`${title}: p50 is ${seconds(spread.p50)}, and not under ${seconds(p50)}`);
  }
  if (spread.max >= max) {
    slow.push(`${title}: max is ${seconds(spread.max)}, and not under ${seconds(max)}`);
  }
  return { wrong, slow };
}

const COLUMNS: readonly {
  readonly title: string;
  readonly read: (summary: FaultSummary) => string;
}[] = [
  { title: "server", read: ({ target }) => target },
  { title: "fault", read: ({ title }) => title },
  { title: "trials", read: ({ trials }) => String(trials.length) },
  { title: "first success", read: ({ firstSuccess }) => triple(firstSuccess) },
  { title: "impatient", read: ({ firstSuccessImpatient }) => triple(firstSuccessImpatient) },
  { title: "in flight", read: ({ inFlight }) => triple(inFlight) },
  { title: "longest gap", read: ({ affectedGap }) => triple(affectedGap) },
  { title: "unaffected", read: ({ unaffectedGap }) => triple(unaffectedGap) },
  { title: "(before)", read: ({ unaffectedGapBefore }) => triple(unaffectedGapBefore) },
  { title: "at return", read: ({ unaffectedGapAfterReturn }) => triple(unaffectedGapAfterReturn) },
  { title: "noise", read: ({ noise }) => triple(noise) },
  { title: "additions", read: ({ additions }) => String(additions) },
  { title: "errors", read: ({ errors }) => String(errors) },
  { title: "lost/twice", read: ({ violations }) => String(violations) },
];

/** A table; times are p50 / p90 / max in seconds. */
export function formatTable(summaries: readonly FaultSummary[]): string {
  const rows = [
    COLUMNS.map(({ title }) => title),
    ...summaries.map((summary) => COLUMNS.map(({ read }) => read(summary))),
  ];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .join("\n");
}

function triple({ p50, p90, max, count }: Spread): string {
  if (count === 0) return "-";
  return [p50, p90, max].map((value) => (value / 1_000).toFixed(2)).join(" / ");
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(2)} s`;
}
