/**
 * `make replay-record`: lets this build write the fixture of its format, `fixtures/v<N>/`. Run it
 * for a release; what an older build wrote is never written again.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PARTITION_ID, TestPartition } from "#fixtures/partition";
import { assertPartitionInvariants } from "#fixtures/partition-invariants";
import { explainUsage, readFlags, UsageError, wholeNumber } from "#fixtures/usage-error";
import packageDescription from "../../package.json" with { type: "json" };
import { encodeRecord } from "../../src/partition/command-codec.ts";
import { findMissing } from "./coverage.ts";
import type { StoredRow, StoredRows } from "./fixture.ts";
import { packFixture } from "./fixture.ts";
import { recordDirectory } from "./record-directory.ts";
import { liveStory } from "./story.ts";

const USAGE = `Usage: make replay-record VERSION=<number>

Writes test/replay/fixtures/v<number>: the log and the rows that this build makes of a fixed story,
and the data directory of a node that was killed while things were under way.
`;
/** Share of the log after which the store is recorded on the way. */
const HALFWAY = 0.6;

async function main(): Promise<number> {
  const { values } = readFlags(() =>
    parseArgs({ options: { version: { type: "string" }, help: { type: "boolean" } } }),
  );
  if (values.help === true) process.stdout.write(USAGE);
  else await record(`v${wholeNumber("VERSION", values.version ?? "", 1)}`);
  return 0;
}

async function record(name: string): Promise<void> {
  const folder = join(fileURLToPath(new URL("fixtures", import.meta.url)), name);
  if (existsSync(folder)) throw new UsageError(`${folder} exists: a fixture is written once`);
  const lived = await TestPartition.open();
  await liveStory(lived);
  await assertPartitionInvariants(lived);
  const missing = await findMissing(lived);
  if (missing.length > 0) throw new Error(`The story leaves out ${missing.join(", ")}`);

  const halfway = await TestPartition.open();
  for (const { record, index, epoch } of lived.records.slice(0, lived.records.length * HALFWAY)) {
    await halfway.applyAt(record, index, epoch);
  }
  const files = packFixture({
    name,
    writtenBy: `written by ${packageDescription.name} ${packageDescription.version}`,
    records: lived.records.map(({ record, index, epoch }) => {
      return { index, epoch, data: encodeRecord(record) };
    }),
    halfway: await rowsOf(halfway),
    end: await rowsOf(lived),
  });
  const { packed, facts } = await recordDirectory();
  mkdirSync(folder, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(folder, file), bytes);
  writeFileSync(join(folder, "directory.json.gz"), packed);
  writeFileSync(join(folder, "directory-facts.json"), `${JSON.stringify(facts, undefined, 2)}\n`);
  const sizes = `${lived.records.length} records, directory of ${packed.length} bytes packed`;
  process.stdout.write(`${folder}: ${sizes}\n`);
}

/** All rows of the partition; flushes. */
async function rowsOf(partition: TestPartition): Promise<StoredRows> {
  await partition.flush();
  const rows: StoredRow[] = [];
  const range = { start: new Uint8Array(0), end: new Uint8Array(0) };
  for await (const row of partition.engine.iterate(range)) rows.push(row);
  if (rows.length === 0) throw new Error(`Partition ${PARTITION_ID} holds nothing`);
  return { appliedIndex: partition.store.appliedIndex, rows };
}

process.exitCode = await explainUsage(main);
