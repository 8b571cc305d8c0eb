/** Formats of the tables that are built on `RowTable` and `MapTable`. */
import { bool, decode, encodeShared, field, message, optional } from "#base/wire-codec";
import type { InvocationId, InvocationStatus } from "#model";
import type { InboxItem, PromiseStatus } from "#state-machine";
import {
  concat,
  instancePrefix,
  invocationKey,
  readInstanceKey,
  readTextKey,
  readUint64,
  sequenceKey,
  TABLES,
  tablePrefix,
  textKey,
  uint64Key,
} from "./keys.ts";
import type { MapFormat } from "./map-table.ts";
import { invocationIdCodec } from "./model-codec.ts";
import {
  inboxItemCodec,
  promiseCodec,
  type StoredSinkPage,
  sinkPageCodec,
  statusCodec,
} from "./row-codec.ts";
import type { RowFormat } from "./row-table.ts";

/** Bounds of one partition's caches; two generations of each weight may be held. */
export interface CacheLimits {
  /** Invocation statuses, counted. */
  readonly invocationCountMax: number;
  /** Keyed instances, counted. */
  readonly instanceCountMax: number;
  /** Bytes of state, inbox and promise groups, each. */
  readonly groupBytesMax: number;
  /** Bytes of journals. */
  readonly journalBytesMax: number;
}

/**
 * What there is of a keyed instance. An instance without this row has no lock, no state and no
 * promises, so that one read tells a key that was never used.
 */
export interface InstanceFacts {
  /** Invocation that holds the lock. */
  readonly owner: InvocationId | undefined;
  /** State or promises may be stored. */
  readonly hasRows: boolean;
}

const instanceFactsCodec = message<InstanceFacts>({
  owner: optional(1, invocationIdCodec),
  hasRows: field(2, bool),
});

export function invocationFormat(
  partitionId: number,
  { invocationCountMax }: CacheLimits,
): RowFormat<InvocationStatus> {
  const prefix = tablePrefix(partitionId, TABLES.invocation);
  return {
    cacheCountMax: invocationCountMax,
    key: (name) => invocationKey(prefix, name as InvocationId),
    encode: (value) => encodeShared(statusCodec, value),
    decode: (bytes) => decode(statusCodec, bytes),
  };
}

export function instanceFormat(
  partitionId: number,
  { instanceCountMax }: CacheLimits,
): RowFormat<InstanceFacts> {
  const prefix = tablePrefix(partitionId, TABLES.instance);
  return {
    cacheCountMax: instanceCountMax,
    key: (name) => instancePrefix(prefix, name),
    encode: (value) => encodeShared(instanceFactsCodec, value),
    decode: decodeInstance,
    // A lock that was taken and given back between two flushes leaves the row as it was.
    isEqual: (left, right) => left.owner === right.owner && left.hasRows === right.hasRows,
  };
}

/** Decodes the row of an instance. */
export function decodeInstance(bytes: Uint8Array): InstanceFacts {
  return decode(instanceFactsCodec, bytes);
}

/** Pages of sinks in memory; each is read once. */
const SINK_PAGES_MAX = 1_024;

export function sinkPageFormat(partitionId: number): RowFormat<StoredSinkPage> {
  const prefix = tablePrefix(partitionId, TABLES.sinkPage);
  return {
    cacheCountMax: SINK_PAGES_MAX,
    key: (name) => sequenceKey(prefix, Number(name)),
    encode: (value) => encodeShared(sinkPageCodec, value),
    decode: (bytes) => decode(sinkPageCodec, bytes),
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
    encode: (value) => encodeShared(inboxItemCodec, value),
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
    encode: (value) => encodeShared(promiseCodec, value),
    decode: (bytes) => decode(promiseCodec, bytes),
    compare: undefined,
  };
}
