// `make bench`: see --help.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { compare } from "./compare.ts";
import type { Options } from "./options.ts";
import { HELP, parseOptions, UsageError } from "./options.ts";
import { formatTable, writeResults } from "./report.ts";
import { findMissing } from "./servers.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

async function runComparison(options: Options, directory: string): Promise<readonly string[]> {
  const results = await compare(options, directory);
  console.log(formatTable(results));
  console.log(`\nWritten to ${writeResults("results", results)}`);
  return results.errors;
}

function readOptions(): Options {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\nSee --help.`);
    process.exit(EXIT_USAGE);
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options.mode === "help") {
    console.log(HELP);
    return 0;
  }
  const missing = options.targets.map(findMissing).filter((text) => text !== undefined);
  if (missing.length > 0) {
    console.error(missing.join("\n"));
    return EXIT_USAGE;
  }
  const directory = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const errors = await runComparison(options, directory);
    for (const error of errors) console.error(`ERROR ${error}`);
    return errors.length === 0 ? 0 : EXIT_FAILED;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

process.exit(await main());
