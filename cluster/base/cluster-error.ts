/** Codes of the conditions that the platform half refuses; stable, logged, matched on. */
export type ClusterErrorCode =
  | "DATA_DIRECTORY_LOCKED"
  | "DATA_DIRECTORY_MISMATCH"
  | "LOG_CORRUPTED"
  | "LOG_CLOSED"
  | "NOT_LEADER"
  | "OVERLOADED"
  | "NODE_UNREACHABLE"
  | "CALL_TIMED_OUT"
  | "SERVICE_UNKNOWN"
  | "CLUSTER_CLOSED";

/** What an error carries besides its message. */
export interface ClusterErrorOptions {
  /** Facts of the failure, for log fields. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * A refused input or condition of the platform half, expected in production.
 *
 * A broken invariant is not a `ClusterError`; it fails an `assert`. Match on `code`.
 */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly code: ClusterErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ClusterErrorCode, message: string, options: ClusterErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}
