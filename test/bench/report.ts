/** Results: what is collected, what is printed, what is written. */
import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { DeploymentKind } from "./helpers.ts";
import type { Options } from "./options.ts";
import type { Target } from "./servers.ts";

/** One measurement of one server. */
export interface Sample {
  readonly target: Target;
  readonly round: number;
  /** Calls answered per second; for timers, invocations begun per second since they were due. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server per call. */
  readonly cpuUs: number;
  readonly residentMb: number;
  /** How busy processes that are none of ours kept the processors, in percent of all of them. */
  readonly othersPercent: number;
}

/** All measurements that compare with each other. */
export interface Row {
  readonly deployment: DeploymentKind;
  readonly workload: string;
  readonly clients: number;
  readonly samples: Sample[];
}

/** What a server costs before anybody calls it. */
export interface Idle {
  readonly target: Target;
  readonly startMs: number;
  readonly cpuPercent: number;
  readonly residentMb: number;
}

/** A whole run. */
export interface Results {
  readonly options: Options;
  readonly idle: Idle[];
  readonly rows: Row[];
  readonly errors: string[];
}

type Measure = "perSecond" | "p50Ms" | "p99Ms" | "cpuUs" | "residentMb";

const REPOSITORY = join(import.meta.dirname, "..", "..");
const MEASURES: readonly { readonly name: Measure; readonly title: string }[] = [
  { name: "perSecond", title: "calls/s" },
  { name: "p50Ms", title: "p50 ms" },
  { name: "p99Ms", title: "p99 ms" },
  { name: "cpuUs", title: "CPU µs/call" },
  { name: "residentMb", title: "RSS MB" },
];

/** The middle value; the mean of both for an even count; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function medianOf(row: Row, target: Target, measure: Measure): number {
  return median(row.samples.filter((s) => s.target === target).map((s) => s[measure]));
}

/** Median over rounds of Stet divided by oracle in the same round. */
export function ratioOf(row: Row, measure: Measure): number {
  const ratios = row.samples
    .filter(({ target }) => target === "stet")
    .flatMap((stet) => {
      const oracle = row.samples.find((s) => s.target === "oracle" && s.round === stet.round);
      return oracle === undefined ? [] : [stet[measure] / oracle[measure]];
    });
  return median(ratios);
}

/** The table of a run. */
export function formatTable({ options, idle, rows }: Results): string {
  const isComparison = options.targets.length > 1;
  const head = ["deployment", "workload", "clients"];
  for (const { title } of MEASURES) {
    head.push(...options.targets.map((target) => `${title} ${target}`));
    if (isComparison) head.push("ratio");
  }
  const body = rows.map((row) => [
    row.deployment,
    row.workload,
    row.workload === "timers" ? "-" : String(row.clients),
    ...MEASURES.flatMap(({ name }) => {
      const cells = options.targets.map((target) => format(medianOf(row, target, name)));
      return isComparison ? [...cells, `${ratioOf(row, name).toFixed(2)}x`] : cells;
    }),
  ]);
  const idleLines = idle.map(
    ({ target, startMs, cpuPercent, residentMb }) =>
      `${target}: healthy ${startMs} ms after its start; idle ${cpuPercent.toFixed(1)}% CPU, ` +
      `${residentMb.toFixed(0)} MB resident`,
  );
  const notes = rows.some(({ workload }) => workload === "timers") ? [TIMERS_NOTE] : [];
  if (isComparison) notes.push(RATIO_NOTE);
  const others = median(rows.flatMap(({ samples }) => samples.map((s) => s.othersPercent)));
  notes.push(`Other processes took ${others.toFixed(0)}% of all processors (median).`);
  return [...idleLines, "", align([head, ...body]), "", ...notes].join("\n");
}

const RATIO_NOTE =
  "Ratios are Stet divided by oracle: the median over rounds of both in one round.";
const TIMERS_NOTE =
  "timers: calls/s since they were due; p50 and p99 stand for how late the first and the last began.";

/** A bound on the ratio of a measure in some rows. */
interface Goal {
  readonly measure: Measure;
  readonly clients: readonly number[];
  readonly workloads: readonly string[];
  /** At least, above one; at most, below one. */
  readonly ratio: number;
}

const CLOSED_LOOPS = ["plain", "counter", "steps", "calls"];
/** What the design promises first, beside the original with the light deployment. */
const GOALS: readonly Goal[] = [
  { measure: "perSecond", clients: [32, 128], workloads: CLOSED_LOOPS, ratio: 3 },
  { measure: "cpuUs", clients: [32, 128], workloads: CLOSED_LOOPS, ratio: 1 / 5 },
  { measure: "p50Ms", clients: [1], workloads: ["plain"], ratio: 1 / 3 },
  { measure: "p99Ms", clients: [32, 128], workloads: ["plain"], ratio: 1 / 3 },
];

/** Which goals are reached and which are not, one line each; nothing without a comparison. */
export function formatGoals({ options, rows }: Results): string {
  if (options.targets.length < 2) return "";
  const lines = rows
    .filter(({ deployment }) => deployment === "light")
    .flatMap((row) =>
      GOALS.filter(
        ({ clients, workloads }) =>
          clients.includes(row.clients) && workloads.includes(row.workload),
      ).map((goal) => formatGoal(row, goal)),
    );
  return lines.length === 0 ? "" : align([["Goal", "row", "measure", "wanted", "is"], ...lines]);
}

function formatGoal(row: Row, { measure, ratio: wanted }: Goal): readonly string[] {
  const ratio = ratioOf(row, measure);
  const isReached = wanted > 1 ? ratio >= wanted : ratio <= wanted;
  return [
    isReached ? "reached" : "MISSED",
    `${row.workload}, ${row.clients} clients`,
    MEASURES.find(({ name }) => name === measure)?.title ?? measure,
    `${wanted > 1 ? ">=" : "<="} ${wanted.toFixed(2)}x`,
    `${ratio.toFixed(2)}x`,
  ];
}

/** Three significant digits and no more. */
function format(value: number): string {
  if (Number.isNaN(value)) return "-";
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** Aligns columns: the first two to the left, the others to the right. */
export function align(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((cells) => (cells[column] ?? "").length)),
  );
  return table
    .map((cells) =>
      cells
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column < 2 ? cell.padEnd(width) : cell.padStart(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Writes a result as JSON; returns the path, relative to the repository. */
export function writeResults(prefix: string, results: object): string {
  const time = new Date().toISOString().replaceAll(":", "-").slice(0, 19);
  const path = join(".bench", `${prefix}-${time}.json`);
  mkdirSync(join(REPOSITORY, ".bench"), { recursive: true });
  const machine = {
    processors: os.cpus().map(({ model }) => model),
    memoryMb: Math.round(os.totalmem() / 2 ** 20),
    loadAverage: os.loadavg(),
    kernel: os.release(),
    node: process.version,
  };
  writeFileSync(
    join(REPOSITORY, path),
    `${JSON.stringify({ machine, ...results }, undefined, 2)}\n`,
  );
  return path;
}
