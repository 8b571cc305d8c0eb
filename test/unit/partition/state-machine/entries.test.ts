// What each journal command does besides being recorded (service protocol, section 8).
import { describe, expect, test } from "vitest";
import { effectsOf, TestPartition } from "#fixtures/partition";
import {
  anyOf,
  bytes,
  callOf,
  command,
  END,
  invoke,
  KEPT,
  local,
  objectTarget,
  output,
  remote,
  run,
  runResult,
  suspend,
  target,
  workflowTarget,
} from "#fixtures/partition-commands";
import { assertPartitionInvariants } from "#fixtures/partition-invariants";
import type { InvocationTarget, JournalCommand } from "#model";
import { decodeNotification } from "#model";

const id = local("caller");

async function started(of: InvocationTarget = target()): Promise<TestPartition> {
  const partition = await TestPartition.open();
  await partition.apply(invoke(id, { target: of }));
  return partition;
}

/** Result of the completion in the journal; undefined if it is not there. */
async function completion(partition: TestPartition, completionId: number, of = id) {
  for (const { type, body } of await partition.entries(of)) {
    if (type < 0x8000) continue;
    const { id: notified, result } = decodeNotification(body);
    if (notified.kind === "completion" && notified.completionId === completionId) return result;
  }
  return undefined;
}

describe("state", () => {
  const set = (key: string, value: string) =>
    command({ kind: "set-state", key, value: bytes(value) });

  test("is written, read, listed in byte order and cleared", async () => {
    const partition = await started(objectTarget());

    await partition.attempt(
      id,
      set("b", "1"),
      set("a", "2"),
      command({ kind: "get-lazy-state", key: "a", completionId: 1 }),
      command({ kind: "get-lazy-state-keys", completionId: 2 }),
      command({ kind: "clear-state", key: "a" }),
      command({ kind: "get-lazy-state", key: "a", completionId: 3 }),
      command({ kind: "clear-all-state" }),
      command({ kind: "get-lazy-state-keys", completionId: 4 }),
    );

    expect(await completion(partition, 1)).toEqual({ kind: "success", value: bytes("2") });
    expect(await completion(partition, 2)).toEqual({ kind: "state-keys", keys: ["a", "b"] });
    expect(await completion(partition, 3)).toEqual({ kind: "void" });
    expect(await completion(partition, 4)).toEqual({ kind: "state-keys", keys: [] });
  });

  test("stays after a failed attempt, and for the next of the key", async () => {
    const partition = await started(objectTarget());
    await partition.attempt(id, set("a", "kept"));

    await partition.attempt(id, { kind: "fail", failure: FAILURE });

    const values = await partition.read((state) => state.stateValues("/Object/k"));
    expect(values.get("a")).toEqual(bytes("kept"));
  });

  test("of another scope is another", async () => {
    const partition = await started({ ...objectTarget(), scope: "s" });
    await partition.attempt(id, set("a", "scoped"));

    expect((await partition.read((state) => state.stateValues("/Object/k"))).size).toBe(0);
    expect((await partition.read((state) => state.stateValues("s/Object/k"))).size).toBe(1);
  });
});

describe("a sleep", () => {
  const sleep = (wakeUpTimeMs: number, completionId = 1) =>
    command({ kind: "sleep", wakeUpTimeMs, completionId });

  test("sets a timer, whose firing completes it once", async () => {
    const partition = await started();
    const timeMs = partition.nowMs + 100;
    const incarnation = await partition.incarnation(id);
    const timer = {
      kind: "sleep",
      timeMs,
      invocationId: id,
      completionId: 1,
      incarnation,
    } as const;

    const set = await partition.attempt(id, sleep(timeMs), suspend(1));
    partition.nowMs = timeMs;
    await partition.apply({ kind: "fire-timers", timers: [timer, timer] });

    expect(effectsOf(set, "set-timer")).toEqual([{ kind: "set-timer", timer }]);
    expect(await partition.status(id)).toBe("invoked");
    expect(await partition.journal(id)).toEqual(["Input", "Sleep", "+Sleep"]);
    expect(await (await partition.tables()).timers(undefined, 10)).toEqual([]);
  });

  test("that is over already completes at once", async () => {
    const partition = await started();

    await partition.attempt(id, sleep(partition.nowMs));

    expect(await completion(partition, 1)).toEqual({ kind: "void" });
  });
});

