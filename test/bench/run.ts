// `make bench`: see --help.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { EXIT_USAGE, explainUsage } from "../fixtures/usage-error.ts";
import { compare } from "./compare.ts";
import type { Options } from "./options.ts";
import { HELP, parseOptions } from "./options.ts";
import { runProfiles } from "./profile.ts";
import { formatGoals, formatTable, writeResults } from "./report.ts";
import { runScale } from "./scale.ts";
import { findMissing } from "./servers.ts";

const EXIT_FAILED = 1;

async function runComparison(options: Options, directory: string): Promise<readonly string[]> {
  const results = await compare(options, directory);
  if (results.rows.length > 0) {
    console.log(`${formatTable(results)}\n\n${formatGoals(results)}`);
    console.log(`Written to ${writeResults("results", results)}`);
  }
  return results.errors;
}

/** Each returns what failed. */
const RUNS = { compare: runComparison, profile: runProfiles, scale: runScale };

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    console.log(HELP);
    return 0;
  }
  const missing = options.targets.map(findMissing).filter((text) => text !== undefined);
  if (missing.length > 0) {
    console.error(missing.join("\n"));
    return EXIT_USAGE;
  }
  const directory = mkdtempSync(join(tmpdir(), "bench-"));
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  const errors = await RUNS[options.mode](options, directory);
  for (const error of errors) console.error(`ERROR ${error}`);
  return errors.length === 0 ? 0 : EXIT_FAILED;
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(EXIT_FAILED));
process.exit(await explainUsage(main));
