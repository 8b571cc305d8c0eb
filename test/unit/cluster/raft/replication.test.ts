import { describe, expect, test } from "vitest";
import type { Entry, Message } from "#raft";
import {
  bytes,
  entry,
  kinds,
  members,
  message,
  START_INDEX,
  TestGroup,
  TestNode,
} from "./raft-group.ts";

/** Index of the empty entry that a leader of these tests starts with. */
const FIRST = START_INDEX + 1;

describe("commit", () => {
  test("entries of an older term are not committed by counting replicas", () => {
    const node = new TestNode(1);
    node.receive(append({ term: 2, entries: [entry(2, 11), entry(2, 12)] }));
    node.lead();

    node.acknowledge(2, 12);
    const before = node.core.commit;
    node.acknowledge(2, 13);

    expect([before, node.core.commit]).toEqual([START_INDEX, 13]);
    expect(node.core.term).toBe(3);
  });

  test("the leader counts itself only when its own disk is done", () => {
    const node = new TestNode(1, { confState: members({ voters: [1, 2] }) });
    node.lead([2]);
    node.core.propose(bytes("x"));
    node.core.ready();

    node.core.step(message("append-response", { to: 1, from: 2, term: 1, index: FIRST + 1 }));

    expect(node.core.commit).toBeLessThan(FIRST + 1);
    node.core.advance();
    expect(node.core.commit).toBe(FIRST + 1);
  });

  test("a learner does not count", () => {
    const node = new TestNode(1, { confState: members({ voters: [1, 2], learners: [3] }) });
    node.lead([2]);

    node.acknowledge(3, FIRST);

    expect(node.core.commit).toBe(START_INDEX);
  });

  test("a heartbeat never tells more than what is known to match", () => {
    const node = leader();
    node.acknowledge(2, FIRST);

    const heartbeats = node.tick(1).filter(({ type }) => type === "heartbeat");

    expect(heartbeats.map(({ to, commit }) => [to, commit])).toEqual([
      [2, FIRST],
      [3, 0],
    ]);
  });
});

describe("follower", () => {
  test("answers an append below its commit index with the commit index", () => {
    const node = new TestNode(1);
    node.receive(append({ term: 1, entries: [entry(1, 11), entry(1, 12)], commit: 12 }));

    const responses = node.receive(append({ term: 1, entries: [entry(9, 11)] }));

    expect(responses).toMatchObject([{ type: "append-response", index: 12, reject: false }]);
    expect(node.logTerms()).toEqual([1, 1]);
  });

  test("does not truncate at an old message that repeats what it has", () => {
    const node = new TestNode(1);
    node.receive(append({ term: 1, entries: [entry(1, 11), entry(1, 12), entry(1, 13)] }));

    const responses = node.receive(append({ term: 1, entries: [entry(1, 11)] }));

    expect(responses).toMatchObject([{ index: 11, reject: false }]);
    expect(node.logTerms()).toEqual([1, 1, 1]);
  });

  test("refuses with the last place where the logs may agree", () => {
    const node = new TestNode(1);
    const own = [entry(1, 11), entry(4, 12), entry(4, 13), entry(4, 14)];
    node.receive(append({ term: 4, entries: own }));

    const [response] = node.receive(append({ term: 5, index: 20, logTerm: 3, entries: [] }));

    expect(response).toMatchObject({ index: 20, reject: true, rejectHint: 11, logTerm: 1 });
  });

  test("commits no more than it was shown", () => {
    const node = new TestNode(1);

    node.receive(append({ term: 1, entries: [entry(1, 11)], commit: 50 }));

    expect(node.core.commit).toBe(11);
  });
});

describe("repair of a follower's log", () => {
  test("probes once per term, using the follower's hint", () => {
    // The follower has terms 1, then 4 4 4; the leader has 1, then 5 5 5 5.
    const follower = new TestNode(2);
    follower.receive(append({ to: 2, term: 4, entries: run(4, 11, 6) }));
    const node = new TestNode(1);
    node.receive(append({ term: 5, entries: run(5, 11, 8) }));
    node.lead();

    const rejections = repair(node, follower);

    expect(rejections).toBe(1);
    expect(follower.logTerms()).toEqual(node.logTerms());
  });

  test("probes once per term, using the leader's own terms", () => {
    // The follower has 2 2 2 2 2 2, the leader 1, then 3 3 3 3 3 3: its walk ends before the hint.
    const follower = new TestNode(2);
    follower.receive(append({ to: 2, term: 2, entries: run(2, 11, 6) }));
    const node = new TestNode(1);
    node.receive(append({ term: 3, entries: run(3, 11, 6) }));
    node.lead();

    const rejections = repair(node, follower);

    expect(rejections).toBe(1);
    expect(follower.logTerms()).toEqual(node.logTerms());
  });

  test("takes at most one probe per term however long the terms are", () => {
    const follower = new TestNode(2);
    const lengths = { 1: 5, 3: 30, 5: 30, 7: 30 };
    follower.receive(append({ to: 2, term: 7, entries: terms(lengths) }));
    const node = new TestNode(1);
    node.receive(append({ term: 8, entries: terms({ 1: 5, 2: 30, 4: 30, 6: 30, 8: 30 }) }));
    node.lead();

    const rejections = repair(node, follower);

    expect(rejections).toBeLessThanOrEqual(4);
    expect(follower.logTerms()).toEqual(node.logTerms());
  });
});

