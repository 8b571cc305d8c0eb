// What is in the store after exports that succeed, fail half way, or meet another writer.
import { beforeEach, describe, expect, test } from "vitest";
import { PART_BYTES } from "../../../src/snapshots/image-parts.ts";
import {
  type ArchiveIdentity,
  type ExportedImage,
  readLatest,
  readMetadata,
  readSnapshotImage,
  SnapshotArchive,
} from "../../../src/snapshots/snapshot-archive.ts";
import { silentLogger } from "../../integration/cluster/log-store/log-harness.ts";
import { MemoryStore, unavailable } from "./memory-store.ts";

const IDENTITY: ArchiveIdentity = {
  clusterName: "c",
  clusterFingerprint: 11n,
  restoredFrom: undefined,
  nodeName: "n1",
};

let store: MemoryStore;
let drawn: number;

beforeEach(() => {
  store = new MemoryStore();
  drawn = 0;
});

function archiveOf(identity: Partial<ArchiveIdentity> = {}, retainedCount = 1): SnapshotArchive {
  return new SnapshotArchive({
    store,
    identity: { ...IDENTITY, ...identity },
    retainedCount,
    clock: { nowMs: () => Date.parse("2026-01-02T03:04:05Z") },
    random: { nextBelow: () => 0, nextBytes: (count) => new Uint8Array(count).fill(++drawn) },
    logger: silentLogger,
  });
}

function imageOf(index: number, contents: readonly Uint8Array[]): ExportedImage {
  return {
    partitionId: 3,
    keys: { start: 0n, end: 2n ** 64n - 1n },
    index,
    term: 5,
    async *chunks() {
      yield* contents;
    },
    assertCurrent: () => undefined,
  };
}

const SMALL = [Uint8Array.of(1, 2, 3)];

async function readBack(): Promise<Uint8Array> {
  const stored = await readLatest(store, 3);
  if (stored === undefined) throw new Error("There is no snapshot");
  const metadata = await readMetadata(store, stored.latest);
  const parts: Uint8Array[] = [];
  for await (const part of readSnapshotImage(store, stored.latest, metadata)) parts.push(part);
  return Buffer.concat(parts);
}

function folderOf(index: number, draw: number): string {
  const id = `0${draw}`.repeat(12);
  return `lsn_${`${index}`.padStart(20, "0")}-snap_${id}`;
}

describe("an export", () => {
  test("writes parts, then what they are, then that it is the latest", async () => {
    await archiveOf().write(imageOf(42, SMALL));

    const folder = `3/${folderOf(42, 1)}`;
    expect(store.puts).toEqual([
      `${folder}/image-00000.bin`,
      `${folder}/metadata.json`,
      "3/latest.json",
    ]);
    expect(store.json("3/latest.json")).toEqual({
      version: 1,
      partition_id: 3,
      cluster_name: "c",
      cluster_fingerprint: "11",
      node_name: "n1",
      created_at: "2026-01-02T03:04:05.000Z",
      snapshot_id: "snap_010101010101010101010101",
      min_applied_lsn: 42,
      path: folderOf(42, 1),
      retained_snapshots: [
        {
          snapshot_id: "snap_010101010101010101010101",
          min_applied_lsn: 42,
          path: folderOf(42, 1),
          created_at: "2026-01-02T03:04:05.000Z",
          bytes: 3,
        },
      ],
    });
    expect(store.json(`${folder}/metadata.json`)).toMatchObject({
      partition_id: 3,
      term: 5,
      key_range: { start: "0", end: "18446744073709551615" },
      image: { format: "stet-partition-1", bytes: 3 },
    });
    expect(await readBack()).toEqual(Buffer.from([1, 2, 3]));
  });

  test("cuts images into parts of one size, however their chunks are cut", async () => {
    const bytes = Buffer.alloc(2 * PART_BYTES + 17, "0123456789abcdef!");
    const cuts = [0, 5, PART_BYTES - 1, PART_BYTES + 9, 2 * PART_BYTES, bytes.length];
    const chunks = cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end));

    await archiveOf().write(imageOf(1, chunks));

    const sizes = store
      .keys(`3/${folderOf(1, 1)}/image`)
      .map((key) => store.objects.get(key)?.bytes.length);
    expect(sizes).toEqual([PART_BYTES, PART_BYTES, 17]);
    expect(Buffer.compare(await readBack(), bytes)).toBe(0);
  });

  test("that breaks off leaves the latest untouched, and nothing behind", async () => {
    const archive = archiveOf();
    await archive.write(imageOf(1, SMALL));
    const before = new Map(store.objects);
    store.onPut = (key) => {
      if (key.endsWith("metadata.json")) throw unavailable();
    };

    await expect(archive.write(imageOf(2, SMALL))).rejects.toMatchObject({
      code: "OBJECT_STORE_UNAVAILABLE",
    });

    expect(store.objects).toEqual(before);
  });

  test("that a crash has ended is removed by the next one", async () => {
    const archive = archiveOf();
    await archive.write(imageOf(1, SMALL));
    const leftover = `3/${folderOf(2, 9)}/image-00000.bin`;
    await store.put(leftover, Uint8Array.of(9));

    await archive.write(imageOf(3, SMALL));

    expect(store.keys("3/lsn_")).toEqual([
      `3/${folderOf(3, 2)}/image-00000.bin`,
      `3/${folderOf(3, 2)}/metadata.json`,
    ]);
  });

  test("that another one has overtaken removes itself and names the other", async () => {
    const archive = archiveOf();
    const other = archiveOf({ nodeName: "n2" });
    let isFirst = true;
    store.onPut = async (key) => {
      if (!isFirst || key !== "3/latest.json") return;
      isFirst = false;
      await other.write(imageOf(9, [Uint8Array.of(9)]));
    };

    const latest = await archive.write(imageOf(5, SMALL));

    expect(latest).toMatchObject({ min_applied_lsn: 9, node_name: "n2" });
    expect(store.keys("3/lsn_").every((key) => key.includes(folderOf(9, 2)))).toBe(true);
    expect(await readBack()).toEqual(Buffer.from([9]));
  });

  test("is not published by a leader that has lost its place", async () => {
    const archive = archiveOf();
    const image = {
      ...imageOf(5, SMALL),
      assertCurrent: () => {
        throw new Error("deposed");
      },
    };

    await expect(archive.write(image)).rejects.toThrow("deposed");

    expect(store.keys()).toEqual([]);
  });

  test("whose last answer is lost counts all the same", async () => {
    const archive = archiveOf();
    store.onWritten = (key) => {
      if (key === "3/latest.json") throw unavailable();
    };
    await expect(archive.write(imageOf(5, SMALL))).rejects.toThrow();
    store.onWritten = undefined;

    expect(await readBack()).toEqual(Buffer.from([1, 2, 3]));
    expect((await archive.write(imageOf(5, SMALL))).min_applied_lsn).toBe(5);
    expect(store.keys()).toHaveLength(3);
  });

  test("of a state that is there already writes nothing", async () => {
    const archive = archiveOf();
    await archive.write(imageOf(5, SMALL));
    const count = store.puts.length;

    const latest = await archive.write(imageOf(5, [Uint8Array.of(7)]));

    expect(latest.min_applied_lsn).toBe(5);
    expect(store.puts).toHaveLength(count);
  });
});

