// Clearing much at once: a state of many keys, many journal events, a long outbox. What the store
// holds afterwards is what clearing them one by one leaves, whatever was flushed before or since.
import { describe, expect, test } from "vitest";
import { CRAMPED, ROOMY, TestPartition } from "#fixtures/partition";
import {
  anyOf,
  bytes,
  command,
  END,
  invoke,
  local,
  NOT_KEPT,
  objectTarget,
  output,
  PIN,
  remote,
  target,
} from "#fixtures/partition-commands";
import type { AttemptEvent } from "#model";
import { decodeNotification, isNotificationType } from "#model";

const MANY = 3_000;
const id = local("owner");
const KEYED = { target: objectTarget() };

const set = (key: string, value = "v"): AttemptEvent =>
  command({ kind: "set-state", key, value: bytes(value) });
const CLEAR = command({ kind: "clear-all-state" });

async function storedState(partition: TestPartition): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { key, value } of (await partition.tables()).state()) {
    found[key] = new TextDecoder().decode(value);
  }
  return found;
}

describe("a state of many keys", () => {
  const keys = Array.from({ length: MANY }, (_, i) => set(`key-${i}`));

  test.each([
    ["after it was written", true],
    ["before it was written", false],
  ])("is cleared %s, and what is set again stays", async (_when, isFlushed) => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id, KEYED));
    await partition.apply(invoke(local("other"), { target: objectTarget("k2") }));
    await partition.attempt(local("other"), PIN, set("kept"));
    await partition.attempt(id, PIN, ...keys);
    if (isFlushed) await partition.flush();

    await partition.attempt(id, set("key-1", "before"), CLEAR, set("key-2", "after"));
    const inMemory = await partition.read((state) => [...state.stateValues("/Object/k").keys()]);
    const first = await storedState(partition);
    await partition.attempt(id, set("key-3", "later"));

    expect(inMemory).toEqual(["key-2"]);
    expect(first).toEqual({ "key-2": "after", kept: "v" });
    expect(await storedState(partition)).toEqual({ "key-2": "after", "key-3": "later", kept: "v" });
    const reopened = await partition.crash(CRAMPED);
    const read = await reopened.read((state) => [...state.stateValues("/Object/k").keys()]);
    expect(read).toEqual(["key-2", "key-3"]);
  });

  test("is there again when the record that cleared it is undone", async () => {
    const partition = await TestPartition.open({ ...ROOMY, invocationCountMax: 1 });
    await partition.apply(invoke(id, KEYED));
    await partition.attempt(id, PIN, ...keys);
    await partition.attempt(id, set("unwritten"));
    for (const name of ["a", "b", "c"]) await partition.apply(invoke(local(name)));
    await partition.flush();
    await partition.apply(invoke(local("d")));
    await partition.status(id);
    const missesBefore = partition.misses;

    // The target of the signal has left memory: the record is applied twice.
    const targetId = local("a");
    const result = { kind: "void" } as const;
    const signal = command({ kind: "send-signal", targetId, signal: "go", result });
    const get = command({ kind: "get-lazy-state", key: "key-5", completionId: 1 });
    await partition.attempt(id, get, set("key-1", "new"), CLEAR, set("key-2", "after"), signal);

    const read = (await partition.entries(id)).findLast(({ type }) => isNotificationType(type));
    expect(decodeNotification(read?.body ?? bytes(""))).toMatchObject({
      result: { kind: "success" },
    });
    expect(partition.misses).toBeGreaterThan(missesBefore);
    expect(await storedState(partition)).toEqual({ "key-2": "after" });
    expect(await partition.journal(targetId)).toEqual(["Input", "+Signal"]);
  });
});

describe("many journal events", () => {
  const suspended = { kind: "suspend", future: anyOf([], [1], ["go"]), recordEvent: true } as const;

  test("go with their journal, written or not, and a later run has its own", async () => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id, { retention: NOT_KEPT }));
    await partition.apply(invoke(local("other")));
    await partition.attempt(local("other"), PIN, suspended);
    const resume = { kind: "resume-invocation", invocationId: id, requestId: undefined } as const;
    for (let i = 0; i < 1_100; i++) {
      await partition.attempt(id, suspended);
      await partition.apply({ ...resume, pinChange: { kind: "keep" } });
      if (i === 700) await partition.flush();
    }

    await partition.attempt(id, PIN, output(), END);
    await partition.apply(invoke(id));
    await partition.attempt(id, suspended);

    const events: string[] = [];
    for await (const [owner] of (await partition.tables()).events()) events.push(owner);
    expect(events.sort()).toEqual([id, local("other")].sort());
  });
});

describe("a long outbox", () => {
  test("is truncated up to what has arrived, written or not", async () => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id, { target: target() }));
    const result = { kind: "void" } as const;
    const targetId = remote("there");
    const signal = command({ kind: "send-signal", targetId, signal: "go", result });
    await partition.attempt(id, PIN, ...Array(1_000).fill(signal));
    await partition.flush();
    await partition.attempt(id, ...Array(1_000).fill(signal));

    await partition.apply({ kind: "truncate-outbox", upTo: 1_500 });
    await partition.attempt(id, signal);

    const stored: number[] = [];
    for await (const [sequence] of (await partition.tables()).outbox()) stored.push(sequence);
    expect([stored.length, stored[0], stored.at(-1)]).toEqual([501, 1_501, 2_001]);
  });
});
