import type {
  AttemptFailure,
  DeploymentId,
  InvocationId,
  InvocationRequest,
  InvocationResult,
  NotificationResult,
  SignalId,
} from "#model";
import type { OperationRefusal, PartitionReply } from "#state-machine";

export type { OperationRefusal, PartitionReply };

/** A request to the leader of a partition. All are carried by the log, but `scan`. */
export type PartitionRequest =
  | {
      readonly kind: "append-invocation";
      readonly request: InvocationRequest;
      /** `call` answers when the invocation ends, `send` when it is durably accepted. */
      readonly mode: "call" | "send";
      /** The id was minted just now from fresh randomness: nothing can exist under it. */
      readonly fresh: boolean;
    }
  | { readonly kind: "attach-invocation"; readonly invocationId: InvocationId }
  | { readonly kind: "get-invocation-output"; readonly invocationId: InvocationId }
  | {
      readonly kind: "append-signal";
      readonly invocationId: InvocationId;
      readonly signal: SignalId;
      readonly result: NotificationResult;
    }
  | { readonly kind: "cancel-invocation"; readonly invocationId: InvocationId }
  | { readonly kind: "kill-invocation"; readonly invocationId: InvocationId }
  | { readonly kind: "pause-invocation"; readonly invocationId: InvocationId }
  | {
      readonly kind: "resume-invocation";
      readonly invocationId: InvocationId;
      readonly deployment: DeploymentChoice;
    }
  | {
      readonly kind: "restart-invocation";
      readonly invocationId: InvocationId;
      /** Entry index of the last journal entry that is kept. */
      readonly from: number;
      readonly deployment: DeploymentChoice;
    }
  | { readonly kind: "purge-invocation"; readonly invocationId: InvocationId }
  | { readonly kind: "purge-journal"; readonly invocationId: InvocationId }
  | {
      readonly kind: "patch-state";
      readonly service: string;
      readonly key: string;
      readonly scope: string | undefined;
      /** Hash of the state that is expected, in decimal; undefined replaces whatever is there. */
      readonly expectedVersion: string | undefined;
      /** The complete new state, sorted or not; keys that are not listed are deleted. */
      readonly state: readonly (readonly [key: string, value: Uint8Array])[];
    };

/** Deployment on which a resumed or restarted invocation continues. */
export type DeploymentChoice =
  | { readonly kind: "keep" }
  | { readonly kind: "latest" }
  | { readonly kind: "id"; readonly id: DeploymentId };

/**
 * Reaches the leader of a key from any node; retries inside while a leader is being elected.
 *
 * Rejects with `ServerError` code `PARTITION_UNAVAILABLE` when no leader could be reached in time,
 * or `OVERLOADED` when the partition's bounded queue is full.
 */
export interface PartitionClient {
  request(invocationId: InvocationId, request: PartitionRequest): Promise<PartitionReply>;
  /** For requests that address a keyed service instance rather than an invocation. */
  requestByPartitionKey(partitionKey: bigint, request: PartitionRequest): Promise<PartitionReply>;
}

/** One invocation as introspection sees it; times are milliseconds since the Unix epoch. */
export interface InvocationRow {
  readonly id: InvocationId;
  readonly partitionId: number;
  readonly status:
    | "pending"
    | "scheduled"
    | "ready"
    | "running"
    | "backing-off"
    | "suspended"
    | "paused"
    | "completed";
  readonly target: import("#model").InvocationTarget;
  readonly limitKey: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly invokedBy: import("#model").InvokedBy;
  readonly restartedFrom: InvocationId | undefined;
  readonly traceParent: string | undefined;
  readonly completionResult: "success" | "failure" | undefined;
  readonly completionFailure: import("#model").Failure | undefined;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly scheduledAtMs: number | undefined;
  readonly scheduledStartAtMs: number | undefined;
  readonly inboxedAtMs: number | undefined;
  readonly runningAtMs: number | undefined;
  readonly completedAtMs: number | undefined;
  readonly completionRetentionMs: number;
  readonly journalRetentionMs: number;
  readonly pinnedDeploymentId: DeploymentId | undefined;
  readonly pinnedProtocolVersion: number | undefined;
  readonly journalSize: number;
  readonly journalCommandsSize: number;
  readonly awaiting: import("#model").Future | undefined;
  /** What the invoker knows; undefined when no attempt is under way or waiting for its retry. */
  readonly attempt: AttemptStatus | undefined;
}

/** The invoker's view of an invocation that it runs. */
export interface AttemptStatus {
  readonly phase: "running" | "backing-off" | "ready";
  /** Attempts since the invocation was last handed to the invoker; 1 during the first. */
  readonly retryCount: number;
  readonly lastStartAtMs: number | undefined;
  readonly nextRetryAtMs: number | undefined;
  readonly lastAttemptDeploymentId: DeploymentId | undefined;
  readonly lastAttemptServer: string | undefined;
  readonly lastFailure: AttemptFailure | undefined;
  readonly lastAwaitingOn: import("#model").Future | undefined;
}

/** One journal entry as introspection sees it. */
export interface JournalRow {
  readonly invocationId: InvocationId;
  readonly index: number;
  readonly type: number;
  readonly body: Uint8Array;
  readonly appendedAtMs: number;
}

/** One journal event (TransientError, Paused, Suspended). */
export interface JournalEventRow {
  readonly invocationId: InvocationId;
  readonly afterJournalEntryIndex: number;
  readonly appendedAtMs: number;
  readonly eventType: "TransientError" | "Paused" | "Suspended";
  /** JSON as the original prints it. */
  readonly eventJson: string;
}

/** One value of keyed state. */
export interface StateRow {
  readonly partitionKey: bigint;
  readonly service: string;
  readonly serviceKey: string;
  readonly scope: string | undefined;
  readonly key: string;
  readonly value: Uint8Array;
}

/** One durable promise. */
export interface PromiseRow {
  readonly partitionKey: bigint;
  readonly service: string;
  readonly serviceKey: string;
  readonly scope: string | undefined;
  readonly key: string;
  readonly result: InvocationResult | undefined;
}

/** One queued entry of an object key. */
export interface InboxRow {
  readonly partitionKey: bigint;
  readonly service: string;
  readonly serviceKey: string;
  readonly invocationId: InvocationId;
  readonly sequence: number;
}

/** Lock of an object key. */
export interface LockRow {
  readonly partitionKey: bigint;
  readonly service: string;
  readonly serviceKey: string;
  readonly invocationId: InvocationId;
}

/** Equality filters that a scan can use; anything else is filtered by the caller. */
export interface ScanFilter {
  readonly invocationId?: InvocationId;
  readonly service?: string;
  readonly serviceKey?: string;
}

/** Reads partition tables for introspection, page by page, over all partitions. */
export interface PartitionScanner {
  invocations(filter: ScanFilter): AsyncIterable<readonly InvocationRow[]>;
  journal(filter: ScanFilter): AsyncIterable<readonly JournalRow[]>;
  journalEvents(filter: ScanFilter): AsyncIterable<readonly JournalEventRow[]>;
  state(filter: ScanFilter): AsyncIterable<readonly StateRow[]>;
  promises(filter: ScanFilter): AsyncIterable<readonly PromiseRow[]>;
  inbox(filter: ScanFilter): AsyncIterable<readonly InboxRow[]>;
  locks(filter: ScanFilter): AsyncIterable<readonly LockRow[]>;
}
