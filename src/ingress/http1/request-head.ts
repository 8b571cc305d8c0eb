/**
 * Parses the head of an HTTP/1 request (RFC 9112).
 *
 * Strict where intermediaries disagree, since disagreement is how requests are smuggled: bare CR or
 * LF, folded headers, space before a colon, repeated or malformed Content-Length, Content-Length
 * with Transfer-Encoding, and any transfer coding but one `chunked` are refused.
 */
import { originForm } from "../transport/origin-form.ts";
import { FramingError } from "./framing-error.ts";

/** Headers of one request; more are refused with 431. */
export const HEADERS_COUNT_MAX = 100;
/** Longest request target; longer ones are refused with 414. */
const TARGET_BYTES_MAX = 65_534;
/** Content-Length has at most so many digits, so that it is a safe integer. */
const LENGTH_DIGITS_MAX = 15;

/** Head of a request. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, `*`, or empty for CONNECT; one character per byte. */
  readonly target: string;
  /** Names in lower case, alternating with values; one character per byte. */
  readonly headers: readonly string[];
  readonly minorVersion: 0 | 1;
  /** Undefined if there is no Content-Length. */
  readonly contentLength: number | undefined;
  readonly chunked: boolean;
  /** The client can use the connection for another request. */
  readonly keepAlive: boolean;
  readonly expectsContinue: boolean;
}

/** Framing facts, gathered while the header lines are read. */
interface Framing {
  contentLength: number | undefined;
  chunked: boolean;
  close: boolean;
  keepAlive: boolean;
  expectsContinue: boolean;
  hostCount: number;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const DIGITS = /^[0-9]+$/;
const CR = 0x0d;
const LF = 0x0a;
const TAB = 0x09;
const SPACE = 0x20;
const DELETE = 0x7f;

/**
 * Parses the bytes from the request line up to the CRLF of the last header line.
 *
 * @param buffer holds the head in `[start, end)`, without the empty line that ends it
 * @throws FramingError
 */
export function parseRequestHead(buffer: Buffer, start: number, end: number): RequestHead {
  if (!isClean(buffer, start, end)) throw new FramingError(400, "Control character in the head");
  const text = buffer.toString("latin1", start, end);
  const lineEnd = text.indexOf("\r\n");
  const { method, target, minorVersion } = parseRequestLine(
    lineEnd < 0 ? text : text.slice(0, lineEnd),
  );
  const framing: Framing = {
    contentLength: undefined,
    chunked: false,
    close: false,
    keepAlive: false,
    expectsContinue: false,
    hostCount: 0,
  };
  const headers = lineEnd < 0 ? [] : parseHeaderLines(text, lineEnd + 2, framing);
  const { contentLength, chunked } = framing;
  if (chunked && (contentLength !== undefined || minorVersion === 0)) {
    throw new FramingError(400, "Transfer-Encoding with Content-Length, or in HTTP/1.0");
  }
  return {
    method,
    target,
    headers,
    minorVersion,
    contentLength,
    chunked,
    keepAlive: !framing.close && (minorVersion === 1 || framing.keepAlive),
    expectsContinue: framing.expectsContinue && minorVersion === 1,
  };
}

/** True if there is no control character but TAB, and CR and LF only as pairs. */
function isClean(buffer: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = buffer[i] as number;
    if (byte >= SPACE) {
      if (byte === DELETE) return false;
    } else if (byte === CR) {
      // The CRLF of the last line begins at `end`.
      i += 1;
      if (i >= end || buffer[i] !== LF) return false;
    } else if (byte !== TAB) {
      return false;
    }
  }
  return true;
}

