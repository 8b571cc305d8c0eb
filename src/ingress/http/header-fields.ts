import type { Header } from "#model";
import { badHeader } from "../ingress-error.ts";

const NOT_VISIBLE_ASCII = /[^\t\x20-\x7e]/;

/** First value of a header in a flat list of names and values; `name` in lower case. */
export function findHeader(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === name) return headers[i + 1];
  }
  return undefined;
}

/**
 * First value of a header, which must be visible ASCII.
 *
 * @throws IngressError naming the header
 */
export function findAsciiHeader(headers: readonly string[], name: string): string | undefined {
  const value = findHeader(headers, name);
  if (value !== undefined && NOT_VISIBLE_ASCII.test(value)) throw badHeader(name);
  return value;
}

/**
 * The headers a handler gets to see (ingress reference section 3): a synthetic first entry with
 * path and query, then the request headers in order, each name once with its first value.
 *
 * @throws IngressError naming the first header outside visible ASCII
 */
export function recordHeaders(headers: readonly string[], ingressPath: string): Header[] {
  const recorded: Header[] = [["x-restate-ingress-path", ingressPath]];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    switch (name) {
      case "connection":
      case "host":
      case "idempotency-key":
      case "idempotency-expires":
        continue;
    }
    if (isRecorded(recorded, name)) continue;
    if (NOT_VISIBLE_ASCII.test(value)) throw badHeader(name);
    recorded.push([name, value]);
  }
  return recorded;
}

// Requests carry some ten headers; a scan of so few beats building a set. The transports bound the
// number of headers, so the square stays small.
function isRecorded(recorded: readonly Header[], name: string): boolean {
  for (let i = 0; i < recorded.length; i++) {
    if ((recorded[i] as Header)[0] === name) return true;
  }
  return false;
}

const TRACE_PARENT = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The W3C `traceparent` of a request; undefined if it is absent or malformed. */
export function findTraceParent(headers: readonly string[]): string | undefined {
  const value = findHeader(headers, "traceparent");
  return value !== undefined && TRACE_PARENT.test(value) ? value : undefined;
}
