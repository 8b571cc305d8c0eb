// What others rely on, as a committed list: exports of every boundary, operations of the admin API,
// routes of the ingress, flags, and codes of errors. A change shows up in review; `UPDATE=1 make
// check` writes the list anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { CLUSTER_ERROR_CODES } from "#base/cluster-error";
import { ERRORS } from "#errors";
import { ALL_ROUTES } from "../../src/admin/routes/all-routes.ts";
import type { OperatorEnvironment } from "../../src/cli/operator/operator-command.ts";
import { createOperatorCommands } from "../../src/cli/operator/operator-commands.ts";
import { SERVER_FLAGS } from "../../src/cli/server-flags.ts";
import { RESTATE_ROUTES } from "../../src/ingress/http/restate-routes.ts";
import { blankCommentsAndTexts, ROOT, readSources, type SourceFile } from "./source-files.ts";

const LIST = join(ROOT, "test/tidy/surface.txt");
const EXPORT_LIST = /export (type )?\{([^}]*)\} from/g;

const boundaries = readSources("cluster", "src").filter(({ path }) => path.endsWith("/index.ts"));

describe("the surface", () => {
  test("is what was reviewed", () => {
    const surface = printSurface();
    if (process.env["UPDATE"] === "1") writeFileSync(LIST, surface);

    expect(surface.split("\n")).toEqual(readFileSync(LIST, "utf8").split("\n"));
  });

  test.each(boundaries.map(({ path }) => path))("%s only names what it exports", (path) => {
    const { code } = boundaries.find((file) => file.path === path) as SourceFile;

    const rest = code.replaceAll(/export (type )?\{[^}]*\} from "\s*";/g, "").trim();

    expect(rest).toBe("");
  });

  test("an export list is read with its types, aside from comments", () => {
    const text = '/** export { a } from */\nexport { b, type C } from "./x.ts";';
    const file = { path: "cluster/x/index.ts", text, code: blankCommentsAndTexts(text) };

    expect(exportsOf(file)).toEqual(["b", "type C"]);
  });
});

function printSurface(): string {
  const sections = [
    ...boundaries.map((file) => section(file.path, exportsOf(file))),
    section(
      "admin API",
      ALL_ROUTES.map(({ method, path }) => `${method} ${path}`),
    ),
    section("ingress", ["/{service}/...", ...[...RESTATE_ROUTES.keys()].map(restatePath)]),
    section(
      "stet server",
      SERVER_FLAGS.map(({ syntax }) => syntax),
    ),
    section(
      "commands for operators",
      createOperatorCommands({} as OperatorEnvironment).flatMap((command) => linesOf(command, "")),
    ),
    section("codes of errors", Object.keys(ERRORS)),
    section("codes of cluster errors", CLUSTER_ERROR_CODES),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** A command with its parameters, and each of its options; common options are left out. */
function linesOf(command: Command, parent: string): string[] {
  const name = `${parent}${command.name()}`;
  if (command.commands.length > 0) {
    return command.commands.flatMap((child) => linesOf(child, `${name} `));
  }
  const common = ["--address", "--connect-timeout", "--request-timeout", "--json"];
  const options = command.options.filter(({ long }) => !common.includes(long ?? ""));
  const parameters = command.registeredArguments.map((argument) =>
    argument.required ? ` <${argument.name()}>` : ` [${argument.name()}]`,
  );
  return [`${name}${parameters.join("")}`, ...options.map(({ flags }) => `${name} ${flags}`)];
}

function restatePath(name: string): string {
  return `/restate/${name}`;
}

function section(title: string, lines: readonly string[]): string {
  const sorted = [...lines].sort((left, right) => (left < right ? -1 : 1));
  return [title, ...sorted.map((line) => `  ${line}`)].join("\n");
}

function exportsOf({ code }: SourceFile): string[] {
  return [...code.matchAll(EXPORT_LIST)].flatMap(([, isType, names = ""]) =>
    names
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "")
      .map((name) => (isType === undefined ? name : `type ${name}`)),
  );
}
