/** Runs Stet under the CPU profiler and says where the time went. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { compare } from "./compare.ts";
import type { DeploymentKind } from "./helpers.ts";
import type { Options } from "./options.ts";
import { formatSummary, readProfiles, summarize } from "./profile-summary.ts";
import { formatTable } from "./report.ts";

const REPOSITORY = join(import.meta.dirname, "..", "..");
const INTERVAL_US = 500;

/** One profile per deployment and workload, each of a server of its own; returns what failed. */
export async function runProfiles(options: Options, directory: string): Promise<string[]> {
  const errors: string[] = [];
  for (const kind of options.deployments) {
    for (const workload of options.workloads) {
      errors.push(...(await profileOne({ options, kind, workload }, directory)));
    }
  }
  return errors;
}

interface One {
  readonly options: Options;
  readonly kind: DeploymentKind;
  readonly workload: string;
}

async function profileOne(
  { options, kind, workload }: One,
  directory: string,
): Promise<readonly string[]> {
  const time = new Date().toISOString().replaceAll(":", "-").slice(0, 19);
  const folder = join(".bench", `profile-${kind}-${workload}-${time}`);
  mkdirSync(join(REPOSITORY, folder), { recursive: true });
  const flags = ["--cpu-prof", `--cpu-prof-interval=${INTERVAL_US}`];
  const environment = {
    NODE_OPTIONS: [...flags, `--cpu-prof-dir=${join(REPOSITORY, folder)}`].join(" "),
  };
  const only: Options = { ...options, deployments: [kind], workloads: [workload] };
  const results = await compare(only, directory, environment);
  const files = readdirSync(join(REPOSITORY, folder))
    .filter((name) => name.endsWith(".cpuprofile"))
    .map((name) => join(folder, name));
  console.log(`\n=== ${kind} ${workload}\n${formatTable(results)}\n`);
  if (files.length === 0) return [...results.errors, `${workload}: the server wrote no profile`];
  const paths = files.map((file) => join(REPOSITORY, file));
  console.log(formatSummary(summarize(readProfiles(paths))));
  console.log(`\nFor a viewer: ${files.join(" ")}`);
  return results.errors;
}
