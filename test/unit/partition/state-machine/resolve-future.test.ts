// When a suspended invocation has something to do: service protocol, section 10.2.
import { describe, expect, test } from "vitest";
import { anyOf } from "#fixtures/partition-commands";
import type { Combinator, Future } from "#model";
import type { NotificationKey, NotificationOutcome } from "#state-machine";
import { isResolved } from "../../../../src/partition/state-machine/resolve-future.ts";

function node(combinator: Combinator, ...children: readonly (Future | number)[]): Future {
  const completions = children.filter((child) => typeof child === "number");
  const nested = children.filter((child) => typeof child !== "number");
  return { ...anyOf(completions), combinator, nested };
}

function arrived(text: string): Map<NotificationKey, NotificationOutcome> {
  const pairs = text.split(" ").filter((part) => part !== "");
  return new Map(
    pairs.map((part) => [Number(part.slice(0, -1)), part.endsWith("+") ? "success" : "failure"]),
  );
}

// `1+` is a success of completion 1, `1-` a failure.
const leaves: [combinator: Combinator, notifications: string, resolved: boolean][] = [
  ["unknown", "", false],
  ["unknown", "2-", true],
  ["unknown", "1+", true],
  ["first-completed", "", false],
  ["first-completed", "2-", true],
  ["first-completed", "1+", true],
  ["all-completed", "1+", false],
  ["all-completed", "1-", false],
  ["all-completed", "1+ 2-", true],
  ["first-succeeded-or-all-failed", "1-", false],
  ["first-succeeded-or-all-failed", "2+", true],
  ["first-succeeded-or-all-failed", "1- 2+", true],
  ["first-succeeded-or-all-failed", "1- 2-", true],
  ["all-succeeded-or-first-failed", "1+", false],
  ["all-succeeded-or-first-failed", "2-", true],
  ["all-succeeded-or-first-failed", "1+ 2+", true],
];

describe("a future of two completions", () => {
  test.each(leaves)("%s with [%s] is resolved: %s", (combinator, notifications, resolved) => {
    expect(isResolved(node(combinator, 1, 2), arrived(notifications))).toBe(resolved);
  });
});

const trees: [what: string, future: Future, notifications: string, resolved: boolean][] = [
  [
    "a race waits for a whole group",
    node("first-completed", node("all-completed", 1, 2)),
    "1+",
    false,
  ],
  ["a race ends with a group", node("first-completed", node("all-completed", 1, 2)), "1+ 2-", true],
  [
    "a group takes the failure of a nested race",
    node("all-succeeded-or-first-failed", node("first-completed", 1, 2), 3),
    "1-",
    true,
  ],
  [
    "a group takes the success of a nested race and waits on",
    node("all-succeeded-or-first-failed", node("first-completed", 1, 2), 3),
    "1+",
    false,
  ],
  [
    "an unknown child that is done stops a group: only the SDK knows how it went",
    node("all-succeeded-or-first-failed", node("unknown", 1), 3),
    "1+",
    true,
  ],
  [
    "an unknown child that is done stops a race for success",
    node("first-succeeded-or-all-failed", node("unknown", 1), 3),
    "1-",
    true,
  ],
  [
    "a stop deep inside resumes, whatever is above",
    node("all-completed", 9, node("all-succeeded-or-first-failed", node("unknown", 1), 3)),
    "1+",
    true,
  ],
  [
    "all completed counts as success above",
    node("first-succeeded-or-all-failed", node("all-completed", 1)),
    "1-",
    true,
  ],
  ["a pending unknown is pending above", node("all-completed", node("unknown", 1), 2), "2+", false],
  ["an empty group is done", node("all-completed"), "", true],
];

describe("a tree of futures", () => {
  test.each(trees)("%s", (_what, future, notifications, resolved) => {
    expect(isResolved(future, arrived(notifications))).toBe(resolved);
  });

  test("finds signals by index and by name", () => {
    const future = anyOf([], [17], ["go"]);
    expect(isResolved(future, new Map([[17, "success"]]))).toBe(false);
    expect(isResolved(future, new Map([[-17, "success"]]))).toBe(true);
    expect(isResolved(future, new Map([["go", "failure"]]))).toBe(true);
  });
});
