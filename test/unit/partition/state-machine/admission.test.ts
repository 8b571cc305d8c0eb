// Who runs when: identity, keys and their queues, execution times. Invocation semantics, sections
// 3 to 7 and 19.
import { describe, expect, test } from "vitest";
import { CRAMPED, effectsOf, repliesOf, TestPartition } from "#fixtures/partition";
import {
  bytes,
  END,
  invoke,
  local,
  objectTarget,
  output,
  requestId,
  suspend,
  workflowTarget,
} from "#fixtures/partition-commands";
import { assertPartitionInvariants } from "#fixtures/partition-invariants";
import type { Command } from "#state-machine";

const id = local("first");
const target = objectTarget();

async function finish(partition: TestPartition, name: string): Promise<void> {
  await partition.attempt(local(name), output(name), END);
}

/** Starts each invocation that becomes runnable until none is; returns their order. */
async function runAll(partition: TestPartition, names: readonly string[]): Promise<string[]> {
  const order: string[] = [];
  for (let running: string | undefined = ""; running !== undefined; ) {
    running = undefined;
    for (const name of names) {
      if ((await partition.status(local(name))) !== "invoked") continue;
      running = name;
      order.push(name);
      await finish(partition, name);
    }
  }
  return order;
}

describe("a new invocation", () => {
  test("is handed to the invoker under the index of its record", async () => {
    const partition = await TestPartition.open();

    const effects = await partition.apply(invoke(id));

    expect(effects).toEqual([{ kind: "invoke", invocationId: id, token: 1 }]);
    expect(await partition.journal(id)).toEqual(["Input"]);
  });

  test("answers everyone who called it, once, when it ends", async () => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id, {}, requestId(1)));
    await partition.apply(invoke(id, { payload: bytes("other") }, requestId(2)));

    const effects = await partition.attempt(id, output("done"), END);

    const replies = effectsOf(effects, "reply");
    expect(replies.map((reply) => reply.requestId.sequence)).toEqual([1, 2]);
    const result = { kind: "success", value: bytes("done") };
    expect(replies.map(({ reply }) => reply)).toMatchObject([{ result }, { result }]);
  });

  test("forgets who waited at an earlier leader", async () => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id, {}, requestId(1, 1)));
    partition.epoch = 2;
    await partition.apply(invoke(id, {}, requestId(1, 2)));

    const effects = await partition.attempt(id, output(), END);

    expect(effectsOf(effects, "reply").map((reply) => reply.requestId)).toEqual([requestId(1, 2)]);
  });
});

describe("a repeated request", () => {
  test("does not start its invocation again", async () => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id, { mode: "send" }, requestId(1)));

    const effects = await partition.apply(invoke(id, { mode: "send" }, requestId(2)));

    expect(effectsOf(effects, "invoke")).toEqual([]);
    expect(repliesOf(effects)).toMatchObject([{ status: "previously-accepted" }]);
  });

  test("gets the stored result, and when it expires", async () => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id));
    await partition.attempt(id, output("kept"), END);
    const completedAtMs = partition.nowMs;
    partition.nowMs += 1_000;

    const effects = await partition.apply(invoke(id, {}, requestId(1)));

    const result = { kind: "success", value: bytes("kept") };
    const expiresAtMs = completedAtMs + 86_400_000;
    expect(repliesOf(effects)).toMatchObject([{ kind: "result", result, expiresAtMs }]);
  });

  test("of a workflow run is refused, whatever its status", async () => {
    const partition = await TestPartition.open();
    const run = { target: workflowTarget() };
    await partition.apply(invoke(id, run));

    const running = await partition.apply(invoke(id, run, requestId(1)));
    const sent = await partition.apply(invoke(id, { ...run, mode: "send" }, requestId(2)));
    await partition.attempt(id, output(), END);
    const completed = await partition.apply(invoke(id, run, requestId(3)));

    const message = "the workflow method was already invoked";
    const refusal = { result: { kind: "failure", failure: { code: 409, message } } };
    expect(repliesOf([...running, ...completed])).toMatchObject([refusal, refusal]);
    expect(repliesOf(sent)).toMatchObject([{ status: "previously-accepted" }]);
  });
});

