import { describe, expect, test } from "vitest";
import { LEAVE_JOINT, type Message } from "#raft";
import { PENDING_READS_MAX } from "../../../../cluster/raft/leader-reads.ts";
import { ReadOnlyQueue } from "../../../../cluster/raft/read-only.ts";
import {
  bytes,
  entry,
  members,
  message,
  type NodeOptions,
  START_INDEX,
  TestGroup,
  TestNode,
} from "./raft-group.ts";

const FIRST = START_INDEX + 1;

describe("read", () => {
  test("is confirmed by a quorum that answers a later heartbeat", () => {
    const node = servingLeader();

    node.core.readIndex(bytes("r"));
    const [heartbeat] = node.drain();
    const before = node.readStates.length;
    answer(node, heartbeat, 2);

    expect(before).toBe(0);
    expect(node.readStates).toEqual([{ index: FIRST, context: bytes("r") }]);
  });

  test("is not confirmed by an answer to an earlier heartbeat", () => {
    const node = servingLeader();
    node.core.readIndex(bytes("first"));
    const [earlier] = node.drain();

    node.core.readIndex(bytes("second"));
    node.drain();
    answer(node, earlier, 2);

    expect(node.readStates.map(({ context }) => context)).toEqual([bytes("first")]);
  });

  test("is not confirmed twice by an answer that is repeated", () => {
    const node = servingLeader();
    node.core.readIndex(bytes("r"));
    const [heartbeat] = node.drain();
    answer(node, heartbeat, 2);

    node.core.readIndex(bytes("r"));
    node.drain();
    answer(node, heartbeat, 2);

    expect(node.readStates).toHaveLength(1);
  });

  test("is confirmed by a periodic heartbeat too, with all others that wait", () => {
    const node = servingLeader();
    for (const text of ["a", "b", "c"]) node.core.readIndex(bytes(text));
    node.drain();

    const [heartbeat] = node.tick(1);
    answer(node, heartbeat, 3);

    expect(node.readStates.map(({ context }) => context)).toEqual(["a", "b", "c"].map(bytes));
  });

  test("has the commit index at the time of the request", () => {
    const node = servingLeader();
    node.core.readIndex(bytes("r"));
    const [heartbeat] = node.drain();
    node.core.propose(bytes("x"));
    node.drain();
    node.acknowledge(2, FIRST + 1);

    answer(node, heartbeat, 2);

    expect(node.readStates).toMatchObject([{ index: FIRST }]);
  });

  test("needs both halves of a joint configuration", () => {
    const node = servingLeader();
    node.core.proposeConfChange({
      ...LEAVE_JOINT,
      transition: "explicit",
      operations: [4, 5].map((nodeId) => ({ kind: "add-voter", nodeId })),
    });
    node.drain();
    node.acknowledge(2, FIRST + 1);
    node.core.readIndex(bytes("r"));
    const [heartbeat] = node.drain().filter(({ type }) => type === "heartbeat");

    answer(node, heartbeat, 2);
    const withOutgoing = node.readStates.length;
    answer(node, heartbeat, 4);

    expect([withOutgoing, node.readStates.length]).toEqual([0, 1]);
  });

  test("waits for the first commit of a leadership", () => {
    const node = new TestNode(1);
    node.receive(message("heartbeat", { to: 1, from: 3, term: 4 }));
    node.lead();

    node.core.readIndex(bytes("r"));
    const before = node.drain();
    const [heartbeat] = node.acknowledge(2, FIRST).filter(({ type }) => type === "heartbeat");
    answer(node, heartbeat, 2);

    expect(before.filter(({ type }) => type === "heartbeat")).toEqual([]);
    expect(node.readStates).toMatchObject([{ index: FIRST }]);
  });

  test("in a group of one is answered after the first commit, never with an older index", () => {
    const node = new TestNode(1, { confState: members({ voters: [1] }) });
    node.receive(message("heartbeat", { to: 1, from: 3, term: 4 }));
    node.core.campaign();
    node.drainOnce();

    node.core.readIndex(bytes("early"));
    const early = [...node.readStates];
    node.drain();
    node.core.readIndex(bytes("late"));
    node.drain();

    expect(early).toEqual([]);
    expect(node.readStates).toEqual([
      { index: FIRST, context: bytes("early") },
      { index: FIRST, context: bytes("late") },
    ]);
  });

  test("asked of a follower comes back to it with its context", () => {
    const group = new TestGroup([1, 2, 3]);
    group.elect(1);

    group.node(2).core.readIndex(bytes("from follower"));
    group.settle();

    expect(group.node(2).readStates).toEqual([{ index: FIRST, context: bytes("from follower") }]);
    expect(group.node(1).readStates).toEqual([]);
  });

  test("asked without a known leader is dropped", () => {
    const node = new TestNode(1);

    node.core.readIndex(bytes("r"));

    expect(node.drain()).toEqual([]);
  });

  test("that waits is lost with the leadership", () => {
    const node = servingLeader();
    node.core.readIndex(bytes("r"));
    const [heartbeat] = node.drain();
    node.receive(message("heartbeat", { to: 1, from: 2, term: 5 }));

    node.lead();
    node.acknowledge(2, node.core.lastIndex);
    const stale = { to: 1, from: 2, term: node.core.term, context: contextOf(heartbeat) };
    node.receive(message("heartbeat-response", stale));

    expect(node.readStates).toEqual([]);
  });

  test("with a lease is answered at once", () => {
    const node = servingLeader({ readOnlyOption: "lease-based", checkQuorum: true });

    node.core.readIndex(bytes("r"));

    expect(node.drain()).toEqual([]);
    expect(node.readStates).toEqual([{ index: FIRST, context: bytes("r") }]);
  });

  test("is confirmed when the group shrinks to those who answered", () => {
    const node = new TestNode(1, { confState: members({ voters: [1, 2] }) });
    node.lead([2]);
    node.acknowledge(2, FIRST);
    node.core.proposeConfChange({
      ...LEAVE_JOINT,
      operations: [{ kind: "remove", nodeId: 2 }],
    });
    node.core.readIndex(bytes("r"));
    node.drain();

    node.acknowledge(2, FIRST + 1);

    expect(node.readStates).toHaveLength(1);
  });

  test("of a removed leader is not answered by the one voter that is left", () => {
    const node = new TestNode(1, { confState: members({ voters: [1, 2] }) });
    node.lead([2]);
    node.acknowledge(2, FIRST);
    node.core.proposeConfChange({
      ...LEAVE_JOINT,
      operations: [{ kind: "remove", nodeId: 1 }],
    });
    node.drain();
    node.acknowledge(2, FIRST + 1);

    node.core.readIndex(bytes("r"));
    const [heartbeat] = node.drain().filter(({ type }) => type === "heartbeat");

    expect(node.readStates).toEqual([]);
    answer(node, heartbeat, 2);
    expect(node.readStates).toHaveLength(1);
  });

  test("beyond the limit is dropped like a lost message", () => {
    const node = new TestNode(1);
    node.receive(message("heartbeat", { to: 1, from: 3, term: 4 }));
    node.lead();
    for (let count = 0; count <= PENDING_READS_MAX; count += 1) node.core.readIndex(bytes(""));

    const heartbeats = node.acknowledge(2, FIRST).filter(({ type }) => type === "heartbeat");
    answer(node, heartbeats[0], 2);

    expect(heartbeats).toHaveLength(2);
    expect(node.readStates).toHaveLength(PENDING_READS_MAX);
  });

  test("answers that are no positions are ignored", () => {
    const node = servingLeader();
    node.core.readIndex(bytes("r"));
    node.drain();

    for (const context of [bytes("x"), bytes("12345678")]) {
      node.receive(message("heartbeat-response", { to: 1, from: 2, term: 1, context }));
    }

    expect(node.readStates).toEqual([]);
  });

  test("answer of a malformed kind is ignored by a follower", () => {
    const node = new TestNode(1);
    node.receive(message("heartbeat", { to: 1, from: 3, term: 1 }));

    const empty = { to: 1, from: 3, term: 1, index: 11 };
    node.receive(message("read-index-response", { ...empty, entries: [] }));
    node.receive(message("read-index-response", { ...empty, entries: [entry(0, 0), entry(0, 0)] }));

    expect(node.readStates).toEqual([]);
  });
});

describe("read queue", () => {
  test("counts reads of one leadership in the heartbeat context", () => {
    const queue = new ReadOnlyQueue();
    expect(queue.position()).toBeUndefined();

    queue.add({ from: 0, context: bytes("a"), index: 1 }, 1);
    queue.add({ from: 0, context: bytes("b"), index: 1 }, 1);

    expect(queue.position()).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0));
    expect(queue.release(1)).toHaveLength(1);
    expect(queue.release(1)).toHaveLength(0);
    expect(queue.release(Number.POSITIVE_INFINITY)).toHaveLength(1);
  });
});

/** A leader that has committed the first entry of its term. */
function servingLeader(options: NodeOptions = {}): TestNode {
  const node = new TestNode(1, options);
  node.lead();
  node.acknowledge(2, FIRST);
  return node;
}

function answer(node: TestNode, heartbeat: Message | undefined, from: number): void {
  const { term } = node.core;
  const fields = { to: node.id, from, term, context: contextOf(heartbeat) };
  node.receive(message("heartbeat-response", fields));
}

function contextOf(heartbeat: Message | undefined): Uint8Array {
  expect(heartbeat?.type).toBe("heartbeat");
  return heartbeat?.context ?? bytes("");
}
