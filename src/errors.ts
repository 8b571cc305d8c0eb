/** Declared once per error. Both protocol edges, the logs and the error docs read this table. */
interface ErrorDefinition {
  /** HTTP status code. The gRPC status is derived from it in one place. */
  readonly status: number;
  /** True if sending the same request again, unchanged, may succeed. */
  readonly retryable: boolean;
  /** The code that the original reports on the wire for the same situation. */
  readonly restateCode?: RestateCode;
}

/** Codes are part of the public API: add freely, never rename, never reuse. */
export const ERRORS = {
  INVALID_ARGUMENT: { status: 400, retryable: false },
  UNAUTHENTICATED: { status: 401, retryable: false },
  METHOD_NOT_ALLOWED: { status: 405, retryable: false },
  NOT_FOUND: { status: 404, retryable: false },
  PAYLOAD_TOO_LARGE: { status: 413, retryable: false },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retryable: false },
  UNPROCESSABLE: { status: 422, retryable: false },
  TOO_MANY_REQUESTS: { status: 429, retryable: true },
  INTERNAL: { status: 500, retryable: false },
  NOT_SUPPORTED: { status: 501, retryable: false },

  SERVICE_NOT_FOUND: { status: 404, retryable: false },
  HANDLER_NOT_FOUND: { status: 404, retryable: false },
  SERVICE_NOT_PUBLIC: { status: 400, retryable: false },
  INVOCATION_NOT_FOUND: { status: 404, retryable: false },
  INVOCATION_NOT_READY: { status: 470, retryable: true },
  INVOCATION_ALREADY_COMPLETED: { status: 409, retryable: false },
  INVOCATION_CONFLICT: { status: 409, retryable: false },

  DEPLOYMENT_NOT_FOUND: { status: 404, retryable: false },
  DEPLOYMENT_CONFLICT: { status: 409, retryable: false },
  DEPLOYMENT_UNREACHABLE: { status: 500, retryable: true, restateCode: "META0003" },
  SERVICE_NAME_RESERVED: { status: 400, retryable: false, restateCode: "META0005" },
  SERVICE_TYPE_CHANGED: { status: 409, retryable: false, restateCode: "META0006" },
  SUBSCRIPTION_INVALID: { status: 400, retryable: false, restateCode: "META0009" },
  PROTOCOL_VERSION_MISMATCH: { status: 500, retryable: false, restateCode: "META0012" },
  MANIFEST_INVALID: { status: 500, retryable: false, restateCode: "META0013" },
  DEPLOYMENT_SPEAKS_HTTP_1: { status: 500, retryable: false, restateCode: "META0014" },
  BIDIRECTIONAL_NOT_POSSIBLE: { status: 500, retryable: false, restateCode: "META0015" },
  DEPLOYMENT_UPDATE_INCOMPATIBLE: { status: 400, retryable: false, restateCode: "META0016" },
  DEPLOYMENT_ADDRESS_AMBIGUOUS: { status: 409, retryable: false, restateCode: "META0017" },

  OBJECT_STORE_UNAVAILABLE: { status: 503, retryable: true },
  OBJECT_STORE_REFUSED: { status: 500, retryable: false },
  OBJECT_CHANGED: { status: 409, retryable: true },
  SNAPSHOT_MISSING: { status: 404, retryable: false },
  SNAPSHOT_DAMAGED: { status: 500, retryable: false },
  SNAPSHOT_MISMATCH: { status: 409, retryable: false },

  PARTITION_NOT_LEADER: { status: 503, retryable: true },
  PARTITION_UNAVAILABLE: { status: 503, retryable: true },
  PARTITION_OVERLOADED: { status: 503, retryable: true },
  STORAGE_FULL: { status: 503, retryable: true },
  SHUTTING_DOWN: { status: 503, retryable: true },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERRORS;

/** The facts each code carries: logged as fields, never parsed back out of a message. */
export interface ErrorDetails {
  INVALID_ARGUMENT: { readonly field: string; readonly expected: string };
  UNAUTHENTICATED: { readonly reason: string };
  METHOD_NOT_ALLOWED: { readonly method: string; readonly allowed: readonly string[] };
  NOT_FOUND: { readonly path: string };
  PAYLOAD_TOO_LARGE: { readonly bytesMax: number };
  UNSUPPORTED_MEDIA_TYPE: { readonly contentType: string | undefined };
  UNPROCESSABLE: { readonly field: string; readonly expected: string };
  TOO_MANY_REQUESTS: { readonly requestsMax: number };
  INTERNAL: { readonly reason: string };
  NOT_SUPPORTED: { readonly feature: string };

  SERVICE_NOT_FOUND: { readonly service: string };
  HANDLER_NOT_FOUND: { readonly service: string; readonly handler: string };
  SERVICE_NOT_PUBLIC: { readonly service: string };
  INVOCATION_NOT_FOUND: { readonly invocationId: string };
  INVOCATION_NOT_READY: { readonly invocationId: string };
  INVOCATION_ALREADY_COMPLETED: { readonly invocationId: string };
  INVOCATION_CONFLICT: { readonly invocationId: string; readonly status: string };

