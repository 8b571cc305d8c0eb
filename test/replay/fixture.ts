/**
 * A recorded life of a partition: the log as it was written, and all rows of its store at two
 * moments. Compressed text, one record or row per line: `zcat` shows it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

/** What a build wrote. */
export interface Fixture {
  readonly name: string;
  /** Version of Stet, for people. */
  readonly writtenBy: string;
  readonly records: readonly EncodedRecord[];
  /** The store on the way, and at the end of the log. */
  readonly halfway: StoredRows;
  readonly end: StoredRows;
}

/** A record as the log held it. */
export interface EncodedRecord {
  readonly index: number;
  readonly epoch: number;
  readonly data: Uint8Array;
}

/** All rows of a partition, in order of their keys. */
export interface StoredRows {
  /** Index of the last record whose changes are in the rows. */
  readonly appliedIndex: number;
  readonly rows: readonly StoredRow[];
}

/** One row of the engine. */
export interface StoredRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const FOLDER = fileURLToPath(new URL("fixtures", import.meta.url));
const LOG = "log.txt.gz";
const HALFWAY = "halfway.txt.gz";
const END = "end.txt.gz";

/** Names of the recorded fixtures, oldest first. */
export function fixtureNames(): string[] {
  const names = readdirSync(FOLDER).filter((name) => /^v\d+$/.test(name));
  return names.sort((left, right) => Number(left.slice(1)) - Number(right.slice(1)));
}

/** All recorded fixtures, oldest first. */
export function readFixtures(): Fixture[] {
  return fixtureNames().map(readFixture);
}

function readFixture(name: string): Fixture {
  const read = (file: string) => gunzipSync(readFileSync(join(FOLDER, name, file))).toString();
  const [writtenBy = "", ...records] = linesOf(read(LOG));
  return {
    name,
    writtenBy: writtenBy.replace("# ", ""),
    records: records.map(parseRecord),
    halfway: parseRows(read(HALFWAY)),
    end: parseRows(read(END)),
  };
}

/** The files of a fixture, by name. */
export function packFixture(fixture: Fixture): Record<string, Uint8Array> {
  const records = fixture.records.map(
    ({ index, epoch, data }) => `${index} ${epoch} ${base64(data)}\n`,
  );
  const pack = (text: string) => gzipSync(text, { level: 9 });
  return {
    [LOG]: pack(`# ${fixture.writtenBy}\n${records.join("")}`),
    [HALFWAY]: pack(printRows(fixture.halfway)),
    [END]: pack(printRows(fixture.end)),
  };
}

function parseRecord(line: string): EncodedRecord {
  const [index, epoch, data = ""] = line.split(" ");
  return { index: Number(index), epoch: Number(epoch), data: fromBase64(data) };
}

function parseRows(text: string): StoredRows {
  const [first = "", ...rows] = linesOf(text);
  return {
    appliedIndex: Number(first.replace("# up to record ", "")),
    rows: rows.map((line) => {
      const [key = "", value = ""] = line.split(" ");
      return { key: Uint8Array.from(Buffer.from(key, "hex")), value: fromBase64(value) };
    }),
  };
}

function printRows({ appliedIndex, rows }: StoredRows): string {
  const lines = rows.map(
    ({ key, value }) => `${Buffer.from(key).toString("hex")} ${base64(value)}\n`,
  );
  return `# up to record ${appliedIndex}\n${lines.join("")}`;
}

function linesOf(text: string): string[] {
  return text.trimEnd().split("\n");
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "base64"));
}
