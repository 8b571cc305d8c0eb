// An id may run again: workflow keys and idempotency keys determine theirs. What an earlier run
// still has under way must not reach the later one, whose completion ids mean something else.
import { describe, expect, test } from "vitest";
import { assert } from "#base/assert";
import { effectsOf, TestPartition } from "#fixtures/partition";
import {
  bytes,
  callOf,
  command,
  END,
  invoke,
  local,
  output,
  PIN,
  remote,
  run,
  suspend,
  workflowTarget,
} from "#fixtures/partition-commands";
import { assertPartitionInvariants } from "#fixtures/partition-invariants";
import type { AttemptEvent, InvocationId } from "#model";
import type { Effect, InvocationSink, OutboxMessage } from "#state-machine";

const id = local("again");
const result = { kind: "success", value: bytes("late") } as const;
const operation = { invocationId: id, requestId: undefined } as const;

/** Runs `events`, kills and purges the invocation, and starts it again, waiting for a run. */
async function rerunAfter(...events: readonly AttemptEvent[]): Promise<{
  readonly partition: TestPartition;
  /** What the first run caused. */
  readonly effects: readonly Effect[];
}> {
  const partition = await TestPartition.open();
  await partition.apply(invoke(id));
  const effects = await partition.attempt(id, PIN, ...events);
  await rerun(partition);
  return { partition, effects };
}

async function rerun(partition: TestPartition): Promise<void> {
  await partition.apply({ kind: "kill-invocation", ...operation });
  await partition.apply({ kind: "purge-invocation", ...operation });
  await partition.apply(invoke(id));
  await partition.attempt(id, PIN, run(1), run(2), suspend(1, 2));
}

function sinkOf(message: OutboxMessage | undefined): InvocationSink {
  const sink = message !== undefined && "sink" in message ? message.sink : undefined;
  assert(sink !== undefined, "the message says who waits");
  return sink;
}

async function expectUntouched(partition: TestPartition): Promise<void> {
  expect(await partition.status(id)).toBe("suspended");
  expect(await partition.journal(id)).toEqual(["Input", "Run", "Run"]);
  await assertPartitionInvariants(partition);
}

const callTo = (calleeId: InvocationId) =>
  command({
    kind: "call",
    call: callOf(calleeId),
    invocationIdCompletionId: 1,
    completionId: 2,
  });

describe("a later run of an id", () => {
  const targetId = remote("other");
  test.each([
    ["a call", callTo(targetId)],
    ["an attachment", command({ kind: "attach-invocation", targetId, completionId: 2 })],
    ["a look", command({ kind: "get-invocation-output", targetId, completionId: 2 })],
  ])("is not completed by %s of the earlier one", async (_what, asked) => {
    const { partition, effects } = await rerunAfter(asked);
    const sink = sinkOf(effectsOf(effects, "enqueue-outbox")[0]?.message);

    const { invocationId, completionId, notificationType, incarnation } = sink;
    const answer = { completionId, notificationType, incarnation, result } as const;
    const message = { kind: "complete", targetId: invocationId, ...answer } as const;
    await partition.apply({ kind: "deliver", producer: 9, items: [{ sequence: 1, message }] });

    expect(incarnation).toBeGreaterThan(0);
    await expectUntouched(partition);
  });

  test("is not completed by a call of the earlier one in its own partition", async () => {
    const partition = await TestPartition.open();
    const callee = local("callee");
    await partition.apply(invoke(callee));
    await partition.apply(invoke(id));
    await partition.attempt(id, PIN, callTo(callee));
    await rerun(partition);

    await partition.attempt(callee, PIN, output(), END);

    await expectUntouched(partition);
  });

  test("is not completed by a promise that the earlier one waited for", async () => {
    const flow = workflowTarget();
    const partition = await TestPartition.open();
    const shared = { target: workflowTarget("k", "shared") };
    await partition.apply(invoke(local("flow"), { target: flow }));
    await partition.apply(invoke(id, shared));
    await partition.attempt(id, PIN, command({ kind: "get-promise", key: "p", completionId: 2 }));
    await rerun(partition);

    const resolve = { kind: "complete-promise", key: "p", result, completionId: 1 } as const;
    await partition.attempt(local("flow"), PIN, command(resolve));

    await expectUntouched(partition);
  });

  test("is not completed by a timer of the earlier one, even of the same time", async () => {
    const partition = await TestPartition.open();
    const timeMs = partition.nowMs + 100;
    const sleep = command({ kind: "sleep", wakeUpTimeMs: timeMs, completionId: 1 });
    await partition.apply(invoke(id));
    const [stale] = effectsOf(await partition.attempt(id, PIN, sleep), "set-timer");
    await partition.flush();
    await partition.apply({ kind: "kill-invocation", ...operation });
    await partition.apply({ kind: "purge-invocation", ...operation });
    await partition.apply(invoke(id));
    await partition.attempt(id, PIN, run(1), sleep, suspend(1));
    const stored = await (await partition.tables()).timers(undefined, 10);

    partition.nowMs = timeMs;
    const timers = stale === undefined ? [] : [stale.timer];
    await partition.apply({ kind: "fire-timers", timers });

    expect(stored).toHaveLength(2);
    expect(await partition.status(id)).toBe("suspended");
    expect(await (await partition.tables()).timers(undefined, 10)).toEqual([stored[1]]);
  });

  test("takes what a build sent that did not note runs", async () => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id));
    await partition.attempt(id, PIN, callTo(remote("callee")), suspend(2));

    const message = {
      kind: "complete",
      targetId: id,
      completionId: 2,
      notificationType: 0x800d,
      result,
      incarnation: 0,
    } as const;
    await partition.apply({ kind: "deliver", producer: 9, items: [{ sequence: 1, message }] });

    expect(await partition.status(id)).toBe("invoked");
  });
});