describe("flow control", () => {
  test("entries are sent one message at a time until the first acknowledgement", () => {
    const node = leader();

    node.core.propose(bytes("a"));
    node.core.propose(bytes("b"));
    const paused = node.drain().filter(({ to }) => to === 2);
    const sent = node.acknowledge(2, FIRST).filter(({ to }) => to === 2);

    expect(paused).toEqual([]);
    expect(sent.flatMap(({ entries }) => entries.map(({ index }) => index))).toEqual([
      FIRST + 1,
      FIRST + 2,
    ]);
  });

  test("a full window stops entries, and a heartbeat answer lets an empty append through", () => {
    const node = leader({ inflightAppendsMax: 2 });
    node.acknowledge(2, FIRST);
    for (const text of ["a", "b", "c", "d"]) node.core.propose(bytes(text));
    const sent = node.drain().filter(({ to }) => to === 2);

    const answer = message("heartbeat-response", { to: 1, from: 2, term: 1 });
    const first = node.receive(answer);
    const second = node.receive(answer);

    expect(sent.filter(({ entries }) => entries.length > 0)).toHaveLength(2);
    for (const probes of [first, second]) {
      expect(probes).toMatchObject([{ type: "append", to: 2, entries: [] }]);
    }
  });

  test("an acknowledgement releases the window up to its index", () => {
    const node = leader({ inflightAppendsMax: 2 });
    node.acknowledge(2, FIRST);
    for (const text of ["a", "b", "c", "d"]) node.core.propose(bytes(text));
    node.drain();

    const sent = node.acknowledge(2, FIRST + 1).filter(({ to }) => to === 2);

    expect(sent.flatMap(({ entries }) => entries.map(({ index }) => index))).toContain(FIRST + 3);
    expect(node.progressOf(2)).toMatchObject({ inflightCount: 2, isInflightFull: true });
  });

  test("payload bytes in flight are bounded too", () => {
    const node = leader({ inflightBytesMax: 10, appendBytesMax: 10 });
    node.acknowledge(2, FIRST);
    for (const text of ["12345", "12345", "12345"]) node.core.propose(bytes(text));

    const sent = node.drain().filter(({ to, entries }) => to === 2 && entries.length > 0);

    expect(sent).toHaveLength(2);
    expect(node.progressOf(2)).toMatchObject({ isInflightFull: true });
  });

  const sizes = [
    { appendBytesMax: 0, expected: [1, 1, 1, 1] },
    { appendBytesMax: 40, expected: [2, 2] },
    { appendBytesMax: 1_000, expected: [4] },
  ];
  for (const { appendBytesMax, expected } of sizes) {
    test(`messages of at most ${appendBytesMax} bytes carry ${expected} entries`, () => {
      const node = leader({ appendBytesMax });
      node.core.proposeBatch(["a", "b", "c", "d"].map((text) => bytes(text.repeat(10))));
      node.drain();

      const sent = node.acknowledge(2, FIRST).filter(({ to }) => to === 2);

      const counts = sent.map(({ entries }) => entries.length).filter((count) => count > 0);
      expect(counts).toEqual(expected);
    });
  }

  test("a report that a peer is unreachable makes the leader probe again", () => {
    const node = leader();
    node.acknowledge(2, FIRST);
    node.core.propose(bytes("lost"));
    node.drain();

    node.core.reportUnreachable(2);

    expect(node.progressOf(2)).toMatchObject({ state: "probe", match: FIRST, next: FIRST + 1 });
  });

  test("a late acknowledgement brings a probed follower that misses nothing back", () => {
    const node = leader();
    node.acknowledge(2, FIRST);
    node.core.reportUnreachable(2);

    node.acknowledge(2, FIRST);

    expect(node.progressOf(2)).toMatchObject({ state: "replicate" });
  });

  test("a late rejection changes nothing", () => {
    const node = leader();
    node.acknowledge(2, FIRST);

    const stale = { to: 1, from: 2, term: 1, index: START_INDEX, reject: true };
    const sent = node.receive(message("append-response", stale));

    expect(sent).toEqual([]);
    expect(node.progressOf(2)).toMatchObject({ state: "replicate", next: FIRST + 1 });
  });

  test("after probing again the commit index is sent again", () => {
    const node = leader();
    node.acknowledge(2, FIRST);
    node.core.propose(bytes("x"));
    node.drain();
    node.acknowledge(3, FIRST + 1);
    // The append with the entry and the one with its commit index are lost.
    node.core.reportUnreachable(2);

    const [probe] = node.receive(message("heartbeat-response", { to: 1, from: 2, term: 1 }));
    // Another node's answer of old arrives: it tells that the entry came through after all.
    const sent = node.acknowledge(2, FIRST + 1);

    expect(probe).toMatchObject({ type: "append", index: FIRST, commit: FIRST + 1 });
    expect(sent).toEqual([]);
  });
});

