import type { Failure, InvocationId, InvocationResult } from "#model";
import type { IngressError } from "../ingress-error.ts";
import { EMPTY_BODY, type IngressResponse } from "../server-exchange.ts";

const JSON_TYPE = "application/json";
const STATUS_MIN = 200;
const STATUS_MAX = 999;
const CODE_MIN = 100;

/** Content type of a result, and when it is set. */
export interface ResultFormat {
  /** Undefined sets none. */
  readonly contentType: string | undefined;
  readonly setContentTypeIfEmpty: boolean;
}

/** Format of results whose handler is not known any more: that of handlers without `output`. */
export const DEFAULT_FORMAT: ResultFormat = {
  contentType: JSON_TYPE,
  setContentTypeIfEmpty: false,
};

/** How an invocation ended, as a caller is told. */
export interface InvocationOutcome {
  readonly invocationId: InvocationId;
  readonly result: InvocationResult;
  /** When a stored completion expires; undefined when the answer was waited for. */
  readonly expiresAtMs: number | undefined;
}

/** Answer to call, attach and output once the result is known. */
export function resultResponse(outcome: InvocationOutcome, format: ResultFormat): IngressResponse {
  const { invocationId, result, expiresAtMs } = outcome;
  if (result.kind === "failure") return failureResponse(invocationId, result.failure, expiresAtMs);
  const headers = ["x-restate-id", invocationId as string];
  if (expiresAtMs !== undefined) headers.push("idempotency-expires", formatExpiry(expiresAtMs));
  const { contentType, setContentTypeIfEmpty } = format;
  if (contentType !== undefined && (result.value.length > 0 || setContentTypeIfEmpty)) {
    headers.push("content-type", contentType);
  }
  return { status: 200, headers, body: result.value };
}

/** Answer to callers of an invocation that failed. */
export function failureResponse(
  invocationId: InvocationId,
  failure: Failure,
  expiresAtMs: number | undefined,
): IngressResponse {
  const headers = ["x-restate-id", invocationId as string];
  if (expiresAtMs !== undefined) headers.push("idempotency-expires", formatExpiry(expiresAtMs));
  headers.push("x-restate-error-source", "invocation", "content-type", JSON_TYPE);
  const { code, message, stacktrace, metadata } = failure;
  const body = {
    code,
    message,
    ...(stacktrace === undefined ? {} : { stacktrace }),
    ...(metadata === undefined ? {} : { metadata: Object.fromEntries(metadata) }),
    source: "invocation",
  };
  return { status: statusOf(code), headers, body: jsonBody(body) };
}

/**
 * HTTP status of a failure code. Codes 100 to 199 are valid statuses but mean that an answer is
 * still to come; a client would wait for it, so they become 500 as well.
 */
function statusOf(code: number): number {
  const valid = Number.isInteger(code) && code >= CODE_MIN && code <= STATUS_MAX;
  return valid && code >= STATUS_MIN ? code : 500;
}

/** Answer to a request that the ingress refused. */
export function ingressErrorResponse(error: IngressError): IngressResponse {
  const body = { code: error.status, message: error.message, source: "ingress" };
  return {
    status: error.status,
    headers: ["x-restate-error-source", "ingress", "content-type", JSON_TYPE],
    body: jsonBody(body),
  };
}

/** What a sender is told of the invocation. */
export interface Submission {
  readonly invocationId: InvocationId;
  readonly executionTimeMs: number | undefined;
  readonly status: "accepted" | "previously-accepted";
}

/** Answer to a send. */
export function submissionResponse(submission: Submission): IngressResponse {
  const { invocationId, executionTimeMs, status } = submission;
  const time =
    executionTimeMs === undefined
      ? ""
      : `"executionTime":"${formatExecutionTime(executionTimeMs)}",`;
  const word = status === "accepted" ? "Accepted" : "PreviouslyAccepted";
  // Neither part needs escaping: the id is base62, the time has digits and punctuation.
  const body = `{"invocationId":"${invocationId}",${time}"status":"${word}"}`;
  return {
    status: 202,
    headers: ["content-type", JSON_TYPE, "x-restate-id", invocationId],
    body: Buffer.from(body, "latin1"),
  };
}

/** Answer 200 with a JSON body. */
export function jsonResponse(value: unknown): IngressResponse {
  return { status: 200, headers: ["content-type", JSON_TYPE], body: jsonBody(value) };
}

/** Answer without headers and body. */
export function emptyResponse(status: number): IngressResponse {
  return { status, headers: [], body: EMPTY_BODY };
}

function jsonBody(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value), "utf8");
}

/** RFC 3339 with milliseconds and a numeric offset. */
function formatExpiry(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, -1)}+00:00`;
}

/** RFC 3339 with nine fraction digits and `Z`. */
function formatExecutionTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, -1)}000000Z`;
}
