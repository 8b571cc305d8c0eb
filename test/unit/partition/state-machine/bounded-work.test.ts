// One record does bounded work, however many wait for one thing or were called by one: what is left
// follows in messages that the partition sends itself, and so survives a crash.
import { describe, expect, test } from "vitest";
import { CRAMPED, effectsOf, PARTITION_ID, repliesOf, TestPartition } from "#fixtures/partition";
import {
  bytes,
  callOf,
  command,
  END,
  invoke,
  local,
  NOT_KEPT,
  objectTarget,
  output,
  PIN,
  remote,
  requestId,
  suspend,
  workflowTarget,
} from "#fixtures/partition-commands";
import { assertPartitionInvariants } from "#fixtures/partition-invariants";
import type { AttemptEvent } from "#model";
import { COMMAND_TYPES, NOTIFICATION_TYPES } from "#model";
import type { Command, DeliveredMessage, Effect } from "#state-machine";

const MANY = 300;
const FAILURE = { code: 500, message: "answer", metadata: undefined, stacktrace: undefined };
const id = local("popular");

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** Delivers what the partition sends itself, until nothing is left; effects by record. */
async function deliverAll(
  partition: TestPartition,
  effects: readonly Effect[],
): Promise<(readonly Effect[])[]> {
  const rounds: (readonly Effect[])[] = [];
  let items = selfSent(effects);
  while (items.length > 0) {
    const next = await partition.apply({ kind: "deliver", producer: PARTITION_ID, items });
    rounds.push(next);
    items = selfSent(next);
  }
  return rounds;
}

function selfSent(effects: readonly Effect[]): readonly DeliveredMessage[] {
  const own = ["answer-page", "continue-kill", "release-lock", "start-waiters"];
  return effectsOf(effects, "enqueue-outbox").filter(({ message }) => own.includes(message.kind));
}

/** Lets others attach: invocations elsewhere, and every third time a client. */
async function attachMany(partition: TestPartition, count = MANY): Promise<void> {
  for (const number of range(count)) {
    if (number % 3 === 0) {
      const asked = { invocationId: id, requestId: requestId(number) };
      await partition.apply({ kind: "attach-invocation", ...asked });
      continue;
    }
    const sink = {
      kind: "invocation",
      invocationId: remote(`waiter-${number}`),
      completionId: number,
      notificationType: NOTIFICATION_TYPES.attachInvocation,
      incarnation: 1,
    } as const;
    const message = { kind: "attach", targetId: id, sink, blocking: true } as const;
    await partition.apply({ kind: "deliver", producer: 9, items: [{ sequence: number, message }] });
  }
}

/** Numbers of those who were answered with the text or the failure, in order. */
function answered(rounds: readonly (readonly Effect[])[], text: string): number[] {
  const numbers: number[] = [];
  for (const effect of rounds.flat()) {
    if (effect.kind === "reply" && effect.reply.kind === "result") {
      expect(textOf(effect.reply.result)).toBe(text);
      numbers.push(effect.requestId.sequence);
    } else if (effect.kind === "enqueue-outbox" && effect.message.kind === "complete") {
      expect(textOf(effect.message.result)).toBe(text);
      numbers.push(effect.message.completionId);
    }
  }
  return numbers.sort((left, right) => left - right);
}

function textOf(result: { readonly kind: string; readonly [name: string]: unknown }): string {
  if (result.kind === "success") return new TextDecoder().decode(result["value"] as Uint8Array);
  return (result["failure"] as { readonly message: string }).message;
}

async function rowsOf(partition: TestPartition): Promise<number> {
  return (await partition.dump()).length;
}

