// What the files of deploy/ and the README tell people to type exists: variables, keys, commands.
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import type { ProgramOptions } from "../../../src/cli/program.ts";
import { createProgram } from "../../../src/cli/program.ts";
import { KNOWN_KEYS } from "../../../src/config/schema.ts";
import { renderChart } from "../../fixtures/deploy/chart.ts";
import { deployFiles, readDeployFile } from "../../fixtures/deploy/files.ts";

const texts = new Map([
  ...deployFiles()
    .filter((path) => !path.includes("/templates/"))
    .map((path) => [`deploy/${path}`, readDeployFile(path)] as const),
  ...renderChart({ replicaCount: 3, config: "# none\n" }).files,
  ["README.md", readDeployFile("../README.md")],
]);

/** Variables that are no keys of the configuration: the file of it, the image, who the CLI asks. */
const OTHER_VARIABLES = new Set(["STET_CONFIG", "STET_IMAGE", "STET_ADDRESS"]);

const variables = new Set(
  [...KNOWN_KEYS.keys()].map(
    (key) => `STET_${key.replaceAll("-", "_").replaceAll(".", "__").toUpperCase()}`,
  ),
);

function matches(pattern: RegExp): { readonly path: string; readonly match: RegExpExecArray }[] {
  return [...texts].flatMap(([path, text]) =>
    [...text.matchAll(pattern)].map((match) => ({ path, match })),
  );
}

const program = createProgram({
  version: "1",
  runServer: async () => undefined,
  // Commands are looked at and not run.
  operators: {} as ProgramOptions["operators"],
});

/** What is wrong with the words after `stet`; `undefined` if they can be typed. */
function problemOf(words: readonly string[]): string | undefined {
  let command: Command = program;
  for (const word of words) {
    if (word.startsWith("-")) {
      const flag = word.split("=")[0] ?? "";
      const isKnown = ["--help", "--version"].includes(flag) || hasOption(command, flag);
      if (!isKnown) return `${command.name()} has no ${flag}`;
      continue;
    }
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next !== undefined) command = next;
    else if (command.commands.length > 0) return `${command.name()} has no ${word}`;
  }
  return undefined;
}

function hasOption(command: Command, flag: string): boolean {
  return command.options.some(({ long, short }) => flag === long || flag === short);
}

describe("what people are told to type", () => {
  test("are variables that stand for keys of the configuration", () => {
    const unknown = matches(/\bSTET_[A-Z][A-Z0-9_]*[A-Z0-9]\b/g)
      .filter(({ match: [name] }) => !variables.has(name) && !OTHER_VARIABLES.has(name))
      .map(({ path, match: [name] }) => `${path}: ${name}`);

    expect(unknown).toEqual([]);
  });

  test("are commands and flags that exist", () => {
    const found = matches(
      /(?:^|[\s"'`(/])stet ((?:server|cluster|nodes|partitions|logs|metadata|snapshots|config)\b[^`"'#\n)]*)/g,
    );
    const problems = found.map(({ path, match }) => {
      const words = (match[1] ?? "").trim().split(/\s+/);
      return [path, problemOf(words)];
    });

    expect(found.length).toBeGreaterThan(5);
    expect(problems.filter(([, problem]) => problem !== undefined)).toEqual([]);
  });

  test("a command or flag that does not exist is noticed", () => {
    expect(problemOf(["cluster", "destroy"])).toBe("cluster has no destroy");
    expect(problemOf(["cluster", "provision", "--copies", "2"])).toBe("provision has no --copies");
  });

  test("are targets of make that exist", () => {
    const makefile = readDeployFile("../Makefile");
    const unknown = matches(/`?\bmake ([a-z][a-z-]*)\b/g)
      .filter(({ path }) => path.endsWith(".md"))
      .filter(({ match }) => !new RegExp(`^${match[1]}:`, "m").test(makefile))
      .map(({ path, match: [text] }) => `${path}: ${text}`);

    expect(unknown).toEqual([]);
  });
});
