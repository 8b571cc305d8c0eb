import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../crash/seeded-random.ts";
import { checkHistory } from "../../linearizability/checker.ts";
import type { Operation, Outcome, Request } from "../../linearizability/history.ts";
import { applyTo, INITIAL_STATE } from "../../linearizability/models.ts";
import { PLANTS, plantInto } from "../../linearizability/plant.ts";

const UNKNOWN: Outcome = { kind: "unknown" };
const FAILED: Outcome = { kind: "failed" };
const read: Request = { kind: "read" };
const add: Request = { kind: "add" };

function write(value: number): Request {
  return { kind: "write", value };
}

function swap(from: number, to: number): Request {
  return { kind: "swap", from, to };
}

/** An operation from `startMs` to `endMs`; a number is what was answered. */
function did(
  request: Request,
  [startMs, endMs]: readonly [number, number],
  answer: number | Outcome,
): Operation {
  const outcome: Outcome = typeof answer === "number" ? { kind: "ok", value: answer } : answer;
  return { client: 0, key: "k", request, startMs, endMs, outcome };
}

function verdictOf(operations: readonly Operation[], stepsMax?: number): string {
  return checkHistory({ key: "k", kind: "register", operations }, stepsMax).kind;
}

describe("histories that one object could have had", () => {
  test("nothing happened", () => {
    expect(verdictOf([])).toBe("linearizable");
  });

  test("a read that overlaps a write sees either value", () => {
    const during = (value: number) => [did(write(1), [0, 10], 1), did(read, [5, 6], value)];

    expect([0, 1].map((value) => verdictOf(during(value)))).toEqual([
      "linearizable",
      "linearizable",
    ]);
  });

  test("an operation that starts when another ends overlaps it", () => {
    expect(verdictOf([did(write(1), [0, 10], 1), did(read, [10, 12], 0)])).toBe("linearizable");
  });

  test("a write of unknown outcome takes effect long after its client gave up", () => {
    const operations = [
      did(write(1), [0, 10], UNKNOWN),
      did(read, [20, 21], 0),
      did(read, [30, 31], 1),
    ];

    expect(verdictOf(operations)).toBe("linearizable");
  });

  test("a write of unknown outcome never takes effect", () => {
    expect(verdictOf([did(write(1), [0, 10], UNKNOWN), did(read, [20, 21], 0)])).toBe(
      "linearizable",
    );
  });

  test("sums of concurrent additions come in the order in which they took effect", () => {
    const operations = [
      did(add, [0, 10], 2),
      did(add, [0, 10], 1),
      did(add, [1, 30], UNKNOWN),
      did(add, [20, 30], 4),
    ];

    expect(verdictOf(operations)).toBe("linearizable");
  });

  test("swaps form a chain", () => {
    const operations = [
      did(swap(0, 1), [0, 10], 1),
      did(swap(0, 2), [0, 10], 0),
      did(swap(1, 3), [5, 20], 1),
      did(read, [21, 22], 3),
    ];

    expect(verdictOf(operations)).toBe("linearizable");
  });
});

describe("histories that no single object could have had", () => {
  test.each([
    ["a stale read", [did(write(1), [0, 1], 1), did(write(2), [2, 3], 2), did(read, [4, 5], 1)]],
    ["a lost update", [did(add, [0, 1], 1), did(add, [2, 3], 1)]],
    ["a doubled update", [did(add, [0, 1], 1), did(read, [2, 3], 2)]],
    ["two swaps of the same value", [did(swap(0, 1), [0, 9], 1), did(swap(0, 2), [0, 9], 1)]],
    ["a swap that wrote and is not seen", [did(swap(0, 1), [0, 1], 1), did(read, [2, 3], 0)]],
    ["a value that nobody wrote", [did(write(1), [0, 9], 1), did(read, [0, 9], 7)]],
    ["a write seen before it began", [did(read, [0, 1], 1), did(write(1), [2, 3], 1)]],
    ["a refused operation that is seen", [did(write(1), [0, 1], FAILED), did(read, [2, 3], 1)]],
    [
      "reads that go back while a write is under way",
      [did(write(1), [0, 9], 1), did(read, [1, 2], 1), did(read, [3, 4], 0)],
    ],
    [
      "two readers that see two writes in different orders",
      [
        did(write(1), [0, 9], 1),
        did(write(2), [0, 9], 2),
        did(read, [10, 11], 1),
        did(read, [12, 13], 2),
      ],
    ],
    [
      "an unknown write that takes effect twice",
      [
        did(write(1), [0, 1], UNKNOWN),
        did(read, [2, 3], 1),
        did(write(2), [4, 5], 2),
        did(read, [6, 7], 1),
      ],
    ],
  ])("%s", (_, operations) => {
    expect(verdictOf(operations)).toBe("violation");
  });

  test("what cannot be explained is told", () => {
    const operations = [did(add, [0, 1], 1), did(add, [2, 3], 1)];

    const verdict = checkHistory({ key: "k", kind: "counter", operations });

    expect(verdict).toMatchObject({
      kind: "violation",
      story: [
        "1 of 2 operations can be put in order, ending with",
        "0.0 to 1.0 ms, client 0: add -> 1",
        "and none of these can be the next:",
        "2.0 to 3.0 ms, client 0: add -> 1",
      ],
    });
  });
});

