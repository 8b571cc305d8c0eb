/**
 * The partition processor: applies committed commands, and does what only a leader does.
 *
 * It does not speak HTTP, and it does not know how a deployment is reached; it is given an invoker.
 */
export type {
  AttemptStatus,
  DeploymentChoice,
  InboxRow,
  InvocationRow,
  JournalEventRow,
  JournalRow,
  LockRow,
  OperationRefusal,
  PartitionClient,
  PartitionReply,
  PartitionRequest,
  PartitionScanner,
  PromiseRow,
  ScanFilter,
  StateRow,
} from "./client.ts";
export type { DigestVerdict } from "./digest/compare-digests.ts";
export type {
  DigestReport,
  PartitionHostOptions,
  PartitionView,
  ReplicaFacts,
} from "./partition-host.ts";
export { PartitionHost } from "./partition-host.ts";
export type { PartitionMetrics, RequestStatus } from "./partition-metrics.ts";
export type { PartitionPeers } from "./routing/partition-router.ts";
export type { ForwardOutcome, RoutingObserver } from "./routing/routing-observer.ts";
export { createScanner } from "./scanner.ts";
