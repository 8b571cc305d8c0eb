/** Formats of the tables that are built on `RowTable` and `MapTable`. */
import { decode, encode } from "#base/wire-codec";
import type { InvocationId, InvocationStatus } from "#model";
import type { InboxItem, PromiseStatus } from "#state-machine";
import {
  concat,
  instancePrefix,
  invocationKey,
  readInstanceKey,
  readTextKey,
  readUint64,
  TABLES,
  tablePrefix,
  textKey,
  uint64Key,
} from "./keys.ts";
import type { MapFormat } from "./map-table.ts";
import { inboxItemCodec, promiseCodec, statusCodec } from "./row-codec.ts";
import type { RowFormat } from "./row-table.ts";

/** Bounds of one partition's caches; two generations of each weight may be held. */
export interface CacheLimits {
  /** Invocation statuses, counted. */
  readonly invocationCountMax: number;
  /** Locks, counted. */
  readonly lockCountMax: number;
  /** Bytes of state, inbox and promise groups, each. */
  readonly groupBytesMax: number;
  /** Bytes of journals. */
  readonly journalBytesMax: number;
}

/** Owner of an object key. */
export interface Lock {
  readonly owner: InvocationId;
}

export function invocationFormat(
  partitionId: number,
  { invocationCountMax }: CacheLimits,
): RowFormat<InvocationStatus> {
  const prefix = tablePrefix(partitionId, TABLES.invocation);
  return {
    cacheWeightMax: invocationCountMax,
    weigh: () => 1,
    key: (name) => invocationKey(prefix, name as InvocationId),
    encode: (value) => encode(statusCodec, value),
    decode: (bytes) => decode(statusCodec, bytes),
  };
}

export function lockFormat(partitionId: number, { lockCountMax }: CacheLimits): RowFormat<Lock> {
  const prefix = tablePrefix(partitionId, TABLES.lock);
  return {
    cacheWeightMax: lockCountMax,
    weigh: () => 1,
    key: (name) => instancePrefix(prefix, name),
    encode: ({ owner }) => textKey(owner),
    decode: (bytes) => ({ owner: readTextKey(bytes) as InvocationId }),
  };
}

const ITEM_WEIGHT = 200;

export function inboxFormat(
  partitionId: number,
  { groupBytesMax }: CacheLimits,
): MapFormat<number, InboxItem> {
  const table = tablePrefix(partitionId, TABLES.inbox);
  return {
    cacheWeightMax: groupBytesMax,
    weigh: () => ITEM_WEIGHT,
    prefix: (parent) => instancePrefix(table, parent),
    key: (prefix, sequence) => concat(prefix, uint64Key(sequence)),
    readKey: (key) => readUint64(key, key.length - 8),
    encode: (value) => encode(inboxItemCodec, value),
    decode: (bytes) => decode(inboxItemCodec, bytes),
    compare: (left, right) => left - right,
  };
}

const VALUE_WEIGHT = 100;

export function stateFormat(
  partitionId: number,
  { groupBytesMax }: CacheLimits,
): MapFormat<string, Uint8Array> {
  const table = tablePrefix(partitionId, TABLES.state);
  return {
    cacheWeightMax: groupBytesMax,
    weigh: (key, value) => VALUE_WEIGHT + key.length + value.length,
    prefix: (parent) => instancePrefix(table, parent),
    key: (prefix, key) => concat(prefix, textKey(key)),
    readKey: (key) => readTextKey(readInstanceKey(key).rest),
    encode: (value) => value,
    decode: (bytes) => bytes,
    compare: undefined,
  };
}

export function promiseFormat(
  partitionId: number,
  { groupBytesMax }: CacheLimits,
): MapFormat<string, PromiseStatus> {
  const table = tablePrefix(partitionId, TABLES.promise);
  return {
    cacheWeightMax: groupBytesMax,
    weigh: (key, { result, listeners }) =>
      VALUE_WEIGHT +
      key.length +
      listeners.length * VALUE_WEIGHT +
      (result?.kind === "success" ? result.value.length : 0),
    prefix: (parent) => instancePrefix(table, parent),
    key: (prefix, key) => concat(prefix, textKey(key)),
    readKey: (key) => readTextKey(readInstanceKey(key).rest),
    encode: (value) => encode(promiseCodec, value),
    decode: (bytes) => decode(promiseCodec, bytes),
    compare: undefined,
  };
}
