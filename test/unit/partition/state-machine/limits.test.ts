// Concurrency limits of scopes: invocation semantics, section 20.
import { describe, expect, test } from "vitest";
import { effectsOf, PARTITION_ID, repliesOf, TestPartition } from "#fixtures/partition";
import {
  anyOf,
  END,
  invoke,
  KEPT,
  local,
  objectTarget,
  output,
  PIN,
  requestId,
  run,
  runResult,
  target,
} from "#fixtures/partition-commands";
import { assertPartitionInvariants } from "#fixtures/partition-invariants";
import type { ConcurrencyRule, DeliveredMessage, Effect } from "#state-machine";
import { matchingRule } from "../../../../src/partition/state-machine/limits.ts";

type Rules = Record<string, number>;

function rulesOf(rules: Rules): ConcurrencyRule[] {
  return Object.entries(rules).map(([pattern, concurrency]) => ({ pattern, concurrency }));
}

function setRules(partition: TestPartition, rules: Rules) {
  return partition.apply({ kind: "update-rules", rules: rulesOf(rules) });
}

/** A partition with rules and one invocation per limit key, named by its place from 1. */
async function limited(
  rules: Rules,
  limitKeys: readonly (string | undefined)[],
  scope = "lim",
): Promise<TestPartition> {
  const partition = await TestPartition.open();
  await setRules(partition, rules);
  for (const [i, limitKey] of limitKeys.entries()) {
    await partition.apply(invoke(local(`n${i + 1}`), { target: target({ scope }), limitKey }));
  }
  return partition;
}

async function running(partition: TestPartition, count: number): Promise<number[]> {
  const numbers: number[] = [];
  for (let i = 1; i <= count; i++) {
    if ((await partition.status(local(`n${i}`))) === "invoked") numbers.push(i);
  }
  return numbers;
}

const none = [undefined, undefined, undefined];

describe("a rule", () => {
  const cases: [what: string, rules: Rules, keys: (string | undefined)[], running: number[]][] = [
    ["of a scope limits it (FC-6)", { lim: 1 }, none, [1]],
    ["of another scope does not", { other: 1 }, none, [1, 2, 3]],
    ["for any scope limits each (FC-7)", { "*": 1 }, none, [1]],
    ["that names the scope beats one for any (FC-7)", { "*": 1, lim: 2 }, none, [1, 2]],
    ["of a limit key limits each key (FC-8)", { "lim/*": 1 }, ["a", "a", "b"], [1, 3]],
    ["of a limit key leaves others alone", { "lim/a": 1 }, ["a", "a", "b", "b"], [1, 3, 4]],
    ["of the second level limits it", { "lim/a/*": 1 }, ["a/x", "a/x", "a/y"], [1, 3]],
    ["of every level counts", { lim: 2, "lim/*": 1 }, ["a", "a", "b", "c"], [1, 3]],
    ["is not needed", {}, none, [1, 2, 3]],
  ];

  test.each(cases)("%s", async (_what, rules, keys, expected) => {
    const partition = await limited(rules, keys);

    expect(await running(partition, keys.length)).toEqual(expected);
    await assertPartitionInvariants(partition);
  });

  test("that is most specific wins; the leftmost component weighs most", () => {
    const rules = rulesOf({ "*/*": 1, "*/a": 2, "s/*": 3, "s/a": 4 });

    const best = ["s/a", "s/b", "x/a", "x/b", "x"].map((path) => matchingRule(rules, path));

    expect(best.map((rule) => rule?.concurrency)).toEqual([4, 3, 2, 1, undefined]);
  });
});

