import { describe, expect, test } from "vitest";
import { parseStatistics } from "../../../../cluster/engine/engine-statistics.ts";

describe("the engine's text about itself", () => {
  test("is read line by line; what is cut off at its end is left out", () => {
    const { counters, distributions } = parseStatistics(
      [
        "rocksdb.block.cache.miss COUNT : 2",
        "rocksdb.wal.bytes COUNT : 42293000",
        "rocksdb.db.write.micros P50 : 83.98 P95 : 118.2 P99 : 165.2 P100 : 316.0 " +
          "COUNT : 2000 SUM : 172194",
        "rocksdb.file.read.db.iterator.micros P50 : 0.000000 P95 : 0.0",
      ].join("\n"),
    );

    expect([...counters]).toEqual([
      ["rocksdb.block.cache.miss", 2],
      ["rocksdb.wal.bytes", 42_293_000],
    ]);
    expect([...distributions]).toEqual([
      [
        "rocksdb.db.write.micros",
        { p50: 83.98, p95: 118.2, p99: 165.2, max: 316, count: 2000, sum: 172_194 },
      ],
    ]);
  });

  test("may be empty", () => {
    expect(parseStatistics("")).toEqual({ counters: new Map(), distributions: new Map() });
  });
});
