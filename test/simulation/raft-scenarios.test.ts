// Method: several nodes with their logs, snapshots and state machines under virtual time, from a
// fixed seed each. Every scenario ends with all members holding the same records. Excluded: random
// combinations of faults, which raft-simulation.test.ts makes; the real transport and disk.
import { afterEach, describe, expect, test } from "vitest";

import { type ConfChangeOperation, EMPTY_BYTES } from "#raft";
import type { Replica } from "../../cluster/multiraft/replica.ts";
import { RaftCluster, type RaftClusterOptions } from "./raft-cluster.ts";
import { SimWorld } from "./sim-world.ts";

const GROUP = 1;
const VOTERS = [1, 2, 3];
const LATE = 9;

let cluster: RaftCluster;
let world: SimWorld;

afterEach(() => {
  expect(cluster.failures).toEqual([]);
});

async function startCluster(options: Partial<RaftClusterOptions> = {}): Promise<void> {
  world = new SimWorld(7);
  cluster = new RaftCluster(world, { nodeIds: VOTERS, ...options });
  cluster.declareGroup(GROUP, VOTERS);
  await cluster.startAll();
  // Until all nodes are connected.
  await world.runFor(500);
}

function texts(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `r${from + i}`.padEnd(200, "."));
}

function textOf(number: number): string {
  return `r${number}`.padEnd(200, ".");
}

/** Proposes in portions, as a product would, and lets each be applied. */
async function fill(from: number, count: number, nodeIds?: readonly number[]): Promise<void> {
  for (let at = from; at < from + count; at += 20) {
    await cluster.proposeAll(GROUP, texts(at, Math.min(20, from + count - at)), nodeIds);
  }
}

async function compactAll(): Promise<void> {
  for (const nodeId of cluster.nodes.keys()) await cluster.compact(GROUP, nodeId);
  await world.runFor(50);
}

function expectSame(): void {
  for (const nodeId of cluster.nodes.keys()) {
    expect(cluster.machine(GROUP, nodeId).texts).toEqual(cluster.model.texts(GROUP));
  }
}

async function change(operations: readonly ConfChangeOperation[]): Promise<void> {
  const leader = await cluster.elected(GROUP);
  const before = JSON.stringify(leader.status().confState);
  const request = { version: 2, transition: "auto", operations, context: EMPTY_BYTES } as const;
  expect(leader.proposeConfChange(request)).toBe("accepted");
  await world.runUntil(
    () => {
      const { confState, applied, commit } = (cluster.leader(GROUP) ?? leader).status();
      const isApplied = applied === commit && confState.votersOutgoing.length === 0;
      return isApplied && JSON.stringify(confState) !== before;
    },
    10_000,
    "the change of members",
  );
}

/** The node that leads, and one that does not. */
function ends(leader: Replica): { readonly led: number; readonly other: number } {
  const led = cluster.nodeOf(leader);
  return { led, other: [...cluster.nodes.keys()].find((id) => id !== led) as number };
}

