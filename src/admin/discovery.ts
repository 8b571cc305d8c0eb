import { setTimeout as sleep } from "node:timers/promises";
import type { DiscoveredDeployment } from "#schema";
import { DISCOVERY_ACCEPT, parseManifest } from "#service-protocol";
import { AdminError, type RestateCode } from "./admin-error.ts";

/** Where and how to ask a deployment for its manifest. */
export interface DiscoverRequest {
  /** Absolute address of the deployment; `/discover` goes behind its path. */
  readonly uri: string;
  readonly httpVersion: "http1" | "h2";
  /** `accept`, then the headers registered with the deployment; names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** The complete response of a deployment, whatever its status. */
export interface DiscoverResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/**
 * Sends one discovery request, adding the headers that every request to a deployment carries
 * (cluster name, request identity).
 *
 * Rejects with an error that has the `code` of the transport.
 */
export type Discover = (request: DiscoverRequest) => Promise<DiscoverResponse>;

/** Requests sent before discovery gives up, while the failures may pass. */
const ATTEMPTS_MAX = 4;
const FIRST_DELAY_MS = 100;
const DELAY_FACTOR = 2;
/** Characters of a response body that an error message shows. */
const PRINTED_BODY_MAX = 2_000;

const RETRYABLE_STATUSES = new Set([408, 429, 500, 502, 503, 504]);
/** Transport failures that a peer without HTTP/2 causes. */
const HTTP_2_FAILURES = new Set(["PROTOCOL_ERROR", "ALPN_MISMATCH"]);
const FINAL_FAILURES = new Set([...HTTP_2_FAILURES, "BODY_TOO_LARGE", "INVALID_REQUEST"]);
const STATUS_NAMES: ReadonlyMap<number, string> = new Map([
  [301, "Moved Permanently"],
  [302, "Found"],
  [307, "Temporary Redirect"],
  [308, "Permanent Redirect"],
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [405, "Method Not Allowed"],
  [408, "Request Timeout"],
  [415, "Unsupported Media Type"],
  [429, "Too Many Requests"],
  [500, "Internal Server Error"],
  [501, "Not Implemented"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
]);

/**
 * Asks a deployment what it serves; retries while that may help.
 *
 * @throws AdminError META0003, META0012, META0013 or META0014
 */
export async function discoverDeployment(
  discover: Discover,
  target: Omit<DiscoverRequest, "headers"> & {
    readonly additionalHeaders: DiscoverRequest["headers"];
  },
): Promise<DiscoveredDeployment> {
  const { uri, httpVersion, additionalHeaders } = target;
  const headers = [["accept", DISCOVERY_ACCEPT] as const, ...additionalHeaders];
  for (let attempt = 1; ; attempt++) {
    try {
      return readResponse(await discover({ uri, httpVersion, headers }));
    } catch (error) {
      const failure = error instanceof AdminError ? error : transportFailure(error, target);
      if (attempt === ATTEMPTS_MAX || !isRetryable(error)) throw failure;
    }
    await sleep(FIRST_DELAY_MS * DELAY_FACTOR ** (attempt - 1));
  }
}

/** A response that says "not now". */
class TemporaryFailure extends AdminError {}

function isRetryable(error: unknown): boolean {
  if (error instanceof AdminError) return error instanceof TemporaryFailure;
  return !FINAL_FAILURES.has(codeOf(error));
}

function readResponse(response: DiscoverResponse): DiscoveredDeployment {
  const { status, headers, body } = response;
  if (status < 200 || status > 299) {
    const options = { restateCode: "META0003" as const };
    const message = twice("META0003", describeStatus(response));
    if (RETRYABLE_STATUSES.has(status)) throw new TemporaryFailure(500, message, options);
    throw new AdminError(500, message, options);
  }
  const parsed = parseManifest(headers.get("content-type"), body);
  if (!parsed.ok) {
    const { code, message } = parsed;
    if (code === undefined) throw new AdminError(500, message);
    throw new AdminError(500, twice(code, message), { restateCode: code });
  }
  const { protocolMode, minProtocolVersion, maxProtocolVersion, services } = parsed.manifest;
  const sdkVersion = headers.get("x-restate-server");
  return { protocolMode, minProtocolVersion, maxProtocolVersion, services, sdkVersion };
}

function describeStatus({ status, headers, body }: DiscoverResponse): string {
  const printedHeaders = [...headers].map(([name, value]) => `"${name}": "${value}"`).join(", ");
  const printedBody = new TextDecoder().decode(body.subarray(0, PRINTED_BODY_MAX));
  const hint =
    status === 404
      ? "Make sure the provided URI has the correct path where the Restate SDK endpoint is " +
        "mounted. "
      : "";
  const name = status === 404 ? undefined : STATUS_NAMES.get(status);
  const printedStatus = name === undefined ? `${status}` : `${status} ${name}`;
  return (
    `got status code '${printedStatus}'. ${hint}` +
    `Response headers: {${printedHeaders}}. Body: ${printedBody}`
  );
}

function transportFailure(
  error: unknown,
  { uri, httpVersion }: Omit<DiscoverRequest, "headers">,
): AdminError {
  const isHttp1Peer = httpVersion === "h2" && HTTP_2_FAILURES.has(codeOf(error));
  const code: RestateCode = isHttp1Peer ? "META0014" : "META0003";
  const reason = isHttp1Peer
    ? "server possibly supports only HTTP1.1, consider discovery with --use-http1.1."
    : describe(error);
  const message = twice(code, `error when calling '${uri}': ${reason}`);
  return new AdminError(500, message, { restateCode: code, cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/** Discovery errors carry their code twice in the original; clients show the text as it is. */
function twice(code: RestateCode, message: string): string {
  return `[${code}] [${code}] ${message}`;
}
