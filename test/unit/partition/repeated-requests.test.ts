// Requests that must not take effect twice are told by their id, within bounds.
import { describe, expect, test } from "vitest";
import { CRAMPED, repliesOf, TestPartition } from "#fixtures/partition";
import { invoke, local, PIN, requestId } from "#fixtures/partition-commands";
import type { Command } from "#state-machine";

const id = local("invocation");

function signal(deduplicationId: string | undefined, sequence = 1): Command {
  const asked = { invocationId: id, requestId: requestId(sequence), deduplicationId };
  return { kind: "append-signal", ...asked, signal: "name", result: { kind: "void" } };
}

async function started(): Promise<TestPartition> {
  const partition = await TestPartition.open();
  await partition.apply(invoke(id));
  await partition.attempt(id, PIN);
  return partition;
}

describe("a request with an id", () => {
  test("is applied once, and answered each time", async () => {
    const partition = await started();
    for (const sequence of [1, 2, 3]) {
      const effects = await partition.apply(signal("a", sequence));
      const replies = effects.filter(({ kind }) => kind === "reply");
      const asked = { epoch: 1, sequence };
      expect(replies).toEqual([{ kind: "reply", requestId: asked, reply: { kind: "done" } }]);
    }
    expect(await partition.entries(id)).toHaveLength(2);
    await partition.apply(signal("b"));
    expect(await partition.entries(id)).toHaveLength(3);
  });

  test("is known after a crash, and after an image", async () => {
    const first = await started();
    await first.apply(signal("a"));
    await first.flush();
    const second = await first.crash(CRAMPED);
    expect(repliesOf(await second.apply(signal("a")))).toEqual([{ kind: "done" }]);
    expect(await second.entries(id)).toHaveLength(2);
  });

  test("is answered as the first time, refusals included", async () => {
    const partition = await started();
    const restart: Command = {
      kind: "restart-invocation",
      invocationId: id,
      requestId: requestId(1),
      deduplicationId: "r",
      newInvocationId: local("new"),
      from: 0,
      pinChange: { kind: "keep" },
      retention: { completionMs: 0, journalMs: 0 },
    };
    const refused = [{ kind: "refused", reason: { kind: "still-running" } }];
    expect(repliesOf(await partition.apply(restart))).toEqual(refused);
    await partition.apply({ kind: "kill-invocation", invocationId: id, requestId: undefined });
    expect(repliesOf(await partition.apply(restart))).toEqual(refused);
  });

  test("is forgotten after its time, a few per record", async () => {
    const partition = await started();
    for (let i = 0; i < 10; i++) await partition.apply(signal(`old${i}`));
    partition.nowMs += 121_000;
    for (let i = 0; i < 3; i++) await partition.apply(signal(`new${i}`));
    const known = (name: string) =>
      partition.read((state) => state.rememberedReply(name) !== undefined);
    const old = await Promise.all(Array.from({ length: 10 }, (_, i) => known(`old${i}`)));
    expect(old).toEqual([false, false, false, false, false, false, true, true, true, true]);
    expect(await known("new0")).toBe(true);
    await partition.flush();
    const reopened = await partition.crash();
    expect(reopened.store.rememberedReply("old5")).toBeUndefined();
    expect(reopened.store.rememberedReply("old6")).toEqual({ kind: "done" });
  });

  test("is one of a bounded number", async () => {
    const partition = await TestPartition.open();
    for (let i = 0; i < 6_000; i++) await partition.apply(signal(`s${i}`));
    const { store } = partition;
    const count = Array.from({ length: 6_000 }, (_, i) => store.rememberedReply(`s${i}`)).filter(
      (reply) => reply !== undefined,
    ).length;
    expect(count).toBe(4_096);
    expect(store.rememberedReply("s5999")).toBeDefined();
    expect(store.rememberedReply("s0")).toBeUndefined();
  });

  test("is not remembered when its record is undone", async () => {
    const partition = await started();
    const { store } = partition;
    partition.nowMs += 1;
    await partition.apply(signal("kept"));
    partition.nowMs += 121_000;
    store.rememberReply(99, {
      deduplicationId: "undone",
      timeMs: partition.nowMs,
      reply: { kind: "done" },
    });
    expect(store.rememberedReply("kept")).toBeUndefined();
    store.rollBackRecord();
    expect(store.rememberedReply("undone")).toBeUndefined();
    expect(store.rememberedReply("kept")).toEqual({ kind: "done" });
    await partition.apply(signal("next"));
    expect(store.rememberedReply("kept")).toBeUndefined();
    expect(store.rememberedReply("next")).toEqual({ kind: "done" });
  });

  test("without an id is applied each time", async () => {
    const partition = await started();
    await partition.apply(signal(undefined));
    await partition.apply(signal(undefined));
    expect(await partition.entries(id)).toHaveLength(3);
  });
});
