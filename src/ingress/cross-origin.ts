/** Cross-origin access is wide open (ingress reference section 1). */
import { findHeader } from "./http/header-fields.ts";
import { EMPTY_BODY, type IngressResponse } from "./server-exchange.ts";

const VARY = "origin, access-control-request-method, access-control-request-headers";

/** Adds to a response what browsers need; `headers` are those of the request. */
export function allowCrossOrigin(
  response: IngressResponse,
  headers: readonly string[],
): IngressResponse {
  const origin = findHeader(headers, "origin");
  const extended = [...response.headers, "vary", VARY, "access-control-allow-credentials", "true"];
  if (origin !== undefined) extended.push("access-control-allow-origin", origin);
  return { status: response.status, headers: extended, body: response.body };
}

/** Answer to `OPTIONS` on any path: methods and headers are mirrored. */
export function preflightResponse(headers: readonly string[]): IngressResponse {
  const mirrored: string[] = [];
  const method = findHeader(headers, "access-control-request-method");
  if (method !== undefined) mirrored.push("access-control-allow-methods", method);
  const names = findHeader(headers, "access-control-request-headers");
  if (names !== undefined) mirrored.push("access-control-allow-headers", names);
  return allowCrossOrigin({ status: 200, headers: mirrored, body: EMPTY_BODY }, headers);
}
