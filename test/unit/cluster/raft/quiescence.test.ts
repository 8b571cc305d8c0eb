import { describe, expect, test } from "vitest";

import { EMPTY_BYTES, type Message } from "#raft";
import { bytes, members, message, START_INDEX, TestNode } from "./raft-group.ts";

const FIRST = START_INDEX + 1;

/** A leader of three whose followers have acknowledged its first entry. */
function leaderOf(options: ConstructorParameters<typeof TestNode>[1] = {}): TestNode {
  const node = new TestNode(1, options);
  node.lead([2]);
  for (const id of [2, 3]) acknowledge(node, id, FIRST);
  node.drain();
  return node;
}

function acknowledge(node: TestNode, from: number, index: number): Message[] {
  const term = node.core.term;
  return node.receive(message("append-response", { to: 1, from, term, index }));
}

describe("an idle leader", () => {
  test("has told every member everything, and nobody waits", () => {
    const node = leaderOf();
    expect(node.core.isIdleLeader).toBe(true);
    node.core.propose(bytes("x"));
    node.drain();
    expect(node.core.isIdleLeader).toBe(false);
    acknowledge(node, 2, FIRST + 1);
    expect(node.core.isIdleLeader).toBe(false);
    acknowledge(node, 3, FIRST + 1);
    expect(node.core.isIdleLeader).toBe(true);
  });

  test("is not one while a read waits or leadership is handed over", () => {
    const reading = leaderOf();
    reading.core.readIndex(bytes("read"));
    expect(reading.core.isIdleLeader).toBe(false);
    const leaving = leaderOf();
    leaving.core.transferLeader(2);
    expect(leaving.core.isIdleLeader).toBe(false);
  });

  test("sends heartbeats at once when its timers start over, and checks the quorum later", () => {
    const node = leaderOf({ checkQuorum: true, heartbeatTicks: 4 });
    for (let i = 0; i < 9; i++) node.core.tick();
    node.drain();
    node.core.restartTimers();
    node.core.tick();
    expect(node.drain().map(({ type }) => type)).toEqual(["heartbeat", "heartbeat"]);
    // The tenth tick since the election would have found that nobody was heard from.
    expect(node.core.role).toBe("leader");
  });
});

describe("a replica without members", () => {
  test("refuses the start of the log, and is sent a snapshot", () => {
    const late = new TestNode(9, { confState: members({}), applied: 0, storage: emptyStorage() });
    const start = message("append", { to: 9, from: 1, term: 1, index: 0, logTerm: 0, commit: 0 });
    const [answer] = late.receive(start);
    expect(answer).toMatchObject({ type: "append-response", reject: true, index: 0 });

    const leader = leaderOf();
    leader.core.proposeConfChange({
      version: 2,
      transition: "auto",
      operations: [{ kind: "add-learner", nodeId: 9 }],
      context: EMPTY_BYTES,
    });
    leader.drain();
    acknowledge(leader, 2, FIRST + 1);
    leader.storage.createSnapshot(FIRST + 1, bytes("state"), leader.confState);
    const { term } = leader.core;
    const refusal = { to: 1, from: 9, term, reject: true, index: 0 };
    const sent = leader.receive(message("append-response", refusal));
    expect(sent.map(({ type, to }) => [type, to])).toEqual([["snapshot", 9]]);
    // The same answer again asks for nothing more.
    expect(leader.receive(message("append-response", refusal))).toEqual([]);
    acknowledge(leader, 9, FIRST + 1);
    expect(leader.core.status().progress.find(({ id }) => id === 9)?.state).toBe("replicate");
  });

  test("gives up its lease for a leader by ticks", () => {
    const late = new TestNode(9, { confState: members({}), applied: 0, storage: emptyStorage() });
    late.receive(message("heartbeat", { to: 9, from: 1, term: 1 }));
    expect(late.core.isInLease).toBe(true);
    for (let i = 0; i < 10; i++) late.core.tick();
    expect(late.core.isInLease).toBe(false);
  });
});

function emptyStorage(): TestNode["storage"] {
  const { storage } = new TestNode(8, { applied: 0 });
  return new (storage.constructor as new () => TestNode["storage"])();
}
