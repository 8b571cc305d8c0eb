import { expect, test } from "vitest";

import { expandAbbreviations } from "../../../../src/cli/operator/abbreviations.ts";
import { createTestProgram } from "./fake-cluster.ts";

const { program } = createTestProgram({});
const expand = (text: string) => expandAbbreviations(program, text.split(" ")).join(" ");

test.each([
  ["part lead pin 0 --node n1", "partitions leadership pin 0 --node n1"],
  ["partition leader show", "partitions leadership show"],
  ["n l", "nodes list"],
  ["clus stat --extra", "cluster status --extra"],
  ["snap create-snapshot", "snapshots create"],
  ["snapshots cr 3", "snapshots create 3"],
  ["server --node-name n", "server --node-name n"],
  ["nodes list nodes", "nodes list nodes"],
  ["unknown list", "unknown list"],
])("%s is %s", (given, expanded) => {
  expect(expand(given)).toBe(expanded);
});

test("what several commands start with is refused, with their names", () => {
  expect(() => expand("nodes set")).toThrow(
    '"set" may be any of: set-worker-state, set-storage-state',
  );
  expect(() => expand("s")).toThrow('"s" may be any of: server, snapshots');
});

test("words after an option stay as they are", () => {
  expect(expand("--help nod")).toBe("--help nod");
  expect(expand("nod --json li")).toBe("nodes --json li");
});
