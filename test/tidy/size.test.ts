// Ceilings for files and lines. Functions have theirs in the linter (70 lines).
import { expect, test } from "vitest";
import { readSources } from "./source-files.ts";

const LINES_MAX = 600;
const COLUMNS_MAX = 100;

const files = readSources("cluster", "src", "test");

test(`no file is longer than ${LINES_MAX} lines`, () => {
  const long = files
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > LINES_MAX);

  expect(long).toEqual([]);
});

test(`no line is longer than ${COLUMNS_MAX} columns, test data aside`, () => {
  const long = files.flatMap(({ path, text, code }) => {
    const codeLines = code.split("\n");
    return text.split("\n").flatMap((line, index) => {
      const isTestData = path.startsWith("test/") && isOneLongText(codeLines[index] ?? "");
      return line.length <= COLUMNS_MAX || isTestData ? [] : [`${path}:${index + 1}`];
    });
  });

  expect(long).toEqual([]);
});

/** An expected answer or a name that reads worse in pieces. */
function isOneLongText(codeLine: string): boolean {
  return /["'`] {30,}["'`]/.test(codeLine);
}