describe("agreement", () => {
  test("holds under lost, doubled, delayed and overtaking messages", async () => {
    await startCluster();
    Object.assign(cluster.network.faults, {
      lossOneIn: 6,
      duplicateOneIn: 8,
      delayMs: [0.1, 60],
    });
    await fill(0, 200);
    expectSame();
    expect(cluster.machine(GROUP, 1).texts).toEqual(texts(0, 200));
  });

  test("a cut off leader is deposed, commits nothing more, and answers no reads", async () => {
    await startCluster();
    await fill(0, 20);
    const old = await cluster.elected(GROUP);
    const { led } = ends(old);
    const rest = VOTERS.filter((id) => id !== led);
    cluster.network.partition([led], rest);
    expect(old.propose(new TextEncoder().encode("lost"))).toBe("accepted");
    const read = old.readIndex();
    read.catch(() => undefined);
    await world.runUntil(() => cluster.leader(GROUP) !== old, 3_000, "another leader");
    await cluster.proposeAll(GROUP, texts(20, 20), rest);
    await world.runUntil(() => !old.isLeader, 3_000, "the end of the old leadership");
    await expect(world.settle(read)).rejects.toMatchObject({ code: "NOT_LEADER" });
    expect(cluster.machine(GROUP, led).texts).toEqual(texts(0, 20));
    cluster.network.heal();
    await cluster.everywhere(GROUP, textOf(39));
    expectSame();
  });

  test("leadership is handed over under load without losing what was applied", async () => {
    await startCluster();
    await fill(0, 20);
    const first = await cluster.elected(GROUP);
    const { led, other } = ends(first);
    for (let i = 0; i < 30; i++) {
      cluster.propose(GROUP, `load-${i}`);
      if (i === 10) first.transferLeadership(other);
      await world.runFor(2);
    }
    await world.runUntil(() => cluster.leader(GROUP)?.replicaId === other, 1_000, "the handover");
    expect(cluster.replica(GROUP, led).isLeader).toBe(false);
    await cluster.proposeAll(GROUP, ["after"]);
    expectSame();
    expect(cluster.model.texts(GROUP).filter((text) => text.startsWith("load"))).not.toEqual([]);
  });

  test("reads of one turn share a request", async () => {
    await startCluster();
    await fill(0, 20);
    await world.runFor(500);
    const { other } = ends(await cluster.elected(GROUP));
    const follower = cluster.replica(GROUP, other);
    const before = cluster.network.sentCount;
    const reads = Array.from({ length: 100 }, () => follower.readIndex());
    const indexes = await world.settle(Promise.all(reads));
    expect(new Set(indexes)).toEqual(new Set([follower.status().commit]));
    expect(cluster.network.sentCount - before).toBeLessThan(12);
  });
});

describe("snapshots", () => {
  test("bring back a member that has missed what the others have cut", async () => {
    await startCluster();
    await fill(0, 40);
    cluster.crash(3);
    await fill(40, 400, [1, 2]);
    await compactAll();
    expect((await cluster.elected(GROUP)).status().firstIndex).toBeGreaterThan(60);
    await cluster.start(3);
    await cluster.everywhere(GROUP, textOf(439));
    expect(cluster.machine(GROUP, 3).restoreCount).toBe(1);
    expect(cluster.model.snapshotsClosed).toBe(1);
    await fill(440, 20);
    expect(cluster.disksOf(3).snapshots.list()).toEqual([]);
    expectSame();
  });

  test("bring in a new member, though the log is there from its start", async () => {
    await startCluster({ nodeIds: [...VOTERS, 4] });
    await fill(0, 40, VOTERS);
    expect(cluster.replica(GROUP, 1).status().firstIndex).toBe(1);
    cluster.joinReplica(GROUP, LATE, 4);
    await change([{ kind: "add-learner", nodeId: LATE }]);
    await cluster.everywhere(GROUP, textOf(39));
    expect(cluster.machine(GROUP, 4).restoreCount).toBe(1);
    const { confState } = cluster.replica(GROUP, 4).status();
    expect(confState).toMatchObject({ voters: VOTERS, learners: [LATE] });
    await fill(40, 20);
    expectSame();
  });

  test("are taken over again after a crash in the middle", async () => {
    await startCluster({ restoreChunkMs: 50 });
    await fill(0, 20);
    cluster.crash(3);
    await fill(20, 400, [1, 2]);
    await compactAll();
    await cluster.start(3);
    const isRestoring = (): boolean => cluster.replica(GROUP, 3).status().isRestoring;
    await world.runUntil(isRestoring, 10_000, "the start of restoring");
    await world.runFor(200);
    cluster.crash(3);
    expect(
      cluster
        .disksOf(3)
        .snapshots.list()
        .map(({ name }) => name),
    ).toHaveLength(1);
    await cluster.start(3);
    expect(isRestoring()).toBe(true);
    await cluster.everywhere(GROUP, textOf(419));
    expect(cluster.model.snapshotsClosed).toBe(1);
    await world.runFor(50);
    expect(cluster.disksOf(3).snapshots.list()).toEqual([]);
    expectSame();
  });

  test("stand for entries and changes that wait to be applied", async () => {
    await startCluster({ nodeIds: [...VOTERS, 4] });
    await fill(0, 20, VOTERS);
    cluster.joinReplica(GROUP, LATE, 4);
    await change([{ kind: "add-learner", nodeId: LATE }]);
    await cluster.everywhere(GROUP, textOf(19));
    const { led, other } = ends(await cluster.elected(GROUP));
    const slow = cluster.machine(GROUP, other);
    let goOn = (): void => undefined;
    slow.gate = new Promise((resolve) => {
      goOn = resolve;
    });
    const third = VOTERS.find((id) => id !== led && id !== other) as number;
    const rest = [led, third, 4];
    await fill(20, 20, rest);
    await change([
      { kind: "add-voter", nodeId: LATE },
      { kind: "remove", nodeId: third },
    ]);
    await fill(40, 20, [led, 4]);
    cluster.network.partition([other], rest);
    await fill(60, 300, [led, 4]);
    // The log is kept for a member until it is known to be cut off.
    await world.runFor(3_000);
    await cluster.compact(GROUP, led);
    await cluster.compact(GROUP, 4);
    cluster.network.heal();
    const isReceived = (): boolean => cluster.replica(GROUP, other).status().isRestoring;
    await world.runUntil(isReceived, 10_000, "the snapshot");
    expect(slow.texts).toHaveLength(20);
    slow.gate = undefined;
    goOn();
    await fill(360, 20, [led, 4, other]);
    expect(slow.restoreCount).toBe(1);
    expect(cluster.replica(GROUP, other).isStopped).toBe(false);
    const { confState } = cluster.replica(GROUP, other).status();
    expect([...confState.voters].sort()).toEqual([led, other, LATE].sort());
    expect(slow.texts).toEqual(cluster.model.texts(GROUP));
  });

  test("that were not received in full leave nothing, and are sent again", async () => {
    await startCluster();
    await fill(0, 20);
    cluster.crash(3);
    await fill(20, 800, [1, 2]);
    await compactAll();
    cluster.network.faults.delayMs = [5, 10];
    await cluster.start(3);
    const { snapshots } = cluster.disksOf(3);
    await world.runUntil(() => snapshots.list().length > 0, 10_000, "the first part");
    await world.runFor(30);
    expect(snapshots.list().map(({ name }) => name)).toEqual([
      expect.stringMatching(/^1-\d+\.partial$/),
    ]);
    cluster.network.partition([3], [1, 2]);
    await world.runFor(3_000);
    expect(snapshots.list()).toEqual([]);
    cluster.network.heal();
    await cluster.everywhere(GROUP, textOf(819));
    expectSame();
  });

  test("are given up when the receiver has no space, and tried again", async () => {
    await startCluster();
    await fill(0, 20);
    cluster.crash(3);
    await fill(20, 400, [1, 2]);
    await compactAll();
    const { snapshots } = cluster.disksOf(3);
    snapshots.faults.isFull = true;
    await cluster.start(3);
    await world.runFor(5_000);
    expect(cluster.replica(GROUP, 3).isStopped).toBe(false);
    expect(cluster.machine(GROUP, 3).restoreCount).toBe(0);
    snapshots.faults.isFull = false;
    await cluster.everywhere(GROUP, textOf(419));
    expectSame();
  });
});

