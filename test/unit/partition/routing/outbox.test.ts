// Messages between partitions that are led by different nodes: applied once, whatever is lost.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeCluster, idIn, until } from "#fixtures/partition-cluster";
import { request, target } from "#fixtures/partition-commands";
import type { InvocationId } from "#model";
import type { PartitionReply } from "#partition";
import { SERVICES } from "../../../../src/partition/routing/call-codec.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = await FakeCluster.start();
});

afterEach(async () => {
  await cluster.close();
});

/** Calls an invocation that calls another one and returns what came of it. */
function relay(nodeId: number, name: string, from: number, to: number): Promise<PartitionReply> {
  const id = idIn(from, name);
  const handler = `call:${idIn(to, `${name}-callee`)}`;
  const content = request(id, { target: target({ handler }) });
  const asked = { kind: "append-invocation", request: content, mode: "call", fresh: true } as const;
  return cluster.node(nodeId).host.request(id, asked);
}

function text(reply: PartitionReply): string {
  if (reply.kind !== "result" || reply.result.kind !== "success") return reply.kind;
  return new TextDecoder().decode(reply.result.value);
}

function callees(to: number, names: readonly string[]): InvocationId[] {
  return names.map((name) => idIn(to, `${name}-callee`)).sort();
}

const NAMES = Array.from({ length: 150 }, (_, i) => `r${i}`);

describe("messages to a partition that is led elsewhere", () => {
  test("are applied there, and their answers come back", async () => {
    const replies = await Promise.all(NAMES.map((name) => relay(1, name, 0, 1)));
    expect(new Set(replies.map(text))).toEqual(new Set(["called"]));
    expect([...cluster.ledger].sort()).toEqual(callees(1, NAMES));
  });

  test("are applied once when they arrive twice", async () => {
    cluster.network.duplicate.push(SERVICES.deliver, SERVICES.deliver, SERVICES.deliver);
    const replies = await Promise.all(NAMES.map((name) => relay(1, name, 0, 1)));
    expect(new Set(replies.map(text))).toEqual(new Set(["called"]));
    expect([...cluster.ledger].sort()).toEqual(callees(1, NAMES));
  });

  test("are sent again when the acknowledgement is lost", async () => {
    cluster.network.loseAnswersOf.push(SERVICES.deliver, SERVICES.deliver);
    const replies = await Promise.all(NAMES.map((name) => relay(1, name, 0, 1)));
    expect(new Set(replies.map(text))).toEqual(new Set(["called"]));
    expect([...cluster.ledger].sort()).toEqual(callees(1, NAMES));
  });

  test("keep their order when a call is lost", async () => {
    cluster.network.loseCallsOf.push(SERVICES.deliver);
    const group = cluster.group(1);
    const before = group.entries.length;
    const replies = await Promise.all(NAMES.map((name) => relay(1, name, 0, 1)));
    expect(new Set(replies.map(text))).toEqual(new Set(["called"]));
    expect([...cluster.ledger].sort()).toEqual(callees(1, NAMES));
    expect(group.entries.length).toBeGreaterThan(before);
  });

  test("are none lost on their way within a node", async () => {
    const group = cluster.group(3);
    group.isHeld = true;
    const replies = Promise.all(NAMES.map((name) => relay(1, name, 0, 3)));
    await until(() => group.proposedCount > 2);
    await group.elect(undefined);
    group.isHeld = false;
    await group.elect(1);
    expect(new Set((await replies).map(text))).toEqual(new Set(["called"]));
    expect([...cluster.ledger].sort()).toEqual(callees(3, NAMES));
  });

  test("are none lost while the receiver changes its leader", async () => {
    const group = cluster.group(1);
    group.isHeld = true;
    const replies = Promise.all(NAMES.map((name) => relay(1, name, 0, 1)));
    await until(() => group.proposedCount > 0);
    await group.elect(undefined);
    group.isHeld = false;
    await group.elect(3);
    // Led by the sender's node, messages follow each other without waiting.
    await group.elect(1);
    await group.elect(2);
    expect(new Set((await replies).map(text))).toEqual(new Set(["called"]));
    expect([...cluster.ledger].sort()).toEqual(callees(1, NAMES));
  });

  test("are none lost while the sender changes its leader", async () => {
    const group = cluster.group(1);
    group.isHeld = true;
    const replies = Promise.all(NAMES.map((name) => relay(3, name, 0, 1)));
    await until(() => group.proposedCount > 0);
    await cluster.group(0).elect(2);
    cluster.crash(1);
    group.release();
    expect(new Set((await replies).map(text))).toEqual(new Set(["called"]));
    expect([...cluster.ledger].sort()).toEqual(callees(1, NAMES));
  });
});