describe("snapshot", () => {
  test("is sent to a follower that needs entries which are gone", () => {
    const node = compactedLeader();

    const sent = node.receive(message("heartbeat-response", { to: 1, from: 3, term: 1 }));

    expect(sent).toMatchObject([{ type: "snapshot", to: 3, snapshot: { index: FIRST } }]);
    expect(node.progressOf(3)).toMatchObject({ state: "snapshot", pendingSnapshot: FIRST });
  });

  test("is not sent to a follower that fell silent", () => {
    const node = leader({ checkQuorum: true });
    node.acknowledge(3, FIRST);
    node.tick(10);
    node.core.propose(bytes("x"));
    node.drain();
    node.acknowledge(2, FIRST + 1);
    node.storage.createSnapshot(FIRST + 1, bytes("state"));
    node.storage.compact(FIRST + 1);
    node.core.reportUnreachable(3);
    const silent = node.progressOf(3);

    node.core.propose(bytes("y"));
    const sent = node.drain().filter(({ to }) => to === 3);

    expect(silent).toMatchObject({ recentActive: false, isPaused: false, match: FIRST });
    expect(sent).toEqual([]);
  });

  test("that cannot be made yet is tried again", () => {
    const node = compactedLeader();
    const answer = message("heartbeat-response", { to: 1, from: 3, term: 1 });
    node.storage.isSnapshotReady = false;

    const first = node.receive(answer);
    const between = node.progressOf(3);
    node.storage.isSnapshotReady = true;
    const second = node.receive(answer);

    expect(first).toEqual([]);
    expect(between).toMatchObject({ state: "probe" });
    expect(kinds(second)).toEqual(["snapshot"]);
  });

  test("that was received makes the leader probe after it, once the follower is heard", () => {
    const node = snapshottingLeader();

    node.core.reportSnapshot(3, true);
    const reported = node.progressOf(3);
    const sent = node.receive(message("heartbeat-response", { to: 1, from: 3, term: 1 }));

    expect(reported).toMatchObject({ state: "probe", next: FIRST + 1, isPaused: true });
    expect(sent).toMatchObject([{ type: "append", index: FIRST }]);
  });

  test("that failed makes the leader probe before it, and try again", () => {
    const node = snapshottingLeader();

    node.core.reportSnapshot(3, false);
    const reported = node.progressOf(3);
    const sent = node.receive(message("heartbeat-response", { to: 1, from: 3, term: 1 }));

    expect(reported).toMatchObject({ state: "probe", match: 0, next: 1, pendingSnapshot: 0 });
    expect(kinds(sent)).toEqual(["snapshot"]);
  });

  test("may be older than the one sent, if the log goes on from it", () => {
    const node = snapshottingLeader();
    node.core.propose(bytes("x"));
    node.acknowledge(2, FIRST + 1);

    const sent = node.acknowledge(3, FIRST).filter(({ to }) => to === 3);

    expect(node.progressOf(3)).toMatchObject({ state: "replicate", match: FIRST });
    expect(sent.flatMap(({ entries }) => entries)).toHaveLength(1);
  });

  test("that is too old leaves the follower where it is", () => {
    const node = snapshottingLeader();

    node.acknowledge(3, FIRST - 2);

    expect(node.progressOf(3)).toMatchObject({ state: "snapshot", match: FIRST - 2 });
  });

  test("replaces log and membership of the follower", () => {
    const node = new TestNode(1);
    const confState = members({ voters: [1, 2, 4], learners: [5] });
    const snapshot = { index: 20, term: 3, confState, data: bytes("state") };

    const sent = node.receive(message("snapshot", { to: 1, from: 2, term: 3, snapshot }));

    expect(sent).toMatchObject([{ type: "append-response", index: 20, reject: false }]);
    expect([node.core.commit, node.core.lastIndex, node.core.applied]).toEqual([20, 20, 20]);
    expect(node.core.confState()).toEqual(confState);
  });

  const ignored = [
    { name: "that is not newer", index: START_INDEX, voters: [1, 2, 3], last: START_INDEX },
    { name: "without this node", index: 20, voters: [2, 3], last: START_INDEX },
  ];
  for (const { name, index, voters, last } of ignored) {
    test(`${name} is ignored and answered with the commit index`, () => {
      const node = new TestNode(1);
      const snapshot = { index, term: 1, confState: members({ voters }), data: bytes("") };

      const sent = node.receive(message("snapshot", { to: 1, from: 2, term: 1, snapshot }));

      expect(sent).toMatchObject([{ type: "append-response", index: START_INDEX }]);
      expect(node.core.lastIndex).toBe(last);
    });
  }

  test("whose end the log already holds only moves the commit index", () => {
    const node = new TestNode(1);
    node.receive(append({ term: 1, entries: [entry(1, 11), entry(1, 12), entry(1, 13)] }));
    const confState = members({ voters: [1, 2, 3] });
    const snapshot = { index: 12, term: 1, confState, data: bytes("") };

    const sent = node.receive(message("snapshot", { to: 1, from: 2, term: 1, snapshot }));

    expect(sent).toMatchObject([{ index: 12 }]);
    expect([node.core.commit, node.core.lastIndex]).toEqual([12, 13]);
    expect(node.applied.map(({ index }) => index)).toEqual([11, 12]);
  });

  test("a lagging follower of a running group catches up through it", () => {
    const group = new TestGroup([1, 2, 3]);
    const node = group.elect(1);
    group.cut(3);
    for (let count = 0; count < 20; count += 1) node.core.propose(bytes(`${count}`));
    group.settle();
    node.storage.createSnapshot(node.core.applied, bytes("state"));
    node.storage.compact(node.core.applied);

    group.heal();
    node.core.tick();
    group.settle();
    node.core.propose(bytes("after"));
    group.settle();

    expect(group.node(3).core.lastIndex).toBe(node.core.lastIndex);
    expect(node.progressOf(3)).toMatchObject({ state: "replicate" });
  });
});

