// Plants known defects one by one into a copy of the sources, and runs the checks against it:
//   node test/simulation/planted-bugs.ts [--only text] [--all]
// Prints which check finds each, and ends with status 1 if one survives. With --all every check
// runs for every defect; without, the first that finds it is enough.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { PLANTED_DEFECTS, type PlantedDefect } from "./planted-defects.ts";

/** Something that fails when it finds a defect. */
interface Check {
  readonly name: string;
  readonly command: readonly string[];
}

const ROOT = resolve(import.meta.dirname, "../..");
const COPY = join(ROOT, ".build/planted");
const COPIED = ["cluster", "src", "proto", "test", "package.json", "tsconfig.json"];
/** Node modules of tests and results of builds stay where they are. */
const LEFT_OUT = /(^|\/)(node_modules|\.stet)(\/|$)/;
/** Longer than any check takes: a defect that hangs is found too. */
const CHECK_MS_MAX = 240_000;
const NODE = process.execPath;
const SIMULATION = "test/simulation/nodes/run.ts";
const VITEST = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/vitest.config.ts"];

const CHECKS: readonly Check[] = [
  {
    name: "simulated nodes",
    command: [SIMULATION, "--kind", "nodes", "--seeds", "40", "--seconds", "45", "--once"],
  },
  {
    name: "simulated groups",
    command: [SIMULATION, "--kind", "raft", "--seeds", "60", "--seconds", "45", "--once"],
  },
  {
    name: "scenarios",
    command: [
      ...VITEST,
      "--project",
      "unit",
      "test/simulation/raft-scenarios.test.ts",
      "test/simulation/log-store.test.ts",
      "test/scenario",
    ],
  },
  {
    name: "unit tests",
    command: [...VITEST, "--project", "unit", "test/unit/cluster", "test/unit/partition"],
  },
];

const { values } = parseArgs({
  options: { only: { type: "string" }, all: { type: "boolean", default: false } },
});

copySources();
const asked = PLANTED_DEFECTS.filter(({ name }) => name.includes(values.only ?? ""));
let survived = 0;
for (const defect of asked) {
  const finders = plant(defect);
  if (finders.length === 0) survived++;
  process.stdout.write(`${finders.length === 0 ? "SURVIVED" : "found"}  ${defect.name}\n`);
  for (const finder of finders) process.stdout.write(`          by ${finder}\n`);
}
rmSync(COPY, { recursive: true, force: true });
process.stdout.write(`${asked.length - survived} passed, ${survived} failed\n`);
process.exitCode = survived === 0 ? 0 : 1;

function copySources(): void {
  rmSync(COPY, { recursive: true, force: true });
  mkdirSync(COPY, { recursive: true });
  const filter = (path: string): boolean => !LEFT_OUT.test(path.slice(ROOT.length));
  for (const name of COPIED) {
    cpSync(join(ROOT, name), join(COPY, name), { recursive: true, filter });
  }
  symlinkSync(join(ROOT, "node_modules"), join(COPY, "node_modules"));
}

/** Names of the checks that find a defect, each with what it said. */
function plant({ name, file, from, to }: PlantedDefect): readonly string[] {
  const path = join(COPY, file);
  const source = readFileSync(path, "utf8");
  if (source.split(from).length !== 2) {
    throw new Error(`"${name}" has no place any more: ${file} has not once "${from}"`);
  }
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  const finders: string[] = [];
  try {
    for (const check of CHECKS) {
      const reason = run(check);
      if (reason === undefined) continue;
      finders.push(`${check.name}: ${reason}`);
      if (!values.all) break;
    }
  } finally {
    writeFileSync(path, source);
  }
  return finders;
}

/** What a check has found; undefined if nothing. */
function run({ command }: Check): string | undefined {
  const result = spawnSync(NODE, command, {
    cwd: COPY,
    encoding: "utf8",
    timeout: CHECK_MS_MAX,
    killSignal: "SIGKILL",
  });
  if (result.status === 0) return undefined;
  if (result.status === null) return "it does not end";
  const lines = `${result.stdout}\n${result.stderr}`.split("\n");
  const telling = lines.find((line) => /^seed \d|FAIL |Error: /.test(line));
  return (telling ?? `status ${result.status}`).trim().slice(0, 160);
}
