import { afterEach, describe, expect, test } from "vitest";
import type { Introspection, IntrospectionOptions } from "#introspection";
import { keyedPartitionKey } from "#model";
import type { StateRow } from "#partition";
import { FakeScanner, invocationRow, rowsOf, startIntrospection } from "./introspection-harness.ts";

const open: Introspection[] = [];

afterEach(async () => {
  for (const introspection of open.splice(0)) await introspection.close();
});

function start(scanner: FakeScanner, options: Partial<IntrospectionOptions> = {}): Introspection {
  const introspection = startIntrospection(scanner, options);
  open.push(introspection);
  return introspection;
}

function stateRows(count: number): readonly StateRow[] {
  return Array.from({ length: count }, (_item, index) => ({
    partitionKey: keyedPartitionKey(`key-${index}`),
    service: "Counter",
    serviceKey: `key-${index}`,
    scope: undefined,
    key: "count",
    value: new TextEncoder().encode(`${index}`),
  }));
}

describe("introspection", () => {
  test("a large answer arrives complete, in several chunks", async () => {
    const scanner = new FakeScanner();
    scanner.pageSize = 500;
    scanner.stateRows = stateRows(10_000);
    const introspection = start(scanner);
    const { chunks, contentType } = await introspection.query("SELECT * FROM state", "json");
    expect(contentType).toBe("application/json");
    const parts: string[] = [];
    for await (const chunk of chunks) parts.push(new TextDecoder().decode(chunk));
    expect(parts.length).toBeGreaterThan(1);
    const { rows } = JSON.parse(parts.join("")) as { rows: { service_key: string }[] };
    expect(new Set(rows.map((row) => row.service_key)).size).toBe(10_000);
  });

  test("queries run side by side, up to the limit, and the others wait", async () => {
    const scanner = new FakeScanner();
    scanner.stateRows = stateRows(100);
    const introspection = start(scanner, { queriesMax: 2 });
    const counts = await Promise.all(
      Array.from({ length: 8 }, (_item, index) =>
        rowsOf(introspection, `SELECT count(*) + ${index} AS n FROM state`),
      ),
    );
    expect(counts.map(([row]) => row?.["n"])).toEqual([100, 101, 102, 103, 104, 105, 106, 107]);
  });

  test("more queries than may wait are refused with 429", async () => {
    const introspection = start(new FakeScanner(), { queriesMax: 1 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 80 }, () => rowsOf(introspection, "SELECT 1 AS a")),
    );
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused.length).toBe(15);
    expect(refused[0]).toMatchObject({ reason: { status: 429, message: "Rate limited" } });
  });

  test("a query that reads too many rows fails and says what to do", async () => {
    const scanner = new FakeScanner();
    scanner.invocationRows = Array.from({ length: 30 }, () => invocationRow());
    const introspection = start(scanner, { rowsMax: 10 });
    await expect(rowsOf(introspection, "SELECT count(*) FROM sys_invocation")).rejects.toThrow(
      "the query reads more than 10 rows of sys_invocation; add a condition such as id = '…'",
    );
    expect(scanner.pagesRead).toBeLessThan(10);
  });

  test("a query that runs too long is cancelled, and the next one is served", async () => {
    const introspection = start(new FakeScanner(), { queryTimeoutMs: 300 });
    const endless =
      "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = 7";
    await expect(rowsOf(introspection, endless)).rejects.toThrow("took too long");
    expect(await rowsOf(introspection, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
  });

  test("a reader that leaves early cancels the query and frees its place", async () => {
    const scanner = new FakeScanner();
    scanner.pageSize = 500;
    scanner.stateRows = stateRows(20_000);
    const introspection = start(scanner, { queriesMax: 1 });
    const { chunks } = await introspection.query("SELECT * FROM state", "json");
    for await (const chunk of chunks) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(await rowsOf(introspection, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
  });

  test("a query whose client leaves before the answer begins is cancelled", async () => {
    const scanner = new FakeScanner();
    const introspection = start(scanner, { queriesMax: 1 });
    const client = new AbortController();
    const scanned = Promise.withResolvers<void>();
    scanner.onPage = () => {
      scanned.resolve();
      return new Promise(() => {});
    };
    scanner.stateRows = stateRows(1);
    const running = introspection.query("SELECT * FROM state", "json", client.signal);
    const queued = introspection.query("SELECT 1 AS a", "json", client.signal);
    await scanned.promise;

    client.abort();

    await expect(running).rejects.toThrow("cancelled");
    await expect(queued).rejects.toThrow("cancelled");
    expect(await rowsOf(introspection, "SELECT 2 AS a")).toEqual([{ a: 2 }]);
  });

  test("a query that needs too much memory fails, and the next one is served", async () => {
    const introspection = start(new FakeScanner(), {
      memoryBytesMax: 32 * 1024 * 1024,
      queriesMax: 1,
    });
    const greedy = "SELECT list(range ORDER BY range DESC) AS l FROM range(20000000)";
    await expect(rowsOf(introspection, greedy)).rejects.toMatchObject({ status: 500 });
    expect(await rowsOf(introspection, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
  });

  test("the query thread is released when idle, and comes back", async () => {
    const introspection = start(new FakeScanner(), { idleTimeoutMs: 0 });
    expect(await rowsOf(introspection, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await rowsOf(introspection, "SELECT 2 AS a")).toEqual([{ a: 2 }]);
  });

  test("closing fails what runs with 503, and what comes later", async () => {
    const introspection = start(new FakeScanner());
    const running = rowsOf(introspection, "SELECT count(*) FROM range(10000000) a, range(1000) b");
    const outcome = expect(running).rejects.toMatchObject({ status: 503 });
    await introspection.close();
    await outcome;
    await expect(rowsOf(introspection, "SELECT 1")).rejects.toMatchObject({ status: 503 });
  });

  test("Arrow answers are refused for the time being", async () => {
    const introspection = start(new FakeScanner());
    await expect(introspection.query("SELECT 1", "arrow")).rejects.toMatchObject({ status: 503 });
  });
});
