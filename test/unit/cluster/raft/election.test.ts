import { describe, expect, test } from "vitest";
import { LEAVE_JOINT } from "#raft";
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

const TRANSFER_MARK = bytes("CampaignTransfer");

describe("election", () => {
  test("a follower campaigns when its timeout has passed, and asks the others", () => {
    const node = new TestNode(1);

    const early = node.tick(18);
    const requests = node.tick(1);

    expect(early).toEqual([]);
    expect(
      requests.map(({ type, to, term, index, logTerm }) => [type, to, term, index, logTerm]),
    ).toEqual([
      ["vote", 2, 1, START_INDEX, 1],
      ["vote", 3, 1, START_INDEX, 1],
    ]);
    expect(node.core.role).toBe("candidate");
  });

  test("a timeout is drawn anew for every term", () => {
    const drawn: number[] = [];
    const node = new TestNode(1, {
      random: {
        nextBelow: (bound) => {
          drawn.push(bound);
          return 0;
        },
        nextBytes: () => bytes(""),
      },
    });
    const before = drawn.length;

    node.tick(10);
    node.tick(10);

    expect(drawn.slice(before)).toEqual([10, 10]);
    expect(node.core.term).toBe(2);
  });

  test("the own vote counts only when it is durable", () => {
    const node = new TestNode(1);
    node.core.campaign();
    const { term } = node.core;

    node.core.ready();
    node.core.step(message("vote-response", { to: 1, from: 2, term }));

    expect(node.core.role).toBe("candidate");
    node.core.advance();
    expect(node.core.role).toBe("leader");
  });

  test("the first vote of a node counts, whatever it says later", () => {
    const node = new TestNode(1);
    node.core.campaign();
    const requests = node.drain();
    const { term } = node.core;

    node.receive(message("vote-response", { to: 1, from: 2, term, reject: true }));
    node.receive(message("vote-response", { to: 1, from: 2, term }));

    expect(requests).toHaveLength(2);
    expect(node.core.role).toBe("candidate");
    node.receive(message("vote-response", { to: 1, from: 3, term, reject: true }));
    expect(node.core.role).toBe("follower");
  });

  const votes = [
    { name: "an equal log", voted: 0, index: 12, logTerm: 2, granted: true },
    { name: "a longer log", voted: 0, index: 13, logTerm: 2, granted: true },
    { name: "a shorter log of a later term", voted: 0, index: 11, logTerm: 3, granted: true },
    { name: "a shorter log", voted: 0, index: 11, logTerm: 2, granted: false },
    { name: "a longer log of an earlier term", voted: 0, index: 99, logTerm: 1, granted: false },
    {
      name: "a log as good after a vote for another",
      voted: 3,
      index: 12,
      logTerm: 2,
      granted: false,
    },
    { name: "a log as good after a vote for it", voted: 2, index: 12, logTerm: 2, granted: true },
  ];
  for (const { name, voted, index, logTerm, granted } of votes) {
    test(`${name} ${granted ? "gets" : "does not get"} a vote`, () => {
      const node = new TestNode(1);
      append(node, 3, 2, [entry(1, 11), entry(2, 12)]);
      if (voted !== 0) vote(node, voted, 5, { index: 12, logTerm: 2 });

      const [response] = vote(node, 2, 5, { index, logTerm });

      expect(response).toMatchObject({ type: "vote-response", to: 2, term: 5, reject: !granted });
      expect(node.core.basicStatus().vote).toBe(granted ? 2 : voted);
    });
  }

  test("a vote is not given when the leader of the term is known", () => {
    const node = new TestNode(1);
    append(node, 3, 5, []);

    const [response] = vote(node, 2, 5, { index: 99, logTerm: 5 });

    expect(response).toMatchObject({ reject: true });
  });

  test("a pre-vote changes nothing at the voter", () => {
    const node = new TestNode(1, { preVote: true });
    append(node, 3, 2, []);
    const before = node.core.basicStatus();

    const request = message("pre-vote", { to: 1, from: 2, term: 7, index: 99, logTerm: 6 });
    const [response] = node.receive(request);

    expect(response).toMatchObject({ type: "pre-vote-response", term: 7, reject: false });
    expect(node.core.basicStatus()).toEqual(before);
  });

  test("a refused pre-vote carries the term of the voter, so that the asker catches up", () => {
    const node = new TestNode(1, { preVote: true });
    append(node, 3, 8, []);
    const asker = new TestNode(2, { preVote: true });
    asker.core.campaign();
    const [request] = asker.drain();

    const [response] = node.receive(request as NonNullable<typeof request>);
    asker.receive(response as NonNullable<typeof response>);

    expect(response).toMatchObject({ type: "pre-vote-response", term: 8, reject: true });
    expect(asker.core.basicStatus()).toMatchObject({ term: 8, role: "follower" });
  });

  test("a node that was cut off does not disturb the group when it comes back", () => {
    const group = new TestGroup([1, 2, 3], () => ({ preVote: true, checkQuorum: true }));
    group.elect(1);
    group.cut(3);
    for (let timeout = 0; timeout < 5; timeout += 1) {
      group.node(3).tick(20);
      group.node(1).core.tick();
      group.settle();
    }

    group.heal();
    group.node(3).core.campaign();
    group.settle();

    expect(group.nodes.map(({ core }) => core.term)).toEqual([1, 1, 1]);
    expect(group.node(1).core.role).toBe("leader");
  });

  test("a node stuck at a higher term is freed by the answer to a heartbeat", () => {
    const group = new TestGroup([1, 2, 3], () => ({ checkQuorum: true }));
    group.elect(1);
    group.cut(3);
    group.node(3).tick(20);
    group.node(3).tick(20);
    group.heal();

    for (const sent of group.node(1).tick(1)) group.node(sent.to).core.step(sent);
    group.settle();
    group.elect(1);

    const terms = new Set(group.nodes.map(({ core }) => core.term));
    expect(terms.size).toBe(1);
    expect(group.node(3).core.leaderId).toBe(1);
  });

  test("a learner does not campaign, but votes", () => {
    const confState = members({ voters: [2, 3], learners: [1] });
    const node = new TestNode(1, { confState });

    node.tick(40);
    node.core.campaign();
    const [response] = vote(node, 2, 5, { index: START_INDEX, logTerm: 1 });

    expect(node.core.role).toBe("follower");
    expect(response).toMatchObject({ type: "vote-response", reject: false });
  });

  test("a node that is not a member does not campaign", () => {
    const node = new TestNode(1, { confState: members({ voters: [2, 3] }) });

    node.tick(40);

    expect(node.core.basicStatus()).toMatchObject({ role: "follower", term: 0 });
  });

  test("a node that waits for a snapshot to be installed does not campaign", () => {
    const node = new TestNode(1);
    const snapshot = { index: 20, term: 1, confState: node.confState, data: bytes("") };
    node.core.step(message("snapshot", { to: 1, from: 2, term: 1, snapshot }));

    node.core.campaign();
    expect(node.core.role).toBe("follower");

    node.core.ready();
    node.core.campaign();
    expect(node.core.role).toBe("follower");
  });

  test("a node does not campaign before it has applied a committed membership change", () => {
    // Budgets of one byte: the change is committed, but only what precedes it is handed out.
    const node = new TestNode(1, { applyingBytesMax: 1 });
    const change = { term: 1, index: 12, type: "conf-change-v2" as const, data: bytes("") };
    node.core.step(
      message("append", {
        to: 1,
        from: 2,
        term: 1,
        logTerm: 1,
        index: START_INDEX,
        entries: [entry(1, 11), change],
        commit: 12,
      }),
    );
    const ready = node.core.ready();

    node.core.campaign();

    expect(ready.committedEntries).toEqual([entry(1, 11)]);
    expect(node.core.role).toBe("follower");
  });
});

