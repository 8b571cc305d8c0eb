/**
 * A replicated, partitioned log with placed leaders: turns some nodes into one.
 *
 * Knows bytes, terms, indexes and nodes; what an entry means is the product's affair. The caller
 * implements `StateMachine`, keeps its keys in the engine below first byte `0xff`, and stops the
 * process when `onFatal` is called.
 */
export { ClusterError, type ClusterErrorCode } from "./base/cluster-error.ts";
export type {
  Cluster,
  ClusterLogOptions,
  ClusterOptions,
  ClusterStatistics,
  ClusterTiming,
  StartedParts,
  StartPhase,
  StorageState,
} from "./cluster-options.ts";
export type { ClusterSeed, PartitionSeed } from "./cluster-seed.ts";
export type { Membership, NodeInfo } from "./membership/membership.ts";
export type { Metadata, MetadataDocument, MetadataWriteResult } from "./metadata/metadata.ts";
export type { PartitionLog, ProposeResult } from "./multiraft/partition-log.ts";
export type { RaftMetrics } from "./multiraft/raft-metrics.ts";
export type { ReplicaStatus } from "./multiraft/replica-status.ts";
export type {
  CommittedEntry,
  LeadershipChange,
  SnapshotSource,
  StateMachine,
} from "./multiraft/state-machine.ts";
export { type PartitionDescriptor, PartitionTable } from "./partitioning/index.ts";
export type {
  MemberReport,
  NodeReport,
  ReplicaReport,
} from "./placement/node-report.ts";
export type { Replication } from "./placement/replication.ts";
export { systemClock, systemRandom, systemScheduler } from "./runtime.ts";
export { startCluster } from "./start-cluster.ts";
export type {
  AddressCalls,
  NodeCallHandler,
  NodeCallOptions,
  NodeCalls,
  NodeTransport,
  NodeTransportOptions,
  PeerStatus,
} from "./transport/index.ts";
export { ConnectionSplitter } from "./transport/index.ts";
