import { describe, expect, test } from "vitest";
import { type ConfChange, LEAVE_JOINT } from "#raft";
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

describe("proposal", () => {
  test("to a leader is appended and sent", () => {
    const node = leader();
    node.acknowledge(2, FIRST);

    expect(node.core.propose(bytes("x"))).toBe("accepted");

    const sent = node.drain().filter(({ to }) => to === 2);
    expect(sent.flatMap(({ entries }) => entries)).toEqual([entry(1, FIRST + 1, "x")]);
  });

  test("of several entries appends all of them in one message", () => {
    const node = leader();
    node.acknowledge(2, FIRST);

    expect(node.core.proposeBatch([bytes("a"), bytes("b")])).toBe("accepted");
    expect(node.core.proposeBatch([])).toBe("accepted");

    const [sent] = node.drain().filter(({ to }) => to === 2);
    expect(sent?.entries.map(({ index }) => index)).toEqual([FIRST + 1, FIRST + 2]);
  });

  test("to a follower is forwarded, and the leader takes it", () => {
    const group = new TestGroup([1, 2, 3]);
    group.elect(1);

    expect(group.node(2).core.propose(bytes("forwarded"))).toBe("accepted");
    group.settle();

    for (const node of group.nodes) {
      expect(node.applied.at(-1)?.data).toEqual(bytes("forwarded"));
    }
  });

  test("that is forwarded keeps its sender and carries no term", () => {
    const node = new TestNode(1);
    node.receive(message("heartbeat", { to: 1, from: 3, term: 4 }));

    const [sent] = node.receive(
      message("propose", { to: 1, from: 2, entries: [entry(0, 0, "x")] }),
    );

    expect(sent).toMatchObject({ type: "propose", to: 3, from: 2, term: 0 });
  });

  const refusing: { name: string; node: () => TestNode }[] = [
    { name: "a follower without a leader", node: () => new TestNode(1) },
    {
      name: "a candidate",
      node: () => {
        const node = new TestNode(1);
        node.core.campaign();
        return node;
      },
    },
    {
      name: "a follower that does not forward",
      node: () => {
        const node = new TestNode(1, { disableProposalForwarding: true });
        node.receive(message("heartbeat", { to: 1, from: 3, term: 4 }));
        return node;
      },
    },
    { name: "a leader that was removed", node: removedLeader },
  ];
  for (const { name, node } of refusing) {
    test(`to ${name} is dropped`, () => {
      const target = node();
      const before = target.core.lastIndex;

      expect(target.core.propose(bytes("x"))).toBe("dropped");
      expect(target.core.lastIndex).toBe(before);
    });
  }
});

describe("uncommitted size", () => {
  test("is bounded, and returned when entries are applied", () => {
    const node = leader({ uncommittedBytesMax: 10 });

    expect(node.core.propose(bytes("123456"))).toBe("accepted");
    expect(node.core.propose(bytes("12345"))).toBe("dropped");
    expect(node.core.propose(bytes("1234"))).toBe("accepted");
    expect(node.core.propose(bytes("1"))).toBe("dropped");
    node.drain();
    node.acknowledge(2, FIRST + 2);
    expect(node.core.propose(bytes("1234567890"))).toBe("accepted");
  });

  test("lets the first entries pass however large, and empty ones always", () => {
    const node = leader({ uncommittedBytesMax: 10 });

    expect(node.core.propose(bytes("x".repeat(100)))).toBe("accepted");
    expect(node.core.propose(bytes("y"))).toBe("dropped");
    expect(node.core.propose(bytes(""))).toBe("accepted");
  });

  test("starts at zero with every leadership", () => {
    const node = leader({ uncommittedBytesMax: 10 });
    node.core.propose(bytes("x".repeat(100)));
    node.receive(message("heartbeat", { to: 1, from: 2, term: 5 }));

    node.lead();

    expect(node.core.propose(bytes("y".repeat(100)))).toBe("accepted");
  });

  test("refuses a batch as a whole", () => {
    const node = leader({ uncommittedBytesMax: 10 });
    node.core.propose(bytes("123456"));
    const before = node.core.lastIndex;

    expect(node.core.proposeBatch([bytes("1"), bytes("12345")])).toBe("dropped");
    expect(node.core.lastIndex).toBe(before);
  });
});

