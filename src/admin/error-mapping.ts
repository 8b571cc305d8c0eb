import { SchemaRefusal, type SchemaRefusalKind } from "#schema";
import { AdminError, type RestateCode } from "./admin-error.ts";

interface Mapped {
  readonly status: number;
  readonly code?: RestateCode;
}

const SCHEMA_REFUSALS: Readonly<Record<SchemaRefusalKind, Mapped>> = {
  "deployment-not-found": { status: 404 },
  "deployment-exists": { status: 409 },
  "service-not-found": { status: 404 },
  "reserved-service-name": { status: 400, code: "META0005" },
  "invalid-manifest": { status: 400 },
  "service-type-changed": { status: 409, code: "META0006" },
  "protocol-range-changed": { status: 400, code: "META0016" },
  "ambiguous-deployment": { status: 409, code: "META0017" },
  "unsupported-option": { status: 400 },
  "document-too-large": { status: 413 },
  "rule-precondition-failed": { status: 409 },
  "rule-book-full": { status: 422 },
  conflict: { status: 503 },
};

/** Codes of errors that pass: no leader, a full queue, a node that is gone. */
const UNAVAILABLE = new Set([
  "PARTITION_UNAVAILABLE",
  "OVERLOADED",
  "NOT_LEADER",
  "NODE_UNREACHABLE",
  "CALL_TIMED_OUT",
  "CLUSTER_CLOSED",
]);

/** Gives every error that a route may throw its status and body; undefined: a defect. */
export function toAdminError(error: unknown): AdminError | undefined {
  if (error instanceof AdminError) return error;
  if (error instanceof SchemaRefusal) {
    const { status, code } = SCHEMA_REFUSALS[error.kind];
    const message = code === undefined ? error.message : `[${code}] ${error.message}`;
    return new AdminError(status, message, { restateCode: code, cause: error });
  }
  if (error instanceof Error && "code" in error && UNAVAILABLE.has(String(error.code))) {
    const message = `Error when routing the request internally. Reason: ${error.message}`;
    return new AdminError(503, message, { cause: error });
  }
  return undefined;
}