function parseRequestLine(line: string): Pick<RequestHead, "method" | "target" | "minorVersion"> {
  const methodEnd = line.indexOf(" ");
  const targetEnd = line.indexOf(" ", methodEnd + 1);
  if (methodEnd <= 0 || targetEnd < 0) throw new FramingError(400, "Malformed request line");
  const method = line.slice(0, methodEnd);
  if (method !== "POST" && method !== "GET" && !TOKEN.test(method)) {
    throw new FramingError(400, "Malformed method");
  }
  if (targetEnd - methodEnd - 1 > TARGET_BYTES_MAX) {
    throw new FramingError(414, "Request target is too long");
  }
  const target = originForm(method, line.slice(methodEnd + 1, targetEnd));
  if (target === undefined) throw new FramingError(400, "Malformed request target");
  const version = line.slice(targetEnd + 1);
  if (version === "HTTP/1.1") return { method, target, minorVersion: 1 };
  if (version === "HTTP/1.0") return { method, target, minorVersion: 0 };
  throw new FramingError(400, "Unsupported version");
}

function parseHeaderLines(text: string, start: number, framing: Framing): string[] {
  const headers: string[] = [];
  const length = text.length;
  let lineStart = start;
  while (lineStart < length) {
    let lineEnd = text.indexOf("\r\n", lineStart);
    if (lineEnd < 0) lineEnd = length;
    const colon = text.indexOf(":", lineStart);
    if (colon < 0 || colon >= lineEnd) throw new FramingError(400, "Header line without a colon");
    const name = headerName(text.slice(lineStart, colon));
    const value = trimmedSlice(text, colon + 1, lineEnd);
    if (headers.length >= 2 * HEADERS_COUNT_MAX) throw new FramingError(431, "Too many headers");
    headers.push(name, value);
    noteFraming(framing, name, value);
    lineStart = lineEnd + 2;
  }
  return headers;
}

const NAMES_MAX = 512;
const NAME_LENGTH_MAX = 64;
/** Names as they were sent, to lower case; spares the check and the conversion of usual names. */
const knownNames = new Map<string, string>();

function headerName(text: string): string {
  const known = knownNames.get(text);
  if (known !== undefined) return known;
  if (!TOKEN.test(text)) throw new FramingError(400, "Malformed header name");
  const name = text.toLowerCase();
  if (text.length <= NAME_LENGTH_MAX && knownNames.size < NAMES_MAX) {
    // A slice would keep the whole head alive; a copy does not.
    knownNames.set(Buffer.from(text, "latin1").toString("latin1"), name);
  }
  return name;
}

function trimmedSlice(text: string, start: number, end: number): string {
  let first = start;
  while (first < end && isBlank(text.charCodeAt(first))) first += 1;
  let last = end;
  while (last > first && isBlank(text.charCodeAt(last - 1))) last -= 1;
  return text.slice(first, last);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function noteFraming(framing: Framing, name: string, value: string): void {
  switch (name) {
    case "content-length":
      if (framing.contentLength !== undefined) {
        throw new FramingError(400, "Repeated Content-Length");
      }
      if (value.length > LENGTH_DIGITS_MAX || !DIGITS.test(value)) {
        throw new FramingError(400, "Malformed Content-Length");
      }
      framing.contentLength = Number(value);
      return;
    case "transfer-encoding":
      if (framing.chunked) throw new FramingError(400, "Repeated Transfer-Encoding");
      if (value.toLowerCase() !== "chunked") {
        throw new FramingError(501, "Unsupported transfer coding");
      }
      framing.chunked = true;
      return;
    case "connection":
      noteConnection(framing, value.toLowerCase());
      return;
    case "expect":
      framing.expectsContinue ||= value.toLowerCase() === "100-continue";
      return;
    case "host":
      framing.hostCount += 1;
      if (framing.hostCount > 1) throw new FramingError(400, "Repeated Host");
  }
}

function noteConnection(framing: Framing, value: string): void {
  if (value === "keep-alive") {
    framing.keepAlive = true;
    return;
  }
  for (const option of value.split(",")) {
    const trimmed = option.trim();
    framing.close ||= trimmed === "close";
    framing.keepAlive ||= trimmed === "keep-alive";
  }
}
