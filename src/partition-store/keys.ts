/**
 * Keys of all tables.
 *
 * Every key starts with the partition (2 bytes) and the table (1 byte). Rows of invocations and of
 * keyed instances go on with the 8-byte partition key, so that a key range of a partition is a
 * range of rows in each table.
 */
import { allocateShared } from "#base/shared-bytes";
import {
  type InvocationId,
  invocationIdFromBytes,
  invocationIdToBytes,
  keyedPartitionKey,
  scopePartitionKey,
  utf8Length,
  writeUtf8,
} from "#model";
import type { Timer } from "#state-machine";

/** Tables by number; numbers are never reused. */
export const TABLES = {
  facts: 1,
  invocation: 2,
  journal: 3,
  event: 4,
  invoked: 5,
  instance: 6,
  inbox: 7,
  state: 8,
  promise: 9,
  timer: 10,
  expiry: 11,
  outbox: 12,
  deduplication: 13,
  slots: 14,
  limitWaiter: 15,
  request: 16,
  sinkPage: 17,
} as const;

/**
 * Table of the one row that says whether the others can be used; below all others, and no part of
 * the state.
 */
const MARKER_TABLE = 0;

/** Bytes before the part of a key that names its row. */
export const TABLE_PREFIX_BYTES = 3;
const ID_BYTES = 24;

/** Start of all keys of one table. */
export function tablePrefix(partitionId: number, table: number): Uint8Array {
  return Uint8Array.of(partitionId >>> 8, partitionId & 0xff, table);
}

/** Key of the marker of a partition. */
export function markerKey(partitionId: number): Uint8Array {
  return tablePrefix(partitionId, MARKER_TABLE);
}

/** Keys of all rows of a partition, without its marker. */
export function partitionRange(partitionId: number): {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
} {
  const start = tablePrefix(partitionId, MARKER_TABLE + 1);
  return { start, end: prefixEnd(start.subarray(0, 2)) };
}

/** First key after all keys that start with the prefix. */
export function prefixEnd(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice();
  for (let i = end.length - 1; i >= 0; i--) {
    if ((end[i] as number) < 0xff) {
      end[i] = (end[i] as number) + 1;
      return end.subarray(0, i + 1);
    }
  }
  return new Uint8Array(0);
}

/** Concatenates; the result is fresh. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const result = allocateShared(length);
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** Key of a row named by an invocation id. */
export function invocationKey(prefix: Uint8Array, id: InvocationId): Uint8Array {
  const key = allocateShared(TABLE_PREFIX_BYTES + ID_BYTES);
  key.set(prefix);
  key.set(invocationIdToBytes(id), TABLE_PREFIX_BYTES);
  return key;
}

/** Invocation id in a key made by `invocationKey` or `numberedKey`. */
export function invocationIdOfKey(key: Uint8Array, offset = TABLE_PREFIX_BYTES): InvocationId {
  return invocationIdFromBytes(key.subarray(offset, offset + ID_BYTES));
}

/** Key of the n-th row under an invocation: journal chunks and events. */
export function numberedKey(prefix: Uint8Array, id: InvocationId, number: number): Uint8Array {
  const key = allocateShared(TABLE_PREFIX_BYTES + ID_BYTES + 4);
  key.set(prefix);
  key.set(invocationIdToBytes(id), TABLE_PREFIX_BYTES);
  writeUint32(key, TABLE_PREFIX_BYTES + ID_BYTES, number);
  return key;
}

/** Number in a key made by `numberedKey`. */
export function numberOfKey(key: Uint8Array): number {
  return readUint32(key, TABLE_PREFIX_BYTES + ID_BYTES);
}

/** Key of a row that sorts by time (8 bytes) and is named by the rest. */
export function timedKey(prefix: Uint8Array, timeMs: number, rest: Uint8Array): Uint8Array {
  const key = allocateShared(TABLE_PREFIX_BYTES + 8 + rest.length);
  key.set(prefix);
  writeUint64(key, TABLE_PREFIX_BYTES, timeMs);
  key.set(rest, TABLE_PREFIX_BYTES + 8);
  return key;
}

/** Time in a key made by `timedKey`, or number in one made by `sequenceKey`. */
export function timeOfKey(key: Uint8Array): number {
  return readUint64(key, TABLE_PREFIX_BYTES);
}

/** Key of a row named by a sequence number. */
export function sequenceKey(prefix: Uint8Array, sequence: number): Uint8Array {
  return timedKey(prefix, sequence, allocateShared(0));
}