describe("an invocation that many wait for", () => {
  test("keeps a small row", async () => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id));

    await attachMany(partition);

    const status = await partition.invocation(id);
    expect(status?.kind === "invoked" ? status.sinks.length : 0).toBeLessThanOrEqual(64);
  });

  test.each([
    ["ends", [PIN, output("answer"), END]],
    ["fails", [{ kind: "fail", failure: FAILURE }]],
  ] as [string, AttemptEvent[]][])("that %s answers each once", async (_what, events) => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id, { retention: NOT_KEPT }));
    await attachMany(partition);

    const first = await partition.attempt(id, ...events);
    const rounds = [first, ...(await deliverAll(partition, first))];

    const counts = rounds.map((round) => answered([round], "answer").length);
    expect(answered(rounds, "answer")).toEqual(range(MANY));
    expect(Math.max(...counts)).toBeLessThanOrEqual(64);
    await assertPartitionInvariants(partition);
  });

  test("leaves no rows behind", async () => {
    const partition = await TestPartition.open();
    await partition.apply({ kind: "truncate-outbox", upTo: 0 });
    const before = await rowsOf(partition);
    await partition.apply(invoke(id, { retention: NOT_KEPT }));
    await attachMany(partition);
    await partition.flush();

    const rounds = await deliverAll(partition, await partition.attempt(id, PIN, output("x"), END));
    const last = effectsOf(rounds.flat(), "enqueue-outbox").at(-1)?.sequence ?? 0;
    await partition.apply({ kind: "truncate-outbox", upTo: last });

    // The producers that were seen.
    expect(await rowsOf(partition)).toBe(before + 2);
  });

  test.each(["cancel-invocation", "kill-invocation"] as const)(
    "answers everyone when %s removes it before it runs",
    async (kind) => {
      const partition = await TestPartition.open();
      await partition.apply(invoke(id, { executionTimeMs: partition.nowMs + 1_000 }));
      await attachMany(partition);

      const first = await partition.apply({ kind, invocationId: id, requestId: undefined });
      const rounds = [first, ...(await deliverAll(partition, first))];

      const message = kind === "kill-invocation" ? "killed" : "canceled";
      expect(answered(rounds, message)).toEqual(range(MANY));
    },
  );

  test("answers everyone after a crash on the way, though it was purged and runs again", async () => {
    const partition = await TestPartition.open(CRAMPED);
    await partition.apply(invoke(id));
    await attachMany(partition);
    const first = await partition.attempt(id, PIN, output("answer"), END);
    await partition.apply({ kind: "purge-invocation", invocationId: id, requestId: undefined });
    await partition.apply(invoke(id));
    await partition.flush();
    const reopened = await partition.crash(CRAMPED);

    const rounds = [first, ...(await deliverAll(reopened, first))];

    expect(answered(rounds, "answer")).toEqual(range(MANY));
    expect(await reopened.status(id)).toBe("invoked");
  });

  test("copies few large results in one record", async () => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id));
    await attachMany(partition, 20);
    const large = "x".repeat(1024 * 1024);

    const first = await partition.attempt(id, PIN, output(large), END);
    const rounds = [first, ...(await deliverAll(partition, first))];

    const counts = rounds.map((round) => answered([round], large).length);
    expect(counts).toEqual([4, 4, 4, 4, 4]);
  });
});

