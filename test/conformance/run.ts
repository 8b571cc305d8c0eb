/**
 * Runs the conformance suite and prints one line per check.
 *
 * The same checks run against the original server (`oracle`) and against Stet; where the two
 * differ on purpose the check knows each one's answer. See README.md for usage.
 */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { explainUsage, readFlags, UsageError, wholeNumber } from "../fixtures/usage-error.ts";
import { allChecks } from "./checks/index.ts";
import type { Check } from "./support/check.ts";
import { CheckContext, Fixture } from "./support/context.ts";
import { Server } from "./support/server.ts";
import type { TargetKind } from "./support/target.ts";
import { within } from "./support/wait.ts";

const HELP = `Usage: node test/conformance/run.ts [options]

Runs every check against the oracle, then against Stet, and prints a table.

Options:
  --target NAME       oracle, stet or both (default: both)
  --filter TEXT       only checks whose id, reference or name contains TEXT (repeatable)
  --list              print the checks and stop
  --concurrency N     checks in flight at once (default: 12)
  --running URLS      use a running server: "<ingress URL>,<admin URL>" (one target only)
  --json FILE         also write the results to FILE
  --verbose           print each check as it ends
  --help              print this text

Environment:
  STET_COMMAND                how to start Stet (default: node_modules/.bin/stet server)
  CONFORMANCE_ORACLE_COMMAND  how to start the oracle
  CONFORMANCE_MODULES         node_modules folder with the oracle's binaries
  CONFORMANCE_PORT_BASE       first port to use (default: whatever is free)
  CONFORMANCE_KEEP            keep the base directories and logs of the servers

Exit code: 0 when every check holds on every target, 1 otherwise, 2 on wrong usage.
`;

const CHECK_DEADLINE_MS = 100_000;

interface Outcome {
  readonly ok: boolean;
  readonly durationMs: number;
  readonly error?: string;
}

type Outcomes = Map<string, Outcome>;

interface Options {
  readonly targets: TargetKind[];
  readonly checks: Check[];
  readonly concurrency: number;
  readonly running: string | undefined;
  readonly jsonFile: string | undefined;
  readonly verbose: boolean;
}

const open: { fixture?: Fixture; server?: Server } = {};

async function main(): Promise<number> {
  const options = readOptions();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      const closing = open.fixture?.close() ?? open.server?.stop() ?? Promise.resolve();
      void closing.finally(() => process.exit(130));
    });
  }
  // Handlers of abandoned attempts may reject after their check is over.
  process.on("unhandledRejection", () => {});
  const results = new Map<TargetKind, Outcomes>();
  for (const target of options.targets) results.set(target, await runTarget(target, options));
  printTable(options.checks, results);
  if (options.jsonFile !== undefined) writeJson(options.jsonFile, options.checks, results);
  const failed = [...results.values()].some((outcomes) =>
    [...outcomes.values()].some((outcome) => !outcome.ok),
  );
  return failed ? 1 : 0;
}

