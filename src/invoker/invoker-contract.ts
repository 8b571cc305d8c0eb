import type {
  AttemptEvent,
  AttemptFailure,
  DeploymentId,
  Future,
  InvocationId,
  InvocationTarget,
  JournalEntry,
  Uint64Halves,
} from "#model";

/** Names one stay of an invocation with the invoker; a later stay has a larger token. */
export type AttemptToken = number;

/** What an attempt needs from the partition when it starts. */
export interface AttemptInput {
  readonly target: InvocationTarget;
  readonly limitKey: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly pinnedDeploymentId: DeploymentId | undefined;
  readonly pinnedProtocolVersion: number | undefined;
  /** The whole journal; entry 0 is Input. */
  readonly entries: readonly JournalEntry[];
  readonly traceParent: string | undefined;
  readonly createdAtMs: number;
  /** Seed of the journal that it goes on with; undefined: its own. */
  readonly randomSeed?: Uint64Halves | undefined;
}

/** State of a keyed instance, in byte order of the keys, cut at the size limit. */
export interface EagerState {
  readonly entries: readonly (readonly [key: string, value: Uint8Array])[];
  /** True if entries may be missing. */
  readonly partial: boolean;
}

/** What the invoker asks of the partition leader. One per partition. */
export interface InvokerHost {
  /** For metrics. */
  readonly partitionId: number;
  /** Consistent with every notification pushed before; synchronous when in memory. */
  readInput(invocationId: InvocationId): AttemptInput | Promise<AttemptInput>;
  readState(target: InvocationTarget, bytesMax: number): EagerState | Promise<EagerState>;
  /**
   * Proposes events of the current attempt, in order, as one record. The host answers later with
   * `notify`, `acknowledge…`, `attemptFailureRecorded`, or by ending the stay. Never throws.
   */
  report(invocationId: InvocationId, token: AttemptToken, events: readonly AttemptEvent[]): void;
}

/**
 * Runs attempts for all partitions of a node. Calls are synchronous and cheap; everything they
 * cause is reported through the host.
 */
export interface Invoker {
  /** Starts a stay with a fresh retry budget. A stay of the same id with a lower token ends. */
  invoke(host: InvokerHost, invocationId: InvocationId, token: AttemptToken): void;
  /** A notification was journaled at `entryIndex`: push it on the live stream, if there is one. */
  notify(
    invocationId: InvocationId,
    token: AttemptToken,
    entryIndex: number,
    entry: JournalEntry,
  ): void;
  /** A command with the ack flag became durable. */
  acknowledgeCommand(invocationId: InvocationId, token: AttemptToken, commandIndex: number): void;
  /** A proposed run completion became durable and asked for the short ack (v7). */
  acknowledgeRun(
    invocationId: InvocationId,
    token: AttemptToken,
    entryIndex: number,
    completionId: number,
  ): void;
  /** All events up to a `fail-attempt` are applied: the retry may be scheduled. */
  attemptFailureRecorded(invocationId: InvocationId, token: AttemptToken): void;
  /** Ends the stay, resetting the stream if one is open. */
  abort(invocationId: InvocationId): void;
  /** Ends every stay of a partition that lost leadership. */
  abortAll(host: InvokerHost): void;
  /** Retries at once what is backing off; false if it was not. */
  retryNow(invocationId: InvocationId): boolean;
  status(invocationId: InvocationId): InvokerStatus | undefined;
}

/** The invoker's view of a stay; times are milliseconds since the Unix epoch. */
export interface InvokerStatus {
  readonly phase: "running" | "backing-off" | "ready";
  readonly retryCount: number;
  readonly lastStartAtMs: number | undefined;
  readonly nextRetryAtMs: number | undefined;
  readonly lastAttemptDeploymentId: DeploymentId | undefined;
  readonly lastAttemptServer: string | undefined;
  readonly lastFailure: AttemptFailure | undefined;
  readonly lastAwaitingOn: Future | undefined;
}
