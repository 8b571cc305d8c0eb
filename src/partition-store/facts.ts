/** The row of numbers that a partition has. */
import { requireReadable, type StoredFormat } from "#base/format-version";
import { decode, field, message, repeated, uint } from "#base/wire-codec";
import type { ConcurrencyRule } from "#state-machine";
import { added } from "./model-codec.ts";
import { ruleCodec } from "./row-codec.ts";

/**
 * Format of the tables that this build writes. 1: the first; 2: runs have numbers, also in keys of
 * timers. Raised with every change of rows; the minimum with those that an older build misreads.
 */
const STORE_FORMAT: StoredFormat = { formatVersion: 2, minReaderVersion: 2 };
const FIRST_FORMAT_VERSION = 1;

/** Numbers of a partition that every flush writes, in one row. */
export interface Facts extends StoredFormat {
  readonly appliedIndex: number;
  readonly sequence: number;
  readonly outboxSequence: number;
  readonly rules: readonly ConcurrencyRule[];
  /** Outbox messages up to this sequence have been applied by their receivers. */
  readonly outboxTruncatedTo: number;
}

export const factsCodec = message<Facts>({
  appliedIndex: field(1, uint),
  sequence: field(2, uint),
  outboxSequence: field(3, uint),
  rules: repeated(4, ruleCodec),
  outboxTruncatedTo: field(5, uint),
  formatVersion: added(6, uint, FIRST_FORMAT_VERSION),
  minReaderVersion: added(7, uint, FIRST_FORMAT_VERSION),
});

/**
 * The facts of a stored partition, to go on with.
 *
 * @throws ClusterError `FORMAT_UNSUPPORTED` when only a newer build can read its tables
 */
export function readFacts(row: Uint8Array, partitionId: number): Facts {
  const facts = decode(factsCodec, row);
  const { formatVersion } = STORE_FORMAT;
  requireReadable(facts, { what: `The store of partition ${partitionId}`, formatVersion });
  return { ...facts, ...STORE_FORMAT };
}

/** Facts of a partition that has applied nothing. */
export const INITIAL_FACTS: Facts = {
  appliedIndex: 0,
  sequence: 0,
  outboxSequence: 0,
  rules: [],
  outboxTruncatedTo: 0,
  ...STORE_FORMAT,
};