describe("membership", () => {
  test("a learner replaces a voter through a joint configuration", async () => {
    await startCluster({ nodeIds: [...VOTERS, 4] });
    await fill(0, 40, VOTERS);
    cluster.joinReplica(GROUP, LATE, 4);
    await change([{ kind: "add-learner", nodeId: LATE }]);
    await cluster.everywhere(GROUP, textOf(39));
    const { other } = ends(await cluster.elected(GROUP));
    await change([
      { kind: "add-voter", nodeId: LATE },
      { kind: "remove", nodeId: other },
    ]);
    const leader = await cluster.elected(GROUP);
    const remaining = VOTERS.filter((id) => id !== other);
    expect([...leader.status().confState.voters].sort()).toEqual([...remaining, LATE].sort());
    await world.settle(cluster.destroyReplica(GROUP, other));
    cluster.crash(other);
    await fill(40, 20, [...remaining, 4]);
    cluster.crash(remaining.find((id) => id !== cluster.nodeOf(leader)) as number);
    await fill(60, 20);
    expectSame();
  });

  test("a leader that is removed hands over by stepping down", async () => {
    await startCluster();
    await fill(0, 20);
    const old = await cluster.elected(GROUP);
    const { led } = ends(old);
    await change([{ kind: "remove", nodeId: old.replicaId }]);
    await world.runUntil(() => !old.isLeader, 5_000, "the end of the leadership");
    await world.settle(cluster.destroyReplica(GROUP, led));
    cluster.crash(led);
    await fill(20, 20);
    expectSame();
    const rest = VOTERS.filter((id) => id !== led);
    expect((await cluster.elected(GROUP)).status().confState.voters).toEqual(rest);
  });

  test("a membership survives a restart of everybody", async () => {
    await startCluster({ nodeIds: [...VOTERS, 4] });
    await fill(0, 20, VOTERS);
    cluster.joinReplica(GROUP, LATE, 4);
    await change([{ kind: "add-learner", nodeId: LATE }]);
    await cluster.everywhere(GROUP, textOf(19));
    await change([{ kind: "add-voter", nodeId: LATE }]);
    await compactAll();
    for (const nodeId of [1, 2, 3, 4]) cluster.crash(nodeId);
    await cluster.startAll();
    await fill(20, 20);
    for (const nodeId of [1, 2, 3, 4]) {
      expect(cluster.replica(GROUP, nodeId).status().confState.voters).toEqual([...VOTERS, LATE]);
    }
    expectSame();
  });

  test("a member that has nothing yet still votes", async () => {
    await startCluster({ nodeIds: [1, 2, 3, 4] });
    await fill(0, 20, VOTERS);
    // It can take no snapshot.
    cluster.disksOf(4).snapshots.faults.isFull = true;
    cluster.joinReplica(GROUP, LATE, 4);
    await change([{ kind: "add-learner", nodeId: LATE }]);
    const { other } = ends(await cluster.elected(GROUP));
    await change([
      { kind: "add-voter", nodeId: LATE },
      { kind: "remove", nodeId: other },
    ]);
    const { led } = ends(await cluster.elected(GROUP));
    cluster.freeze(led);
    const third = VOTERS.find((id) => id !== led && id !== other) as number;
    const isElected = (): boolean => cluster.replica(GROUP, third).status().role === "leader";
    await world.runUntil(isElected, 10_000, "another leader");
    // It leads, and cannot commit before the other has the log.
    expect(cluster.replica(GROUP, third).isLeader).toBe(false);
    cluster.disksOf(4).snapshots.faults.isFull = false;
    await cluster.proposeAll(GROUP, ["after"], [third, 4]);
  });

  test("a destroyed replica does not come back, a later one does", async () => {
    await startCluster();
    await fill(0, 20);
    const { other } = ends(await cluster.elected(GROUP));
    await change([{ kind: "remove", nodeId: other }]);
    await world.settle(cluster.destroyReplica(GROUP, other));
    cluster.crash(other);
    await cluster.start(other);
    const { multiRaft } = cluster.node(other);
    expect(multiRaft.store.destroyedReplica(GROUP)).toBe(other);
    const again = (): unknown => cluster.joinReplica(GROUP, other, other);
    expect(again).toThrow(expect.objectContaining({ code: "REPLICA_DESTROYED" }));
    cluster.joinReplica(GROUP, LATE, other);
    await change([{ kind: "add-learner", nodeId: LATE }]);
    await fill(20, 20);
    expectSame();
  });
});