describe("a promise that many wait for", () => {
  test("keeps a small row, and tells each listener once", async () => {
    const partition = await TestPartition.open();
    const shared = { target: workflowTarget("k", "shared") };
    const get = command({ kind: "get-promise", key: "p", completionId: 1 });
    for (const number of range(MANY)) {
      await partition.apply(invoke(local(`listener-${number}`), shared));
      await partition.attempt(local(`listener-${number}`), PIN, get, suspend(1));
    }
    await partition.apply(invoke(local("flow"), { target: workflowTarget() }));
    const result = { kind: "success", value: bytes("kept") } as const;
    const resolve = { kind: "complete-promise", key: "p", result, completionId: 1 } as const;

    const first = await partition.attempt(local("flow"), PIN, command(resolve));
    const rounds = [first, ...(await deliverAll(partition, first))];

    const woken = rounds.map((round) => effectsOf(round, "invoke").length);
    expect(woken.reduce((sum, count) => sum + count)).toBe(MANY);
    expect(Math.max(...woken)).toBeLessThanOrEqual(64);
    for (const number of [1, 64, 65, MANY]) {
      const journal = await partition.journal(local(`listener-${number}`));
      expect(journal).toEqual(["Input", "GetPromise", "+GetPromise"]);
    }
    await assertPartitionInvariants(partition);
  });

  test("leaves no page behind when its workflow is purged", async () => {
    const partition = await TestPartition.open();
    const flow = { invocationId: local("flow"), requestId: undefined } as const;
    await partition.apply(invoke(local("flow"), { target: workflowTarget() }));
    for (const number of range(MANY)) {
      const listener = local(`listener-${number}`);
      const shared = { target: workflowTarget("k", "shared"), retention: NOT_KEPT };
      await partition.apply(invoke(listener, shared));
      const get = command({ kind: "get-promise", key: "p", completionId: 1 });
      await partition.attempt(listener, PIN, get);
      await partition.apply({
        kind: "kill-invocation",
        invocationId: listener,
        requestId: undefined,
      });
    }
    await partition.apply({ kind: "kill-invocation", ...flow });

    const first = await partition.apply({ kind: "purge-invocation", ...flow });
    const rounds = [first, ...(await deliverAll(partition, first))];
    const last = effectsOf(rounds.flat(), "enqueue-outbox").at(-1)?.sequence ?? 0;
    await partition.apply({ kind: "truncate-outbox", upTo: last });

    // The facts, and the partition itself as a producer.
    expect(await rowsOf(partition)).toBe(2);
  });
});

describe("a kill of an invocation with a long journal", () => {
  const CALLS = 3_000;
  const kill = { kind: "kill-invocation", invocationId: id } as const;

  async function caller(): Promise<TestPartition> {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id, { target: objectTarget() }, requestId(1)));
    for (let first = 0; first < CALLS; first += 500) {
      const calls = range(500).map((offset) => {
        const invocationIdCompletionId = 2 * (first + offset);
        const completionId = invocationIdCompletionId + 1;
        const call = callOf(remote(`callee-${first + offset}`));
        return command({ kind: "call", call, invocationIdCompletionId, completionId });
      });
      await partition.attempt(id, PIN, ...calls);
    }
    return partition;
  }

  function killed(effects: readonly Effect[]): number {
    const sent = effectsOf(effects, "enqueue-outbox");
    return sent.filter(({ message }) => message.kind === "kill").length;
  }

  test("reaches all callees, some per record, then ends it and answers", async () => {
    const partition = await caller();

    const first = await partition.apply({ ...kill, requestId: requestId(2) });
    const between = await partition.status(id);
    const rounds = [first, ...(await deliverAll(partition, first))];

    const counts = rounds.map(killed);
    expect(counts.reduce((sum, count) => sum + count)).toBe(CALLS);
    expect(Math.max(...counts)).toBeLessThanOrEqual(256);
    expect(between).toBe("paused");
    expect(await partition.invocation(id)).toMatchObject({
      kind: "completed",
      result: { failure: { code: 409, message: "killed" } },
    });
    expect(rounds.slice(0, -1).flatMap(repliesOf)).toEqual([]);
    expect(repliesOf(rounds.at(-1) ?? []).map((reply) => reply.kind)).toEqual(["result", "done"]);
    await assertPartitionInvariants(partition);
  });

  test("does not reach a later run of its id", async () => {
    const partition = await caller();
    const first = await partition.apply({ ...kill, requestId: undefined });
    // A second kill comes to its end before the first has been continued.
    await deliverAll(partition, await partition.apply({ ...kill, requestId: undefined }));
    await partition.apply({ ...kill, kind: "purge-invocation", requestId: undefined } as Command);
    await partition.apply(invoke(id, { target: objectTarget() }));

    const sequences = selfSent(first).map(({ message }, i) => ({
      sequence: 1_000_000 + i,
      message,
    }));
    await partition.apply({ kind: "deliver", producer: PARTITION_ID, items: sequences });

    expect(await partition.status(id)).toBe("invoked");
  });

  test("lets nothing else in while it lasts", async () => {
    const partition = await caller();
    const first = await partition.apply({ ...kill, requestId: undefined });
    const token = (await partition.records.at(-1))?.index ?? 0;
    await partition.apply(invoke(local("next"), { target: objectTarget() }));

    const event = { kind: "command", type: COMMAND_TYPES.run, body: bytes("") } as const;
    const late = { ...event, requiresAck: false, command: { kind: "record-only" } } as const;
    await partition.apply({ kind: "attempt-event", invocationId: id, token, events: [late] });
    const before = await partition.status(local("next"));
    await deliverAll(partition, first);

    expect(before).toBe("inboxed");
    expect(await partition.status(local("next"))).toBe("invoked");
    await assertPartitionInvariants(partition);
  });
});

