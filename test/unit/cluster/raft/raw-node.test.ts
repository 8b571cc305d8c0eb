import { describe, expect, test } from "vitest";
import {
  APPEND_THREAD,
  APPLY_THREAD,
  EMPTY_HARD_STATE,
  MemoryStorage,
  type Message,
  type MessageType,
  type RaftOptions,
  RawNode,
} from "#raft";
import { bytes, entry, kinds, members, message, START_INDEX, TestNode } from "./raft-group.ts";

const FIRST = START_INDEX + 1;

describe("node", () => {
  test("of a group of one commits through the same path as any other", () => {
    const node = new TestNode(1, { confState: members({ voters: [1] }) });
    node.lead([]);
    node.core.propose(bytes("x"));

    const write = node.core.ready();
    const commitBefore = node.core.commit;
    node.storage.append(write.entries);
    node.core.advance();
    const apply = node.core.ready();

    expect(write.entries).toEqual([entry(1, FIRST + 1, "x")]);
    expect([write.mustSync, write.committedEntries.length, commitBefore]).toEqual([true, 0, FIRST]);
    expect(apply.committedEntries).toEqual([entry(1, FIRST + 1, "x")]);
    expect([apply.mustSync, apply.hardState?.commit]).toEqual([false, FIRST + 1]);
  });

  test("has nothing to do when nothing happened", () => {
    const node = new TestNode(1);

    const ready = node.core.ready();

    expect(node.core.hasReady()).toBe(false);
    expect(ready).toEqual({
      softState: undefined,
      hardState: undefined,
      readStates: [],
      entries: [],
      snapshot: undefined,
      committedEntries: [],
      messages: [],
      mustSync: false,
    });
  });

  test("allows one outstanding ready", () => {
    const node = new TestNode(1);
    node.core.ready();

    expect(() => node.core.ready()).toThrow("advance() is called before");
    node.core.advance();
    expect(() => node.core.advance()).toThrow("advance() follows ready()");
  });

  test("tells a change of leader without asking for a write", () => {
    const node = new TestNode(1);
    node.receive(message("heartbeat", { to: 1, from: 3, term: 1 }));
    node.core.forgetLeader();

    const ready = node.core.ready();

    expect(ready.softState).toEqual({ leaderId: 0, role: "follower" });
    expect([ready.hardState, ready.mustSync]).toEqual([undefined, false]);
  });

  const localTypes: MessageType[] = [
    "hup",
    "beat",
    "check-quorum",
    "unreachable",
    "snapshot-status",
    "storage-append",
    "storage-append-response",
    "storage-apply",
    "storage-apply-response",
  ];
  for (const type of localTypes) {
    test(`refuses ${type} from the network`, () => {
      const node = new TestNode(1);

      expect(node.core.step(message(type, { to: 1, from: 2 }))).toBe("local-message");
      expect(node.core.hasReady()).toBe(false);
    });
  }

  test("refuses answers of nodes that are not members", () => {
    const node = new TestNode(1);

    expect(node.core.step(message("vote-response", { to: 1, from: 9, term: 5 }))).toBe(
      "peer-not-found",
    );
    expect(node.core.term).toBe(0);
  });

  test("reports status with progress on a leader only", () => {
    const node = new TestNode(1);
    const before = node.core.status();
    node.lead();
    node.acknowledge(2, FIRST);

    const status = node.core.status();

    expect(before).toMatchObject({ role: "follower", progress: [] });
    expect(status).toMatchObject({ role: "leader", term: 1, vote: 1, commit: FIRST, leaderId: 1 });
    expect(status.progress.map(({ id, match }) => [id, match])).toEqual([
      [1, FIRST],
      [2, FIRST],
      [3, 0],
    ]);
  });
});