describe("a call", () => {
  const call = (callee = local("callee"), to = target()) =>
    command({
      kind: "call",
      call: callOf(callee, to),
      invocationIdCompletionId: 1,
      completionId: 2,
    });

  test("names its callee at once and completes with its result", async () => {
    const partition = await started();
    await partition.attempt(id, call(), suspend(2));
    const callee = await partition.invocation(local("callee"));

    await partition.attempt(local("callee"), output("from callee"), END);

    expect(await completion(partition, 1)).toEqual({
      kind: "invocation-id",
      invocationId: local("callee"),
    });
    expect(callee?.metadata.invokedBy).toEqual({
      kind: "service",
      invocationId: id,
      target: target(),
    });
    expect(await completion(partition, 2)).toEqual({
      kind: "success",
      value: bytes("from callee"),
    });
    expect(await partition.status(id)).toBe("invoked");
  });

  test("of another partition goes through the outbox", async () => {
    const partition = await started();

    const effects = await partition.attempt(id, call(remote("callee")));

    expect(effectsOf(effects, "enqueue-outbox")).toMatchObject([
      { sequence: 1, message: { kind: "invoke", request: { id: remote("callee") } } },
    ]);
    await assertPartitionInvariants(partition);
  });

  test("of a workflow that has run fails", async () => {
    const partition = await started();
    await partition.apply(invoke(local("flow"), { target: workflowTarget() }));

    await partition.attempt(id, call(local("flow"), workflowTarget()));

    expect(await completion(partition, 2)).toMatchObject({
      kind: "failure",
      failure: { code: 409, message: "the workflow method was already invoked" },
    });
  });

  test("without an answer starts its callee, at once or later", async () => {
    const partition = await started();
    const later = partition.nowMs + 1_000;
    const send = (name: string, invokeTimeMs: number, invocationIdCompletionId: number) =>
      command({
        kind: "one-way-call",
        call: callOf(local(name)),
        invocationIdCompletionId,
        invokeTimeMs,
      });

    await partition.attempt(id, send("now", 0, 1), send("later", later, 2));

    expect(await partition.status(local("now"))).toBe("invoked");
    expect(await partition.status(local("later"))).toBe("scheduled");
    expect(await completion(partition, 2)).toMatchObject({ invocationId: local("later") });
  });
});

describe("a promise", () => {
  const flow = workflowTarget();
  const shared = workflowTarget("k", "shared");
  const get: JournalCommand = { kind: "get-promise", key: "p", completionId: 1 };
  const complete = (text: string, completionId: number): JournalCommand => ({
    kind: "complete-promise",
    key: "p",
    result: { kind: "success", value: bytes(text) },
    completionId,
  });

  test("tells all who wait, and keeps its first value", async () => {
    const partition = await started(flow);
    await partition.attempt(id, command(get), suspend(1));
    await partition.apply(invoke(local("peer"), { target: shared }));
    await partition.attempt(local("peer"), command(get), suspend(1));
    await partition.apply(invoke(local("completer"), { target: shared }));

    await partition.attempt(
      local("completer"),
      command(complete("first", 1)),
      command(complete("second", 2)),
      command({ kind: "peek-promise", key: "p", completionId: 3 }),
    );

    const first = { kind: "success", value: bytes("first") };
    expect(await completion(partition, 1)).toEqual(first);
    expect(await completion(partition, 1, local("peer"))).toEqual(first);
    expect(await completion(partition, 1, local("completer"))).toEqual({ kind: "void" });
    expect(await completion(partition, 2, local("completer"))).toMatchObject({
      failure: { code: 409, message: "promise was already completed" },
    });
    expect(await completion(partition, 3, local("completer"))).toEqual(first);
  });

  test("can be awaited after it was completed, and peeked at before", async () => {
    const partition = await started(flow);
    const peek = { kind: "peek-promise", key: "p", completionId: 3 } as const;

    await partition.attempt(id, command(peek), command(complete("own", 2)), command(get));

    expect(await completion(partition, 3)).toEqual({ kind: "void" });
    expect(await completion(partition, 1)).toEqual({ kind: "success", value: bytes("own") });
  });

  test("can be completed by who awaits it", async () => {
    const partition = await started(flow);

    await partition.attempt(id, command(get), command(complete("own", 2)));

    expect(await completion(partition, 1)).toEqual({ kind: "success", value: bytes("own") });
  });
});

