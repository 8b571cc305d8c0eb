// The tables of a partition say which builds can read them.
import { expect, test } from "vitest";
import { decode, encode, field, message, uint } from "#base/wire-codec";
import { MemoryEngine, WriteBatch } from "#engine";
import { PARTITION_ID, TestPartition } from "#fixtures/partition";
import { invoke, local } from "#fixtures/partition-commands";
import { TABLES, tablePrefix } from "../../../src/partition-store/keys.ts";

interface Versions {
  readonly appliedIndex: number;
  readonly formatVersion: number;
  readonly minReaderVersion: number;
}

/** What of the facts row every build of every format understands. */
const versionsCodec = message<Versions>({
  appliedIndex: field(1, uint),
  formatVersion: field(6, uint),
  minReaderVersion: field(7, uint),
});
/** A partition of the first format that has applied seven records. */
const FIRST_FORMAT = Uint8Array.of(8, 8, 7, 16, 0, 24, 0, 40, 0);
const FACTS_KEY = tablePrefix(PARTITION_ID, TABLES.facts);

async function storeOf(facts: Versions | Uint8Array): Promise<MemoryEngine> {
  const engine = new MemoryEngine();
  const batch = new WriteBatch();
  batch.put(FACTS_KEY, facts instanceof Uint8Array ? facts : encode(versionsCodec, facts));
  await engine.write(batch);
  return engine;
}

async function versionsIn(engine: MemoryEngine): Promise<Versions> {
  return decode(versionsCodec, (await engine.get(FACTS_KEY)) as Uint8Array);
}

test("a store of a newer format, for newer builds only, is refused", async () => {
  const engine = await storeOf({ appliedIndex: 7, formatVersion: 90, minReaderVersion: 80 });

  const opening = TestPartition.open(undefined, engine);

  await expect(opening).rejects.toMatchObject({
    code: "FORMAT_UNSUPPORTED",
    message: expect.stringMatching(/store of partition 3 is in format 90.* 80 or later; this one/),
  });
});

test("a store of a newer format that only added fields is read", async () => {
  const engine = await storeOf({ appliedIndex: 7, formatVersion: 90, minReaderVersion: 1 });

  const partition = await TestPartition.open(undefined, engine);

  expect(partition.store.appliedIndex).toBe(7);
});

test("what this build writes says so, also over what an earlier one wrote", async () => {
  const fresh = await TestPartition.open();
  await fresh.apply(invoke(local("a")));
  await fresh.flush();
  const engine = await storeOf(FIRST_FORMAT);
  const upgraded = await TestPartition.open(undefined, engine);
  await upgraded.apply(invoke(local("a")));
  await upgraded.flush();

  const { formatVersion, minReaderVersion } = await versionsIn(fresh.engine);

  expect(formatVersion).toBeGreaterThan(1);
  expect(await versionsIn(engine)).toEqual({ appliedIndex: 8, formatVersion, minReaderVersion });
});
