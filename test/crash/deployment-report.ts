/** What handlers tell the process that keeps the ledger, over the channel to their parent. */
export type DeploymentReport =
  | { readonly kind: "ready" }
  /** A durable step ran; it may run more than once, but only one of its values is recorded. */
  | { readonly kind: "step"; readonly operation: string; readonly value: string }
  /** A handler that was due at `dueAtMs` runs. */
  | {
      readonly kind: "fired";
      readonly operation: string;
      readonly dueAtMs: number;
      readonly firedAtMs: number;
    }
  | { readonly kind: "awakeable"; readonly operation: string; readonly id: string }
  /** Something a handler must never see. */
  | { readonly kind: "violation"; readonly text: string };
