// Who starts next among those that wait for limits: always the first who can, found without
// looking at those who cannot.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { local } from "#fixtures/partition-commands";
import type { LimitWaiter } from "#state-machine";
import { LimitQueue } from "#state-machine";
import { limitPaths } from "../../../../src/partition/state-machine/limits.ts";

const PATHS = ["s", "s/a", "s/b", "s/a/x", "s/a/y", "s/b/x", "t", "t/a", "t/a/x"];
const KEYS = [undefined, "a", "b", "a/x", "a/y", "b/x"];

const step = fc.record({
  what: fc.constantFrom("add", "add", "add", "delete", "toggle", "toggle", "toggle all", "start"),
  pick: fc.nat({ max: 999 }),
  holdsLock: fc.boolean(),
  readySinceMs: fc.nat({ max: 5 }),
});

interface Waiting {
  readonly scope: string;
  readonly waiter: LimitWaiter;
}

function waiterOf(sequence: number, change: Partial<LimitWaiter> = {}): LimitWaiter {
  const invocationId = local(`waiter-${sequence}`);
  const rest = { limitKey: undefined, holdsLock: false, readySinceMs: 0, incarnation: 0 };
  return { sequence, invocationId, ...rest, ...change };
}

/** The same question, answered by looking at everyone. */
function firstOf(waiting: readonly Waiting[], full: ReadonlySet<string>, scope?: string) {
  const able = waiting.filter(
    ({ scope: own, waiter: { limitKey } }) =>
      (scope === undefined || own === scope) &&
      limitPaths({ target: { scope: own }, limitKey }).every((path) => !full.has(path)),
  );
  const order = ({ waiter }: Waiting) => [
    waiter.holdsLock ? 0 : 1,
    waiter.readySinceMs,
    waiter.sequence,
  ];
  able.sort((left, right) => {
    const [a, b] = [order(left), order(right)];
    return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0);
  });
  return able[0]?.waiter;
}

describe("the next to start", () => {
  test("is the first who has capacity on all levels, whatever happened before", () => {
    const property = fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const queue = new LimitQueue();
      const full = new Set<string>();
      const hasCapacity = (path: string) => !full.has(path);
      let waiting: Waiting[] = [];
      const remove = (gone: Waiting | undefined) => {
        if (gone === undefined) return;
        waiting = waiting.filter((other) => other !== gone);
        queue.delete(gone.scope, gone.waiter);
      };
      for (const [i, { what, pick, holdsLock, readySinceMs }] of steps.entries()) {
        if (what === "add") {
          const scope = pick % 3 === 0 ? "t" : "s";
          const limitKey = KEYS[pick % KEYS.length];
          const waiter = waiterOf(i, { limitKey, holdsLock, readySinceMs });
          waiting.push({ scope, waiter });
          queue.add(scope, waiter);
        } else if (what === "delete") {
          remove(waiting[pick % Math.max(1, waiting.length)]);
        } else if (what === "start") {
          remove(waiting.find(({ waiter }) => waiter === queue.first(hasCapacity, undefined)));
        } else if (what === "toggle") {
          const path = PATHS[pick % PATHS.length] as string;
          if (!full.delete(path)) full.add(path);
          queue.reopen(path);
        } else {
          for (const path of PATHS) if (!full.delete(path) && holdsLock) full.add(path);
          queue.reopenAll();
        }
        const scope = [undefined, "s", "t"][pick % 3];
        expect(queue.first(hasCapacity, scope)).toBe(firstOf(waiting, full, scope));
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("is found without looking at everyone who is blocked", () => {
    const queue = new LimitQueue();
    const count = 10_000;
    let asked = 0;
    let isFull = true;
    const hasCapacity = (path: string) => {
      asked++;
      return path === "s" || (path === "s/k7777" && !isFull);
    };
    for (let i = 0; i < count; i++) queue.add("s", waiterOf(i, { limitKey: `k${i}` }));

    queue.first(hasCapacity, "s");
    const atFirst = asked;
    isFull = false;
    queue.reopen("s/k7777");
    const found = queue.first(hasCapacity, "s");

    expect(found).toMatchObject({ sequence: 7_777 });
    expect(atFirst).toBe(count + 1);
    expect(asked - atFirst).toBe(2);
  });
});
