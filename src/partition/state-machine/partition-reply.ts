import type { InvocationId, InvocationResult, InvocationTarget } from "#model";

/** Answers, by request. Refusals are data; only routing failures reject. */
export type PartitionReply =
  | {
      /** To `call`, `attach-invocation`, `get-invocation-output`. */
      readonly kind: "result";
      readonly invocationId: InvocationId;
      /** What ran; undefined if nothing did. */
      readonly target: InvocationTarget | undefined;
      readonly result: InvocationResult;
      /** When a stored completion expires; undefined when the answer was waited for. */
      readonly expiresAtMs: number | undefined;
    }
  | {
      /** To `send`. */
      readonly kind: "submitted";
      readonly invocationId: InvocationId;
      readonly executionTimeMs: number | undefined;
      readonly status: "accepted" | "previously-accepted";
    }
  /** To `attach-invocation`, `get-invocation-output` and the operations below. */
  | { readonly kind: "not-found" }
  /** To `get-invocation-output`. */
  | { readonly kind: "not-completed" }
  /** The operation was carried out (HTTP 200). */
  | { readonly kind: "done" }
  /** The operation was accepted and takes effect later (HTTP 202). */
  | { readonly kind: "accepted" }
  | { readonly kind: "already-completed" }
  | { readonly kind: "not-completed-yet" }
  | { readonly kind: "restarted"; readonly newInvocationId: InvocationId }
  | { readonly kind: "refused"; readonly reason: OperationRefusal };

/** Why an operation on an invocation was refused; admin maps each to its status and text. */
export type OperationRefusal =
  | { readonly kind: "not-running" }
  | { readonly kind: "not-started" }
  | { readonly kind: "still-running" }
  | { readonly kind: "deployment-not-changeable" }
  | { readonly kind: "deployment-not-found" }
  | {
      readonly kind: "protocol-version-unsupported";
      readonly version: number;
      readonly deploymentId: string;
      readonly range: string;
    }
  | { readonly kind: "input-not-available" }
  | { readonly kind: "unsupported-restart" }
  | { readonly kind: "incomplete-prefix" }
  | { readonly kind: "index-out-of-range" };
