// Executes data-driven scripts of etcd's Raft library and compares the whole trace of each file,
// byte for byte. `RAFT_TESTDATA_DIR` names another folder than the shared one. Scripts of our own,
// in `scripts/`, pin what the public ones leave open; `UPDATE=1` records their traces anew, and the
// difference is to be reviewed.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createConfigurationRun } from "./configuration-script.ts";
import { type Directive, normalizeOutput, parseScript, replaceExpected } from "./data-driven.ts";
import { createInteractionRun } from "./interaction-directives.ts";
import { runQuorumDirective } from "./quorum-script.ts";

const OWN_FOLDER = fileURLToPath(new URL("./scripts", import.meta.url));
const SHARED_FOLDER = fileURLToPath(
  new URL("../../../../shared/testdata/etcd-raft", import.meta.url),
);
const givenFolder = process.env["RAFT_TESTDATA_DIR"];
const publicFolder = givenFolder ?? SHARED_FOLDER;
const isPublicFolderMissing = givenFolder === undefined && !existsSync(SHARED_FOLDER);

describe("own scripts", () => {
  declareScripts(OWN_FOLDER);
});

describe.skipIf(isPublicFolderMissing)("public scripts", () => {
  if (!isPublicFolderMissing) declareScripts(publicFolder);
});

function declareScripts(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".txt"))
    .sort();
  test(`${relative(process.cwd(), folder)} holds scripts`, () => {
    expect(files.length).toBeGreaterThan(0);
  });
  for (const file of files) {
    test(`${file} leaves its recorded trace`, () => {
      checkScript(join(folder, file));
    });
  }
}

function checkScript(path: string): void {
  const source = readFileSync(path, "utf8");
  const directives = parseScript(source);
  expect(directives.length).toBeGreaterThan(0);
  const run = createRun(directives);
  const outputs = directives.map((directive) => normalizeOutput(run(directive)));
  if (process.env["UPDATE"] === "1" && path.startsWith(OWN_FOLDER)) {
    writeFileSync(path, replaceExpected(source, directives, outputs));
    return;
  }
  const trace = (texts: readonly string[]) =>
    directives.map(({ line, text }, at) => `${line}: ${text}\n${texts[at]}`).join("");
  expect(trace(outputs)).toBe(trace(directives.map(({ expected }) => expected)));
}

/** The kind of a script shows in its commands. */
function createRun(directives: readonly Directive[]): (directive: Directive) => string {
  const commands = new Set(directives.map(({ command }) => command));
  if (commands.has("committed") || commands.has("vote")) return runQuorumDirective;
  const changes = ["simple", "enter-joint", "leave-joint"];
  if (changes.some((command) => commands.has(command))) return createConfigurationRun();
  return createInteractionRun();
}