describe("the queue of a key", () => {
  const names = ["first", "second", "third", "fourth"];

  async function queued(limits?: Parameters<typeof TestPartition.open>[0]) {
    const partition = await TestPartition.open(limits);
    for (const name of names) await partition.apply(invoke(local(name), { target }));
    return partition;
  }

  test("lets one run at a time, in the order of arrival", async () => {
    const partition = await queued();

    const statuses = await Promise.all(names.map((name) => partition.status(local(name))));

    expect(statuses).toEqual(["invoked", "inboxed", "inboxed", "inboxed"]);
    expect(await runAll(partition, names)).toEqual(names);
    await assertPartitionInvariants(partition);
  });

  test("keeps its order when a record is undone after it took the head", async () => {
    const partition = await queued(CRAMPED);
    await partition.flush();
    await partition.read((state) => state.inbox("/Object/k"));

    const order = await runAll(partition, names);

    expect(order).toEqual(names);
    expect(partition.misses).toBeGreaterThan(0);
  });

  test("keeps its order when it is loaded again", async () => {
    const partition = await queued();
    await partition.flush();

    expect(await runAll(await partition.crash(CRAMPED), names)).toEqual(names);
  });

  test("does not hold up other keys, nor shared handlers", async () => {
    const partition = await queued();

    await partition.apply(invoke(local("other"), { target: objectTarget("other") }));
    await partition.apply(invoke(local("shared"), { target: objectTarget("k", "shared") }));

    expect(await partition.status(local("other"))).toBe("invoked");
    expect(await partition.status(local("shared"))).toBe("invoked");
  });

  test("stays closed while its owner is suspended", async () => {
    const partition = await queued();

    await partition.attempt(id, suspend(4));

    expect(await partition.status(local("second"))).toBe("inboxed");
  });

  test("is separate in another scope", async () => {
    const partition = await queued();

    await partition.apply(invoke(local("scoped"), { target: { ...target, scope: "s" } }));

    expect(await partition.status(local("scoped"))).toBe("invoked");
  });

  test("applies mutations in their place", async () => {
    const partition = await queued();
    const patch = (value: string): Command => ({
      kind: "patch-state",
      requestId: undefined,
      mutation: {
        serviceType: "virtual-object",
        service: "Object",
        key: "k",
        scope: undefined,
        expectedVersion: undefined,
        state: [["value", bytes(value)]],
      },
    });
    const value = () => partition.read((state) => state.stateValues("/Object/k").get("value"));
    await partition.apply(patch("after all"));

    const before = await value();
    await runAll(partition, names);
    const after = await value();
    await partition.apply(patch("at once"));

    expect([before, after, await value()]).toEqual([
      undefined,
      bytes("after all"),
      bytes("at once"),
    ]);
  });
});

describe("a delayed invocation", () => {
  test("starts when its timer fires, and only once", async () => {
    const partition = await TestPartition.open();
    const executionTimeMs = partition.nowMs + 500;
    const timer = { kind: "start", timeMs: executionTimeMs, invocationId: id } as const;

    const set = await partition.apply(invoke(id, { executionTimeMs }));
    partition.nowMs = executionTimeMs;
    const fired = await partition.apply({ kind: "fire-timers", timers: [timer, timer] });

    expect(set).toEqual([{ kind: "set-timer", timer }]);
    expect(effectsOf(fired, "invoke")).toHaveLength(1);
    await assertPartitionInvariants(partition);
  });

  test("joins the queue of its key when it is due, not when it is sent", async () => {
    const partition = await TestPartition.open();
    const executionTimeMs = partition.nowMs + 500;
    await partition.apply(invoke(local("owner"), { target }));
    await partition.apply(invoke(local("late"), { target, executionTimeMs }));
    await partition.apply(invoke(local("early"), { target }));
    const timer = { kind: "start", timeMs: executionTimeMs, invocationId: local("late") } as const;

    await partition.apply({ kind: "fire-timers", timers: [timer] });

    expect(await runAll(partition, ["owner", "late", "early"])).toEqual(["owner", "early", "late"]);
  });

  test("is joined by a call of the same id, which does not start it earlier", async () => {
    const partition = await TestPartition.open();
    const executionTimeMs = partition.nowMs + 500;
    await partition.apply(invoke(id, { executionTimeMs, mode: "send" }));

    const effects = await partition.apply(invoke(id, {}, requestId(1)));

    expect(effects).toEqual([]);
    expect(await partition.status(id)).toBe("scheduled");
  });

  test("starts at once if its time has passed", async () => {
    const partition = await TestPartition.open();

    await partition.apply(invoke(id, { executionTimeMs: partition.nowMs }));

    expect(await partition.status(id)).toBe("invoked");
  });
});