describe("campaign", () => {
  test("waits for the acknowledgement of entries that were applied and compacted already", () => {
    const node = new TestNode(1);
    append(node, 3, 1, [entry(1, 11)]);
    node.core.step(message("heartbeat", { to: 1, from: 3, term: 1, commit: 11 }));
    node.core.ready();
    node.storage.compact(11);

    node.core.campaign();
    const during = node.core.role;
    node.core.advance();
    node.core.campaign();

    expect([during, node.core.role]).toEqual(["follower", "candidate"]);
  });
});

describe("lease", () => {
  const requests = [
    { name: "an ordinary vote", type: "vote", context: bytes(""), isHeard: false },
    { name: "a pre-vote", type: "pre-vote", context: bytes(""), isHeard: false },
    { name: "a vote after a transfer", type: "vote", context: TRANSFER_MARK, isHeard: true },
  ] as const;
  for (const { name, type, context, isHeard } of requests) {
    test(`${name} is ${isHeard ? "answered" : "ignored"} while the leader is heard from`, () => {
      const node = new TestNode(1, { checkQuorum: true });
      append(node, 3, 1, []);

      const request = { to: 1, from: 2, term: 2, index: 99, logTerm: 1, context };
      const responses = node.receive(message(type, request));

      expect(responses.length > 0).toBe(isHeard);
      expect(node.core.term).toBe(isHeard ? 2 : 1);
    });
  }

  test("ends when the leader was silent for an election timeout", () => {
    const node = new TestNode(1, { checkQuorum: true });
    append(node, 3, 1, []);
    node.tick(9);

    const during = vote(node, 2, 2, { index: 99, logTerm: 1 });
    node.tick(1);
    const after = vote(node, 2, 2, { index: 99, logTerm: 1 });

    expect([during.length, after.length]).toEqual([0, 1]);
  });

  test("a leader that hears from no quorum steps down at its term", () => {
    const node = new TestNode(1, { checkQuorum: true });
    node.lead();
    node.acknowledge(2, START_INDEX + 1);

    node.tick(10);
    expect(node.core.role).toBe("leader");
    node.tick(10);
    expect(node.core.basicStatus()).toMatchObject({ role: "follower", term: 1, leaderId: 0 });
  });

  test("a new member counts as heard from until it could have answered", () => {
    const node = new TestNode(1, { confState: members({ voters: [1] }), checkQuorum: true });
    node.lead([]);
    node.core.proposeConfChange({
      ...LEAVE_JOINT,
      operations: [{ kind: "add-voter", nodeId: 2 }],
    });
    node.drain();

    node.tick(10);
    expect(node.core.role).toBe("leader");
    node.tick(10);
    expect(node.core.role).toBe("follower");
  });
});

