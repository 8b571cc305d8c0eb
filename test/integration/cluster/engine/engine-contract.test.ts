// One contract, run over both engines: what holds for the twin must hold for the real store.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import {
  type KeyRange,
  type KeyValueEngine,
  type KeyValueRow,
  MemoryEngine,
  openRocksDbEngine,
  WriteBatch,
} from "#engine";

const EVERYTHING: KeyRange = { start: bytes(""), end: bytes("") };

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function text(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

function range(start: string, end: string): KeyRange {
  return { start: bytes(start), end: bytes(end) };
}

function pairs(rows: readonly KeyValueRow[]): string[] {
  return rows.map(({ key, value }) => `${text(key)}=${text(value)}`);
}

async function put(engine: KeyValueEngine, rows: Record<string, string>): Promise<void> {
  const batch = new WriteBatch();
  for (const [key, value] of Object.entries(rows)) batch.put(bytes(key), bytes(value));
  await engine.write(batch);
}

async function collect(rows: AsyncIterable<KeyValueRow>): Promise<string[]> {
  const all: KeyValueRow[] = [];
  for await (const row of rows) all.push(row);
  return pairs(all);
}

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "stet-engine-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const engines = [
  { name: "memory", open: async () => new MemoryEngine() as KeyValueEngine },
  { name: "rocksdb", open: () => openRocksDbEngine(directory) },
];

describe.each(engines)("$name engine", ({ open }) => {
  let engine: KeyValueEngine;

  beforeEach(async () => {
    engine = await open();
  });

  afterEach(() => engine.close());

  test("a written value is read back, an unknown key is undefined", async () => {
    await put(engine, { a: "1", empty: "" });
    expect(text(await engine.get(bytes("a")))).toBe("1");
    expect(await engine.get(bytes("empty"))).toHaveLength(0);
    expect(await engine.get(bytes("b"))).toBeUndefined();
  });

  test("many keys are read in the order asked", async () => {
    await put(engine, { a: "1", b: "2", c: "3" });
    const found = await engine.getMany([bytes("c"), bytes("missing"), bytes("a")]);
    expect(found.map(text)).toEqual(["3", undefined, "1"]);
    expect(await engine.getMany([])).toEqual([]);
  });

  test("later operations of a batch win over earlier ones", async () => {
    const batch = new WriteBatch();
    batch.put(bytes("a"), bytes("1"));
    batch.delete(bytes("a"));
    batch.put(bytes("b"), bytes("1"));
    batch.put(bytes("b"), bytes("2"));
    batch.put(bytes("c1"), bytes("1"));
    batch.deleteRange(bytes("c"), bytes("d"));
    batch.put(bytes("c2"), bytes("2"));
    await engine.write(batch);
    expect(pairs(await engine.scan(EVERYTHING))).toEqual(["b=2", "c2=2"]);
  });

  test("writes that are not awaited become visible in the order of the calls", async () => {
    const writes: Promise<void>[] = [];
    for (let i = 0; i < 100; i++) writes.push(put(engine, { key: String(i) }));
    await Promise.all(writes);
    expect(text(await engine.get(bytes("key")))).toBe("99");
  });

  test("a scan returns the range in byte order, its end excluded", async () => {
    await put(engine, { a: "1", ab: "2", b: "3", c: "4" });
    expect(pairs(await engine.scan(range("a", "c")))).toEqual(["a=1", "ab=2", "b=3"]);
    expect(pairs(await engine.scan(range("aa", "b")))).toEqual(["ab=2"]);
    expect(await engine.scan(range("c", "a"))).toEqual([]);
    expect(await engine.scan(range("x", "z"))).toEqual([]);
  });

  test("keys order as unsigned bytes", async () => {
    const batch = new WriteBatch();
    for (const first of [0xff, 0x00, 0x80, 0x7f]) {
      batch.put(Uint8Array.of(first), Uint8Array.of(first));
    }
    await engine.write(batch);
    const rows = await engine.scan(EVERYTHING);
    expect(rows.map((row) => row.key[0])).toEqual([0x00, 0x7f, 0x80, 0xff]);
  });

  test("a scan keeps to its limit, forwards and backwards", async () => {
    await put(engine, { a: "1", b: "2", c: "3", d: "4" });
    expect(pairs(await engine.scan(EVERYTHING, { limit: 2 }))).toEqual(["a=1", "b=2"]);
    const last = await engine.scan(range("a", "d"), { limit: 2, reverse: true });
    expect(pairs(last)).toEqual(["c=3", "b=2"]);
    expect(await engine.scan(EVERYTHING, { limit: 0 })).toEqual([]);
  });

  test("a keys-only scan leaves values empty", async () => {
    await put(engine, { a: "1" });
    expect(pairs(await engine.scan(EVERYTHING, { keysOnly: true }))).toEqual(["a="]);
  });

  test("an iteration crosses pages and stops where the consumer stops", async () => {
    const rows: Record<string, string> = {};
    for (let i = 0; i < 1000; i++) rows[`k${String(i).padStart(4, "0")}`] = String(i);
    await put(engine, rows);
    expect(await collect(engine.iterate(EVERYTHING))).toHaveLength(1000);
    expect(await collect(engine.iterate(EVERYTHING, { limit: 300 }))).toHaveLength(300);
    const backwards = await collect(engine.iterate(EVERYTHING, { reverse: true }));
    expect(backwards[0]).toBe("k0999=999");
    expect(backwards).toHaveLength(1000);
    for await (const row of engine.iterate(EVERYTHING)) {
      if (text(row.value) === "10") break;
    }
  });

  test("a snapshot keeps the rows of its moment", async () => {
    await put(engine, { a: "1", b: "2" });
    const snapshot = engine.snapshot();
    const batch = new WriteBatch();
    batch.put(bytes("a"), bytes("changed"));
    batch.deleteRange(bytes("b"), bytes("c"));
    await engine.write(batch);
    expect(pairs(await snapshot.scan(EVERYTHING))).toEqual(["a=1", "b=2"]);
    expect(text(await snapshot.get(bytes("a")))).toBe("1");
    expect((await snapshot.getMany([bytes("b")])).map(text)).toEqual(["2"]);
    expect(await collect(snapshot.iterate(EVERYTHING))).toEqual(["a=1", "b=2"]);
    await snapshot.release();
    expect(pairs(await engine.scan(EVERYTHING))).toEqual(["a=changed"]);
  });
});

test("a RocksDB store keeps flushed and unflushed rows over close and open", async () => {
  let engine = await openRocksDbEngine(directory);
  await put(engine, { a: "1" });
  await engine.flush();
  await put(engine, { b: "2" });
  await engine.close();
  engine = await openRocksDbEngine(directory);
  expect(pairs(await engine.scan(EVERYTHING))).toEqual(["a=1", "b=2"]);
  await engine.close();
});
