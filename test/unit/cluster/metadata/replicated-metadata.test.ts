// One node's view of metadata whose leader is elsewhere: the calls to it are played by the test.
import { describe, expect, test } from "vitest";

import { ClusterError, type ClusterErrorCode } from "#base/cluster-error";
import type { NodeCalls } from "#transport";
import { MetadataGroup } from "../../../../cluster/metadata/metadata-group.ts";
import { ReplicatedMetadata } from "../../../../cluster/metadata/replicated-metadata.ts";
import type { PartitionLog } from "../../../../cluster/multiraft/partition-log.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const silent = { error() {}, warn() {}, info() {}, debug() {}, child: () => silent };

type Attempt = () => ClusterErrorCode | "ok";

/** A group that every node applies at once, and a leader that answers as it is told. */
async function play(attempts: Attempt[]) {
  let index = 0;
  let nowMs = 0;
  const pauses: number[] = [];
  const log = {
    isLeader: true,
    leaderNode: 1,
    appendedBytesSinceCompaction: () => 0,
    propose: (data: Uint8Array) => {
      index++;
      void group.applyBatch([{ index, term: 1, data }], index);
      return "accepted";
    },
  } as unknown as PartitionLog;
  const group: MetadataGroup = await MetadataGroup.load({
    store: {
      load: async () => ({ appliedIndex: 0, documents: [] }),
      write: async () => undefined,
      flush: async () => undefined,
    },
    log,
    logger: silent,
    requester: "test",
  });
  let answer: (payload: Uint8Array) => Promise<Uint8Array> = () => Promise.reject();
  const calls: NodeCalls = {
    register: (_service, handler) => {
      answer = (payload) => handler(payload, 2, { onAbandoned: () => undefined });
    },
    call: async (_target, payload) => {
      const outcome = (attempts.shift() as Attempt)();
      if (outcome === "OVERLOADED") throw new ClusterError(outcome, "nothing was done");
      const reply = await answer(payload);
      if (outcome !== "ok") throw new ClusterError(outcome, "the answer was lost");
      return reply;
    },
  };
  const follower = { ...log, isLeader: false } as PartitionLog;
  const metadata = new ReplicatedMetadata({
    group,
    log: follower,
    calls,
    nodeId: 2,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    scheduler: {
      after: (delayMs, run) => {
        pauses.push(delayMs);
        // Only the pauses between attempts pass; deadlines never do.
        if (delayMs < 2_000) {
          nowMs += delayMs;
          queueMicrotask(run);
        }
        return { cancel: () => undefined };
      },
    },
  });
  return { metadata, group, pauses };
}

describe("a write to a leader elsewhere", () => {
  test("whose answer was lost is known to have happened", async () => {
    const { metadata } = await play([() => "NODE_UNREACHABLE", () => "ok"]);
    expect(await metadata.put("a", bytes("1"), 0)).toEqual({ isWritten: true, version: 1 });
  });

  test("whose answer was lost is a failure when another one has come in between", async () => {
    const played = await play([
      () => "CALL_TIMED_OUT",
      () => {
        void played.group.request({
          kind: "put",
          name: "a",
          expectedVersion: 1,
          contents: bytes("other"),
        });
        return "ok";
      },
    ]);
    const result = await played.metadata.put("a", bytes("1"), 0);
    expect(result).toEqual({ isWritten: false, version: 2 });
  });

  test("that was refused without effect is asked again, and not taken for its own", async () => {
    const played = await play([
      () => {
        void played.group.request({
          kind: "put",
          name: "a",
          expectedVersion: 0,
          contents: bytes("1"),
        });
        return "OVERLOADED";
      },
      () => "ok",
    ]);
    const result = await played.metadata.put("a", bytes("1"), 0);
    expect(result).toEqual({ isWritten: false, version: 1 });
  });

  test("of a deletion whose answer was lost is known to have happened", async () => {
    const { metadata } = await play([() => "ok", () => "NODE_UNREACHABLE", () => "ok"]);
    await metadata.put("a", bytes("1"), 0);
    expect(await metadata.delete("a", 1)).toEqual({ isWritten: true, version: 0 });
  });

  test("fails after five seconds of growing pauses", async () => {
    const { metadata, pauses } = await play(Array(50).fill(() => "OVERLOADED"));
    await expect(metadata.put("a", bytes("1"), 0)).rejects.toMatchObject({ code: "OVERLOADED" });
    expect(pauses.slice(0, 6)).toEqual([50, 100, 200, 400, 800, 1000]);
    expect(pauses.reduce((sum, pauseMs) => sum + pauseMs)).toBeLessThanOrEqual(5_000);
  });
});