describe("restart", () => {
  test("hands out again what was committed and not yet applied", () => {
    const storage = new MemoryStorage();
    storage.applySnapshot(snapshotAt(START_INDEX));
    storage.append([entry(1, 11), entry(1, 12), entry(1, 13)]);
    storage.setHardState({ term: 1, vote: 2, commit: 12 });

    const core = new RawNode({ ...optionsFor(storage), applied: 11 });

    const ready = core.ready();
    expect(ready.committedEntries).toEqual([entry(1, 12)]);
    expect([ready.hardState, ready.entries, ready.softState]).toEqual([undefined, [], undefined]);
    expect(core.basicStatus()).toMatchObject({ term: 1, vote: 2, commit: 12, role: "follower" });
  });

  test("without a hard state starts at the snapshot", () => {
    const storage = new MemoryStorage();
    storage.applySnapshot(snapshotAt(START_INDEX));

    const core = new RawNode({ ...optionsFor(storage), applied: START_INDEX });

    expect(core.basicStatus()).toMatchObject({ term: 0, commit: START_INDEX });
    expect(core.hasReady()).toBe(false);
  });

  const damaged = [
    { name: "beyond the log", commit: 14 },
    { name: "below the log", commit: START_INDEX - 1 },
  ];
  for (const { name, commit } of damaged) {
    test(`with a commit index ${name} is refused`, () => {
      const storage = new MemoryStorage();
      storage.applySnapshot(snapshotAt(START_INDEX));
      storage.append([entry(1, 11)]);
      storage.setHardState({ term: 1, vote: 0, commit });

      expect(() => new RawNode(optionsFor(storage))).toThrow("the persisted commit");
    });
  }

  test("restores a joint membership", () => {
    const confState = members({
      voters: [1, 2],
      votersOutgoing: [1, 3],
      learners: [4],
      learnersNext: [3],
      autoLeave: true,
    });
    const storage = new MemoryStorage();
    storage.applySnapshot({ ...snapshotAt(START_INDEX), confState });

    const core = new RawNode({ ...optionsFor(storage), applied: START_INDEX });

    expect(core.confState()).toEqual(confState);
  });

  test("a follower keeps its vote", () => {
    const storage = new MemoryStorage();
    storage.applySnapshot(snapshotAt(START_INDEX));
    storage.setHardState({ ...EMPTY_HARD_STATE, term: 3, vote: 2, commit: START_INDEX });
    const core = new RawNode({ ...optionsFor(storage), applied: START_INDEX });

    const last = { index: START_INDEX, logTerm: 1 };
    core.step(message("vote", { to: 1, from: 3, term: 3, ...last }));

    expect(core.ready().messages).toMatchObject([{ type: "vote-response", to: 3, reject: true }]);
  });
});

describe("committed entries", () => {
  test("are handed out in pages of the apply budget", () => {
    const node = new TestNode(1, {
      confState: members({ voters: [1] }),
      applyingBytesMax: 40,
    });
    node.lead([]);
    node.core.proposeBatch(["a", "b", "c", "d", "e"].map((text) => bytes(text.repeat(10))));
    const pages: number[] = [];
    while (node.core.hasReady()) {
      const before = node.applied.length;
      node.drainOnce();
      pages.push(node.applied.length - before);
    }

    expect(pages.filter((count) => count > 0)).toEqual([2, 2, 1]);
    expect(node.applied.map(({ index }) => index)).toEqual([11, 12, 13, 14, 15, 16]);
  });
});

describe("asynchronous storage", () => {
  test("hands out the next write before the first is done", () => {
    const { core } = asyncLeader();
    core.propose(bytes("a"));
    const first = writeOf(core);
    core.propose(bytes("b"));

    const second = writeOf(core);

    expect(first.entries).toEqual([entry(1, FIRST + 1, "a")]);
    expect(second.entries).toEqual([entry(1, FIRST + 2, "b")]);
    expect([first.to, first.term]).toEqual([APPEND_THREAD, 0]);
  });

  test("attaches the own acknowledgement last", () => {
    const { core } = asyncLeader();
    core.propose(bytes("a"));

    const write = writeOf(core);

    expect(write.responses.map(({ type, index }) => [type, index])).toEqual([
      ["append-response", FIRST + 1],
      ["storage-append-response", FIRST + 1],
    ]);
  });

  test("applies no more than the budget until a page is acknowledged", () => {
    const node = asyncLeader({ applyingBytesMax: 40 });
    const { core } = node;
    core.proposeBatch(["a", "b", "c", "d"].map((text) => bytes(text.repeat(10))));
    carryOut(node, writeOf(core));

    const [page] = core.ready().messages.filter(({ to }) => to === APPLY_THREAD);
    const isPaused = !core.hasReady();
    carryOut(node, page);
    const [next] = core.ready().messages.filter(({ to }) => to === APPLY_THREAD);

    expect([page?.entries.length, isPaused, next?.entries.length]).toEqual([2, true, 2]);
  });

  test("hands out no entries that are committed elsewhere and not durable here", () => {
    const node = asyncFollower();
    const { core } = node;
    core.step(append([entry(1, 11)], 11));

    const ready = core.ready();
    const isCommitted = core.commit === 11;
    carryOut(node, ready.messages[0]);

    expect([isCommitted, ready.committedEntries]).toEqual([true, []]);
    expect(core.ready().committedEntries).toEqual([entry(1, 11)]);
  });

  test("holds answers behind writes that are in progress, even without a new write", () => {
    const { core } = asyncFollower();
    core.step(append([entry(1, 11)], START_INDEX));
    core.ready();

    core.step(append([entry(1, 11)], START_INDEX));
    const { messages } = core.ready();

    expect(messages).toMatchObject([{ type: "storage-append", entries: [], term: 0 }]);
    expect(kinds(messages[0]?.responses ?? [])).toEqual([
      "append-response",
      "storage-append-response",
    ]);
  });

  test("answers a heartbeat without waiting for writes", () => {
    const { core } = asyncFollower();
    core.step(append([entry(1, 11)], START_INDEX));
    core.ready();

    core.step(message("heartbeat", { to: 1, from: 2, term: 1, commit: START_INDEX }));

    expect(kinds(core.ready().messages)).toEqual(["heartbeat-response"]);
  });

  test("ignores the entries of an acknowledgement from a lower term, but takes its snapshot", () => {
    const node = asyncFollower();
    const { core } = node;
    const snapshot = snapshotAt(20);
    core.step(message("snapshot", { to: 1, from: 2, term: 1, snapshot }));
    const install = writeOf(core);
    core.step(append([entry(1, 21)], 20, { index: 20 }));
    const write = writeOf(core);
    core.step(message("heartbeat", { to: 1, from: 3, term: 2, commit: 20 }));

    carryOut(node, install);
    carryOut(node, write);
    const again = writeOf(core);

    expect(core.applied).toBe(20);
    expect(again.responses.at(-1)).toMatchObject({ type: "storage-append-response", index: 21 });
  });

  test("does not use advance()", () => {
    expect(() => asyncFollower().core.advance()).toThrow("instead of calling advance()");
  });
});