describe("membership change", () => {
  test("is replaced by an empty entry while another is not applied", () => {
    const node = leader();
    node.core.proposeConfChange(change("auto", "add-learner", 7));

    expect(node.core.proposeConfChange(change("auto", "add-learner", 8))).toBe("accepted");
    node.drain();
    node.acknowledge(2, FIRST + 2);

    expect(node.applied.slice(-2).map(({ type }) => type)).toEqual(["conf-change-v2", "normal"]);
    expect(node.confState.learners).toEqual([7]);
  });

  test("is possible again when the other is applied", () => {
    const node = leader();
    node.core.proposeConfChange(change("auto", "add-learner", 7));
    node.drain();
    node.acknowledge(2, FIRST + 1);

    node.core.proposeConfChange(change("auto", "add-learner", 8));
    node.drain();
    node.acknowledge(2, FIRST + 2);

    expect(node.confState.learners).toEqual([7, 8]);
  });

  test("waits for a new leader to apply everything it had when elected", () => {
    const node = new TestNode(1);
    node.receive(
      message("append", {
        to: 1,
        from: 3,
        term: 1,
        index: START_INDEX,
        logTerm: 1,
        entries: [entry(1, 11)],
      }),
    );
    node.lead();
    node.core.proposeConfChange(change("auto", "add-learner", 7));
    node.drain();

    node.acknowledge(2, node.core.lastIndex);

    expect(node.confState.learners).toEqual([]);
  });

  test("that no node could decode is replaced by an empty entry", () => {
    const node = leader({ disableConfChangeValidation: true });
    const malformed = { ...entry(0, 0, "nonsense"), type: "conf-change-v2" as const };

    node.receive(message("propose", { to: 1, from: 2, entries: [malformed] }));
    node.acknowledge(2, FIRST + 1);

    expect(node.applied.at(-1)).toEqual(entry(1, FIRST + 1));
  });

  const impossible: { name: string; change: Partial<ConfChange> }[] = [
    { name: "removes the last voter", change: { operations: [{ kind: "remove", nodeId: 1 }] } },
    {
      name: "demotes the last voter through a joint state",
      change: { transition: "implicit", operations: [{ kind: "add-learner", nodeId: 1 }] },
    },
    { name: "leaves a joint state that is none", change: { transition: "explicit" } },
  ];
  for (const { name, change: fields } of impossible) {
    test(`that ${name} never reaches the point where every replica would stop at it`, () => {
      const node = leader({ confState: members({ voters: [1] }) });

      expect(node.core.proposeConfChange({ ...LEAVE_JOINT, ...fields })).toBe("accepted");
      node.drain();

      expect(node.applied.at(-1)).toEqual(entry(1, FIRST + 1));
      expect(node.confState).toEqual(members({ voters: [1] }));
    });
  }

  test("without operations leaves a joint state only if it says so", () => {
    const node = leader({ confState: members({ voters: [1], votersOutgoing: [1, 2] }) });
    node.acknowledge(2, FIRST);

    node.core.proposeConfChange({ ...LEAVE_JOINT, transition: "implicit" });
    node.drain();
    node.acknowledge(2, FIRST + 1);
    const refused = node.confState;
    node.core.proposeConfChange(LEAVE_JOINT);
    node.drain();
    node.acknowledge(2, FIRST + 2);

    expect(refused.votersOutgoing).toEqual([1, 2]);
    expect(node.confState).toEqual(members({ voters: [1] }));
  });

  test("on several nodes goes through a joint state and out of it", () => {
    const group = new TestGroup([1, 2, 3]);
    const node = group.elect(1);

    node.core.proposeConfChange({
      ...LEAVE_JOINT,
      operations: [
        { kind: "remove", nodeId: 3 },
        { kind: "add-learner", nodeId: 2 },
      ],
    });
    group.settle();

    for (const { confState } of [node, group.node(2)]) {
      expect(confState).toEqual(members({ voters: [1], learners: [2] }));
    }
  });

  test("is left automatically although a transfer was in the way at first", () => {
    const node = leader();
    node.acknowledge(2, FIRST);
    node.acknowledge(3, FIRST);
    node.core.proposeConfChange(change("implicit", "add-learner", 7));
    node.drain();
    node.core.transferLeader(3);
    node.acknowledge(2, FIRST + 1);
    const during = node.confState;

    node.tick(10);
    node.core.propose(bytes("x"));
    node.drain();
    node.acknowledge(2, node.core.lastIndex);
    node.acknowledge(2, node.core.lastIndex);

    expect(during).toMatchObject({ votersOutgoing: [1, 2, 3], autoLeave: true });
    expect(node.confState).toEqual(members({ voters: [1, 2, 3], learners: [7] }));
  });

  test("is left by the next leader when the one that entered it is gone", () => {
    const group = new TestGroup([1, 2, 3]);
    const node = group.elect(1);
    node.core.proposeConfChange(change("implicit", "add-learner", 7));
    for (const sent of node.drain()) group.node(sent.to).core.step(sent);
    group.cut(1);

    group.elect(2);

    const expected = members({ voters: [1, 2, 3], learners: [7] });
    expect(group.node(2).confState).toEqual(expected);
    expect(group.node(3).confState).toEqual(expected);
  });

  test("that removes the leader makes it step down if it is told to", () => {
    const node = leader({ stepDownOnRemoval: true });
    node.core.proposeConfChange(change("auto", "remove", 1));
    node.drain();

    node.acknowledge(2, FIRST + 1);

    expect(node.core.basicStatus()).toMatchObject({ role: "follower", leaderId: 0 });
  });

  test("of a joint kind needs both halves to commit", () => {
    const node = leader();
    node.core.proposeConfChange({
      ...LEAVE_JOINT,
      transition: "explicit",
      operations: [
        { kind: "remove", nodeId: 2 },
        { kind: "remove", nodeId: 3 },
        { kind: "add-voter", nodeId: 4 },
      ],
    });
    node.drain();
    node.acknowledge(2, FIRST + 1);
    node.core.propose(bytes("x"));
    node.drain();

    node.acknowledge(2, FIRST + 2);
    const withOutgoing = node.core.commit;
    node.acknowledge(4, FIRST + 2);

    expect([withOutgoing, node.core.commit]).toEqual([FIRST + 1, FIRST + 2]);
  });
});

function leader(options: NodeOptions = {}): TestNode {
  const node = new TestNode(1, options);
  const { confState = members({ voters: [1, 2, 3] }) } = options;
  const others = [...confState.voters, ...confState.votersOutgoing].filter((id) => id !== 1);
  node.lead(others);
  return node;
}

function removedLeader(): TestNode {
  const node = leader();
  node.core.proposeConfChange(change("auto", "remove", 1));
  node.drain();
  node.acknowledge(2, FIRST + 1);
  return node;
}

function change(
  transition: ConfChange["transition"],
  kind: ConfChange["operations"][number]["kind"],
  nodeId: number,
): ConfChange {
  return { ...LEAVE_JOINT, transition, operations: [{ kind, nodeId }] };
}
