// Words that have a better replacement, and what pure folders must not contain because the compiler
// cannot tell: `Date`, `Math.random` and asynchrony are part of the language.
import { describe, expect, test } from "vitest";
import { PURE_FOLDERS } from "./layer-table.ts";
import type { SourceFile } from "./source-files.ts";
import { readSources } from "./source-files.ts";

interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
}

const IN_PURE_FOLDERS: readonly Ban[] = [
  { pattern: /\bDate\b/, instead: "time comes with the input" },
  { pattern: /\bMath\.random\b/, instead: "randomness comes with the input" },
  { pattern: /\b(?:async|await|Promise)\b/, instead: "a pure function returns what to do next" },
  { pattern: /\bBuffer\b/, instead: "Uint8Array and the helpers of cluster/base" },
];

const EVERYWHERE: readonly Ban[] = [
  { pattern: /\b(?:ctx|cfg|mgr|impl)\b/, instead: "the whole word" },
  { pattern: /(?<![.\w])(?:req|res)\b(?!\s*:)/, instead: "request, response" },
  { pattern: /\bexport \*/, instead: "named exports, one by one" },
  { pattern: /\bexport default\b/, instead: "a named export" },
];

const IN_SOURCES: readonly Ban[] = [
  { pattern: /\bprocess\.env\b/, instead: "configuration, read once in src/serve.ts" },
  { pattern: /\bMath\.random\b/, instead: "the Random of cluster/base" },
];

/** Its patterns are the words it looks for. */
const THIS_FILE = "test/tidy/banned.test.ts";

/** The edge of the process: reads the environment, once. */
const COMPOSITION = new Set(["src/serve.ts"]);

describe("banned words", () => {
  test.each(PURE_FOLDERS)("%s has no time, randomness or asynchrony", (folder) => {
    expect(findAll(readSources(folder), IN_PURE_FOLDERS)).toEqual([]);
  });

  test("names are whole words and exports are named", () => {
    const files = readSources("cluster", "src", "test");

    const found = findAll(
      files.filter(({ path }) => !path.endsWith(".config.ts") && path !== THIS_FILE),
      EVERYWHERE,
    );

    expect(found).toEqual([]);
  });

  test("nobody but the composition root reads the environment, and nobody rolls dice", () => {
    const files = readSources("cluster", "src").filter(({ path }) => !COMPOSITION.has(path));

    expect(findAll(files, IN_SOURCES)).toEqual([]);
  });

  test("test names state facts", () => {
    const named = /\b(?:test|it|describe)(?:\.\w+)*\(\s*["'`][^"'`]*\bshould\b/;

    const found = readSources("test").filter(({ text }) => named.test(text));

    expect(found.map(({ path }) => path)).toEqual([]);
  });

  test("a word is found in code and not in comments or texts", () => {
    const file = { path: "a.ts", text: "", code: 'const ctx = "   "; //    ' };

    expect(findAll([file], EVERYWHERE)).toEqual(["a.ts:1: ctx; use the whole word"]);
  });
});

function findAll(files: readonly SourceFile[], bans: readonly Ban[]): string[] {
  return files.flatMap(({ path, code }) =>
    code.split("\n").flatMap((line, index) =>
      bans.flatMap(({ pattern, instead }) => {
        const match = pattern.exec(line);
        return match === null ? [] : [`${path}:${index + 1}: ${match[0]}; use ${instead}`];
      }),
    ),
  );
}
