import { STATUS_CODES } from "node:http";
import type { IngressResponse } from "../server-exchange.ts";

/** What the connection knows about a response. */
export interface ResponseFraming {
  readonly minorVersion: 0 | 1;
  readonly method: string;
  /** The connection ends after this response. */
  readonly close: boolean;
  /** Value of the `date` header. */
  readonly date: string;
}

const statusLines = new Map<number, string>();

/** Head of a response as Latin-1 text, with the empty line at its end. */
export function encodeResponseHead(response: IngressResponse, framing: ResponseFraming): string {
  const { status, headers, body } = response;
  let text = framing.minorVersion === 1 ? statusLine(status) : oldStatusLine(status);
  for (let i = 0; i + 1 < headers.length; i += 2) {
    text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  }
  if (framing.close) text += "connection: close\r\n";
  else if (framing.minorVersion === 0) text += "connection: keep-alive\r\n";
  // RFC 9110: these two statuses never have a body, and a length would announce one.
  if (status !== 204 && status !== 304) text += `content-length: ${body.length}\r\n`;
  return `${text}date: ${framing.date}\r\n\r\n`;
}

/** True if the body follows the head. */
export function hasBody({ status, body }: IngressResponse, method: string): boolean {
  return body.length > 0 && method !== "HEAD" && status !== 204 && status !== 304;
}

/** At most 1,000 lines: statuses have three digits. */
function statusLine(status: number): string {
  const known = statusLines.get(status);
  if (known !== undefined) return known;
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
  statusLines.set(status, line);
  return line;
}

function oldStatusLine(status: number): string {
  return `HTTP/1.0 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
}