describe("a waiting invocation", () => {
  test("starts in its turn when another ends", async () => {
    const partition = await limited({ lim: 1 }, none);

    await partition.attempt(local("n1"), output(), END);

    expect(await running(partition, 3)).toEqual([2]);
    await assertPartitionInvariants(partition);
  });

  test("starts when a limit is raised, or its rule goes (FC-11)", async () => {
    const raised = await limited({ lim: 1 }, none);
    const removed = await limited({ lim: 1 }, none);

    await setRules(raised, { lim: 2 });
    await setRules(removed, {});

    expect(await running(raised, 3)).toEqual([1, 2]);
    expect(await running(removed, 3)).toEqual([1, 2, 3]);
  });

  test("waits on when a limit is lowered, until the running have drained", async () => {
    const partition = await limited({ lim: 2 }, none);

    await setRules(partition, { lim: 1 });
    await partition.attempt(local("n1"), output(), END);
    const drained = await running(partition, 3);
    await partition.attempt(local("n2"), output(), END);

    expect([drained, await running(partition, 3)]).toEqual([[2], [3]]);
  });

  test("does not hold up one behind it that has capacity", async () => {
    const partition = await limited({ "lim/a": 1, lim: 2 }, ["a", "a", "a"]);

    await partition.apply(invoke(local("n4"), { target: target({ scope: "lim" }), limitKey: "b" }));

    expect(await running(partition, 4)).toEqual([1, 4]);
  });

  test.each([
    ["cancel-invocation", "done"],
    ["kill-invocation", "done"],
    ["pause-invocation", "refused"],
  ] as const)("%s answers %s (FC-12)", async (kind, outcome) => {
    const partition = await limited({ lim: 1 }, none);
    const operation = { invocationId: local("n2"), requestId: requestId(1) };

    const effects = await partition.apply({ kind, ...operation });
    await partition.attempt(local("n1"), output(), END);

    expect(repliesOf(effects)).toMatchObject([{ kind: outcome }]);
    expect(await running(partition, 3)).toEqual(outcome === "done" ? [3] : [2]);
    await assertPartitionInvariants(partition);
  });

  test("that holds its key passes it on when it is cancelled", async () => {
    const partition = await limited({ lim: 1 }, [undefined]);
    const object = { target: { ...objectTarget(), scope: "lim" } };
    await partition.apply(invoke(local("owner"), object));
    await partition.apply(invoke(local("behind"), object));
    const operation = { invocationId: local("owner"), requestId: undefined };

    await partition.apply({ kind: "cancel-invocation", ...operation });
    await partition.attempt(local("n1"), output(), END);

    expect(await partition.status(local("behind"))).toBe("invoked");
    await assertPartitionInvariants(partition);
  });
});

describe("a suspended invocation", () => {
  const suspended = {
    kind: "suspend",
    future: anyOf([], [1], ["go"]),
    recordEvent: false,
  } as const;
  const signal = (name: string) =>
    ({
      kind: "append-signal",
      invocationId: local(name),
      signal: "go",
      result: { kind: "void" },
      requestId: undefined,
    }) as const;

  async function withOneSuspended(): Promise<TestPartition> {
    const partition = await limited({ lim: 1 }, none);
    await partition.attempt(local("n1"), suspended);
    return partition;
  }

  test("gives its slot away, and waits for one to come back (FC-10)", async () => {
    const partition = await withOneSuspended();

    const effects = await partition.apply(signal("n1"));

    expect(effectsOf(effects, "invoke")).toEqual([]);
    expect(await running(partition, 3)).toEqual([2]);
    expect(await partition.status(local("n1"))).toBe("inboxed");
    await assertPartitionInvariants(partition);
  });

  test("comes back before newer ones, which holders of a key overtake (FC-13)", async () => {
    const partition = await TestPartition.open();
    await setRules(partition, { lim: 1 });
    for (const name of ["n1", "n2", "n3"]) {
      await partition.apply(invoke(local(name), { target: target({ scope: "lim" }) }));
      partition.nowMs++;
    }
    await partition.attempt(local("n1"), suspended);
    await partition.apply(invoke(local("n4"), { target: { ...objectTarget(), scope: "lim" } }));
    await partition.apply(signal("n1"));

    const order: number[] = [];
    for (let [next] = await running(partition, 4); next !== undefined; ) {
      order.push(next);
      await partition.attempt(local(`n${next}`), output(), END);
      [next] = await running(partition, 4);
    }

    expect(order).toEqual([2, 4, 1, 3]);
  });

  test("keeps its journal and takes notifications while it waits", async () => {
    const partition = await withOneSuspended();
    await partition.apply(signal("n1"));

    await partition.apply(signal("n1"));
    for (const name of ["n2", "n3"]) await partition.attempt(local(name), output(), END);

    expect(await running(partition, 3)).toEqual([1]);
    expect(await partition.journal(local("n1"))).toEqual(["Input", "+Signal", "+Signal"]);
  });

  test("is retained as killed when it is killed while it waits", async () => {
    const partition = await withOneSuspended();
    await partition.apply(signal("n1"));
    const operation = { invocationId: local("n1"), requestId: requestId(1) };

    await partition.apply({ kind: "kill-invocation", ...operation });

    expect(await partition.status(local("n1"))).toBe("completed");
    await assertPartitionInvariants(partition);
  });

  test("that has something to do goes on if it still has capacity", async () => {
    const partition = await limited({ lim: 1 }, [undefined]);
    await partition.apply(signal("n1"));

    await partition.attempt(local("n1"), suspended);

    expect(await running(partition, 1)).toEqual([1]);
    await assertPartitionInvariants(partition);
  });
});

