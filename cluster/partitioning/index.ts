/**
 * Which partition owns a key, and which nodes hold a partition.
 *
 * Pure: computes over values it is given. It does not know who leads, who is alive, or where the
 * table is stored. The caller gives unsigned 64-bit keys.
 */
export {
  equalKeyRange,
  equalPartitionOf,
  equalPartitionOfHalves,
  PARTITION_COUNT_MAX,
  type PartitionKeyRange,
} from "./key-range.ts";
export {
  type PartitionDescriptor,
  type PartitionReplica,
  PartitionTable,
} from "./partition-table.ts";
