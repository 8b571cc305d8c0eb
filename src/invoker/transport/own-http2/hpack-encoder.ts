/**
 * Encodes request heads (RFC 7541) without a dynamic table and without Huffman codes.
 *
 * What is the same for all requests of a handler (pseudo header fields and the static fields) is
 * encoded once and copied afterwards; the rest is written as plain literals. Bytes on the wire
 * are cheaper here than the bookkeeping that would save them.
 */

import type { OpenRequest } from "../transport.ts";
import { STATIC_TABLE } from "./hpack-static-table.ts";

/** Cached heads; when full, the cache starts again empty. */
const CACHED_HEADS_MAX = 4096;
/** Cached field names; when full, names are encoded every time. */
const CACHED_NAMES_MAX = 1024;
/** Size of one header block; beyond, the request is refused. */
export const HEADER_BLOCK_BYTES_MAX = 256 * 1024;
/** Most bytes an integer of ours takes: lengths stay below `HEADER_BLOCK_BYTES_MAX`. */
const INTEGER_BYTES_MAX = 4;

/** Tells intermediaries and the peer never to keep the value (section 6.2.3). */
const NEVER_INDEXED = 0x10;
const SECRET_NAME = /^(authorization|proxy-authorization|cookie|x-restate-jwt.*)$/;

/** Lower-case field names (RFC 9113, 8.2.1), and values that cannot break out of their field. */
const VALID_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALID_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Fields that belong to HTTP/1.1 connections and are malformed in HTTP/2 (section 8.2.2). */
const CONNECTION_NAMES: ReadonlySet<string> = new Set([
  "connection",
  "host",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

const STATIC_NAME_INDEX: ReadonlyMap<string, number> = new Map(
  STATIC_TABLE.map(([name], index) => [name, index] as const)
    .slice(1)
    .reverse(),
);

interface CachedHead {
  readonly method: string;
  readonly staticHeaders: OpenRequest["staticHeaders"];
  readonly bytes: Buffer;
}

/** Refused before anything is sent: the head could not be expressed or would be unsafe. */
export class InvalidHeadError extends Error {
  override readonly name = "InvalidHeadError";
}

/** One per transport: the cache is keyed by request path. */
export class HpackEncoder {
  readonly #scheme: "http" | "https";
  readonly #authority: string;
  readonly #heads = new Map<string, CachedHead>();
  readonly #names = new Map<string, Buffer>();
  #scratch = Buffer.allocUnsafeSlow(4096);
  #length = 0;

  constructor(options: { readonly scheme: "http" | "https"; readonly authority: string }) {
    this.#scheme = options.scheme;
    this.#authority = options.authority;
  }

  /**
   * Encodes the head of a request.
   *
   * @returns a view of the encoder's own memory, valid until the next call
   * @throws InvalidHeadError if a field is not allowed or the block is too large
   */
  encode(request: OpenRequest): Buffer {
    const head = this.#cachedHead(request);
    this.#length = 0;
    this.#reserve(head.length);
    head.copy(this.#scratch, 0);
    this.#length = head.length;
    for (const [name, value] of request.headers) this.#writeField(name, value);
    return this.#scratch.subarray(0, this.#length);
  }

  #cachedHead(request: OpenRequest): Buffer {
    const cached = this.#heads.get(request.path);
    if (
      cached !== undefined &&
      cached.method === request.method &&
      cached.staticHeaders === request.staticHeaders
    ) {
      return cached.bytes;
    }
    if (this.#heads.size >= CACHED_HEADS_MAX) this.#heads.clear();
    const bytes = this.#encodeHead(request);
    const { method, staticHeaders } = request;
    this.#heads.set(request.path, { method, staticHeaders, bytes });
    return bytes;
  }

  #encodeHead(request: OpenRequest): Buffer {
    if (!request.path.startsWith("/") || !/^[\x21-\x7e]*$/.test(request.path)) {
      throw new InvalidHeadError(`Request path "${request.path}" is not a valid path`);
    }
    this.#length = 0;
    this.#reserve(2);
    this.#scratch[this.#length++] = 0x80 | (request.method === "GET" ? 2 : 3);
    this.#scratch[this.#length++] = 0x80 | (this.#scheme === "http" ? 6 : 7);
    this.#writeRaw(Buffer.from([0x01]), this.#authority);
    this.#writeRaw(Buffer.from([0x04]), request.path);
    for (const [name, value] of request.staticHeaders ?? []) this.#writeField(name, value);
    return Buffer.from(this.#scratch.subarray(0, this.#length));
  }

  #writeField(name: string, value: string): void {
    if (!VALID_VALUE.test(value)) {
      throw new InvalidHeadError(`Value of header "${name}" has characters that are not allowed`);
    }
    this.#writeRaw(this.#names.get(name) ?? this.#encodeName(name), value);
  }

  /** Writes a literal: the encoded name, then the value as plain text (section 6.2). */
  #writeRaw(encodedName: Buffer, value: string): void {
    this.#reserve(encodedName.length + INTEGER_BYTES_MAX + value.length);
    const scratch = this.#scratch;
    scratch.set(encodedName, this.#length);
    const at = writeInteger(scratch, this.#length + encodedName.length, 0x7f, value.length);
    this.#length = at + scratch.write(value, at, "latin1");
  }

  #encodeName(name: string): Buffer {
    if (!VALID_NAME.test(name) || CONNECTION_NAMES.has(name)) {
      throw new InvalidHeadError(`Header "${name}" is not allowed in a request`);
    }
    const flags = SECRET_NAME.test(name) ? NEVER_INDEXED : 0;
    const index = STATIC_NAME_INDEX.get(name) ?? 0;
    const bytes = Buffer.alloc(2 * INTEGER_BYTES_MAX + name.length);
    let length = writeInteger(bytes, 0, 0x0f, index);
    bytes[0] = (bytes[0] ?? 0) | flags;
    if (index === 0) {
      length = writeInteger(bytes, length, 0x7f, name.length);
      length += bytes.write(name, length, "latin1");
    }
    const encoded = bytes.subarray(0, length);
    if (this.#names.size < CACHED_NAMES_MAX) this.#names.set(name, encoded);
    return encoded;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#scratch.length) return;
    if (needed > HEADER_BLOCK_BYTES_MAX) {
      throw new InvalidHeadError(`Request head is larger than ${HEADER_BLOCK_BYTES_MAX} bytes`);
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#scratch.length * 2));
    this.#scratch.copy(larger, 0, 0, this.#length);
    this.#scratch = larger;
  }
}

/** Writes an integer with a prefix (section 5.1) whose other bits are zero; returns the end. */
function writeInteger(target: Buffer, offset: number, prefixMask: number, value: number): number {
  if (value < prefixMask) {
    target[offset] = value;
    return offset + 1;
  }
  target[offset] = prefixMask;
  let at = offset + 1;
  let rest = value - prefixMask;
  while (rest >= 0x80) {
    target[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
}
