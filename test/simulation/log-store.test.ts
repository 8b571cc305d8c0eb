// Method: the shared log over a simulated disk, which a crash at a random moment may leave torn.
// Proves that what empties or removes a group's log takes effect as a whole or not at all.
import { describe, expect, test } from "vitest";

import { EMPTY_CONF_STATE, type Entry } from "#raft";
import { LogStore } from "../../cluster/log-store/log-store.ts";
import { SnapshotStaging } from "../../cluster/multiraft/snapshot-staging.ts";
import { silentLogger } from "./raft-cluster.ts";
import { SimDisk } from "./sim-disk.ts";
import { type SimProcess, SimWorld } from "./sim-world.ts";

const GROUP = 5;
const SEGMENT_BYTES = 4096;
const CONF_STATE = { ...EMPTY_CONF_STATE, voters: [1, 2, 3] };

class Store {
  readonly world: SimWorld;
  readonly disk: SimDisk;
  process: SimProcess;
  log: LogStore | undefined;

  constructor(seed: number) {
    this.world = new SimWorld(seed);
    this.disk = new SimDisk(this.world);
    this.process = this.world.process();
  }

  get store(): LogStore {
    if (this.log === undefined) throw new Error("The store is not open");
    return this.log;
  }

  async open(): Promise<LogStore> {
    this.process = this.world.process();
    const opening = LogStore.open({
      directory: "/log",
      segmentBytes: SEGMENT_BYTES,
      disk: this.disk.mount(this.process),
      clock: this.process.clock,
      scheduler: this.process.scheduler,
      random: this.world.random,
      logger: silentLogger,
      onDurable: () => undefined,
      onDiskFull: () => undefined,
      onFatal: (error) => {
        throw error;
      },
    });
    this.log = await this.world.settle(opening);
    return this.log;
  }

  async durable(sequence: number): Promise<void> {
    this.store.flush();
    await this.world.runUntil(() => this.store.durableSequence >= sequence, 10_000, "durability");
  }

  async append(first: number, count: number): Promise<void> {
    const entries = Array.from({ length: count }, (_, i) => entryOf(first + i));
    const log = this.store.group(GROUP);
    await this.durable(this.store.append(log, entries, undefined));
  }

  crash(): void {
    this.process.kill();
    this.disk.crash();
  }
}

function entryOf(index: number): Entry {
  return { index, term: 1, type: "normal", data: new Uint8Array(200).fill(index % 256) };
}

describe("a crash while a log is emptied for a snapshot", () => {
  test("leaves the old log or the new one, whole", async () => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 60; seed++) {
      const node = new Store(seed);
      await node.open();
      node.store.createGroup(GROUP, CONF_STATE, 3);
      for (let first = 1; first <= 90; first += 10) await node.append(first, 10);
      const log = node.store.group(GROUP);
      const oldSegments = node.store.segmentCount;
      node.store.reset(log, { index: 500, term: 4 }, CONF_STATE);
      node.store.append(log, [{ ...entryOf(501), term: 4 }], { term: 4, vote: 1, commit: 500 });
      node.store.flush();
      await node.world.runFor(node.world.random.nextBelow(1000) / 500);
      node.crash();
      await node.open();
      const found = node.store.group(GROUP);
      const range = `${found.firstIndex()}-${found.lastIndex()}`;
      outcomes.add(range);
      if (range === "501-501") {
        expect(found.confStateAt(500)).toEqual(CONF_STATE);
        expect(found.hardState).toMatchObject({ term: 4, vote: 1 });
      } else {
        expect(range).toBe("1-90");
        const entries = found.entries(1, 91, Number.POSITIVE_INFINITY);
        expect(entries).toHaveLength(90);
      }
      expect(oldSegments).toBeGreaterThan(4);
    }
    expect(outcomes).toEqual(new Set(["501-501", "1-90"]));
  });

  test("keeps the old segments until the new log is durable", async () => {
    const node = new Store(1);
    await node.open();
    node.store.createGroup(GROUP, CONF_STATE, 3);
    for (let first = 1; first <= 90; first += 10) await node.append(first, 10);
    const before = node.store.segmentCount;
    // A write that lets segments go is under way while the log is emptied: it must free nothing.
    const log = node.store.group(GROUP);
    node.store.compact(log, 1);
    node.store.flush();
    const sequence = node.store.reset(log, { index: 500, term: 4 }, CONF_STATE);
    await node.world.runUntil(() => node.store.durableSequence === sequence - 1, 1_000, "a write");
    expect(node.store.segmentCount).toBe(before);
    await node.durable(sequence);
    expect(node.store.segmentCount).toBeLessThan(3);
  });
});

