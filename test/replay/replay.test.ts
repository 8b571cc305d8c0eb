// This build reads what earlier builds wrote, and makes the same of it. A fixture holds a log and
// rows that its author made of it. Compared are all rows, journals entry by entry (which of them
// share a row depends on flushes); excluded are the fields that were added since (`additions.ts`).
import { describe, expect, test } from "vitest";
import { MemoryEngine, WriteBatch } from "#engine";
import { CRAMPED, ROOMY, TestPartition } from "#fixtures/partition";
import { assertPartitionInvariants } from "#fixtures/partition-invariants";
import { decodeRecord, encodeRecord } from "../../src/partition/command-codec.ts";
import { TABLES } from "../../src/partition-store/keys.ts";
import { mayBeLeft, withoutAdditions } from "./additions.ts";
import { findMissing } from "./coverage.ts";
import type { EncodedRecord, StoredRows } from "./fixture.ts";
import { readFixtures } from "./fixture.ts";
import { liveStory } from "./story.ts";

const FLUSH_EVERY = 7;

describe.each(readFixtures())("what $name holds", ({ name, records, halfway, end }) => {
  test("is replayed from an empty store to the same rows", async () => {
    const partition = await replay(await TestPartition.open(), records);

    await expectRows(name, partition, end);
    await assertPartitionInvariants(partition);
  });

  test("is replayed on top of its store, with nothing in memory, to the same rows", async () => {
    const stored = await TestPartition.open(CRAMPED, await engineWith(halfway));
    expect(stored.store.appliedIndex).toBe(halfway.appliedIndex);

    await replay(stored, records);

    await expectRows(name, stored, end);
    await assertPartitionInvariants(stored);
  });

  test("survives being written again by this build", async () => {
    const again = records.map((record) => {
      return { ...record, data: encodeRecord(decodeRecord(record.data)) };
    });

    await expectRows(name, await replay(await TestPartition.open(), again), end);
  });

  test("shows a difference in a single field", async () => {
    const { nowMs, store } = await replay(await TestPartition.open(), records);
    const late = await replay(await TestPartition.open(), records.slice(0, -1));
    const { record } = late.records.at(-1) as (typeof late.records)[number];

    await late.applyAt({ ...record, timeMs: nowMs + 1 }, store.appliedIndex, late.epoch);

    await expect(expectRows(name, late, end)).rejects.toThrow("onlyNow");
  });
});

test("the story that a release records has every kind of record, entry and row", async () => {
  const partition = await TestPartition.open();

  await liveStory(partition);

  expect(await findMissing(partition)).toEqual([]);
  await assertPartitionInvariants(partition);
});

/** Applies the records that the store does not have yet. */
async function replay(
  partition: TestPartition,
  records: readonly EncodedRecord[],
): Promise<TestPartition> {
  for (const { index, epoch, data } of records) {
    if (index <= partition.store.appliedIndex) continue;
    await partition.applyAt(decodeRecord(data), index, epoch);
    if (index % FLUSH_EVERY === 0) await partition.flush();
  }
  return partition;
}

/** Fails with the rows that differ. */
async function expectRows(
  name: string,
  partition: TestPartition,
  expected: StoredRows,
): Promise<void> {
  const [found, wanted] = [await print(name, partition), await printStored(name, expected)];
  const onlyNow = [...found].filter(([row, mayBeMore]) => !wanted.has(row) && !mayBeMore);
  const onlyThen = [...wanted.keys()].filter((row) => !found.has(row));
  expect({ onlyNow: onlyNow.map(([row]) => row), onlyThen }).toEqual({ onlyNow: [], onlyThen: [] });
}

/** Rows as text, without what was added since the fixture, and whether one more may be there. */
type PrintedRows = ReadonlyMap<string, boolean>;

async function printStored(name: string, stored: StoredRows): Promise<PrintedRows> {
  return print(name, await TestPartition.open(ROOMY, await engineWith(stored)));
}

/** All rows; flushes. */
async function print(name: string, partition: TestPartition): Promise<PrintedRows> {
  const rows = new Map<string, boolean>();
  for await (const [id, index, entry] of (await partition.tables()).journal()) {
    rows.set(`${id} ${index} ${entry.type} ${entry.appendedAtMs} ${hex(entry.body)}`, false);
  }
  for await (const row of partition.engine.iterate(EVERYTHING)) {
    if (row.key[2] === TABLES.journal) continue;
    const { key, value } = withoutAdditions(name, row);
    rows.set(`${hex(key)} ${hex(value)}`, mayBeLeft(name, key));
  }
  return rows;
}

const EVERYTHING = { start: new Uint8Array(0), end: new Uint8Array(0) };

async function engineWith({ rows }: StoredRows): Promise<MemoryEngine> {
  const engine = new MemoryEngine();
  const batch = new WriteBatch();
  for (const { key, value } of rows) batch.put(key, value);
  await engine.write(batch);
  return engine;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