test("as many snapshots are kept as asked for, the newest ones", async () => {
  const archive = archiveOf({}, 2);
  for (const index of [1, 2, 3]) await archive.write(imageOf(index, SMALL));

  expect(store.keys("3/lsn_").filter((key) => key.endsWith("metadata.json"))).toEqual([
    `3/${folderOf(2, 2)}/metadata.json`,
    `3/${folderOf(3, 3)}/metadata.json`,
  ]);
  const { latest } = (await archive.latest(3)) ?? {};
  expect(latest?.retained_snapshots.map((one) => one.min_applied_lsn)).toEqual([3, 2]);
});

test("snapshots of another cluster are neither read nor replaced", async () => {
  await archiveOf({ clusterFingerprint: 99n }).write(imageOf(1, SMALL));

  const archive = archiveOf();

  await expect(archive.latest(3)).rejects.toMatchObject({ code: "SNAPSHOT_MISMATCH" });
  await expect(archive.write(imageOf(2, SMALL))).rejects.toMatchObject({
    code: "SNAPSHOT_MISMATCH",
  });
  expect(store.json("3/latest.json")).toMatchObject({ cluster_fingerprint: "99" });
});

test("a cluster continues the snapshots that it was restored from", async () => {
  await archiveOf({ clusterFingerprint: 99n }).write(imageOf(1, SMALL));

  await archiveOf({ restoredFrom: 99n }).write(imageOf(2, SMALL));

  expect(store.json("3/latest.json")).toMatchObject({
    cluster_fingerprint: "11",
    min_applied_lsn: 2,
  });
});

describe("a snapshot is refused", () => {
  const part = `3/${folderOf(1, 1)}/image-00000.bin`;

  test.each([
    ["a bit of a part is flipped", () => store.damage(part, 1)],
    ["a part is missing", () => store.objects.delete(part)],
    ["what is known of it is damaged", () => store.damage(`3/${folderOf(1, 1)}/metadata.json`, 0)],
    [
      "what is known of it is missing",
      () => store.objects.delete(`3/${folderOf(1, 1)}/metadata.json`),
    ],
    ["the list of snapshots is damaged", () => store.damage("3/latest.json", 0)],
  ])("when %s", async (_, breakIt) => {
    await archiveOf().write(imageOf(1, SMALL));
    breakIt();

    await expect(readBack()).rejects.toMatchObject({ code: "SNAPSHOT_DAMAGED" });
  });
});
