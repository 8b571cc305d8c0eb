// Method: real sockets on the loopback interface, three transports in this process. Varied: how
// much is sent at once, and what happens to the connections. Not covered: packet loss.
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { appendOf, nextTurn, TestNode } from "./transport-harness.ts";

let nodes: TestNode[];
let first: TestNode;
let second: TestNode;
let third: TestNode;

beforeEach(async () => {
  first = await TestNode.start({ nodeId: 1 });
  second = await TestNode.start({ nodeId: 2 });
  third = await TestNode.start({ nodeId: 3 });
  nodes = [first, second, third];
  await first.meet(second, third);
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
});

function indexes(node: TestNode, fromNode: number): number[] {
  return node.received.items
    .filter((item) => item.fromNode === fromNode)
    .map(({ message }) => message.index + 1);
}

describe("Raft messages", () => {
  test("arrive whole and in order per sender, over many turns", async () => {
    const expected = Array.from({ length: 300 }, (_, i) => i + 1);

    for (const index of expected) {
      first.transport.send(2, 7, appendOf(index, Buffer.from(`entry ${index}`)));
      third.transport.send(2, 8, appendOf(index));
      if (index % 7 === 0) await nextTurn();
    }
    await second.received.until((items) => items.length === 600);

    expect(indexes(second, 1)).toEqual(expected);
    expect(indexes(second, 3)).toEqual(expected);
    const last = second.received.items.filter(({ fromNode }) => fromNode === 1).at(-1);
    expect(last?.group).toBe(7);
    expect(last?.message).toEqual(appendOf(300, Buffer.from("entry 300")));
  });

  test("of one turn leave in one message of the stream per peer", async () => {
    await nextTurn();
    const before = first.transport.peers().map((peer) => peer.raftBatchesSent);

    for (let group = 0; group < 50; group++) {
      first.transport.send(2, group, appendOf(1));
      first.transport.send(3, group, appendOf(1));
    }
    first.transport.flush();
    await second.received.until((items) => items.length === 50);
    await third.received.until((items) => items.length === 50);

    const after = first.transport.peers();
    // A ping may have left meanwhile.
    expect(after[0]?.raftBatchesSent).toBeLessThanOrEqual((before[0] ?? 0) + 2);
    expect(after[0]?.raftMessagesSent).toBe(50);
    expect(after[1]?.raftMessagesSent).toBe(50);
  });

  test("larger than a window of the connection arrive", async () => {
    const data = Buffer.alloc(9 * 1024 * 1024, "x");

    first.transport.send(2, 1, appendOf(1, data));
    await second.received.until((items) => items.length === 1);

    expect(Buffer.compare(second.received.items[0]?.message.entries[0]?.data as Buffer, data)).toBe(
      0,
    );
  });

  test("to a peer that does not read are dropped oldest first, and the rest arrives in order", async () => {
    second.relay.freeze();
    const entry = Buffer.alloc(64 * 1024);
    const count = 400;

    for (let index = 1; index <= count; index++) {
      first.transport.send(2, 1, appendOf(index, entry));
      if (index % 10 === 0) await nextTurn();
    }
    const status = first.transport.peers()[0];
    second.relay.thaw();
    await second.received.until((items) => items.at(-1)?.message.index === count - 1);

    expect(status?.queuedBytes).toBeLessThanOrEqual(9 * 1024 * 1024);
    expect(status?.raftMessagesDropped).toBeGreaterThan(100);
    const arrived = indexes(second, 1);
    expect(arrived).toEqual([...arrived].sort((left, right) => left - right));
    expect(arrived.length).toBe(count - (first.transport.peers()[0]?.raftMessagesDropped ?? 0));
  });

  test("pings measure the round trip", async () => {
    while (first.transport.peers().some(({ rttMs }) => rttMs === 0)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }

    expect(first.transport.peers()[0]?.rttMs).toBeLessThan(1000);
  });
});