function readOptions(): Options {
  const { values } = readFlags(() =>
    parseArgs({
      options: {
        target: { type: "string", default: "both" },
        filter: { type: "string", multiple: true },
        list: { type: "boolean", default: false },
        concurrency: { type: "string", default: "12" },
        running: { type: "string" },
        json: { type: "string" },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }),
  );
  if (values.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  const targets = { oracle: ["oracle"], stet: ["stet"], both: ["oracle", "stet"] }[values.target] as
    | TargetKind[]
    | undefined;
  const checks = allChecks.filter((check) => matches(check, values.filter));
  assertUnique(allChecks);
  if (values.list) {
    for (const check of checks) {
      const mark = check.differs === undefined ? "" : `  [differs: ${check.differs}]`;
      process.stdout.write(`${check.id.padEnd(9)} ${check.reference}: ${check.name}${mark}\n`);
    }
    process.stdout.write(`${checks.length} checks\n`);
    process.exit(0);
  }
  if (targets === undefined) {
    throw new UsageError(`--target knows oracle, stet, both, and not "${values.target}"`);
  }
  if (checks.length === 0) throw new UsageError("No check matches --filter");
  return {
    targets,
    checks,
    concurrency: wholeNumber("--concurrency", values.concurrency, 1),
    running: values.running,
    jsonFile: values.json,
    verbose: values.verbose,
  };
}

function matches(check: Check, filters: readonly string[] | undefined): boolean {
  if (filters === undefined) return true;
  return filters.some((filter) =>
    [check.id, check.reference, check.name].some((text) => text.includes(filter)),
  );
}

function assertUnique(checks: readonly Check[]): void {
  const seen = new Set<string>();
  for (const { id } of checks) {
    if (seen.has(id)) throw new Error(`Two checks are called ${id}`);
    seen.add(id);
  }
}

async function runTarget(target: TargetKind, options: Options): Promise<Outcomes> {
  const startedAt = Date.now();
  const note = (text: string) => process.stderr.write(`[${target}] ${text}\n`);
  const outcomes: Outcomes = new Map();
  try {
    open.server = await openServer(target, options.running);
    open.fixture = await Fixture.open(open.server);
  } catch (error) {
    note(`cannot start: ${String(error)}`);
    await open.server?.stop();
    delete open.server;
    for (const { id } of options.checks) {
      outcomes.set(id, { ok: false, durationMs: 0, error: "the server did not start" });
    }
    return outcomes;
  }
  note(`ready after ${Date.now() - startedAt} ms, running ${options.checks.length} checks`);
  await runChecks(open.fixture, options, outcomes, note);
  await open.fixture.close();
  delete open.fixture;
  delete open.server;
  note(`finished after ${Math.round((Date.now() - startedAt) / 1000)} s`);
  return outcomes;
}

function openServer(target: TargetKind, running: string | undefined): Promise<Server> {
  if (running === undefined) return Server.start({ kind: target });
  const [ingress = "", admin = ""] = running.split(",");
  return Promise.resolve(new Server(target, { ingress, admin }));
}

async function runChecks(
  fixture: Fixture,
  options: Options,
  outcomes: Outcomes,
  note: (text: string) => void,
): Promise<void> {
  const slow = options.checks.filter((check) => check.slow === true);
  const queue = [...slow, ...options.checks.filter((check) => check.slow !== true)];
  const worker = async () => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      const outcome = await runCheck(fixture, check);
      outcomes.set(check.id, outcome);
      if (!outcome.ok) note(`FAIL ${check.id} ${check.name}\n    ${outcome.error ?? ""}`);
      else if (options.verbose) note(`ok   ${check.id} (${outcome.durationMs} ms)`);
      if (outcomes.size % 50 === 0) note(`${outcomes.size} of ${options.checks.length} done`);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
}

async function runCheck(fixture: Fixture, check: Check): Promise<Outcome> {
  const startedAt = Date.now();
  const errors = fixture.mock.scriptErrors.length;
  try {
    const running = check.run(new CheckContext(fixture));
    await within("the check to end", running, CHECK_DEADLINE_MS);
    return { ok: true, durationMs: Date.now() - startedAt };
  } catch (error) {
    const scripts = fixture.mock.scriptErrors.slice(errors, errors + 3);
    const text = error instanceof Error ? briefly(error) : String(error);
    const details = [text, ...scripts.map((line) => `mock: ${line}`)].join("\n    ");
    return { ok: false, durationMs: Date.now() - startedAt, error: details };
  }
}

/** Message of an error with the place in the checks it came from. */
function briefly(error: Error): string {
  const place = error.stack?.split("\n").find((line) => line.includes("/checks/"));
  return place === undefined ? error.message : `${error.message} (${place.trim()})`;
}

function printTable(checks: readonly Check[], results: Map<TargetKind, Outcomes>): void {
  const targets = [...results.keys()];
  const idWidth = Math.max(...checks.map((check) => check.id.length), 2);
  const nameWidth = Math.max(...checks.map((check) => check.name.length), 4);
  const line = (id: string, name: string, cells: string[]) =>
    process.stdout.write(
      `${id.padEnd(idWidth)}  ${name.padEnd(nameWidth)}  ${cells.join("  ")}`.trimEnd() + "\n",
    );
  line(
    "id",
    "name",
    targets.map((target) => target.padEnd(6)),
  );
  for (const check of checks) {
    const mark = check.differs === undefined ? "" : "*";
    const cells = targets.map((target) => {
      const outcome = results.get(target)?.get(check.id);
      return `${outcome?.ok === true ? "ok" : "FAIL"}${mark}`.padEnd(6);
    });
    line(check.id, check.name, cells);
  }
  const differing = checks.filter((check) => check.differs !== undefined).length;
  const sums = targets.map((target) => {
    const outcomes = [...(results.get(target)?.values() ?? [])];
    const good = outcomes.filter((outcome) => outcome.ok).length;
    return `${target} ${good} ok, ${outcomes.length - good} failed`;
  });
  process.stdout.write(
    `\nconformance: ${checks.length} checks; ${sums.join("; ")}; ` +
      `${differing} where Stet differs on purpose (*)\n`,
  );
  const all = [...results.values()].flatMap((outcomes) => [...outcomes.values()]);
  const passed = all.filter((outcome) => outcome.ok).length;
  process.stdout.write(`${passed} passed, ${all.length - passed} failed\n`);
}

function writeJson(
  file: string,
  checks: readonly Check[],
  results: Map<TargetKind, Outcomes>,
): void {
  const rows = checks.map((check) => ({
    id: check.id,
    reference: check.reference,
    name: check.name,
    ...(check.differs === undefined ? {} : { differs: check.differs }),
    results: Object.fromEntries(
      [...results].map(([target, outcomes]) => [target, outcomes.get(check.id)]),
    ),
  }));
  writeFileSync(file, `${JSON.stringify(rows, null, 2)}\n`);
}

process.exit(await explainUsage(main));