describe("signals, attach and output", () => {
  const callee = local("other");

  test("a signal reaches a running invocation and wakes one that waits for its name", async () => {
    const partition = await started();
    await partition.apply(invoke(callee));
    const future = anyOf([], [], ["go"]);
    await partition.attempt(callee, { kind: "suspend", future, recordEvent: false });
    const result = { kind: "success", value: bytes("!") } as const;

    await partition.attempt(
      id,
      command({ kind: "send-signal", targetId: callee, signal: "go", result }),
    );

    expect(await partition.status(callee)).toBe("invoked");
    expect(await partition.journal(callee)).toEqual(["Input", "+Signal"]);
  });

  test("signal 1 cancels what has not started", async () => {
    const partition = await started();
    await partition.apply(invoke(callee, { executionTimeMs: partition.nowMs + 1_000 }));
    const cancel = { kind: "send-signal", targetId: callee, signal: 1 } as const;

    await partition.attempt(id, command({ ...cancel, result: { kind: "void" } }));

    expect(await partition.status(callee)).toBe("free");
  });

  test("attach waits for the result; output answers at once", async () => {
    const partition = await started();
    await partition.apply(invoke(callee));
    const target = { targetId: callee };
    await partition.attempt(
      id,
      command({ kind: "attach-invocation", ...target, completionId: 1 }),
      command({ kind: "get-invocation-output", ...target, completionId: 2 }),
    );
    const early = [await completion(partition, 1), await completion(partition, 2)];

    await partition.attempt(callee, output("result"), END);
    await partition.attempt(
      id,
      command({ kind: "get-invocation-output", ...target, completionId: 3 }),
    );

    const result = { kind: "success", value: bytes("result") };
    expect(early).toEqual([undefined, { kind: "void" }]);
    expect(await completion(partition, 1)).toEqual(result);
    expect(await completion(partition, 3)).toEqual(result);
  });

  test("attach to what does not exist fails", async () => {
    const partition = await started();

    await partition.attempt(
      id,
      command({ kind: "attach-invocation", targetId: local("nobody"), completionId: 1 }),
    );

    expect(await completion(partition, 1)).toMatchObject({
      failure: { code: 404, message: "not found" },
    });
  });
});

describe("an attempt", () => {
  test("is told of a run's result in full, or only that it is stored", async () => {
    const partition = await started();

    const effects = await partition.attempt(id, run(1), runResult(1), run(2), {
      ...runResult(2),
      ackOnly: true,
    } as ReturnType<typeof runResult>);

    expect(effectsOf(effects, "notify")).toMatchObject([{ entryIndex: 2 }]);
    expect(effectsOf(effects, "acknowledge-run")).toMatchObject([{ entryIndex: 4 }]);
  });

  test("cannot change the result of a run", async () => {
    const partition = await started();
    await partition.attempt(id, run(1), runResult(1, "first"));

    await partition.attempt(id, runResult(1, "second"));

    expect(await completion(partition, 1)).toEqual({ kind: "success", value: bytes("first") });
    expect(await partition.journal(id)).toEqual(["Input", "Run", "+Run"]);
  });

  test("is told that a command is stored, if it asked", async () => {
    const partition = await started(objectTarget());
    const value = bytes("v");

    const effects = await partition.attempt(
      id,
      command({ kind: "set-state", key: "a", value }, true),
      command({ kind: "set-state", key: "b", value }),
    );

    expect(effectsOf(effects, "acknowledge-command")).toMatchObject([{ commandIndex: 1 }]);
  });

  test("that was superseded changes nothing", async () => {
    const partition = await started();
    const before = await partition.dump();

    const effects = await partition.apply({
      kind: "attempt-event",
      invocationId: id,
      token: 77,
      events: [output(), END],
    });

    expect(effects).toEqual([]);
    expect((await partition.dump()).length).toBe(before.length);
  });

  test("that suspends on what is already there goes on at once", async () => {
    const partition = await started();
    await partition.attempt(id, run(1), runResult(1));

    const effects = await partition.attempt(id, suspend(1));

    expect(effects).toEqual([{ kind: "invoke", invocationId: id, token: 3 }]);
  });

  test("ends with its last output", async () => {
    const partition = await started();

    await partition.attempt(id, output("first"), output("last"), END);

    const result = { kind: "success", value: bytes("last") };
    expect(await partition.invocation(id)).toMatchObject({ kind: "completed", result });
  });

  test("fails terminally with what the invoker says", async () => {
    const partition = await started();

    await partition.attempt(id, { kind: "fail", failure: FAILURE });

    const result = { kind: "failure", failure: FAILURE };
    expect(await partition.invocation(id)).toMatchObject({ kind: "completed", result });
  });

  test("records a failure once until a new command is stored", async () => {
    const partition = await started();
    const cause = {
      failure: FAILURE,
      documentedCode: "RT0007",
      relatedCommandIndex: undefined,
      relatedCommandName: undefined,
      relatedCommandType: undefined,
    };
    const fail = { kind: "fail-attempt", cause } as const;
    const other = { ...cause, failure: { ...FAILURE, message: "other" } };

    for (const event of [fail, fail, { ...fail, cause: other }, run(1), fail, fail]) {
      await partition.attempt(id, event);
    }

    const events: string[] = [];
    for await (const [, { event, afterJournalEntryIndex }] of (await partition.tables()).events()) {
      const message = event.kind === "transient-error" ? event.cause.failure.message : event.kind;
      events.push(`${message} after ${afterJournalEntryIndex}`);
    }
    expect(events).toEqual(["wrong after 0", "other after 0", "wrong after 1"]);
  });
});