test("a crash while segments are given up leaves no gap", async () => {
  const counts = new Set<number>();
  for (let seed = 1; seed <= 60; seed++) {
    const node = new Store(seed);
    await node.open();
    node.store.createGroup(GROUP, CONF_STATE, 3);
    for (let first = 1; first <= 200; first += 10) await node.append(first, 10);
    node.store.compact(node.store.group(GROUP), 195);
    await node.durable(node.store.append(node.store.group(GROUP), [entryOf(201)], undefined));
    await node.world.runFor(node.world.random.nextBelow(1000) / 400);
    node.crash();
    await node.open();
    expect(node.store.group(GROUP).lastIndex()).toBe(201);
    counts.add(node.disk.list().length);
  }
  // Some crashes came in the middle.
  expect(counts.size).toBeGreaterThan(3);
});

describe("a destroyed replica", () => {
  test("is remembered for good, and a later one has the log to itself", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const node = new Store(seed);
      await node.open();
      node.store.createGroup(GROUP, CONF_STATE, 3);
      await node.append(1, 10);
      await node.durable(node.store.destroyReplica(GROUP, 3));
      node.store.createGroup(GROUP, EMPTY_CONF_STATE, 7);
      node.store.createGroup(GROUP + 1, CONF_STATE, 1);
      for (let first = 1; first <= 90; first += 10) await node.append(first, 10);
      // The first batch of a segment holds entries before the state of all groups.
      node.store.compact(node.store.group(GROUP), 85);
      await node.append(91, 10);
      node.crash();
      await node.open();
      expect(node.store.destroyedReplica(GROUP)).toBe(3);
      expect(node.store.group(GROUP).replicaId).toBe(7);
      expect(node.store.group(GROUP + 1).replicaId).toBe(1);
      expect(node.store.group(GROUP).lastIndex()).toBe(100);
      expect(() => node.store.createGroup(GROUP + 2, CONF_STATE, 1)).not.toThrow();
    }
  });

  test("is there as it was when its end was not durable", async () => {
    const node = new Store(1);
    await node.open();
    node.store.createGroup(GROUP, CONF_STATE, 3);
    for (let first = 1; first <= 90; first += 10) await node.append(first, 10);
    node.store.destroyReplica(GROUP, 3);
    node.crash();
    await node.open();
    expect(node.store.destroyedReplica(GROUP)).toBe(0);
    expect(node.store.group(GROUP).lastIndex()).toBe(90);
    expect(() => node.store.createGroup(GROUP, CONF_STATE, 3)).toThrow("one replica of a group");
    await node.durable(node.store.destroyReplica(GROUP, 3));
    expect(() => node.store.createGroup(GROUP, CONF_STATE, 3)).toThrow("never comes back");
  });
});

describe("a staged snapshot", () => {
  async function* parts(): AsyncIterable<Uint8Array> {
    yield new Uint8Array(3_000).fill(1);
    yield new Uint8Array(0);
    yield new Uint8Array(500).fill(2);
  }

  async function read(staging: SnapshotStaging, index: number): Promise<number> {
    let bytes = 0;
    for await (const chunk of staging.read({ group: GROUP, index })) bytes += chunk.length;
    return bytes;
  }

  test("is read back as it was, also after a crash", async () => {
    const node = new Store(1);
    const before = new SnapshotStaging(node.disk.mount(node.process));
    await node.world.settle(before.stage({ group: GROUP, index: 9 }, parts()));
    node.crash();
    const staging = new SnapshotStaging(node.disk.mount(node.world.process()));
    staging.discardUnfinished();
    expect(staging.find(GROUP, 9)).toEqual({ group: GROUP, index: 9 });
    expect(staging.find(GROUP, 8)).toBeUndefined();
    expect(await read(staging, 9)).toBe(3_500);
    await node.world.settle(staging.removeAll(GROUP));
    expect(node.disk.list()).toEqual([]);
  });

  test("is there in full or not at all after a crash", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const node = new Store(seed);
      const staging = new SnapshotStaging(node.disk.mount(node.process));
      staging.stage({ group: GROUP, index: 9 }, parts()).catch(() => undefined);
      await node.world.runFor(node.world.random.nextBelow(1200) / 1000);
      node.crash();
      const after = new SnapshotStaging(node.disk.mount(node.world.process()));
      after.discardUnfinished();
      if (after.find(GROUP, 9) === undefined) expect(node.disk.list()).toEqual([]);
      else expect(await read(after, 9)).toBe(3_500);
    }
  });

  test("whose bits have flipped is refused", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const node = new Store(seed);
      const staging = new SnapshotStaging(node.disk.mount(node.process));
      await node.world.settle(staging.stage({ group: GROUP, index: 9 }, parts()));
      expect(node.disk.flipBit()).toBe(true);
      await expect(read(staging, 9)).rejects.toMatchObject({ code: "LOG_CORRUPTED" });
    }
  });
});