describe("an object key with many mutations in its queue", () => {
  const mutation = (number: number) =>
    ({
      kind: "patch-state",
      mutation: {
        serviceType: "virtual-object",
        service: "Object",
        key: "k",
        scope: undefined,
        expectedVersion: undefined,
        state: [["n", bytes(`${number}`)]],
      },
      requestId: undefined,
    }) as const;

  test("applies them in order, some per record, before whoever queued behind them", async () => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id, { target: objectTarget() }));
    for (const number of range(150)) await partition.apply(mutation(number));
    await partition.apply(invoke(local("behind"), { target: objectTarget() }));

    const first = await partition.attempt(id, PIN, output(), END);
    const between = await counterOf(partition);
    await partition.apply(mutation(1_000));
    await partition.apply(invoke(local("last"), { target: objectTarget() }));
    const whileIt = await partition.status(local("behind"));
    await deliverAll(partition, first);

    expect([between, whileIt]).toEqual(["64", "inboxed"]);
    expect(await counterOf(partition)).toBe("150");
    expect(await partition.status(local("behind"))).toBe("invoked");
    await partition.attempt(local("behind"), PIN, output(), END);
    expect(await counterOf(partition)).toBe("1000");
    expect(await partition.status(local("last"))).toBe("invoked");
    await assertPartitionInvariants(partition);
  });

  async function counterOf(partition: TestPartition): Promise<string> {
    const values = await partition.read((state) => state.stateValues("/Object/k"));
    return new TextDecoder().decode(values.get("n"));
  }
});

test("portions are the same for a replica that keeps nothing in memory and crashes", async () => {
  const lived = await TestPartition.open();
  const get = command({ kind: "get-promise", key: "p", completionId: 1 });
  for (const number of range(150)) {
    const listener = local(`listener-${number}`);
    await lived.apply(invoke(listener, { target: workflowTarget("k", "shared") }));
    await lived.attempt(listener, PIN, get, suspend(1));
  }
  await lived.apply(invoke(id, { target: workflowTarget() }));
  await attachMany(lived, 150);
  const result = { kind: "success", value: bytes("kept") } as const;
  const resolve = { kind: "complete-promise", key: "p", result, completionId: 1 } as const;
  await deliverAll(lived, await lived.attempt(id, PIN, command(resolve)));
  await deliverAll(lived, await lived.attempt(id, output(), END));

  let replica = await TestPartition.open(CRAMPED);
  for (const { record, index, epoch, effects } of lived.records) {
    expect(await replica.applyAt(record, index, epoch)).toEqual(effects);
    if (index % 7 === 0) await replica.flush();
    if (index % 91 === 0) replica = await replica.crash(CRAMPED);
  }

  expect(await replica.dump()).toEqual(await lived.dump());
});
