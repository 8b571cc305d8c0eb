// A log of another format. The header of a closed log's segment is rewritten as another build would
// have written it, and the log is opened again.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  checksum,
  decodeSegmentHeader,
  FORMAT_VERSION,
  SEGMENT_HEADER_BYTES,
  SEGMENT_MAGIC,
} from "../../../../cluster/log-store/record-format.ts";
import { LogHarness } from "./log-harness.ts";

const SEGMENT_BYTES = 16 * 1024;
const NEWER = FORMAT_VERSION + 1;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "stet-log-format-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function open(): Promise<LogHarness> {
  return LogHarness.open(directory, { segmentBytes: SEGMENT_BYTES });
}

/** Writes a log with one entry and gives its only segment a format. */
async function writeLogOf(formatVersion: number, minReaderVersion: number): Promise<void> {
  const log = await open();
  log.ensureGroup(1);
  await log.append(1, ["a"]);
  await log.store.close();
  const path = join(directory, segments()[0] as string);
  const bytes = readFileSync(path);
  bytes.writeUInt32LE(formatVersion, 8);
  bytes.writeUInt32LE(minReaderVersion, 32);
  bytes.writeUInt32LE(checksum(bytes.subarray(8, SEGMENT_HEADER_BYTES), SEGMENT_MAGIC), 4);
  writeFileSync(path, bytes);
}

function segments(): string[] {
  return readdirSync(directory)
    .filter((name) => /^\d+\.log$/.test(name))
    .sort();
}

function formats(): (number | undefined)[] {
  return segments().map((name) => {
    return decodeSegmentHeader(readFileSync(join(directory, name)))?.formatVersion;
  });
}

test("a log that only a newer build can read is refused, and stays as it is", async () => {
  await writeLogOf(NEWER, NEWER);
  const before = readFileSync(join(directory, segments()[0] as string));

  await expect(open()).rejects.toMatchObject({
    code: "FORMAT_UNSUPPORTED",
    message: expect.stringContaining(`is in format ${NEWER}, for builds that know format ${NEWER}`),
  });
  expect(readFileSync(join(directory, segments()[0] as string))).toEqual(before);
});

test("a log of a newer format that only added fields is read", async () => {
  await writeLogOf(NEWER, FORMAT_VERSION);

  const log = await open();

  expect(log.texts(1)).toEqual(["a"]);
  await log.store.close();
});

test("a log of the first format is read, and what is new goes into a segment of its own", async () => {
  await writeLogOf(1, 0);

  const log = await open();
  await log.append(1, ["b"]);
  await log.store.close();

  expect(formats()).toEqual([1, FORMAT_VERSION]);
  const again = await open();
  expect(again.texts(1)).toEqual(["a", "b"]);
  await again.store.close();
});
