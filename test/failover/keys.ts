/** Keys that belong to a given partition. */
import { keyedPartitionKey } from "#model";
import { equalPartitionOf } from "#partitioning";

/** Keys tried for one partition; with more partitions than this none might be found. */
const TRIES_MAX = 100_000;

/** Partition of a keyed object. */
export function partitionOfKey(key: string, partitionCount: number): number {
  return equalPartitionOf(keyedPartitionKey(key), partitionCount);
}

/** A key of the partition that starts with `prefix`. */
export function keyIn(partition: number, partitionCount: number, prefix: string): string {
  for (let index = 0; index < TRIES_MAX; index++) {
    const key = `${prefix}-${index}`;
    if (partitionOfKey(key, partitionCount) === partition) return key;
  }
  throw new Error(`No key for partition ${partition} of ${partitionCount}`);
}
