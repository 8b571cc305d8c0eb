/**
 * What builds write more than the build that recorded a fixture. Nothing else may differ: what an
 * old record leads to is frozen, but a row may say more.
 *
 * A path names a field within a row by field numbers, from the outside in; `*` is any case of a
 * union.
 */
import { assertPresent } from "#base/assert";
import { ByteReader } from "#base/byte-reader";
import { ByteWriter } from "#base/byte-writer";
import type { KeyValueRow } from "#engine";
import { TABLES } from "../../src/partition-store/keys.ts";

type TableName = keyof typeof TABLES;
type Path = readonly (number | "*")[];

/** A field that rows of a table have since a fixture. */
interface FieldAddition {
  readonly table: TableName;
  readonly path: Path;
  readonly meaning: string;
}

/** By the last fixture that does not have them. */
const FIELD_ADDITIONS: Readonly<Record<string, readonly FieldAddition[]>> = {
  v1: [
    { table: "facts", path: [6], meaning: "format of the tables" },
    { table: "facts", path: [7], meaning: "oldest reader of the tables" },
    { table: "invocation", path: ["*", 1, 10], meaning: "run of the invocation" },
    { table: "invocation", path: ["*", 1, 11], meaning: "seed of a restarted invocation" },
    { table: "invocation", path: ["*", 2, 2, 4], meaning: "run that waits for the result" },
    { table: "promise", path: [2, 3], meaning: "run that waits for the promise" },
    { table: "limitWaiter", path: [6], meaning: "run that waits for a limit" },
    { table: "outbox", path: [1, 2, 2, 4], meaning: "run that waits for the called one" },
    { table: "outbox", path: [2, 5], meaning: "run that is answered" },
    { table: "outbox", path: [5, 2, 2, 4], meaning: "run that waits for the attached one" },
  ],
};
/** Lengths of keys without what was added at their end, by table. */
const KEY_ADDITIONS: Readonly<Record<string, Readonly<Partial<Record<TableName, number>>>>> = {
  // The run of a sleep: after prefix, time, invocation, kind and completion.
  v1: { timer: 3 + 8 + 24 + 1 + 4 },
};
/** Tables in which more rows may be left than the author of a fixture left. */
const LEFTOVERS: Readonly<Record<string, readonly TableName[]>> = {
  // Records that fire a sleep do not name its run, so it is fired once more, to no effect.
  v1: ["timer"],
};

const TABLE_NAMES = new Map(
  (Object.keys(TABLES) as TableName[]).map((name) => [TABLES[name] as number, name]),
);

/** A row as the build of a fixture would have written it. */
export function withoutAdditions(fixture: string, { key, value }: KeyValueRow): KeyValueRow {
  const table = tableOf(key);
  const paths = since(fixture, FIELD_ADDITIONS)
    .flat()
    .filter((addition) => addition.table === table)
    .map(({ path }) => path);
  const keyBytes = since(fixture, KEY_ADDITIONS).map((lengths) => lengths[table] ?? key.length);
  return {
    key: key.subarray(0, Math.min(key.length, ...keyBytes)),
    value: paths.length === 0 ? value : stripRow(value, paths),
  };
}

/** True for a row that may be there although the author of the fixture had removed it. */
export function mayBeLeft(fixture: string, key: Uint8Array): boolean {
  return since(fixture, LEFTOVERS).some((tables) => tables.includes(tableOf(key)));
}

function tableOf(key: Uint8Array): TableName {
  return assertPresent(TABLE_NAMES.get(key[2] as number), "every row is in a table");
}

/** What was added after a fixture. */
function since<T>(fixture: string, additions: Readonly<Record<string, T>>): T[] {
  const versionOf = (name: string) => Number(name.slice(1));
  return Object.entries(additions)
    .filter(([last]) => versionOf(last) >= versionOf(fixture))
    .map(([, added]) => added);
}

function stripRow(value: Uint8Array, paths: readonly Path[]): Uint8Array {
  const writer = new ByteWriter(value.length);
  writer.writeBytes(stripFields(new ByteReader(value).readBytes(), paths));
  return writer.finish();
}

/** Copies a message without the fields that the paths lead to. */
function stripFields(message: Uint8Array, paths: readonly Path[]): Uint8Array {
  const reader = new ByteReader(message);
  const writer = new ByteWriter(message.length);
  while (reader.position < message.length) {
    const start = reader.position;
    const tag = reader.readVarint();
    const number = tag >>> 3;
    const inside = paths.filter(([first]) => first === number || first === "*");
    const isNested = (tag & 7) === 2 && inside.some(({ length }) => length > 1);
    if (isNested) {
      writer.writeVarint(tag);
      const rest = inside.filter(({ length }) => length > 1).map((path) => path.slice(1));
      writer.writeBytes(stripFields(reader.readBytes(), rest));
      continue;
    }
    reader.skip(tag & 7);
    const isAddition = inside.some(({ length }) => length === 1);
    if (!isAddition) writer.writeRaw(message.subarray(start, reader.position));
  }
  return writer.finish();
}