describe("rest", () => {
  test("an idle group exchanges no messages and is not ticked", async () => {
    await startCluster();
    await fill(0, 20);
    await world.runFor(5_000);
    const ticked = (): number[] =>
      [...cluster.nodes.values()].map(({ multiRaft }) => multiRaft.tickedGroups);
    const before = { sent: cluster.network.sentCount, ticked: ticked(), at: world.eventCount };
    await world.runFor(600_000);
    expect(cluster.network.sentCount).toBe(before.sent);
    expect(ticked()).toEqual(before.ticked);
    expect(world.eventCount - before.at).toBeLessThan(10);
    for (const id of VOTERS) expect(cluster.replica(GROUP, id).status().isQuiescent).toBe(true);
    const { other } = ends(await cluster.elected(GROUP));
    await world.settle(cluster.replica(GROUP, other).readIndex());
    await fill(20, 20);
    expectSame();
  });

  test("begins only when everybody has applied everything", async () => {
    await startCluster({ limits: { quietTicks: 1 } });
    await fill(0, 20);
    for (let round = 0; round < 20; round++) {
      cluster.network.faults.lossOneIn = 2;
      await cluster.elected(GROUP);
      cluster.propose(GROUP, `round-${round}`);
      await world.runFor(300);
      cluster.network.faults.lossOneIn = 0;
      await world.runFor(6_000);
      for (const id of VOTERS) expect(cluster.replica(GROUP, id).isQuiescent).toBe(true);
      expectSame();
    }
  });

  test("ends at once when the process of the leader ends", async () => {
    await startCluster();
    await fill(0, 20);
    await world.runFor(60_000);
    const { led } = ends(await cluster.elected(GROUP));
    const startMs = world.nowMs;
    cluster.crash(led);
    await cluster.elected(GROUP);
    expect(world.nowMs - startMs).toBeLessThan(400);
    await fill(20, 20);
    expectSame();
  });

  test("ends when the leader falls silent", async () => {
    await startCluster();
    await fill(0, 20);
    await world.runFor(60_000);
    const { led } = ends(await cluster.elected(GROUP));
    const startMs = world.nowMs;
    cluster.freeze(led);
    await cluster.elected(GROUP);
    expect(world.nowMs - startMs).toBeLessThan(2_000);
    await fill(
      20,
      20,
      VOTERS.filter((id) => id !== led),
    );
    cluster.thaw(led);
    await cluster.everywhere(GROUP, textOf(39));
    expectSame();
  });

  test("a follower that restarts is told who leads", async () => {
    await startCluster();
    await fill(0, 20);
    await world.runFor(60_000);
    const leader = await cluster.elected(GROUP);
    const { led, other } = ends(leader);
    const { term } = leader;
    cluster.crash(other);
    await world.runFor(100);
    await cluster.start(other);
    const isTold = (): boolean => cluster.replica(GROUP, other).leaderNode === led;
    await world.runUntil(isTold, 700, "knowledge of the leader");
    await world.runFor(60_000);
    expect(cluster.leader(GROUP)?.term).toBe(term);
    expect(cluster.replica(GROUP, other).status().isQuiescent).toBe(true);
  });

  test("does not hide that the leader is cut off from everybody", async () => {
    await startCluster();
    await fill(0, 20);
    await world.runFor(60_000);
    const old = await cluster.elected(GROUP);
    const { led } = ends(old);
    cluster.network.partition(
      [led],
      VOTERS.filter((id) => id !== led),
    );
    await world.runUntil(() => !old.isLeader, 4_000, "the end of the leadership");
    await world.runUntil(() => cluster.leader(GROUP) !== undefined, 1_000, "another leader");
  });
});

