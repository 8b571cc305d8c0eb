// Says where the time of a CPU profile went:
//
//   node test/bench/profile-summary.ts FILE.cpuprofile …
import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { align } from "./report.ts";

const REPOSITORY = join(import.meta.dirname, "..", "..");
const SELF_LINES = 45;
const TOTAL_LINES = 40;
const AREA_LINES = 30;
/** Folders this deep make one area. */
const AREA_DEPTH = 3;

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

/** The parts of a `.cpuprofile` that are read. */
export interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface Cost {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  selfUs: number;
  totalUs: number;
}

/** Time by function and by folder; idle time is left out. */
export interface Summary {
  readonly busyUs: number;
  readonly idleUs: number;
  readonly functions: readonly Readonly<Cost>[];
  /** Self time by folder, most expensive first. */
  readonly areas: readonly (readonly [area: string, selfUs: number])[];
}

/** Adds up one or more profiles. */
export function summarize(profiles: readonly Profile[]): Summary {
  const costs = new Map<string, Cost>();
  let busyUs = 0;
  let idleUs = 0;
  for (const profile of profiles) {
    const selfUs = new Map<number, number>();
    for (const [i, id] of profile.samples.entries()) {
      selfUs.set(id, (selfUs.get(id) ?? 0) + Math.max(profile.timeDeltas[i] ?? 0, 0));
    }
    const byId = new Map(profile.nodes.map((node) => [node.id, node]));
    const root = profile.nodes[0];
    if (root === undefined) continue;
    const idle = profile.nodes.find(({ callFrame }) => callFrame.functionName === "(idle)");
    const profileIdleUs = idle === undefined ? 0 : (selfUs.get(idle.id) ?? 0);
    if (idle !== undefined) selfUs.delete(idle.id);
    idleUs += profileIdleUs;
    busyUs += addTree(root, { byId, selfUs, costs });
  }
  const functions = [...costs.values()].filter(({ totalUs }) => totalUs > 0);
  return { busyUs, idleUs, functions, areas: areasOf(functions) };
}

interface Walk {
  readonly byId: ReadonlyMap<number, ProfileNode>;
  readonly selfUs: ReadonlyMap<number, number>;
  readonly costs: Map<string, Cost>;
}

/** Adds a call tree; returns its time. A function that calls itself counts once in its total. */
function addTree(root: ProfileNode, walk: Walk): number {
  const active = new Map<Cost, number>();
  const visit = (node: ProfileNode): number => {
    const cost = costOf(node.callFrame, walk.costs);
    const depth = active.get(cost) ?? 0;
    active.set(cost, depth + 1);
    const selfUs = walk.selfUs.get(node.id) ?? 0;
    let totalUs = selfUs;
    for (const id of node.children ?? []) {
      const child = walk.byId.get(id);
      if (child !== undefined) totalUs += visit(child);
    }
    cost.selfUs += selfUs;
    if (depth === 0) cost.totalUs += totalUs;
    active.set(cost, depth);
    return totalUs;
  };
  return visit(root);
}

function costOf(frame: CallFrame, costs: Map<string, Cost>): Cost {
  const key = `${frame.functionName} ${frame.url} ${frame.lineNumber} ${frame.columnNumber}`;
  let cost = costs.get(key);
  if (cost === undefined) {
    const place = originalPlace(frame);
    cost = { name: frame.functionName || "(anonymous)", ...place, selfUs: 0, totalUs: 0 };
    costs.set(key, cost);
  }
  return cost;
}

const sourceMaps = new Map<string, SourceMap | undefined>();

/** Where a function is in the sources, if the bundle's source map knows. */
function originalPlace(frame: CallFrame): { readonly file: string; readonly line: number } {
  const line = frame.lineNumber + 1;
  if (!frame.url.startsWith("file:")) return { file: frame.url, line };
  const path = fileURLToPath(frame.url);
  const map = sourceMapOf(path);
  const entry = map?.findEntry(frame.lineNumber, frame.columnNumber);
  if (entry === undefined || !("originalSource" in entry)) {
    return { file: relative(REPOSITORY, path), line };
  }
  // The bundle was moved after it was written: how deep its sources are is not to be trusted.
  const file = entry.originalSource.replace(/^(?:\.\.\/)+/, "");
  return { file, line: entry.originalLine + 1 };
}

function sourceMapOf(path: string): SourceMap | undefined {
  if (sourceMaps.has(path)) return sourceMaps.get(path);
  const mapPath = `${path}.map`;
  const map = existsSync(mapPath)
    ? new SourceMap(JSON.parse(readFileSync(mapPath, "utf8")))
    : undefined;
  sourceMaps.set(path, map);
  return map;
}

function areasOf(functions: readonly Readonly<Cost>[]): Summary["areas"] {
  const areas = new Map<string, number>();
  for (const { name, file, selfUs } of functions) {
    const area = areaOf(name, file);
    areas.set(area, (areas.get(area) ?? 0) + selfUs);
  }
  return [...areas].toSorted((a, b) => b[1] - a[1]);
}

function areaOf(name: string, file: string): string {
  if (file === "") return name.startsWith("(") ? name : "(native)";
  if (file.startsWith("node:")) return file;
  const folders = dirname(file).split("/");
  const start = folders.lastIndexOf("node_modules");
  const depth = start < 0 ? AREA_DEPTH : start + 2;
  return folders.slice(0, depth).join("/");
}

/** The summary as text. */
export function formatSummary(summary: Summary): string {
  const { busyUs, idleUs, functions, areas } = summary;
  const share = (us: number): string => `${((us / busyUs) * 100).toFixed(1)}%`;
  const table = (key: "selfUs" | "totalUs", lines: number): string =>
    align(
      functions
        .toSorted((a, b) => b[key] - a[key])
        .slice(0, lines)
        .map((cost) => [
          cost.name,
          cost.file === "" ? "" : `${cost.file}:${cost.line}`,
          share(cost.selfUs),
          share(cost.totalUs),
        ]),
    );
  const seconds = (us: number): string => (us / 1_000_000).toFixed(2);
  return [
    `Busy ${seconds(busyUs)} s, idle ${seconds(idleUs)} s. Shares are of the busy time.`,
    "\nBy folder (self)",
    align(areas.slice(0, AREA_LINES).map(([area, us]) => [area, "", share(us)])),
    "\nBy function: self, total",
    table("selfUs", SELF_LINES),
    "\nWith what they call: self, total",
    table("totalUs", TOTAL_LINES),
  ].join("\n");
}

/** Reads profiles from files. */
export function readProfiles(paths: readonly string[]): Profile[] {
  return paths.map((path) => JSON.parse(readFileSync(path, "utf8")) as Profile);
}

if (import.meta.main) {
  const paths = process.argv.slice(2);
  if (paths.length === 0) {
    console.error("Usage: node test/bench/profile-summary.ts FILE.cpuprofile …");
    process.exit(2);
  }
  console.log(formatSummary(summarize(readProfiles(paths))));
}
