// Between partitions: what leaves through the outbox and what arrives, each once.
import { describe, expect, test } from "vitest";
import { effectsOf, PARTITION_ID, TestPartition } from "#fixtures/partition";
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
  request,
  suspend,
} from "#fixtures/partition-commands";
import { assertPartitionInvariants } from "#fixtures/partition-invariants";
import type { InvocationId } from "#model";
import { NOTIFICATION_TYPES } from "#model";
import type { Effect, OutboxMessage } from "#state-machine";

const PRODUCER = 9;
const id = local("callee");

function delivery(first: number, ...messages: readonly OutboxMessage[]) {
  const items = messages.map((message, i) => ({ sequence: first + i, message }));
  return { kind: "deliver", producer: PRODUCER, items } as const;
}

/** A call of an invocation elsewhere. */
function invokeMessage(callee: InvocationId): OutboxMessage {
  const sink = {
    kind: "invocation",
    invocationId: remote("caller"),
    completionId: 5,
    notificationType: NOTIFICATION_TYPES.call,
    incarnation: 7,
  } as const;
  return { kind: "invoke", request: request(callee), sink };
}

function sent(effects: readonly Effect[]): OutboxMessage[] {
  return effectsOf(effects, "enqueue-outbox").map(({ message }) => message);
}

describe("a delivered message", () => {
  test("takes effect once, however often it comes", async () => {
    const partition = await TestPartition.open();
    const message = invokeMessage(id);
    const signal = {
      kind: "signal",
      targetId: id,
      signal: "go",
      result: { kind: "void" },
    } as const;

    await partition.apply(delivery(1, message, signal));
    await partition.apply(delivery(1, message, signal));
    await partition.apply(delivery(2, signal, signal));

    expect(await partition.journal(id)).toEqual(["Input", "+Signal", "+Signal"]);
  });

  test("is remembered across a crash", async () => {
    const partition = await TestPartition.open();
    await partition.apply(delivery(1, invokeMessage(id)));
    await partition.flush();
    const reopened = await partition.crash();

    const effects = await reopened.apply(delivery(1, invokeMessage(id)));

    expect(effects).toEqual([]);
  });

  test("of another producer counts on its own", async () => {
    const partition = await TestPartition.open();
    await partition.apply(delivery(7, invokeMessage(id)));

    const other = { ...delivery(1, invokeMessage(local("second"))), producer: PRODUCER + 1 };
    await partition.apply(other);

    expect(await partition.status(local("second"))).toBe("invoked");
  });

  test("is answered through the outbox when the callee ends", async () => {
    const partition = await TestPartition.open();
    await partition.apply(delivery(1, invokeMessage(id)));

    const effects = await partition.attempt(id, output("answer"), END);

    expect(sent(effects)).toEqual([
      {
        kind: "complete",
        targetId: remote("caller"),
        completionId: 5,
        notificationType: NOTIFICATION_TYPES.call,
        result: { kind: "success", value: bytes("answer") },
        incarnation: 7,
      },
    ]);
  });

  test("completes a call once and wakes the caller", async () => {
    const partition = await TestPartition.open();
    const caller = local("caller");
    const call = callOf(remote("callee"));
    await partition.apply(invoke(caller));
    const numbers = { invocationIdCompletionId: 1, completionId: 2 };
    await partition.attempt(caller, command({ kind: "call", call, ...numbers }), suspend(2));
    const complete = (text: string): OutboxMessage => ({
      kind: "complete",
      targetId: caller,
      completionId: 2,
      notificationType: NOTIFICATION_TYPES.call,
      result: { kind: "success", value: bytes(text) },
      incarnation: 1,
    });

    await partition.apply(delivery(1, complete("first"), complete("second")));

    expect(await partition.status(caller)).toBe("invoked");
    expect(await partition.journal(caller)).toEqual([
      ...["Input", "Call", "+CallInvocationId", "+Call"],
    ]);
  });

  test("asks for an output and gets it, or nothing, or that there is none", async () => {
    const partition = await TestPartition.open();
    const notificationType = NOTIFICATION_TYPES.getInvocationOutput;
    const ask = (targetId: InvocationId): OutboxMessage => ({
      kind: "attach",
      targetId,
      sink: {
        kind: "invocation",
        invocationId: remote("asker"),
        completionId: 1,
        notificationType,
        incarnation: 7,
      },
      blocking: false,
    });
    await partition.apply(invoke(id));

    const early = await partition.apply(delivery(1, ask(id)));
    const unknown = await partition.apply(delivery(2, ask(local("nobody"))));
    await partition.attempt(id, output("late"), END);
    const late = await partition.apply(delivery(3, ask(id)));

    expect(sent([...early, ...unknown, ...late])).toMatchObject([
      { incarnation: 7, result: { kind: "void" } },
      { incarnation: 7, result: { kind: "failure", failure: { code: 404 } } },
      { incarnation: 7, result: { kind: "success", value: bytes("late") } },
    ]);
  });
});

describe("the outbox", () => {
  test("numbers messages without gaps and forgets what has arrived", async () => {
    const partition = await TestPartition.open();
    await partition.apply(delivery(1, invokeMessage(local("a")), invokeMessage(local("b"))));
    const first = await partition.attempt(local("a"), output(), END);
    const second = await partition.attempt(local("b"), output(), END);

    await partition.apply({ kind: "truncate-outbox", upTo: 1 });

    const stored: number[] = [];
    for await (const [sequence] of (await partition.tables()).outbox()) stored.push(sequence);
    const sequences = effectsOf([...first, ...second], "enqueue-outbox").map((one) => one.sequence);
    expect(sequences).toEqual([1, 2]);
    expect(stored).toEqual([2]);
  });
});

describe("a kill", () => {
  test("reaches everything that was called, one level per message", async () => {
    const partition = await TestPartition.open();
    const call = (name: string, first: number) => {
      const numbers = { invocationIdCompletionId: first, completionId: first + 1 };
      return command({ kind: "call", call: callOf(local(name)), ...numbers });
    };
    await partition.apply(invoke(local("root")));
    const later = partition.nowMs + 1_000;
    const delayed = { kind: "one-way-call", call: callOf(local("delayed")) } as const;
    await partition.attempt(
      local("root"),
      PIN,
      call("child", 1),
      command({ ...delayed, invocationIdCompletionId: 3, invokeTimeMs: later }),
    );
    await partition.attempt(local("child"), call("grandchild", 1));

    const kill = { kind: "kill-invocation", requestId: undefined } as const;
    const pending = [...(await partition.apply({ ...kill, invocationId: local("root") }))];
    const levels: string[][] = [];
    for (let level = effectsOf(pending, "enqueue-outbox"); level.length > 0; ) {
      levels.push(level.map(({ message }) => (message.kind === "kill" ? message.targetId : "")));
      const items = level.map(({ sequence, message }) => ({ sequence, message }));
      const effects = await partition.apply({ kind: "deliver", producer: PARTITION_ID, items });
      level = effectsOf(effects, "enqueue-outbox");
    }

    expect(levels).toEqual([[local("child"), local("delayed")], [local("grandchild")]]);
    for (const name of ["root", "child", "grandchild"]) {
      const failure = { code: 409, message: "killed" };
      expect(await partition.invocation(local(name))).toMatchObject({ result: { failure } });
    }
    expect(await partition.status(local("delayed"))).toBe("free");
    await assertPartitionInvariants(partition);
  });
});
