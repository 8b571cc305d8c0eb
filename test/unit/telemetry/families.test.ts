import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { FamilyDescription } from "#telemetry";
import { createMetrics, ENGINE_PROPERTIES } from "#telemetry";
import { printFamilies } from "../../../src/telemetry/exposition.ts";
import { storageFamilies } from "../../../src/telemetry/families/storage.ts";
import { Registry } from "../../../src/telemetry/registry.ts";

const README = readFileSync(new URL("../../../src/telemetry/README.md", import.meta.url), "utf8");

const metrics = createMetrics({ clusterName: "c", nodeName: "n", version: "1" });

function rowOf({ name, type, labels, help }: FamilyDescription): string {
  return `| \`${name}\` | ${type} | ${labels.join(", ")} | ${help} |`;
}

describe("the table of metrics", () => {
  test("lists every declared family as it is declared, and no other", async () => {
    const listed = README.split("\n").filter((line) => /^\| `\w+` \| \w+ \|/.test(line));

    expect(listed).toEqual(metrics.families.map(rowOf));
  });

  test("has each name once, under a known prefix, and counters that end in _total", async () => {
    const names = metrics.families.map(({ name }) => name);
    // Names of the original that break the rule, and that its dashboards use.
    const exceptions = /_slots_(?:acquired|released)$/;
    const counters = metrics.families.filter(({ type }) => type === "counter");

    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^(?:restate|stet|process)_/.test(name))).toEqual([]);
    expect(
      counters.filter(({ name }) => !name.endsWith("_total") && !exceptions.test(name)),
    ).toEqual([]);
  });
});

describe("the engine's families", () => {
  const registry = new Registry({});
  const storage = storageFamilies(registry);

  function printed(): Promise<string> {
    return registry.render(0);
  }

  test("are absent, and said to be, until the engine has reported", async () => {
    expect((await printed()).trim().split("\n")).toEqual([
      "# HELP restate_rocksdb_statistics_available 1 if the engine reports about itself.",
      "# TYPE restate_rocksdb_statistics_available gauge",
      "restate_rocksdb_statistics_available 0",
    ]);
  });

  test("are printed with the labels and quantiles of the original", async () => {
    storage.report({
      counters: new Map([["rocksdb.wal.bytes", 9]]),
      properties: new Map(ENGINE_PROPERTIES.map((name, i) => [name, i + 1])),
      distributions: new Map([
        ["rocksdb.db.write.micros", { p50: 1, p95: 2, p99: 3, max: 4, sum: 50, count: 5 }],
      ]),
    });

    const lines = (await printed()).split("\n");

    expect(lines).toContain('restate_rocksdb_wal_bytes_total{db="db"} 9');
    expect(lines).toContain('restate_rocksdb_db_write_seconds{db="db",quantile="1.0"} 0.000004');
    expect(lines).toContain('restate_rocksdb_db_write_seconds_count{db="db"} 5');
    // Every property that is asked for shows somewhere.
    for (const i of ENGINE_PROPERTIES.keys()) {
      expect(lines.some((line) => line.endsWith(` ${i + 1}`))).toBe(true);
    }
  });
});

describe("printing", () => {
  test("ends with a line feed and leaves out families without samples", async () => {
    expect(await printFamilies([], {})).toBe("\n");
  });
});