describe("the search", () => {
  test("is given up after its steps, with nothing claimed", () => {
    const operations = Array.from({ length: 12 }, (_, index) =>
      did(write(index), [0, 100], index),
    ).concat(did(read, [200, 201], 99));

    expect([verdictOf(operations, 100), verdictOf(operations)]).toEqual(["undecided", "violation"]);
  });

  test("agrees with trying every order of small histories", () => {
    const random = new SeededRandom(17);
    const verdicts = new Set<string>();
    for (let round = 0; round < 3_000; round++) {
      const operations = randomOperations(random);
      const expected = hasOrder(operations) ? "linearizable" : "violation";

      expect(verdictOf(operations), JSON.stringify(operations)).toBe(expected);
      verdicts.add(expected);
    }
    expect(verdicts.size).toBe(2);
  });

  test("accepts long histories of an object that works, with many clients", () => {
    for (let seed = 1; seed <= 20; seed++) {
      expect(verdictOf(workingHistory(new SeededRandom(seed), 300))).toBe("linearizable");
    }
  });
});

describe("planted defects", () => {
  test.each(PLANTS)("a %s in a long history is found", (plant) => {
    const kind = plant === "stale-read" ? "register" : "counter";
    for (let seed = 1; seed <= 20; seed++) {
      const operations = workingHistory(new SeededRandom(seed), 200, kind);
      const [planted] = plantInto([{ key: "k", kind, operations }], plant);

      expect(checkHistory(planted ?? { key: "k", kind, operations }).kind).toBe("violation");
    }
  });
});

/** Up to six operations with answers drawn at random: about half of them fit. */
function randomOperations(random: SeededRandom): readonly Operation[] {
  return Array.from({ length: random.between(1, 6) }, () => {
    const request = random.pick([read, write(1), write(2), swap(0, 1), swap(1, 2), add]);
    const startMs = random.between(0, 12);
    const answer = request.kind === "swap" ? random.between(0, 1) : random.between(0, 2);
    const value = request.kind === "write" ? request.value : answer;
    const outcome = random.chance(0.2) ? UNKNOWN : { kind: "ok" as const, value };
    return did(request, [startMs, startMs + random.between(0, 6)], outcome);
  });
}

/** Tries every order, with every subset of the operations of unknown outcome. */
function hasOrder(operations: readonly Operation[], state = INITIAL_STATE): boolean {
  if (operations.every(({ outcome }) => outcome.kind === "unknown")) return true;
  return operations.some((operation, index) => {
    const isLate = operations.some(
      ({ outcome, endMs }) => outcome.kind === "ok" && endMs < operation.startMs,
    );
    const after = applyTo(state, operation);
    return !isLate && after !== undefined && hasOrder(operations.toSpliced(index, 1), after);
  });
}

/** Five clients of an object that works; each operation takes effect while it is under way. */
function workingHistory(
  random: SeededRandom,
  count: number,
  kind: "register" | "counter" = "register",
): readonly Operation[] {
  const freeAtMs = [0, 0, 0, 0, 0];
  const effects = Array.from({ length: count }, (_, index) => {
    const client = index % freeAtMs.length;
    const startMs = (freeAtMs[client] ?? 0) + random.between(0, 5) + random.next();
    const effectMs = startMs + random.between(0, 20) + random.next();
    const endMs = effectMs + random.between(0, 20) + random.next();
    freeAtMs[client] = endMs;
    const request =
      kind === "counter"
        ? random.pick([add, read])
        : random.pick([read, write(index + 1), swap(index - 3, index + 1)]);
    return { client, startMs, effectMs, endMs, request };
  }).toSorted((left, right) => left.effectMs - right.effectMs);
  let state = INITIAL_STATE;
  return effects.map(({ client, startMs, endMs, request }) => {
    const isLost = random.chance(0.02);
    const next = applyTo(state, did(request, [startMs, endMs], UNKNOWN)) ?? state;
    const swapped = request.kind === "swap" && state === request.from ? 1 : 0;
    const value = request.kind === "swap" ? swapped : next;
    state = next;
    const answer: Outcome = isLost ? UNKNOWN : { kind: "ok", value };
    return { ...did(request, [startMs, endMs], answer), client };
  });
}