  DEPLOYMENT_NOT_FOUND: { readonly deploymentId: string };
  DEPLOYMENT_CONFLICT: { readonly deploymentId: string };
  DEPLOYMENT_UNREACHABLE: { readonly address: string };
  SERVICE_NAME_RESERVED: { readonly service: string };
  SERVICE_TYPE_CHANGED: {
    readonly service: string;
    readonly before: string;
    readonly after: string;
  };
  SUBSCRIPTION_INVALID: { readonly field: string; readonly expected: string };
  PROTOCOL_VERSION_MISMATCH: { readonly versionMin: number; readonly versionMax: number };
  MANIFEST_INVALID: { readonly address: string; readonly reason: string };
  DEPLOYMENT_SPEAKS_HTTP_1: { readonly address: string };
  BIDIRECTIONAL_NOT_POSSIBLE: { readonly address: string };
  DEPLOYMENT_UPDATE_INCOMPATIBLE: { readonly deploymentId: string };
  DEPLOYMENT_ADDRESS_AMBIGUOUS: { readonly address: string };

  OBJECT_STORE_UNAVAILABLE: { readonly location: string; readonly key: string };
  OBJECT_STORE_REFUSED: { readonly location: string; readonly key: string };
  OBJECT_CHANGED: { readonly key: string };
  SNAPSHOT_MISSING: { readonly key: string };
  SNAPSHOT_DAMAGED: { readonly key: string };
  SNAPSHOT_MISMATCH: { readonly key: string; readonly clusterName: string };

  PARTITION_NOT_LEADER: { readonly partitionId: number; readonly leaderHint: number | undefined };
  PARTITION_UNAVAILABLE: { readonly partitionId: number };
  PARTITION_OVERLOADED: { readonly partitionId: number };
  STORAGE_FULL: { readonly partitionId: number };
  SHUTTING_DOWN: { readonly component: string };
}

/**
 * An operating error: expected in production, handled by code, shown to the caller.
 *
 * A broken invariant is not a `ServerError`; it fails an `assert` and stops its component.
 */
export class ServerError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "ServerError";
  readonly code: Code;
  readonly details: ErrorDetails[Code];

  constructor(
    code: Code,
    message: string,
    options: { readonly details: ErrorDetails[Code]; readonly cause?: unknown },
  ) {
    super(message, options);
    this.code = code;
    this.details = options.details;
  }
}

/** Narrows by code, the one supported way to tell errors apart. */
export function hasCode<Code extends ErrorCode>(
  error: unknown,
  code: Code,
): error is ServerError<Code> {
  return error instanceof ServerError && error.code === code;
}

/**
 * Codes of the original that appear on the wire, in logs and in SQL tables, with what they say.
 * Attempts fail with `RT` codes, the admin API answers with `META` codes.
 */
export const RESTATE_CODES = {
  RT0001: "The abort timeout fired, or the invoker ran out of memory",
  RT0002: "The configuration cannot be used",
  RT0003: "A message is larger than the limit",
  RT0004: "An address cannot be bound",
  RT0005: "The database is locked by another process",
  RT0006: "An internal error while invoking",
  RT0007: "The handler failed and can be retried",
  RT0009: "The storage has no or another format version",
  RT0010: "The deployment cannot be reached",
  RT0011: "There is no deployment for the service, or the pinned one is gone",
  RT0012: "The deployment violated the service protocol",
  RT0013: "Deployment and server have no protocol version in common",
  RT0014: "The protocol version the invocation started with is not supported",
  RT0015: "The SDK refused the protocol version",
  RT0016: "The journal does not match what the handler does now",
  RT0017: "A precondition of a journal command does not hold",
  RT0018: "The target of a call does not exist",
  RT0019: "The deployment refused a message as too large",
  RT0020: "The target's deployment uses a protocol that is no longer supported",
  RT0021: "The inactivity timeout does not apply to request-response deployments",
  RT0022: "The journal retention was clamped to the configured limit",
  RT0023: "The deployment asked for fewer requests",
  RT0024: "A scope or a limit key was used in a way that is not allowed",
  RT0025: "Awaited futures are nested too deeply",
  META0003: "The deployment cannot be discovered",
  META0004: "The address is registered already",
  META0005: "The service name is reserved",
  META0006: "The new revision of a service is not compatible",
  META0009: "The subscription is not valid",
  META0012: "Deployment and server have no protocol version in common",
  META0013: "The discovery response cannot be understood",
  META0014: "The deployment speaks only HTTP/1.1",
  META0015: "Bidirectional streams are not possible with this transport",
  META0016: "The updated deployment supports other protocol versions",
  META0017: "More than one deployment is registered at this address",
} as const satisfies Record<string, string>;

export type RestateCode = keyof typeof RESTATE_CODES;
