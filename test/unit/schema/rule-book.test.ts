/** Versions and refusals are those that the original answered to the same requests. */
import { describe, expect, test } from "vitest";
import { findPatternProblem, type RulePrecondition, type RuleWrite } from "#schema";
import {
  deleteRules,
  EMPTY_RULE_BOOK,
  putRules,
  RULES_MAX,
  type RuleBook,
} from "../../../src/schema/rule-book.ts";

function write(pattern: string, changes: Partial<RuleWrite> = {}): RuleWrite {
  return {
    pattern,
    concurrency: undefined,
    description: undefined,
    disabled: false,
    precondition: { kind: "none" },
    ...changes,
  };
}

function put(book: RuleBook, ...writes: RuleWrite[]): RuleBook {
  return putRules(book, writes, 1_000).book;
}

describe("rule book", () => {
  test("versions follow the recorded sequence of changes", () => {
    let book = put(EMPTY_RULE_BOOK, write("a", { concurrency: 1 }));
    const second = putRules(
      book,
      [write("b"), write("a", { concurrency: 2, description: "x" })],
      2,
    );
    expect(second.rules.map(({ version }) => version)).toEqual([2, 2]);
    book = put(second.book, write("a", { concurrency: 2, description: "y" }));
    expect(book).toMatchObject({ version: 3, rules: [{ version: 2, description: "y" }, {}] });
    expect(put(book, write("a", { concurrency: 2, description: "y" }))).toBe(book);
    book = put(book, write("c"));
    expect(book.rules.at(-1)).toMatchObject({ pattern: "c", version: 4 });
    book = put(book, write("a", { concurrency: 2 }));
    expect(book.rules[0]).toMatchObject({ version: 2, lastModifiedMs: 2 });
    expect(book.rules[0]?.description).toBeUndefined();
    book = put(book, write("a", { concurrency: 2, disabled: true }));
    expect(book.rules[0]).toMatchObject({ version: 3, lastModifiedMs: 1_000 });
  });

  test("the later of two writes of one pattern counts, and both answer with it", () => {
    const { rules } = putRules(
      EMPTY_RULE_BOOK,
      [write("d", { concurrency: 1 }), write("d", { concurrency: 2 })],
      1,
    );
    expect(rules).toMatchObject([
      { concurrency: 2, version: 2 },
      { concurrency: 2, version: 2 },
    ]);
  });

  test.each<[string, RulePrecondition, string]>([
    [
      "a",
      { kind: "does-not-exist" },
      "DoesNotExist for pattern a failed (actual version: Some(v1))",
    ],
    [
      "a",
      { kind: "matches", version: 7 },
      "Matches(v7) for pattern a failed (actual version: Some(v1))",
    ],
    [
      "z",
      { kind: "matches", version: 7 },
      "Matches(v7) for pattern z failed (actual version: None)",
    ],
  ])("a precondition that fails stores nothing: %s %j", (pattern, precondition, message) => {
    const book = put(EMPTY_RULE_BOOK, write("a"));
    const writes = [write("b"), write(pattern, { precondition })];
    expect(() => putRules(book, writes, 1)).toThrow(`rule precondition ${message}`);
  });

  test("deleting skips what is not there, unless a version was expected", () => {
    const book = put(EMPTY_RULE_BOOK, write("a"), write("b"));
    const deletions = ["a", "nope", "b"].map((pattern) => ({
      pattern,
      expectedVersion: undefined,
    }));
    expect(deleteRules(book, deletions)).toEqual({
      book: { version: 2, rules: [] },
      patterns: ["a", "b"],
    });
    expect(() => deleteRules(book, [{ pattern: "nope", expectedVersion: 1 }])).toThrow(
      "rule precondition Matches(v1) for pattern nope failed (actual version: None)",
    );
    expect(deleteRules(book, []).book).toBe(book);
  });

  test("one rule more than fit is refused", () => {
    const full = put(
      EMPTY_RULE_BOOK,
      ...Array.from({ length: RULES_MAX }, (_item, index) => write(`s${index}`)),
    );
    expect(() => put(full, write("more"))).toThrow("rule book is full (10000 rules)");
    expect(put(full, write("s0", { concurrency: 1 })).rules).toHaveLength(RULES_MAX);
  });

  test.each([
    ["a/b/c/d", "too many path components (max 3)"],
    ["", "pattern cannot be empty"],
    ["a//b", "invalid component: value cannot be empty"],
    ["a".repeat(37), "invalid component: value too long: 37 bytes (max 36)"],
    ["a*", "invalid component: value contains characters outside the allowed set [a-zA-Z0-9_.-]"],
    ["*", undefined],
    ["a-b_c.d/*/E9", undefined],
  ])("pattern %j", (pattern, problem) => {
    expect(findPatternProblem(pattern)).toBe(problem);
  });
});