describe("leadership transfer", () => {
  test("makes the target campaign at once, without pre-vote and despite the lease", () => {
    const group = new TestGroup([1, 2, 3], () => ({ preVote: true, checkQuorum: true }));
    group.elect(1);

    group.node(1).core.transferLeader(2);
    group.settle();

    expect(group.nodes.map(({ core }) => core.leaderId)).toEqual([2, 2, 2]);
    expect(group.node(2).core.term).toBe(2);
  });

  test("catches the target up first", () => {
    const group = new TestGroup([1, 2, 3]);
    group.elect(1);
    group.cut(2);
    group.node(1).core.propose(bytes("missed"));
    group.settle();
    group.heal();

    group.node(1).core.transferLeader(2);
    const during = group.node(1).core.basicStatus();
    for (const sent of group.node(1).tick(1)) group.node(sent.to).core.step(sent);
    group.settle();

    expect(during).toMatchObject({ role: "leader", transferTarget: 2 });
    expect(group.node(2).core.role).toBe("leader");
    expect(group.node(2).applied.map(({ data }) => data)).toContainEqual(bytes("missed"));
  });

  test("asked of a follower reaches the leader", () => {
    const group = new TestGroup([1, 2, 3]);
    group.elect(1);

    group.node(3).core.transferLeader(2);
    group.settle();

    expect(group.node(2).core.role).toBe("leader");
  });

  test("refuses proposals until it is over, at the latest after an election timeout", () => {
    const node = new TestNode(1);
    node.lead();
    node.core.transferLeader(2);

    expect(node.core.propose(bytes("x"))).toBe("dropped");
    node.tick(9);
    expect(node.core.propose(bytes("x"))).toBe("dropped");
    node.tick(1);
    expect(node.core.propose(bytes("x"))).toBe("accepted");
  });

  const ignored = [
    { name: "a learner", target: 4 },
    { name: "an unknown node", target: 9 },
    { name: "itself", target: 1 },
  ];
  for (const { name, target } of ignored) {
    test(`to ${name} is ignored`, () => {
      const confState = members({ voters: [1, 2, 3], learners: [4] });
      const node = new TestNode(1, { confState });
      node.lead();

      node.core.transferLeader(target);

      expect(node.core.basicStatus().transferTarget).toBe(0);
      expect(node.core.propose(bytes("x"))).toBe("accepted");
    });
  }

  test("a second target replaces the first, the same target is not asked twice", () => {
    const node = new TestNode(1);
    node.lead();
    node.acknowledge(2, START_INDEX + 1);
    node.acknowledge(3, START_INDEX + 1);

    node.core.transferLeader(2);
    node.core.transferLeader(2);
    node.core.transferLeader(3);

    const sent = node.drain().filter(({ type }) => type === "timeout-now");
    expect(sent.map(({ to }) => to)).toEqual([2, 3]);
    expect(node.core.basicStatus().transferTarget).toBe(3);
  });

  test("is abandoned when its target is removed", () => {
    const node = new TestNode(1);
    node.lead();
    node.acknowledge(2, START_INDEX + 1);
    node.core.proposeConfChange({
      ...LEAVE_JOINT,
      operations: [{ kind: "remove", nodeId: 3 }],
    });
    node.drain();
    node.core.transferLeader(3);

    node.acknowledge(2, START_INDEX + 2);

    expect(node.confState.voters).toEqual([1, 2]);
    expect(node.core.basicStatus().transferTarget).toBe(0);
  });

  test("an invitation does not reach a learner or a node that was removed", () => {
    const node = new TestNode(1, { confState: members({ voters: [2], learners: [1] }) });

    node.receive(message("timeout-now", { to: 1, from: 2, term: 1 }));

    expect(node.core.role).toBe("follower");
  });
});

