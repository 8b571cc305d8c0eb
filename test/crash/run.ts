// `make crash`: kills the server again and again under a mixed load, then compares what is left
// with a ledger that the server never saw.
import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { explainUsage, readFlags, wholeNumber } from "../fixtures/usage-error.ts";
import type { CampaignOptions, CampaignReport } from "./campaign.ts";
import { runCampaign } from "./campaign.ts";

const HELP = `Usage: node test/crash/run.ts [options]

Kills the built server with SIGKILL at random moments under a mixed load of counters, sends, delayed
sends, sleeps, workflows, awakeables and calls between services, and checks that every acknowledged
effect is there exactly once, every timer fires and not early, and every invocation ends.

Options:
  --kills N        crashes of the server (default: 50)
  --clients N      clients at once (default: 24)
  --seed N         seed of all choices (default: drawn, and printed)
  --port-base N    first of four ports (default: whatever is free)
  --json FILE      also write the report to FILE
  --help           print this text

Exit code: 0 when every check holds, 1 otherwise, 2 on wrong usage.
`;

const SEED_MAX = 0xffff_ffff;

async function main(): Promise<number> {
  const { options, jsonFile } = readOptions();
  const { seed, kills, clients } = options;
  print(`crash: ${kills} crashes under ${clients} clients; again with --seed ${seed}`);
  const report = await runCampaign(options);
  printReport(report);
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  return report.checks.some((check) => check.violations.length > 0) ? 1 : 0;
}

function readOptions(): { options: CampaignOptions; jsonFile: string | undefined } {
  const { values } = readFlags(() =>
    parseArgs({
      options: {
        kills: { type: "string", default: "50" },
        clients: { type: "string", default: "24" },
        seed: { type: "string", default: String(Math.floor(Math.random() * SEED_MAX)) },
        "port-base": { type: "string" },
        json: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }),
  );
  if (values.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  const portBase = values["port-base"];
  return {
    options: {
      seed: wholeNumber("--seed", values.seed),
      kills: wholeNumber("--kills", values.kills),
      clients: wholeNumber("--clients", values.clients, 1),
      portBase: portBase === undefined ? undefined : wholeNumber("--port-base", portBase, 1),
      onProgress: (line) => print(`  ${line}`),
    },
    jsonFile: values.json,
  };
}

function printReport(report: CampaignReport): void {
  print("");
  for (const { name, checked, violations } of report.checks) {
    print(`${violations.length === 0 ? "ok  " : "FAIL"} ${name} (${checked})`);
    for (const violation of violations) print(`       ${violation}`);
  }
  const operations = Object.entries(report.operations).map(([kind, count]) => `${count} ${kind}`);
  print(`\noperations: ${operations.join(", ")}`);
  const { serverKills, deploymentKills, durationMs, seed, folder } = report;
  const seconds = Math.round(durationMs / 1_000);
  print(`${serverKills} crashes of the server, ${deploymentKills} of the services, ${seconds} s`);
  if (folder !== undefined) print(`data and log of the server: ${folder}; seed ${seed}`);
  const failed = report.checks.filter((check) => check.violations.length > 0).length;
  print(`${report.checks.length - failed} passed, ${failed} failed`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  process.exitCode = await explainUsage(main);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  print("0 passed, 1 failed");
  process.exitCode = 1;
}
