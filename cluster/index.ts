/**
 * A replicated, partitioned log with placed leaders: turns some nodes into one.
 *
 * Knows bytes, terms, indexes and nodes; what an entry means is the product's affair. The caller
 * implements `StateMachine`, keeps its keys in the engine below first byte `0xff`, and stops the
 * process when `onFatal` is called.
 */
export { ClusterError, type ClusterErrorCode } from "./base/cluster-error.ts";
export type { Membership, NodeInfo } from "./membership/membership.ts";
export type { Metadata, MetadataDocument, MetadataWriteResult } from "./metadata/metadata.ts";
export type { PartitionLog, ProposeResult } from "./multiraft/partition-log.ts";
export type { CommittedEntry, LeadershipChange, StateMachine } from "./multiraft/state-machine.ts";
export { type PartitionDescriptor, PartitionTable } from "./partitioning/index.ts";
export { systemClock, systemRandom, systemScheduler } from "./runtime.ts";
export {
  type Cluster,
  type ClusterLogOptions,
  type ClusterOptions,
  type ClusterStatistics,
  type StartedParts,
  type StorageState,
  startCluster,
} from "./start-cluster.ts";
export type { NodeCallHandler, NodeCallOptions, NodeCalls } from "./transport/node-calls.ts";
