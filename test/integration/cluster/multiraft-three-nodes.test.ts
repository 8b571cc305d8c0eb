// Method: three nodes in this process, each with its own log on disk; a transport that hands
// messages over in a later turn, and drops those of nodes that are cut off. Proves that nothing in
// the node's half assumes a lone voter; the real transport has its own tests.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import type { CommittedEntry, LeadershipChange, SnapshotSource, StateMachine } from "#cluster";
import type { RaftMessageHandler, RaftTransport } from "#transport";
import { MultiRaft } from "../../../cluster/multiraft/multi-raft.ts";
import type { Replica } from "../../../cluster/multiraft/replica.ts";
import { systemClock, systemRandom, systemScheduler } from "../../../cluster/runtime.ts";
import { silentLogger } from "./log-store/log-harness.ts";

const NODE_IDS = [1, 2, 3];
const GROUP = 1;
const VOTERS = {
  voters: NODE_IDS,
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

/** Applies to a list and lets tests wait for what they expect. */
class ListMachine implements StateMachine {
  readonly appliedIndex = 0;
  readonly records: string[] = [];
  leadership: LeadershipChange = { isLeader: false, term: 0, leaderNode: undefined };
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  applyBatch(entries: readonly CommittedEntry[]): void {
    for (const { data } of entries) this.records.push(new TextDecoder().decode(data));
    this.#onChange();
  }

  onLeadership(change: LeadershipChange): void {
    this.leadership = change;
    this.#onChange();
  }

  snapshot(): Promise<SnapshotSource> {
    return Promise.reject(new Error("no snapshots here"));
  }

  async restore(): Promise<void> {}
}

interface Node {
  readonly multiRaft: MultiRaft;
  readonly replica: Replica;
  readonly machine: ListMachine;
}

let directory: string;
let handlers: Map<number, RaftMessageHandler>;
let nodes: Map<number, Node>;
let waiters: { isMet: () => boolean; resolve: () => void }[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "stet-three-"));
  handlers = new Map();
  nodes = new Map();
  waiters = [];
});

afterEach(async () => {
  await Promise.all([...nodes.keys()].map(stopNode));
  rmSync(directory, { recursive: true, force: true });
});

function transportOf(nodeId: number): RaftTransport {
  return {
    send: (target, group, message) => {
      setImmediate(() => {
        if (handlers.has(nodeId)) handlers.get(target)?.(group, message, nodeId);
      });
    },
    onMessage: (handler) => {
      handlers.set(nodeId, handler);
    },
  };
}

async function startNode(nodeId: number): Promise<void> {
  const multiRaft = await MultiRaft.open({
    logDirectory: join(directory, String(nodeId)),
    segmentBytes: 64 * 1024,
    clock: systemClock,
    scheduler: systemScheduler,
    defer: (run) => {
      setImmediate(run);
    },
    random: systemRandom,
    logger: silentLogger,
    transport: transportOf(nodeId),
    replicas: { nodeOf: (_group, id) => id, replicaOn: (_group, id) => id },
    tickMs: 10,
    onFatal: (error) => {
      throw error;
    },
  });
  const machine = new ListMachine(checkWaiters);
  const replica = multiRaft.addReplica(GROUP, nodeId, VOTERS);
  replica.start(machine);
  nodes.set(nodeId, { multiRaft, replica, machine });
}

async function stopNode(nodeId: number): Promise<void> {
  const node = nodes.get(nodeId);
  nodes.delete(nodeId);
  handlers.delete(nodeId);
  await node?.multiRaft.close();
}

function checkWaiters(): void {
  const met = waiters.filter(({ isMet }) => isMet());
  waiters = waiters.filter((waiter) => !met.includes(waiter));
  for (const { resolve } of met) resolve();
}

function until(isMet: () => boolean): Promise<void> {
  if (isMet()) return Promise.resolve();
  return new Promise((resolve) => waiters.push({ isMet, resolve }));
}

function leader(): Node | undefined {
  return [...nodes.values()].find(({ replica }) => replica.isLeader);
}

async function elected(): Promise<Node> {
  await until(() => leader() !== undefined);
  return leader() as Node;
}

function propose(node: Node, from: number, count: number): void {
  for (let i = from; i < from + count; i++) {
    const data = new TextEncoder().encode(`v${i}`.padEnd(500, "."));
    expect(node.replica.propose(data)).toBe("accepted");
  }
}

function allHave(count: number): Promise<void> {
  return until(() => [...nodes.values()].every(({ machine }) => machine.records.length === count));
}

function numbers(records: readonly string[]): number[] {
  return records.map((record) => Number.parseInt(record.slice(1), 10));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

test("three replicas agree, elect another leader, and catch up from segments", async () => {
  await Promise.all(NODE_IDS.map(startNode));
  const first = await elected();
  propose(first, 0, 50);
  await allHave(50);
  expect(await first.replica.readIndex()).toBe(first.replica.appliedIndex);

  const firstId = first.replica.replicaId;
  await stopNode(firstId);
  const second = await elected();
  expect(second.replica.replicaId).not.toBe(firstId);
  expect(second.replica.term).toBeGreaterThan(1);
  for (let from = 50; from < 600; from += 50) {
    propose(second, from, 50);
    await allHave(from + 50);
  }
  expect(second.multiRaft.store.segmentCount).toBeGreaterThan(3);

  await startNode(firstId);
  await allHave(600);
  for (const { machine } of nodes.values()) expect(numbers(machine.records)).toEqual(upTo(600));
  expect(nodes.get(firstId)?.machine.leadership.leaderNode).toBe(second.replica.replicaId);
}, 30_000);

test("leadership is handed over on request, and proposals go on", async () => {
  await Promise.all(NODE_IDS.map(startNode));
  const first = await elected();
  propose(first, 0, 10);
  await allHave(10);
  const target = NODE_IDS.find((id) => id !== first.replica.replicaId) as number;
  first.replica.transferLeadership(target);
  await until(() => nodes.get(target)?.replica.isLeader === true);
  await until(() => !first.machine.leadership.isLeader);
  expect(first.replica.propose(new Uint8Array(1))).toBe("not-leader");
  propose(nodes.get(target) as Node, 10, 10);
  await allHave(20);
  for (const { machine } of nodes.values()) expect(numbers(machine.records)).toEqual(upTo(20));
}, 30_000);

test("without a majority nothing is committed, and reads fail", async () => {
  await Promise.all(NODE_IDS.map(startNode));
  const first = await elected();
  propose(first, 0, 1);
  await allHave(1);
  for (const id of NODE_IDS) if (id !== first.replica.replicaId) await stopNode(id);
  propose(first, 1, 1);
  await expect(first.replica.readIndex()).rejects.toMatchObject({ code: "NOT_LEADER" });
  await until(() => !first.machine.leadership.isLeader);
  expect(first.machine.records).toHaveLength(1);
}, 30_000);
