import { describe, expect, test } from "vitest";

import {
  formatAge,
  formatNodes,
  formatReplication,
  parseCount,
  parsePartitionId,
  parsePartitionIds,
  parseReplication,
  parseTimeoutMs,
  splitList,
} from "../../../../src/cli/operator/operator-values.ts";

describe("replication", () => {
  test.each([
    ["2", 2, 1],
    ["{node: 3}", 3, 1],
    ["{zone: 2, node: 3}", 3, 2],
    ['{"zone": 2, "node": 3}', 3, 2],
    ["zone=2,node=5", 5, 2],
    ["{region: 2}", 2, 2],
  ])("%s is read", (text, nodeCopies, zoneCopies) => {
    expect(parseReplication(text)).toEqual({ nodeCopies, zoneCopies });
  });

  test.each(["", "0", "17", "-1", "{rack: 2}", "{zone: 3, node: 2}", "two", "{node: 2"])(
    "%j is refused",
    (text) => {
      expect(() => parseReplication(text)).toThrow("is no replication");
    },
  );

  test("is printed as it is read", () => {
    for (const text of ["{node: 2}", "{zone: 2, node: 3}"]) {
      expect(formatReplication(parseReplication(text))).toBe(text);
    }
  });
});

describe("partitions", () => {
  test("are ids and ranges in any order, each once", () => {
    expect(parsePartitionIds(["7", "0-2,1", "5 , 3"])).toEqual([0, 1, 2, 3, 5, 7]);
  });

  test.each(["x", "3-1", "-1", "1-", "0-65536", "1.5"])("%j is refused", (text) => {
    expect(() => parsePartitionIds([text])).toThrow("is no partition");
  });

  test("one is one", () => {
    expect(parsePartitionId("4")).toBe(4);
    expect(() => parsePartitionId("4-5")).toThrow("is not one partition");
    expect(() => parsePartitionId("")).toThrow("is not one partition");
  });
});

test("lists are separated by commas and spaces", () => {
  expect(splitList(["N1,N2", " n3 ,, 4"])).toEqual(["N1", "N2", "n3", "4"]);
});

test("counts are whole and have a lower bound", () => {
  expect(parseCount("3", { min: 1, name: "count" })).toBe(3);
  for (const text of ["0", "1.5", "x", ""]) {
    expect(() => parseCount(text, { min: 1, name: "count" })).toThrow("is no count");
  }
});

test("timeouts have a unit, or count milliseconds", () => {
  expect(parseTimeoutMs("250")).toBe(250);
  expect(parseTimeoutMs("1m 30s")).toBe(90_000);
  expect(() => parseTimeoutMs("soon")).toThrow("is no duration");
});

test.each([
  [undefined, undefined],
  [12, "12ms"],
  [61_000, "1m 1s"],
  [3_600_000, "1h"],
  [90_061_000, "1d 1h"],
  [3_630_000, "1h"],
])("an age of %s ms is %s", (durationMs, text) => {
  expect(formatAge(durationMs)).toBe(text);
});

test("nodes are listed in ascending order", () => {
  expect(formatNodes([10, 2, 1])).toBe("N1,N2,N10");
});
