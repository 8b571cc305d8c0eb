/**
 * The tables of a partition: a write-behind cache over the engine, and the stored form of rows.
 *
 * It does not decide anything; the state machine does. The caller applies records one at a time and
 * flushes.
 */

export type { CacheLimits } from "./formats.ts";
export { instancePartitionKey, partitionRange, splitInstance } from "./keys.ts";
export { preparePartition, wipePartition } from "./marker.ts";
export {
  added,
  attemptFailureCodec,
  deploymentIdCodec,
  failureCodec,
  futureCodec,
  headerCodec,
  invocationIdCodec,
  invocationRequestCodec,
  invocationResultCodec,
  notificationResultCodec,
  retentionCodec,
  signalIdCodec,
  targetCodec,
} from "./model-codec.ts";
export { partitionDigest } from "./partition-digest.ts";
export { PartitionImage } from "./partition-image.ts";
export type { PartitionStoreOptions } from "./partition-store.ts";
export { PartitionStore } from "./partition-store.ts";
export { partitionReplyCodec } from "./reply-codec.ts";
export { restorePartition } from "./restore-partition.ts";
export { outboxMessageCodec, requestIdCodec, ruleCodec, stateMutationCodec } from "./row-codec.ts";
export type { InstanceRow } from "./scans.ts";
export { PartitionTables } from "./scans.ts";
export { type FlushGroup, StoreFlusher } from "./store-flusher.ts";
