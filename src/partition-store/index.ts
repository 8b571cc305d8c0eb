/**
 * The tables of a partition: a write-behind cache over the engine, and the stored form of rows.
 *
 * It does not decide anything; the state machine does. The caller applies records one at a time and
 * flushes.
 */

export type { CacheLimits } from "./formats.ts";
export { instancePartitionKey, splitInstance } from "./keys.ts";
export {
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
export type { PartitionStoreOptions } from "./partition-store.ts";
export { PartitionStore } from "./partition-store.ts";
export { outboxMessageCodec, ruleCodec, stateMutationCodec } from "./row-codec.ts";
export type { InstanceRow } from "./scans.ts";
export { PartitionTables } from "./scans.ts";
export { StoreFlusher } from "./store-flusher.ts";
