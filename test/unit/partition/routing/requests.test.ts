// Requests to leaders on other nodes: three hosts in one process, logs that replicate at once.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeCluster, idIn, until } from "#fixtures/partition-cluster";
import { bytes, request, target } from "#fixtures/partition-commands";
import type { InvocationId } from "#model";
import type { PartitionReply, PartitionRequest } from "#partition";
import { SERVICES } from "../../../../src/partition/routing/call-codec.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = await FakeCluster.start();
});

afterEach(async () => {
  await cluster.close();
  cluster.errors.length = 0;
});

/** Submits at a node, whoever leads. */
function ask(nodeId: number, id: InvocationId, asked: PartitionRequest): Promise<PartitionReply> {
  return cluster.node(nodeId).host.request(id, asked);
}

function invocation(
  id: InvocationId,
  handler = "echo",
  mode: "call" | "send" = "call",
): PartitionRequest {
  const content = request(id, { target: target({ handler }) });
  return { kind: "append-invocation", request: content, mode, fresh: true };
}

function text(reply: PartitionReply): string {
  if (reply.kind !== "result" || reply.result.kind !== "success") return reply.kind;
  return new TextDecoder().decode(reply.result.value);
}

function signal(id: InvocationId): PartitionRequest {
  const result = { kind: "success", value: bytes("woken") } as const;
  return { kind: "append-signal", invocationId: id, signal: "name", result };
}

/** Notifications in the journal of an invocation, on the leader of partition 0. */
async function journalLength(nodeId: number, id: InvocationId): Promise<number> {
  const processor = cluster.node(nodeId).host.processor(0);
  const entries = await processor?.store.read((state) => state.journal(id).entries);
  return entries?.length ?? 0;
}

describe("a request", () => {
  test("is answered by the leader, whichever node takes it", async () => {
    for (const nodeId of [1, 2, 3]) {
      for (const partitionId of [0, 1, 2, 3]) {
        const id = idIn(partitionId, `call-${nodeId}`);
        expect(text(await ask(nodeId, id, invocation(id)))).toBe("echo");
        expect(text(await ask(nodeId, id, { kind: "attach-invocation", invocationId: id }))).toBe(
          "echo",
        );
        const sent = idIn(partitionId, `send-${nodeId}`);
        const reply = await ask(nodeId, sent, invocation(sent, "echo", "send"));
        expect(reply).toMatchObject({ kind: "submitted", status: "accepted" });
        const unknown = idIn(partitionId, "unknown");
        const asked = { kind: "get-invocation-output", invocationId: unknown } as const;
        expect(await ask(nodeId, unknown, asked)).toEqual({ kind: "not-found" });
      }
    }
    expect(new Set(cluster.ledger).size).toBe(cluster.ledger.length);
  });

  test("goes to another node only when another node leads", async () => {
    const id = idIn(0, "local");
    await ask(1, id, invocation(id));
    expect(cluster.network.counts.get(SERVICES.request)).toBeUndefined();
  });

  test("is found by a node that holds no replica", async () => {
    await cluster.close();
    cluster = await FakeCluster.start({ replicas: [1, 2] });
    const id = idIn(3, "far");
    expect(text(await ask(3, id, invocation(id)))).toBe("echo");
    await cluster.group(3).elect(1);
    const other = idIn(3, "far-again");
    expect(text(await ask(3, other, invocation(other)))).toBe("echo");
  });

  test("that waits is taken over by the next leader", async () => {
    const id = idIn(0, "held");
    const answers = [1, 2, 3].map((nodeId) => ask(nodeId, id, invocation(id, "hold")));
    await cluster.node(1).invoker.whenRunning(id);
    await cluster.group(0).elect(2);
    await cluster.node(2).invoker.whenRunning(id);
    await cluster.group(0).elect(3);
    await cluster.node(3).invoker.whenRunning(id);
    cluster.node(3).invoker.finish(id);
    expect((await Promise.all(answers)).map(text)).toEqual(["held", "held", "held"]);
  });

  test("that waits survives the crash of its leader", async () => {
    const id = idIn(0, "held");
    const answers = [2, 3].map((nodeId) => ask(nodeId, id, invocation(id, "hold")));
    await cluster.node(1).invoker.whenRunning(id);
    cluster.crash(1);
    await cluster.group(0).elect(3);
    await cluster.node(3).invoker.whenRunning(id);
    cluster.node(3).invoker.finish(id);
    expect((await Promise.all(answers)).map(text)).toEqual(["held", "held"]);
  });

  test("that was lost with its leader is proposed to the next one", async () => {
    const group = cluster.group(0);
    group.isHeld = true;
    const id = idIn(0, "lost");
    const answers = [1, 2].map((nodeId) => ask(nodeId, id, invocation(id)));
    await group.elect(undefined);
    group.isHeld = false;
    await group.elect(3);
    expect((await Promise.all(answers)).map(text)).toEqual(["echo", "echo"]);
    expect(cluster.ledger).toEqual([id]);
  });

  test("is refused when nobody leads for longer than a request waits", async () => {
    await cluster.group(0).elect(undefined);
    const id = idIn(0, "nobody");
    const answers = [1, 2].map((nodeId) => ask(nodeId, id, invocation(id)));
    await until(() => cluster.waiting.size === 2);
    cluster.aheadMs = 31_000;
    for (const answer of answers) {
      await expect(answer).rejects.toMatchObject({ code: "PARTITION_UNAVAILABLE" });
    }
  });

  test("is not answered by a leader that was deposed and does not know", async () => {
    const id = idIn(0, "unknown-to-one");
    cluster.group(0).leave(1);
    await cluster.group(0).elect(2);
    await ask(2, id, invocation(id));
    expect(cluster.node(1).host.processor(0)?.isLeader).toBe(true);
    const output = { kind: "get-invocation-output", invocationId: id } as const;
    expect(text(await ask(1, id, output))).toBe("echo");
    const deployment = { kind: "keep" } as const;
    const resume = { kind: "resume-invocation", invocationId: id, deployment } as const;
    expect(await ask(1, id, resume)).toEqual({ kind: "already-completed" });
  });

  test("that ran for long has the whole time again when its leader is lost", async () => {
    const id = idIn(0, "long");
    const answer = ask(2, id, invocation(id, "hold"));
    await cluster.node(1).invoker.whenRunning(id);
    cluster.aheadMs = 3_600_000;
    await cluster.group(0).elect(undefined);
    await until(() => cluster.waiting.has(2));
    await cluster.group(0).elect(3);
    await cluster.node(3).invoker.whenRunning(id);
    cluster.node(3).invoker.finish(id);
    expect(text(await answer)).toBe("held");
  });
});