describe("options", () => {
  const invalid: { name: string; options: Partial<RaftOptions> }[] = [
    { name: "id 0", options: { id: 0 } },
    { name: "the id of a storage thread", options: { id: APPLY_THREAD } },
    { name: "an election as short as a heartbeat", options: { electionTicks: 1 } },
    { name: "no heartbeat", options: { heartbeatTicks: 0 } },
    { name: "an empty window", options: { inflightAppendsMax: 0 } },
    { name: "a window below one message", options: { inflightBytesMax: 5, appendBytesMax: 6 } },
    {
      name: "lease reads without quorum check",
      options: { readOnlyOption: "lease-based", checkQuorum: false },
    },
  ];
  for (const { name, options } of invalid) {
    test(`with ${name} are refused`, () => {
      const storage = new MemoryStorage();

      expect(() => new RawNode({ ...optionsFor(storage), ...options })).toThrow("Broken invariant");
    });
  }
});

function optionsFor(storage: MemoryStorage): RaftOptions {
  return {
    id: 1,
    storage,
    random: { nextBelow: () => 0, nextBytes: (size) => new Uint8Array(size) },
    electionTicks: 10,
    heartbeatTicks: 1,
    preVote: false,
    checkQuorum: false,
  };
}

function snapshotAt(index: number) {
  return { index, term: 1, confState: members({ voters: [1, 2, 3] }), data: bytes("") };
}

interface AsyncNode {
  readonly core: RawNode;
  readonly storage: MemoryStorage;
}

function asyncFollower(): AsyncNode {
  const storage = new MemoryStorage();
  storage.applySnapshot(snapshotAt(START_INDEX));
  const core = new RawNode({
    ...optionsFor(storage),
    applied: START_INDEX,
    asyncStorageWrites: true,
  });
  core.step(message("heartbeat", { to: 1, from: 2, term: 1 }));
  core.ready();
  return { core, storage };
}

/** The only voter of its group, with everything durable and applied. */
function asyncLeader(options: Partial<RaftOptions> = {}): AsyncNode {
  const storage = new MemoryStorage();
  storage.applySnapshot({ ...snapshotAt(START_INDEX), confState: members({ voters: [1] }) });
  const core = new RawNode({
    ...optionsFor(storage),
    applied: START_INDEX,
    asyncStorageWrites: true,
    ...options,
  });
  core.campaign();
  while (core.hasReady()) {
    for (const work of core.ready().messages) carryOut({ core, storage }, work);
  }
  return { core, storage };
}

/** Does the work of a storage thread, and delivers what the node tells itself. */
function carryOut({ core, storage }: AsyncNode, work: Message | undefined): void {
  if (work === undefined) throw new Error("there is no work");
  if (work.snapshot !== undefined) storage.applySnapshot(work.snapshot);
  if (work.to === APPEND_THREAD) storage.append(work.entries);
  for (const response of work.responses) {
    if (response.to === core.id) core.step(response);
  }
}

/** Takes the next `Ready`; returns the write in it. */
function writeOf(core: RawNode): Message {
  const write = core.ready().messages.find(({ type }) => type === "storage-append");
  if (write === undefined) throw new Error("there is no write");
  return write;
}

function append(
  entries: readonly ReturnType<typeof entry>[],
  commit: number,
  at: { index: number } = { index: START_INDEX },
): Message {
  return message("append", { to: 1, from: 2, term: 1, logTerm: 1, ...at, entries, commit });
}
