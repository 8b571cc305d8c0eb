// When exports start, under a clock that the test moves.
import { beforeEach, describe, expect, test } from "vitest";
import type { ScheduledCall } from "#base/clock";
import { SnapshotArchive } from "../../../src/snapshots/snapshot-archive.ts";
import { type ExportTriggers, SnapshotExporter } from "../../../src/snapshots/snapshot-exporter.ts";
import { silentLogger } from "../../integration/cluster/log-store/log-harness.ts";
import { MemoryStore, unavailable } from "./memory-store.ts";

/** Time that passes when the test says so. */
class FakeTime {
  ms = Date.parse("2026-01-01T00:00:00Z");
  #calls: { atMs: number; run: () => void }[] = [];

  after(delayMs: number, run: () => void): ScheduledCall {
    const call = { atMs: this.ms + delayMs, run };
    this.#calls.push(call);
    return { cancel: () => this.#calls.splice(this.#calls.indexOf(call), 1) };
  }

  /** Lets seconds pass, one by one, each with all that it causes. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.ms += 1_000;
      const due = this.#calls.filter(({ atMs }) => atMs <= this.ms);
      this.#calls = this.#calls.filter(({ atMs }) => atMs > this.ms);
      for (const { run } of due) run();
      for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const SECONDS = 1_000;
let time: FakeTime;
let store: MemoryStore;
let counts: { uploads: number; failures: number; documents: number };

beforeEach(() => {
  time = new FakeTime();
  store = new MemoryStore();
  counts = { uploads: 0, failures: 0, documents: 0 };
});

class Partition {
  readonly partitionId: number;
  readonly keys = { start: 0n, end: 1n };
  isLeader = true;
  term = 2;
  appliedIndex = 100;
  images = 0;

  constructor(partitionId: number) {
    this.partitionId = partitionId;
  }

  async snapshot() {
    this.images++;
    const index = this.appliedIndex;
    return {
      index,
      async *chunks() {
        yield Uint8Array.of(index);
      },
      close: async () => undefined,
    };
  }
}

function exporterOf(
  partitions: readonly Partition[],
  triggers: Partial<ExportTriggers>,
  concurrencyMax = 4,
): SnapshotExporter {
  const clock = { nowMs: () => time.ms, monotonicMs: () => time.ms };
  const random = {
    nextBelow: () => 0,
    nextBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
  };
  const identity = {
    clusterName: "c",
    clusterFingerprint: 1n,
    restoredFrom: undefined,
    nodeName: "n",
  };
  const shared = { clock, random, logger: silentLogger };
  const exporter = new SnapshotExporter({
    ...shared,
    archive: new SnapshotArchive({ ...shared, store, identity, retainedCount: 2 }),
    triggers: { intervalMs: undefined, records: undefined, ...triggers },
    concurrencyMax,
    partitions: () => partitions,
    saveDocuments: async () => void counts.documents++,
    scheduler: time,
    metrics: {
      uploads: { add: () => counts.uploads++ },
      failedUploads: { add: () => counts.failures++ },
      uploadDuration: { observe: () => undefined },
      downloadDuration: { observe: () => undefined },
      failedDownloads: { add: () => undefined },
    },
  });
  exporter.start();
  return exporter;
}

function latestIndex(partitionId = 0): unknown {
  const key = `${partitionId}/latest.json`;
  return store.objects.has(key) ? store.json(key)["min_applied_lsn"] : undefined;
}

describe("a partition is exported", () => {
  test("when the interval has passed since the last time, and something has changed", async () => {
    const partition = new Partition(0);
    exporterOf([partition], { intervalMs: 60 * SECONDS });
    await time.pass(59);
    expect(latestIndex()).toBeUndefined();

    await time.pass(3);
    expect(latestIndex()).toBe(100);
    await time.pass(120);
    expect(partition.images).toBe(1);

    partition.appliedIndex = 101;
    await time.pass(2);
    expect(latestIndex()).toBe(101);
  });

  test("when so many records have passed", async () => {
    const partition = new Partition(0);
    exporterOf([partition], { records: 50 });
    await time.pass(3);
    expect(latestIndex()).toBe(100);

    partition.appliedIndex = 149;
    await time.pass(3);
    expect(latestIndex()).toBe(100);

    partition.appliedIndex = 150;
    await time.pass(3);
    expect(latestIndex()).toBe(150);
  });

  test("when both conditions hold, if there are two", async () => {
    const partition = new Partition(0);
    exporterOf([partition], { records: 50, intervalMs: 60 * SECONDS });
    await time.pass(10);
    expect(latestIndex()).toBeUndefined();

    await time.pass(55);
    expect(latestIndex()).toBe(100);
    partition.appliedIndex = 120;
    await time.pass(200);
    expect(latestIndex()).toBe(100);
  });

  test("by its leader only, counted from what the leader before has written", async () => {
    const partition = new Partition(0);
    exporterOf([partition], { records: 50 });
    await time.pass(3);
    partition.isLeader = false;
    partition.appliedIndex = 190;
    await time.pass(5);
    expect(latestIndex()).toBe(100);

    partition.isLeader = true;
    partition.term = 9;
    partition.appliedIndex = 149;
    await time.pass(5);
    expect(latestIndex()).toBe(100);

    partition.appliedIndex = 150;
    await time.pass(5);
    expect(latestIndex()).toBe(150);
  });

  test("again after a failure, later every time", async () => {
    const partition = new Partition(0);
    exporterOf([partition], { records: 50 });
    const attempts: number[] = [];
    const startMs = time.ms;
    store.onPut = (key) => {
      if (key.endsWith(".bin")) attempts.push((time.ms - startMs) / SECONDS);
      throw unavailable();
    };
    await time.pass(60);
    expect(attempts).toEqual([2, 7, 17, 37]);
    expect(counts).toMatchObject({ failures: 4, uploads: 0 });

    store.onPut = undefined;
    await time.pass(60);
    expect(latestIndex()).toBe(100);
    expect(counts).toMatchObject({ failures: 4, uploads: 1 });
  });

  test("together with a few others at a time", async () => {
    const partitions = Array.from({ length: 6 }, (_, i) => new Partition(i));
    exporterOf(partitions, { records: 50 }, 2);
    const waiting: (() => void)[] = [];
    store.onPut = (key) =>
      key.endsWith(".bin") ? new Promise<void>((resolve) => waiting.push(resolve)) : undefined;

    await time.pass(10);

    expect(waiting).toHaveLength(2);
    store.onPut = undefined;
    for (const release of waiting) release();
    await time.pass(5);
    expect(partitions.map(({ partitionId }) => latestIndex(partitionId))).toEqual(
      Array.from({ length: 6 }, () => 100),
    );
  });
});

test("an export on request waits for the one under way, and needs no condition", async () => {
  const partition = new Partition(0);
  const exporter = exporterOf([partition], {});

  const [first, second] = await Promise.all([exporter.export(0), exporter.export(0)]);

  expect(first).toBe(second);
  expect(partition.images).toBe(1);
  partition.isLeader = false;
  await expect(exporter.export(0)).rejects.toMatchObject({ code: "PARTITION_NOT_LEADER" });
});

test("an image that is read is given up when its leader is deposed", async () => {
  const partition = new Partition(0);
  partition.snapshot = async () => ({
    index: 100,
    async *chunks() {
      yield Uint8Array.of(1);
      partition.term++;
      yield Uint8Array.of(2);
    },
    close: async () => undefined,
  });
  const exporter = exporterOf([partition], {});

  await expect(exporter.export(0)).rejects.toMatchObject({ code: "PARTITION_NOT_LEADER" });

  expect(store.keys()).toEqual([]);
});

test("the log is covered up to the oldest snapshot that is kept, for followers too", async () => {
  const partition = new Partition(0);
  const exporter = exporterOf([partition], { records: 50 });
  await time.pass(3);
  partition.appliedIndex = 200;
  await time.pass(3);
  expect(exporter.archivedIndex(0)).toBe(100);
  partition.appliedIndex = 300;
  await time.pass(3);
  expect(exporter.archivedIndex(0)).toBe(200);

  const follower = new Partition(0);
  follower.isLeader = false;
  const other = exporterOf([follower], { records: 50 });
  await time.pass(3);
  expect(other.archivedIndex(0)).toBe(200);
  partition.appliedIndex = 400;
  await time.pass(70);
  expect(other.archivedIndex(0)).toBe(300);
});

test("the node that leads partition 0 keeps the documents", async () => {
  const partition = new Partition(0);
  exporterOf([partition, new Partition(1)], { intervalMs: 60 * SECONDS });

  await time.pass(25);

  expect(counts.documents).toBe(3);
  partition.isLeader = false;
  await time.pass(25);
  expect(counts.documents).toBe(3);
});

test("a closed exporter starts nothing, and waits for what it has started", async () => {
  const partition = new Partition(0);
  const exporter = exporterOf([partition], { records: 50 });
  let release: () => void = () => undefined;
  store.onPut = () =>
    new Promise<void>((resolve) => {
      release = resolve;
    });
  await time.pass(3);
  const closing = exporter.close();
  let isClosed = false;
  void closing.then(() => {
    isClosed = true;
  });
  await time.pass(3);
  expect(isClosed).toBe(false);

  store.onPut = undefined;
  release();
  await closing;

  expect(partition.images).toBe(1);
  expect(latestIndex()).toBeUndefined();
});