describe("forgetting the leader", () => {
  test("frees a follower to vote within the lease", () => {
    const node = new TestNode(1, { checkQuorum: true });
    append(node, 3, 1, []);
    node.core.forgetLeader();

    const [response] = vote(node, 2, 2, { index: START_INDEX, logTerm: 1 });

    expect(response).toMatchObject({ reject: false });
  });

  test("is refused with lease-based reads", () => {
    const node = new TestNode(1, { checkQuorum: true, readOnlyOption: "lease-based" });
    append(node, 3, 1, []);

    node.core.forgetLeader();

    expect(node.core.leaderId).toBe(3);
  });

  test("lasts until the leader speaks", () => {
    const node = new TestNode(1);
    append(node, 3, 1, []);
    node.core.forgetLeader();
    const between = node.core.leaderId;

    node.receive(message("heartbeat", { to: 1, from: 3, term: 1 }));

    expect([between, node.core.leaderId]).toEqual([0, 3]);
  });
});

describe("terms", () => {
  test("messages of a lower term are ignored", () => {
    const node = new TestNode(1);
    append(node, 3, 5, []);

    const old = { to: 1, from: 2, term: 4, index: START_INDEX, logTerm: 1 };
    const responses = node.receive(message("append", { ...old, entries: [entry(4, 11)] }));

    expect(responses).toEqual([]);
    expect(node.core.lastIndex).toBe(START_INDEX);
  });

  test("with pre-vote or quorum check they are answered with the higher term", () => {
    const node = new TestNode(1, { preVote: true });
    append(node, 3, 5, []);

    const responses = node.receive(message("heartbeat", { to: 1, from: 2, term: 4 }));

    expect(responses).toMatchObject([{ type: "append-response", to: 2, term: 5, index: 0 }]);
  });

  test("a higher term makes any role a follower", () => {
    const leader = new TestNode(1);
    leader.lead();
    const candidate = new TestNode(1);
    candidate.core.campaign();

    for (const node of [leader, candidate]) {
      node.receive(message("heartbeat", { to: 1, from: 2, term: 9 }));

      expect(node.core.basicStatus()).toMatchObject({ role: "follower", term: 9, leaderId: 2 });
    }
  });

  test("an append of its own term makes a candidate a follower", () => {
    const node = new TestNode(1);
    node.core.campaign();
    node.drain();

    const responses = append(node, 2, 1, [entry(1, 11)]);

    expect(node.core.basicStatus()).toMatchObject({ role: "follower", term: 1, leaderId: 2 });
    expect(kinds(responses)).toEqual(["append-response"]);
  });
});

function append(node: TestNode, from: number, term: number, entries: ReturnType<typeof entry>[]) {
  const at = { to: node.id, from, term, index: START_INDEX, logTerm: 1 };
  return node.receive(message("append", { ...at, entries }));
}

function vote(
  node: TestNode,
  from: number,
  term: number,
  last: { index: number; logTerm: number },
) {
  return node.receive(message("vote", { to: node.id, from, term, ...last }));
}
