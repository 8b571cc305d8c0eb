import type { InvokedBy, Retention } from "./command.ts";
import type { InvocationResult } from "./failure.ts";
import type { Future } from "./future.ts";
import type { DeploymentId, InvocationId } from "./ids.ts";
import type { InvocationTarget } from "./invocation-target.ts";
import type { Uint64Halves } from "./random-seed.ts";

/**
 * What the server knows of an invocation. Absence is the status `free`.
 *
 *   free       -> scheduled   a request with a future execution time
 *   free       -> inboxed     a request whose key is locked, or whose limits are used up
 *   free       -> invoked     any other request
 *   scheduled  -> inboxed     its timer fires while the key is locked
 *   scheduled  -> invoked     its timer fires
 *   inboxed    -> invoked     it is the head of its queue and may run
 *   invoked    -> suspended   the attempt waits for something that has not come
 *   invoked    -> paused      retries are used up, or an operator asks
 *   suspended  -> invoked     what it waits for arrives, or an operator resumes it
 *   suspended  -> paused      an operator asks
 *   paused     -> invoked     an operator resumes or cancels it
 *   scheduled, inboxed            -> free       cancelled or killed before the start
 *   invoked, suspended, paused    -> completed  it ended, or was killed (free if not retained)
 *   completed  -> free        retention has passed, or it is purged
 */
export type InvocationStatus =
  | ScheduledStatus
  | InboxedStatus
  | InvokedStatus
  | SuspendedStatus
  | PausedStatus
  | CompletedStatus;

/** Facts fixed at admission. */
export interface InvocationMetadata {
  readonly target: InvocationTarget;
  readonly idempotencyKey: string | undefined;
  readonly limitKey: string | undefined;
  readonly retention: Retention;
  readonly invokedBy: InvokedBy;
  readonly traceParent: string | undefined;
  readonly restartedFrom: InvocationId | undefined;
  readonly createdAtMs: number;
  /**
   * Log index of the record that accepted it, which tells its run from earlier ones under the same
   * id; 0 in rows of builds that did not note it.
   */
  readonly incarnation: number;
  /** Seed that the handler saw in the journal it goes on with; undefined: its own. */
  readonly randomSeed: Uint64Halves | undefined;
  /** Requested start; undefined if it was to start at once. */
  readonly executionTimeMs: number | undefined;
}

/** Someone who waits for the result. */
export type ResponseSink =
  | {
      /** A request at the leader of `epoch`; stale ones have nobody waiting any more. */
      readonly kind: "request";
      readonly epoch: number;
      readonly sequence: number;
    }
  | {
      /** A Call or AttachInvocation entry of another invocation. */
      readonly kind: "invocation";
      readonly invocationId: InvocationId;
      readonly completionId: number;
      /** Wire type of the completion: Call or AttachInvocation. */
      readonly notificationType: number;
      /** Run of the invocation that waits; a later run under its id is not answered. */
      readonly incarnation: number;
    }
  /** More of them, in a row of their own: a popular invocation keeps a small one. */
  | { readonly kind: "page"; readonly page: number };

/** Deployment and protocol version that the invocation keeps. */
export interface Pin {
  readonly deploymentId: DeploymentId;
  readonly protocolVersion: number;
}

/** Where the journal stands. Entry indexes count commands and notifications from 0. */
export interface JournalPosition {
  readonly length: number;
  readonly commandCount: number;
  /** Entry index of the last Output command; undefined before there is one. */
  readonly outputIndex: number | undefined;
  readonly eventCount: number;
  /** Fingerprint of the last TransientError event since the last command, to drop repeats. */
  readonly lastEvent: string | undefined;
}

interface LiveStatus {
  readonly metadata: InvocationMetadata;
  readonly sinks: readonly ResponseSink[];
  readonly modifiedAtMs: number;
}

/** Waits for its execution time. */
export interface ScheduledStatus extends LiveStatus {
  readonly kind: "scheduled";
}

/** Waits for its key, or for a concurrency limit of its scope. */
export interface InboxedStatus extends LiveStatus {
  readonly kind: "inboxed";
  readonly inboxedAtMs: number;
  readonly queue: QueuePosition;
  /** Present when it had started before: journal, pin and start are kept. */
  readonly resumed: StartedFacts | undefined;
}

/** Which queue, and where in it. */
export interface QueuePosition {
  readonly kind: "inbox" | "limit";
  readonly sequence: number;
}

/** Facts of an invocation that has run. */
export interface StartedFacts {
  readonly journal: JournalPosition;
  readonly pin: Pin | undefined;
  readonly inboxedAtMs: number | undefined;
  /** First start; 0 if it was restarted with a journal and waits for its first start. */
  readonly runningAtMs: number;
}

/** In the hands of the invoker. */
export interface InvokedStatus extends LiveStatus, StartedFacts {
  readonly kind: "invoked";
  /** Log index of the record that handed it over; fences earlier attempts. */
  readonly token: number;
}

/** Waits for notifications. */
export interface SuspendedStatus extends LiveStatus, StartedFacts {
  readonly kind: "suspended";
  readonly awaiting: Future;
}

/** Waits for an operator. */
export interface PausedStatus extends LiveStatus, StartedFacts {
  readonly kind: "paused";
}

/** Ended; the result is kept for `retention.completionMs`. */
export interface CompletedStatus {
  readonly kind: "completed";
  readonly metadata: InvocationMetadata;
  readonly modifiedAtMs: number;
  readonly completedAtMs: number;
  readonly result: InvocationResult;
  readonly pin: Pin | undefined;
  /** Journal entries that are kept; 0 when none are. */
  readonly journalLength: number;
  readonly commandCount: number;
  readonly eventCount: number;
  readonly inboxedAtMs: number | undefined;
  readonly runningAtMs: number;
}