describe("a rule that lets many start", () => {
  const MANY = 300;

  async function manyWaiting(): Promise<TestPartition> {
    const partition = await limited({ lim: 1 }, Array(MANY).fill(undefined));
    expect(await running(partition, MANY)).toEqual([1]);
    return partition;
  }

  /** Delivers what the partition sends itself, record by record; how many each record started. */
  async function deliverAll(
    partition: TestPartition,
    effects: readonly Effect[],
  ): Promise<number[]> {
    const started: number[] = [];
    let items: readonly DeliveredMessage[] = effectsOf(effects, "enqueue-outbox");
    while (items.length > 0) {
      const next = await partition.apply({ kind: "deliver", producer: PARTITION_ID, items });
      started.push(effectsOf(next, "invoke").length);
      items = effectsOf(next, "enqueue-outbox");
    }
    return started;
  }

  test("starts some in its record, and the others in records that follow", async () => {
    const partition = await manyWaiting();

    const effects = await setRules(partition, {});
    const atOnce = effectsOf(effects, "invoke").length;
    await assertPartitionInvariants(partition);
    const later = await deliverAll(partition, effects);

    expect([atOnce, ...later]).toEqual([128, 128, MANY - 1 - 256]);
    expect(await running(partition, MANY)).toHaveLength(MANY);
    await assertPartitionInvariants(partition);
  });

  test("starts no more than it allows, and nobody twice when two rules follow each other", async () => {
    const partition = await manyWaiting();

    const first = await setRules(partition, { lim: 200 });
    const second = await setRules(partition, { lim: 290 });
    await deliverAll(partition, first);
    await deliverAll(partition, second);

    expect(await running(partition, MANY)).toHaveLength(290);
    await assertPartitionInvariants(partition);
  });

  test("goes on after a crash, from what is stored", async () => {
    const partition = await manyWaiting();
    await setRules(partition, {});
    await partition.flush();
    const reopened = await partition.crash();

    const items: DeliveredMessage[] = [];
    for await (const [sequence, message] of (await reopened.tables()).outbox()) {
      items.push({ sequence, message });
    }
    const next = await reopened.apply({ kind: "deliver", producer: PARTITION_ID, items });
    await deliverAll(reopened, next);

    expect(await running(reopened, MANY)).toHaveLength(MANY);
  });

  test("does not let a newcomer overtake those who are about to start", async () => {
    const partition = await manyWaiting();
    const effects = await setRules(partition, { lim: 250 });

    const newcomer = local(`n${MANY + 1}`);
    await partition.apply(invoke(newcomer, { target: target({ scope: "lim" }) }));
    const before = await partition.status(newcomer);
    await deliverAll(partition, effects);

    expect(before).toBe("inboxed");
    expect(await running(partition, MANY + 1)).toEqual(
      Array.from({ length: 250 }, (_, i) => i + 1),
    );
    await assertPartitionInvariants(partition);
  });

  test("lets each that ends start another meanwhile", async () => {
    const partition = await manyWaiting();
    const effects = await setRules(partition, { lim: 250 });

    await partition.attempt(local("n5"), output(), END);
    const meanwhile = await running(partition, MANY);
    await deliverAll(partition, effects);

    expect(meanwhile).toHaveLength(129);
    expect(await running(partition, MANY)).toHaveLength(250);
  });
});

describe("a restarted invocation", () => {
  test.each(["cancel-invocation", "kill-invocation"] as const)(
    "that waits for its first start is removed by %s, like any other",
    async (kind) => {
      const partition = await limited({}, [undefined]);
      await partition.attempt(local("n1"), PIN, run(1), runResult(1), output(), END);
      await setRules(partition, { lim: 1 });
      const scoped = { target: target({ scope: "lim" }) };
      await partition.apply(invoke(local("n2"), scoped));
      const fresh = local("fresh");
      await partition.apply({
        kind: "restart-invocation",
        invocationId: local("n1"),
        newInvocationId: fresh,
        from: 1,
        pinChange: { kind: "keep" },
        retention: KEPT,
        requestId: undefined,
      });
      const before = await partition.status(fresh);

      const asked = { invocationId: fresh, requestId: requestId(1) };
      const effects = await partition.apply({ kind, ...asked });

      expect(before).toBe("inboxed");
      expect(repliesOf(effects)).toEqual([{ kind: "done" }]);
      expect(await partition.status(fresh)).toBe("free");
      await assertPartitionInvariants(partition);
    },
  );
});

describe("an invocation that comes back", () => {
  test("goes before one that was accepted later in the same moment (FC-13)", async () => {
    const partition = await limited({ lim: 1 }, none);
    const waiting = {
      kind: "suspend",
      future: anyOf([], [1], ["go"]),
      recordEvent: false,
    } as const;
    await partition.attempt(local("n1"), waiting);
    const signal = { kind: "append-signal", signal: "go", result: { kind: "void" } } as const;
    await partition.apply({ ...signal, invocationId: local("n1"), requestId: undefined });

    await partition.attempt(local("n2"), output(), END);

    expect(await running(partition, 3)).toEqual([1]);
  });
});