function leader(options: ConstructorParameters<typeof TestNode>[1] = {}): TestNode {
  const node = new TestNode(1, options);
  node.lead();
  return node;
}

/** A leader of term 1 whose log starts after what it would send to node 3 next. */
function compactedLeader(): TestNode {
  const node = leader();
  node.acknowledge(2, FIRST);
  node.storage.createSnapshot(FIRST, bytes("state"));
  node.storage.compact(FIRST);
  return node;
}

function snapshottingLeader(): TestNode {
  const node = compactedLeader();
  node.receive(message("heartbeat-response", { to: 1, from: 3, term: 1 }));
  return node;
}

function append(
  fields: Partial<{
    to: number;
    term: number;
    index: number;
    logTerm: number;
    entries: readonly Entry[];
    commit: number;
  }>,
): Message {
  return message("append", { to: 1, from: 3, index: START_INDEX, logTerm: 1, ...fields });
}

function run(term: number, first: number, count: number): Entry[] {
  return Array.from({ length: count }, (_unused, position) => entry(term, first + position));
}

/** Entries from the start on, so many of each term. */
function terms(lengths: Readonly<Record<number, number>>): Entry[] {
  const entries: Entry[] = [];
  for (const [term, count] of Object.entries(lengths)) {
    entries.push(...run(Number(term), START_INDEX + 1 + entries.length, count));
  }
  return entries;
}

/** Lets a leader bring a follower up to date; returns how often the follower refused. */
function repair(node: TestNode, follower: TestNode): number {
  let rejections = 0;
  node.core.tick();
  let messages = node.drain();
  for (let round = 0; round < 200 && messages.length > 0; round += 1) {
    const answers = messages
      .filter(({ to }) => to === follower.id)
      .flatMap((sent) => follower.receive(sent));
    rejections += answers.filter(({ reject }) => reject).length;
    messages = answers.flatMap((answer) => node.receive(answer));
  }
  return rejections;
}