describe("a request whose answer is lost", () => {
  test("runs an invocation once", async () => {
    cluster.network.loseAnswersOf.push(SERVICES.request);
    const id = idIn(0, "once");
    expect(text(await ask(2, id, invocation(id)))).toBe("echo");
    expect(cluster.ledger).toEqual([id]);
  });

  test("appends a signal once", async () => {
    const id = idIn(0, "signalled");
    const answer = ask(1, id, invocation(id, "hold"));
    await cluster.node(1).invoker.whenRunning(id);
    cluster.network.loseAnswersOf.push(SERVICES.request);
    expect(await ask(2, id, signal(id))).toEqual({ kind: "done" });
    expect(await journalLength(1, id)).toBe(2);
    expect(await ask(2, id, signal(id))).toEqual({ kind: "done" });
    expect(await journalLength(1, id)).toBe(3);
    cluster.node(1).invoker.finish(id);
    expect(text(await answer)).toBe("held");
  });

  test("appends a signal once when the next leader is asked", async () => {
    const id = idIn(0, "signalled");
    void ask(3, id, invocation(id, "hold", "send"));
    await cluster.node(1).invoker.whenRunning(id);
    const group = cluster.group(0);
    const before = group.entries.length;
    const answer = ask(2, id, signal(id));
    // The record is committed, and applied by the old leader after it was deposed.
    await group.until(() => group.entries.length > before);
    cluster.crash(1);
    await group.elect(3);
    expect(await answer).toEqual({ kind: "done" });
    await group.settled();
    expect(await journalLength(3, id)).toBe(2);
    expect(group.entries.length).toBeGreaterThan(before + 1);
  });

  test("restarts an invocation once, and names the same new one", async () => {
    const id = idIn(0, "restarted");
    await ask(1, id, invocation(id));
    cluster.network.loseAnswersOf.push(SERVICES.request);
    const restart = {
      kind: "restart-invocation",
      invocationId: id,
      from: 0,
      deployment: { kind: "keep" },
    } as const;
    const reply = await ask(2, id, restart);
    expect(reply).toMatchObject({ kind: "restarted" });
    const newId = (reply as { readonly newInvocationId: InvocationId }).newInvocationId;
    const attached = await ask(3, newId, { kind: "attach-invocation", invocationId: newId });
    expect(text(attached)).toBe("echo");
    expect(cluster.ledger).toEqual([id, newId]);
  });

  test("replaces a state once", async () => {
    const { host } = cluster.node(2);
    const patch = (value: string): PartitionRequest => ({
      kind: "patch-state",
      service: "Object",
      key: "k",
      scope: undefined,
      expectedVersion: undefined,
      state: [["value", bytes(value)]],
    });
    // Committed under node 1, answered under node 3, and overwritten in between.
    const group = cluster.group(0);
    const before = group.entries.length;
    const first = host.requestByPartitionKey(0n, patch("first"));
    await group.until(() => group.entries.length > before);
    cluster.crash(1);
    cluster.network.cut(2);
    await group.elect(3);
    await cluster.node(3).host.requestByPartitionKey(0n, patch("second"));
    cluster.network.heal(2);
    expect(await first).toEqual({ kind: "accepted" });
    const instance = "/Object/k";
    const store = cluster.node(3).host.processor(0)?.store;
    const values = await store?.read((state) => new Map(state.stateValues(instance)));
    expect(new TextDecoder().decode(values?.get("value"))).toBe("second");
  });

  test("cancels once", async () => {
    const id = idIn(0, "cancelled");
    void ask(3, id, invocation(id, "hold", "send"));
    await cluster.node(1).invoker.whenRunning(id);
    cluster.network.loseAnswersOf.push(SERVICES.request);
    const cancel = { kind: "cancel-invocation", invocationId: id } as const;
    expect(await ask(2, id, cancel)).toEqual({ kind: "accepted" });
    expect(await journalLength(1, id)).toBe(2);
  });
});
