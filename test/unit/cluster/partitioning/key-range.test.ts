import { describe, expect, test } from "vitest";

import {
  equalKeyRange,
  equalPartitionOf,
  equalPartitionOfHalves,
  PARTITION_COUNT_MAX,
  PartitionTable,
} from "#partitioning";

const KEY_MAX = (1n << 64n) - 1n;
const COUNTS = [1, 2, 3, 7, 24, 64, 100, 1000, PARTITION_COUNT_MAX];

function halves(key: bigint): [number, number] {
  return [Number(key >> 32n), Number(key & 0xffff_ffffn)];
}

function equalTable(count: number): PartitionTable {
  const replicas = [{ replicaId: 1, nodeId: 1 }];
  const ids = Array.from({ length: count }, (_, partitionId) => partitionId);
  return new PartitionTable(
    1,
    ids.map((partitionId) => ({ partitionId, keys: equalKeyRange(partitionId, count), replicas })),
  );
}

describe("equal ranges", () => {
  test("of 24 partitions have the bounds that stored data depends on", () => {
    expect(equalKeyRange(0, 24)).toEqual({ start: 0n, end: 768614336404564650n });
    expect(equalKeyRange(1, 24)).toEqual({
      start: 768614336404564651n,
      end: 1537228672809129301n,
    });
    expect(equalKeyRange(23, 24)).toEqual({ start: 17678129737304986966n, end: KEY_MAX });
  });

  test.each(COUNTS)("of %i partitions are contiguous and cover every key", (count) => {
    const gaps: number[] = [];
    let next = 0n;
    for (let partitionId = 0; partitionId < count; partitionId++) {
      const { start, end } = equalKeyRange(partitionId, count);
      if (start !== next) gaps.push(partitionId);
      next = end + 1n;
    }

    expect(gaps).toEqual([]);
    expect(next).toBe(KEY_MAX + 1n);
  });

  test.each(COUNTS)("of %i partitions own exactly the keys that are looked up in them", (count) => {
    const misplaced: bigint[] = [];
    for (let partitionId = 0; partitionId < count; partitionId++) {
      const { start, end } = equalKeyRange(partitionId, count);
      for (const key of [start, start + 1n, end - 1n, end]) {
        if (key < start || key > end) continue;
        const owners = [
          equalPartitionOf(key, count),
          equalPartitionOfHalves(...halves(key), count),
        ];
        if (owners.some((owner) => owner !== partitionId)) misplaced.push(key);
      }
    }

    expect(misplaced).toEqual([]);
  });
});

describe("a partition table", () => {
  test("finds partitions by key and by id", () => {
    const table = equalTable(24);
    expect(table.count).toBe(24);
    expect(table.partitionIdOf(768614336404564650n)).toBe(0);
    expect(table.partitionIdOf(768614336404564651n)).toBe(1);
    expect(table.partitionIdOfHalves(0xffff_ffff, 0xffff_ffff)).toBe(23);
    expect(table.find(23)?.keys.end).toBe(KEY_MAX);
    expect(table.find(24)).toBeUndefined();
  });

  test("finds partitions after a split, when the ranges are not equal any more", () => {
    const [first, second] = equalTable(2).partitions;
    if (first === undefined || second === undefined) throw new Error("Two partitions");
    const middle = first.keys.end / 2n;
    const table = new PartitionTable(2, [
      { ...first, keys: { start: 0n, end: middle } },
      { ...first, partitionId: 2, keys: { start: middle + 1n, end: first.keys.end } },
      second,
    ]);
    for (const [key, partitionId] of [
      [0n, 0],
      [middle, 0],
      [middle + 1n, 2],
      [first.keys.end, 2],
      [second.keys.start, 1],
      [KEY_MAX, 1],
    ] as const) {
      expect(table.partitionIdOf(key)).toBe(partitionId);
      expect(table.partitionIdOfHalves(...halves(key))).toBe(partitionId);
    }
  });

  test("with a gap, an overlap or a double id is a defect", () => {
    const partitions = equalTable(3).partitions;
    expect(() => new PartitionTable(1, partitions.slice(1))).toThrow("contiguous");
    expect(() => new PartitionTable(1, partitions.slice(0, 2))).toThrow("whole key space");
    const renamed = partitions.map((partition) => ({ ...partition, partitionId: 0 }));
    expect(() => new PartitionTable(1, renamed)).toThrow("occurs once");
  });
});
