import { assert } from "#base/assert";

/** Partition keys from `start` to `end`, both inclusive, as unsigned 64-bit numbers. */
export interface PartitionKeyRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** Most partitions of one cluster: keeps the arithmetic below within safe integers. */
export const PARTITION_COUNT_MAX = 65_535;

const KEY_SPACE_BITS = 64n;

/**
 * The keys of partition `p` of `count`: `ceil(p·2^64/count)` to `ceil((p+1)·2^64/count) − 1`.
 *
 * Invocation ids and stored data depend on these bounds: they never change for a given count.
 */
export function equalKeyRange(partitionId: number, count: number): PartitionKeyRange {
  assert(count >= 1 && count <= PARTITION_COUNT_MAX, "the partition count is within its bounds");
  assert(partitionId >= 0 && partitionId < count, "the partition id is below the count");
  return { start: boundary(partitionId, count), end: boundary(partitionId + 1, count) - 1n };
}

/** Index of the equal range that holds `key`: floor(key·count / 2^64). */
export function equalPartitionOf(key: bigint, count: number): number {
  return Number((key * BigInt(count)) >> KEY_SPACE_BITS);
}

/** As `equalPartitionOf`, from the two 32-bit halves of the key; allocates nothing. */
export function equalPartitionOfHalves(high: number, low: number, count: number): number {
  const carry = Math.floor((low * count) / 2 ** 32);
  return Math.floor((high * count + carry) / 2 ** 32);
}

function boundary(partitionId: number, count: number): bigint {
  const divisor = BigInt(count);
  return ((BigInt(partitionId) << KEY_SPACE_BITS) + divisor - 1n) / divisor;
}