describe("retention", () => {
  async function ended(completionMs: number, journalMs: number): Promise<TestPartition> {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id, { retention: { completionMs, journalMs } }));
    await partition.attempt(id, output(), END);
    return partition;
  }

  test.each([
    { completionMs: 0, journalMs: 0, kept: "free", expiries: [] },
    { completionMs: 9, journalMs: 0, kept: "completed", expiries: ["completion"] },
    { completionMs: 9, journalMs: 4, kept: "completed", expiries: ["journal", "completion"] },
    { completionMs: 9, journalMs: 9, kept: "completed", expiries: ["completion"] },
  ])("$completionMs and $journalMs ms", async ({ completionMs, journalMs, kept, expiries }) => {
    const partition = await ended(completionMs, journalMs);

    const due = await (await partition.tables()).expiries(partition.nowMs + 100, 10);

    expect(await partition.status(id)).toBe(kept);
    expect(due.map(({ what }) => what)).toEqual(expiries);
    await assertPartitionInvariants(partition);
  });

  test("removes what is due, and not what runs again under the id", async () => {
    const partition = await ended(9, 4);
    const [journal, completed] = await (await partition.tables()).expiries(2 ** 40, 10);
    if (journal === undefined || completed === undefined) throw new Error("Nothing expires");

    await partition.apply({ kind: "purge-expired", expiries: [journal] });
    const withoutJournal = await partition.invocation(id);
    await partition.apply({ kind: "purge-invocation", invocationId: id, requestId: undefined });
    await partition.apply(invoke(id, { retention: KEPT }));
    await partition.attempt(id, output(), END);
    await partition.apply({ kind: "purge-expired", expiries: [completed] });

    expect(withoutJournal).toMatchObject({ kind: "completed", journalLength: 0 });
    expect(await partition.status(id)).toBe("completed");
    await assertPartitionInvariants(partition);
  });

  test("of a workflow run covers its state and promises", async () => {
    const partition = await started(workflowTarget());
    const result = { kind: "success", value: bytes("v") } as const;
    await partition.attempt(
      id,
      command({ kind: "set-state", key: "a", value: bytes("v") }),
      command({ kind: "complete-promise", key: "p", result, completionId: 1 }),
      output(),
      END,
    );
    const before = await partition.dump();

    await partition.apply({ kind: "purge-invocation", invocationId: id, requestId: undefined });

    // What is left is the row of the applied index.
    expect(before.length).toBeGreaterThan(5);
    expect(await partition.dump()).toHaveLength(1);
  });
});

const FAILURE = { code: 418, message: "wrong", metadata: undefined, stacktrace: undefined };
