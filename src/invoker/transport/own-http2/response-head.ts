/**
 * Turns header blocks into validated response heads, and remembers the latest blocks: handlers of
 * one deployment answer with the same bytes again and again.
 */

import type { ResponseHeaders } from "../transport.ts";
import { HpackDecoder } from "./hpack-decoder.ts";

/** Blocks remembered per connection; the oldest gives way. */
const CACHED_BLOCKS_MAX = 8;
/** Larger blocks are decoded every time. */
const CACHED_BLOCK_BYTES_MAX = 1024;

/** A decoded block: the head of a response, an interim head, or trailers. */
export interface ResponseHead {
  /** 0 if there is no `:status`: trailers. */
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** -1 if not declared. */
  readonly contentLength: number;
  /** Why the block is malformed (RFC 9113, 8.1.1): a stream error. Undefined if it is fine. */
  readonly fault: string | undefined;
}

interface CachedBlock {
  readonly bytes: Buffer;
  readonly head: ResponseHead;
}

const VALID_STATUS = /^[1-9][0-9]{2}$/;
const VALID_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const INVALID_VALUE = /[\0\r\n]/;
const VALID_LENGTH = /^[0-9]{1,15}$/;
const CONNECTION_NAMES: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** One per connection, fed with every block in order. */
export class HeadDecoder {
  readonly #decoder: HpackDecoder;
  readonly #cache: CachedBlock[] = [];
  #nextPlace = 0;

  constructor(options: { readonly headerListBytesMax: number }) {
    this.#decoder = new HpackDecoder({ listBytesMax: options.headerListBytesMax });
  }

  /**
   * Decodes a complete block.
   *
   * @throws ConnectionFault COMPRESSION_ERROR if the block cannot be decoded
   */
  decode(source: Buffer, start: number, end: number): ResponseHead {
    // Only while the dynamic table is empty does a block mean the same each time.
    const isCacheable =
      this.#decoder.entryCount === 0 && end - start <= CACHED_BLOCK_BYTES_MAX && end > start;
    if (isCacheable) {
      for (const { bytes, head } of this.#cache) {
        if (
          bytes.length === end - start &&
          bytes.compare(source, start, end, 0, bytes.length) === 0
        ) {
          return head;
        }
      }
    }
    const changesBefore = this.#decoder.changes;
    const { pairs, truncated } = this.#decoder.decode(source, start, end);
    const head = truncated ? faulty("Response head is too large") : toHead(pairs);
    if (isCacheable && this.#decoder.changes === changesBefore) {
      this.#cache[this.#nextPlace] = { bytes: Buffer.from(source.subarray(start, end)), head };
      this.#nextPlace = (this.#nextPlace + 1) % CACHED_BLOCKS_MAX;
    }
    return head;
  }
}

function faulty(fault: string): ResponseHead {
  return { status: 0, headers: new Map(), contentLength: -1, fault };
}

function toHead(pairs: readonly string[]): ResponseHead {
  const headers = new Map<string, string>();
  let status = 0;
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] ?? "";
    const value = pairs[i + 1] ?? "";
    if (name.startsWith(":")) {
      if (name !== ":status" || status !== 0 || headers.size > 0 || !VALID_STATUS.test(value)) {
        return faulty(`Response has a misplaced or invalid pseudo header field "${name}"`);
      }
      status = Number(value);
      continue;
    }
    if (!VALID_NAME.test(name) || CONNECTION_NAMES.has(name) || INVALID_VALUE.test(value)) {
      return faulty(`Response header "${name}" is not allowed`);
    }
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  const declared = headers.get("content-length");
  if (declared !== undefined && !VALID_LENGTH.test(declared)) {
    return faulty(`Response has the invalid content length "${declared}"`);
  }
  return {
    status,
    headers,
    contentLength: declared === undefined ? -1 : Number(declared),
    fault: undefined,
  };
}
