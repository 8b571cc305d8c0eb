/** Codes of the conditions that the platform half refuses; stable, logged, matched on. */
export const CLUSTER_ERROR_CODES = [
  "DATA_DIRECTORY_LOCKED",
  "DATA_DIRECTORY_MISMATCH",
  "FORMAT_UNSUPPORTED",
  "LOG_CORRUPTED",
  "LOG_CLOSED",
  "NOT_LEADER",
  "OVERLOADED",
  "NODE_UNREACHABLE",
  "CALL_TIMED_OUT",
  "CALL_ABANDONED",
  "SERVICE_UNKNOWN",
  "SNAPSHOT_ABORTED",
  "SNAPSHOT_REFUSED",
  "REPLICA_DESTROYED",
  "CLUSTER_MISMATCH",
  "PROTOCOL_MISMATCH",
  "NODE_MISMATCH",
  "NODE_REMOVED",
  "STALE_GENERATION",
  "CLUSTER_CLOSED",
  "NOT_PROVISIONED",
  "ALREADY_PROVISIONED",
  "INITIALIZATION_TIMED_OUT",
  "NODE_NAME_TAKEN",
  "NODE_ID_TAKEN",
  "NODE_IN_USE",
  "NODE_UNKNOWN",
  "PARTITION_UNKNOWN",
  "REPLICATION_UNSATISFIABLE",
  "INVALID_REQUEST",
  "CONFLICT",
] as const;

/** One of the codes. */
export type ClusterErrorCode = (typeof CLUSTER_ERROR_CODES)[number];

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
