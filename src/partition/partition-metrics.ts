import type { Summary } from "#base/metric";
import { hasCode } from "#errors";
import type { Command, Effect } from "#state-machine";

/** How a request to a partition ended, as counted; the names are those of the original. */
export type RequestStatus = "completed" | "routing_error" | "overloaded_error";

/** What partitions tell about their work, for metrics. Called synchronously; must be cheap. */
export interface PartitionMetrics {
  /** A record was applied. */
  onApplied(kind: Command["kind"], isLeader: boolean, durationMs: number): void;
  /** A leader has carried out an effect. */
  onLeaderAction(kind: Effect["kind"]): void;
  /** A leader has appended a journal entry of this wire type. */
  onJournalEntry(type: number): void;
  /** Messages of an outbox have left for another partition. */
  onShuffled(partitionId: number, count: number): void;
  /** A request to a leader on this node has ended. */
  onRequest(partitionId: number, status: RequestStatus): void;
  /** A replica was started, or has stopped. */
  onReplicaStarted(partitionId: number): void;
  onReplicaStopped(partitionId: number, type: "normal" | "error"): void;
  /** Seconds from the time a timer was due to its proposal. */
  readonly timerFireDelay: Summary;
  /** Seconds of one write of the stores. */
  readonly storeWriteDuration: Summary;
}

/** Metrics that go nowhere. */
export const NO_PARTITION_METRICS: PartitionMetrics = {
  onApplied: () => {},
  onLeaderAction: () => {},
  onJournalEntry: () => {},
  onShuffled: () => {},
  onRequest: () => {},
  onReplicaStarted: () => {},
  onReplicaStopped: () => {},
  timerFireDelay: { observe: () => {} },
  storeWriteDuration: { observe: () => {} },
};

/** How a request that failed is counted. */
export function requestStatusOf(error: unknown): RequestStatus {
  const isRefused = hasCode(error, "PARTITION_OVERLOADED") || hasCode(error, "STORAGE_FULL");
  return isRefused ? "overloaded_error" : "routing_error";
}