/** Rest of a timer or expiry key: invocation, kind, number. */
export function timedRest(id: InvocationId, kind: number, number: number): Uint8Array {
  const rest = allocateShared(ID_BYTES + 5);
  rest.set(invocationIdToBytes(id));
  rest[ID_BYTES] = kind;
  writeUint32(rest, ID_BYTES + 1, number);
  return rest;
}

/** Kinds of timers in their keys. */
export const TIMER_SLEEP = 1;
export const TIMER_START = 2;

/** Key of a timer's row; the run of a sleep comes last, and not at all if it is not known. */
export function timerKey(prefix: Uint8Array, timer: Timer): Uint8Array {
  const { timeMs, invocationId } = timer;
  if (timer.kind === "start") {
    return timedKey(prefix, timeMs, timedRest(invocationId, TIMER_START, 0));
  }
  const rest = timedRest(invocationId, TIMER_SLEEP, timer.completionId);
  if (timer.incarnation === 0) return timedKey(prefix, timeMs, rest);
  return timedKey(prefix, timeMs, concat(rest, uint64Key(timer.incarnation)));
}

/** Inverse of `timedRest`, of a whole key. */
export function readTimedRest(key: Uint8Array): {
  readonly id: InvocationId;
  readonly kind: number;
  readonly number: number;
  /** Run of a sleep; 0 if it is not known. */
  readonly incarnation: number;
} {
  const at = TABLE_PREFIX_BYTES + 8;
  const end = at + ID_BYTES + 5;
  return {
    id: invocationIdOfKey(key, at),
    kind: key[at + ID_BYTES] as number,
    number: readUint32(key, at + ID_BYTES + 1),
    incarnation: key.length === end ? 0 : readUint64(key, end),
  };
}

/** Scope, service and key of an instance, as `instanceOf` of the model joined them. */
export function splitInstance(instance: string): {
  readonly scope: string | undefined;
  readonly service: string;
  readonly key: string;
} {
  const first = instance.indexOf("/");
  const second = instance.indexOf("/", first + 1);
  const scope = instance.slice(0, first);
  return {
    scope: scope === "" ? undefined : scope,
    service: instance.slice(first + 1, second),
    key: instance.slice(second + 1),
  };
}

/** Partition key of an instance. */
export function instancePartitionKey(instance: string): bigint {
  const { scope, key } = splitInstance(instance);
  return scope === undefined ? keyedPartitionKey(key) : scopePartitionKey(scope);
}

/** Start of all keys of one instance in a table: partition key, length, name. */
export function instancePrefix(prefix: Uint8Array, instance: string): Uint8Array {
  const length = utf8Length(instance);
  const key = allocateShared(TABLE_PREFIX_BYTES + 8 + 4 + length);
  key.set(prefix);
  const partitionKey = instancePartitionKey(instance);
  writeUint32(key, TABLE_PREFIX_BYTES, Number(partitionKey >> 32n));
  writeUint32(key, TABLE_PREFIX_BYTES + 4, Number(partitionKey & 0xffff_ffffn));
  writeUint32(key, TABLE_PREFIX_BYTES + 8, length);
  writeUtf8(instance, key, TABLE_PREFIX_BYTES + 12);
  return key;
}

const decoder = new TextDecoder();

/** Instance in a key that starts with `instancePrefix`, and what follows it. */
export function readInstanceKey(key: Uint8Array): {
  readonly instance: string;
  readonly rest: Uint8Array;
} {
  const start = TABLE_PREFIX_BYTES + 12;
  const end = start + readUint32(key, TABLE_PREFIX_BYTES + 8);
  return { instance: decoder.decode(key.subarray(start, end)), rest: key.subarray(end) };
}

/** UTF-8 form of a text, for the end of a key. */
export function textKey(text: string): Uint8Array {
  const bytes = allocateShared(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

/** Inverse of `textKey`. */
export function readTextKey(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Big-endian form of a safe integer. */
export function uint64Key(value: number): Uint8Array {
  const bytes = allocateShared(8);
  writeUint64(bytes, 0, value);
  return bytes;
}

/** Reads a big-endian safe integer. */
export function readUint64(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) * 2 ** 32 + readUint32(bytes, at + 4);
}

function writeUint64(bytes: Uint8Array, at: number, value: number): void {
  writeUint32(bytes, at, Math.floor(value / 2 ** 32));
  writeUint32(bytes, at + 4, value >>> 0);
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = (value >>> 16) & 0xff;
  bytes[at + 2] = (value >>> 8) & 0xff;
  bytes[at + 3] = value & 0xff;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) * 2 ** 24 +
    (((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number))
  );
}
