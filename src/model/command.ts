import type { InvocationResult } from "./failure.ts";
import type { InvocationId } from "./ids.ts";
import type { HandlerType, InvocationTarget } from "./invocation-target.ts";
import type { Header } from "./journal-entry.ts";

/** How long something completed is kept, fixed at admission from the latest schema. */
export interface Retention {
  /** How long the result is kept after completion, in milliseconds; 0 keeps nothing. */
  readonly completionMs: number;
  /** How long the journal is kept after completion, in milliseconds; 0 keeps nothing. */
  readonly journalMs: number;
}

/** Who asked for an invocation. */
export type InvokedBy =
  | { readonly kind: "ingress" }
  | {
      readonly kind: "service";
      readonly invocationId: InvocationId;
      readonly target: InvocationTarget;
    }
  | { readonly kind: "subscription"; readonly subscriptionId: string }
  | { readonly kind: "restart-as-new"; readonly invocationId: InvocationId };

/** Everything that a partition needs to admit an invocation; nothing is looked up later. */
export interface InvocationRequest {
  readonly id: InvocationId;
  readonly target: InvocationTarget;
  readonly headers: readonly Header[];
  readonly payload: Uint8Array;
  readonly idempotencyKey: string | undefined;
  readonly limitKey: string | undefined;
  /** Milliseconds since the Unix epoch; undefined or past: at once. */
  readonly executionTimeMs: number | undefined;
  readonly retention: Retention;
  readonly invokedBy: InvokedBy;
  /** W3C `traceparent` of the caller's span. */
  readonly traceParent: string | undefined;
}

/** A callee that the proposer resolved against the latest schema. */
export interface ResolvedCall {
  readonly calleeId: InvocationId;
  readonly target: InvocationTarget;
  readonly headers: readonly Header[];
  readonly payload: Uint8Array;
  readonly idempotencyKey: string | undefined;
  readonly limitKey: string | undefined;
  readonly retention: Retention;
}

/** Id of a signal: an index (1 is cancel) or a name. */
export type SignalId = number | string;

/** Payload of a notification. */
export type NotificationResult =
  | { readonly kind: "void" }
  | InvocationResult
  | { readonly kind: "invocation-id"; readonly invocationId: string }
  | { readonly kind: "state-keys"; readonly keys: readonly string[] };

/**
 * What a journal command asks of the partition, decoded and validated by the invoker. Kinds match
 * `state-machine/entries/*.ts`. Commands without a case here only extend the journal.
 */
export type JournalCommand =
  | { readonly kind: "record-only" }
  | { readonly kind: "output"; readonly result: InvocationResult }
  | { readonly kind: "get-lazy-state"; readonly key: string; readonly completionId: number }
  | { readonly kind: "get-lazy-state-keys"; readonly completionId: number }
  | { readonly kind: "set-state"; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: "clear-state"; readonly key: string }
  | { readonly kind: "clear-all-state" }
  | { readonly kind: "get-promise"; readonly key: string; readonly completionId: number }
  | { readonly kind: "peek-promise"; readonly key: string; readonly completionId: number }
  | {
      readonly kind: "complete-promise";
      readonly key: string;
      readonly result: InvocationResult;
      readonly completionId: number;
    }
  | { readonly kind: "sleep"; readonly wakeUpTimeMs: number; readonly completionId: number }
  | {
      readonly kind: "call";
      readonly call: ResolvedCall;
      readonly invocationIdCompletionId: number;
      readonly completionId: number;
    }
  | {
      readonly kind: "one-way-call";
      readonly call: ResolvedCall;
      readonly invocationIdCompletionId: number;
      /** Milliseconds since the Unix epoch; 0 or past: at once. */
      readonly invokeTimeMs: number;
    }
  | {
      readonly kind: "send-signal";
      readonly targetId: InvocationId;
      readonly signal: SignalId;
      readonly result: NotificationResult;
    }
  | {
      readonly kind: "attach-invocation";
      readonly targetId: InvocationId;
      readonly completionId: number;
    }
  | {
      readonly kind: "get-invocation-output";
      readonly targetId: InvocationId;
      readonly completionId: number;
    };

/** Handler kinds that may write state. */
export function canWriteState(handlerType: HandlerType): boolean {
  return handlerType !== "shared";
}
