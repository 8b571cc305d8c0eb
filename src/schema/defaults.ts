import type { RetryPolicy } from "./types.ts";

/** Values of the server configuration that apply where a manifest says nothing, and its limits. */
export interface SchemaDefaults {
  readonly inactivityTimeoutMs: number;
  readonly abortTimeoutMs: number;
  readonly journalRetentionMs: number;
  readonly idempotencyRetentionMs: number;
  readonly workflowCompletionRetentionMs: number;
  readonly retryPolicy: RetryPolicy;
  readonly maxima: SchemaMaxima;
}

/** Upper limits of what manifests and operators may ask for; undefined is unlimited. */
export interface SchemaMaxima {
  readonly journalRetentionMs: number | undefined;
  readonly idempotencyRetentionMs: number | undefined;
  readonly workflowCompletionRetentionMs: number | undefined;
  readonly retryMaxAttempts: number | undefined;
}

/** The defaults of an unconfigured server. */
export const STANDARD_SCHEMA_DEFAULTS: SchemaDefaults = {
  inactivityTimeoutMs: 60_000,
  abortTimeoutMs: 600_000,
  journalRetentionMs: 86_400_000,
  idempotencyRetentionMs: 86_400_000,
  workflowCompletionRetentionMs: 86_400_000,
  retryPolicy: {
    initialIntervalMs: 500,
    factor: 2,
    maxIntervalMs: 60_000,
    maxAttempts: 70,
    onMaxAttempts: "pause",
  },
  maxima: {
    journalRetentionMs: undefined,
    idempotencyRetentionMs: undefined,
    workflowCompletionRetentionMs: undefined,
    retryMaxAttempts: undefined,
  },
};
