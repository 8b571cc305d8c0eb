import { badPath, IngressError } from "../ingress-error.ts";

/** Path and query of a request, with the normalisation of ingress reference section 1. */
export interface RequestPath {
  /** Without trailing slashes, with one leading slash; UTF-8 decoded, not percent-decoded. */
  readonly path: string;
  /** Without the question mark; undefined if there is none. */
  readonly query: string | undefined;
  /** What lies between the slashes of `path`; 2 to 7 of them. */
  readonly segments: readonly string[];
}

const SLASH = 0x2f;
const SLASHES_MIN = 2;
const SLASHES_MAX = 7;
const NOT_ASCII = /[^\0-\x7f]/;
const PERCENT_ESCAPE = /^[0-9a-fA-F]{2}$/;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Splits a request target.
 *
 * @param target path and query, one character per byte
 * @throws IngressError `bad path` outside 2 to 7 segments, or if it is not UTF-8
 */
export function parseRequestPath(target: string): RequestPath {
  const text = NOT_ASCII.test(target) ? decodeTarget(target) : target;
  const fragment = text.indexOf("#");
  const end = fragment < 0 ? text.length : fragment;
  const mark = text.indexOf("?");
  const pathEnd = mark < 0 || mark > end ? end : mark;
  const path = trimSlashes(text, pathEnd);
  const query = pathEnd === end ? undefined : text.slice(pathEnd + 1, end);
  const segments = path.split("/");
  segments.shift();
  const slashes = segments.length;
  if (slashes < SLASHES_MIN || slashes > SLASHES_MAX) throw badPath(path);
  return { path, query, segments };
}

function trimSlashes(text: string, pathEnd: number): string {
  let start = 0;
  while (start + 1 < pathEnd && text.charCodeAt(start + 1) === SLASH) start += 1;
  let end = pathEnd;
  while (end > start + 1 && text.charCodeAt(end - 1) === SLASH) end -= 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function decodeTarget(target: string): string {
  try {
    return strictUtf8.decode(Buffer.from(target, "latin1"));
  } catch {
    throw new IngressError(400, "bad path, not valid UTF-8");
  }
}

/**
 * Decodes an object key, workflow key or scope: the only segments that are percent-decoded.
 *
 * `+` is no space, and an invalid escape stays as it is.
 *
 * @throws IngressError if the decoded bytes are not UTF-8
 */
export function decodeKey(segment: string): string {
  if (!segment.includes("%")) return segment;
  const bytes = percentDecode(segment);
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw new IngressError(
      400,
      `bad path, cannot decode key: FromUtf8Error { bytes: [${bytes.join(", ")}], ` +
        `error: ${describeUtf8Error(bytes)} }`,
    );
  }
}

/** Resolves the valid percent escapes of a string into bytes. */
export function percentDecode(text: string): Uint8Array {
  const source = Buffer.from(text, "utf8");
  const bytes = Buffer.allocUnsafe(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    const hex = source[i] === 0x25 ? source.toString("latin1", i + 1, i + 3) : "";
    if (PERCENT_ESCAPE.test(hex)) {
      bytes[length] = Number.parseInt(hex, 16);
      i += 2;
    } else {
      bytes[length] = source[i] as number;
    }
    length += 1;
  }
  return bytes.subarray(0, length);
}

/** Where the bytes stop being UTF-8, in the words of the original. */
function describeUtf8Error(bytes: Uint8Array): string {
  let index = 0;
  for (;;) {
    const length = sequenceLength(bytes, index);
    if (length > 0) {
      index += length;
      continue;
    }
    const error = length === 0 ? "None" : `Some(${-length})`;
    return `Utf8Error { valid_up_to: ${index}, error_len: ${error} }`;
  }
}

/**
 * Length of the UTF-8 sequence at `index`; 0 if the input ends inside it; otherwise the count of
 * its well-formed bytes, negative (at least one).
 */
function sequenceLength(bytes: Uint8Array, index: number): number {
  const first = bytes[index];
  if (first === undefined) return 0;
  if (first < 0x80) return 1;
  const expected = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return -1;
  for (let i = 1; i < expected; i++) {
    const byte = bytes[index + i];
    if (byte === undefined) return 0;
    const [low, high] = i === 1 ? secondByteRange(first) : [0x80, 0xbf];
    if (byte < low || byte > high) return -i;
  }
  return expected;
}

function secondByteRange(first: number): readonly [number, number] {
  switch (first) {
    case 0xe0:
      return [0xa0, 0xbf];
    case 0xed:
      return [0x80, 0x9f];
    case 0xf0:
      return [0x90, 0xbf];
    case 0xf4:
      return [0x80, 0x8f];
    default:
      return [0x80, 0xbf];
  }
}