describe("the log", () => {
  test("stays bounded while a member is dead", async () => {
    await startCluster();
    await fill(0, 20);
    cluster.crash(3);
    await world.runFor(5_000);
    let segmentsMax = 0;
    for (let from = 20; from < 1_020; from += 100) {
      await fill(from, 100, [1, 2]);
      await compactAll();
      const { store } = (await leaderNode()).multiRaft;
      segmentsMax = Math.max(segmentsMax, store.segmentCount);
    }
    const { firstIndex, lastIndex } = (await cluster.elected(GROUP)).status();
    expect(lastIndex - firstIndex).toBeLessThan(120);
    expect(segmentsMax).toBeLessThan(8);
  });

  test("is kept for a live member that is behind, up to a bound", async () => {
    const limits = { keptForFollowersBytesMax: 40 * 1024 };
    await startCluster({ limits });
    await fill(0, 40);
    const leader = await cluster.elected(GROUP);
    const { led, other } = ends(leader);
    // Alive for the failure detector, but nothing that is sent to it arrives.
    const follower = cluster.node(other).multiRaft.replica(GROUP) as Replica;
    follower.step = () => undefined;
    const rest = VOTERS.filter((id) => id !== other);
    await fill(40, 80, rest);
    await cluster.compact(GROUP, led);
    await world.runFor(50);
    const { match } = progressOf(leader, other);
    expect(leader.status().firstIndex).toBeLessThanOrEqual(match + 1);
    expect(leader.appendedBytesSinceCompaction()).toBeLessThan(4_000);
    await fill(120, 400, rest);
    await cluster.compact(GROUP, led);
    await world.runFor(50);
    expect(leader.status().firstIndex).toBeGreaterThan(match + 1);
  });
});

function progressOf(leader: Replica, id: number): { readonly match: number } {
  const found = leader.status().progress.find((peer) => peer.id === id);
  if (found === undefined) throw new Error(`${id} is no member`);
  return found;
}

async function leaderNode() {
  return cluster.node(cluster.nodeOf(await cluster.elected(GROUP)));
}
