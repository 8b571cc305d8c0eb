/**
 * Cuts a byte stream into requests, incrementally.
 *
 *   head -> fixed body -> head ...            Content-Length
 *   head -> chunk line -> chunk data -> chunk end -> chunk line ... -> trailer -> head
 *   any  -> stopped                           error, or `stop()` after the last request
 *
 * Bodies are handed out as slices of what was pushed; nothing is copied unless a head or a chunk
 * line is split over two reads.
 */
import { FramingError } from "./framing-error.ts";
import { parseRequestHead, type RequestHead } from "./request-head.ts";

/** Receives what the parser finds, in stream order. */
export interface RequestParserEvents {
  /** The head of a request; its body follows. May pause or stop the parser. */
  onHead(head: RequestHead): void;
  /** A part of the body; never empty. May be kept: nobody writes to it. */
  onBody(part: Buffer): void;
  /** The body is complete. May pause or stop the parser. */
  onBodyEnd(): void;
  /** The stream is malformed; nothing follows. */
  onError(error: FramingError): void;
}

/** Request line and headers together, in bytes; more is refused with 431 (or 414). */
export const HEAD_BYTES_MAX = 131_072;
/** Size of a chunk and its extensions, in bytes. */
const CHUNK_LINE_BYTES_MAX = 256;
const TRAILER_BYTES_MAX = 8_192;
/** Empty lines that may precede a request; old clients send one after a body. */
const EMPTY_LINES_MAX = 2;
const GROWTH_BYTES_MIN = 1_024;

const CRLF = Buffer.from("\r\n", "latin1");
const HEAD_END = Buffer.from("\r\n\r\n", "latin1");
const CR = 0x0d;
const LF = 0x0a;
/** Size in hexadecimal, then nothing or extensions. Eight digits are 4 GiB. */
const CHUNK_LINE = /^([0-9a-fA-F]{1,8})(?:;[\t\x20-\x7e\x80-\xff]*)?$/;
const TRAILER_LINE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/;

type State =
  | "head"
  | "fixed-body"
  | "chunk-line"
  | "chunk-data"
  | "chunk-end"
  | "trailer"
  | "stopped";

const EMPTY = Buffer.alloc(0);

/** Parser of one connection. */
export class RequestParser {
  readonly #events: RequestParserEvents;
  #state: State = "head";
  #paused = false;
  /** What was pushed and not yet consumed starts at `#offset`. */
  #buffer: Buffer = EMPTY;
  #offset = 0;
  /** `#buffer` is the start of a larger allocation of our own, of this many bytes; or 0. */
  #capacity = 0;
  /** Bytes after `#offset` in which no end of the head or line was found. */
  #searched = 0;
  /** Bytes of the fixed body or of the current chunk that are still to come. */
  #remaining = 0;
  #trailerBytes = 0;
  #emptyLines = 0;

  constructor(events: RequestParserEvents) {
    this.#events = events;
  }

  /** True between requests, when no byte of the next one has arrived. */
  get isIdle(): boolean {
    return this.#state === "head" && this.#offset >= this.#buffer.length;
  }

  /** True once nothing more will be parsed. */
  get isStopped(): boolean {
    return this.#state === "stopped";
  }

  /** True while the body of a request is incomplete. */
  get isInBody(): boolean {
    return this.#state !== "head" && this.#state !== "stopped";
  }

  /** Bytes still to come of a body with Content-Length; of a chunked one it is not known. */
  get bodyBytesRemaining(): number | undefined {
    return this.#state === "fixed-body" ? this.#remaining : undefined;
  }

  /** Parses more bytes, which the parser may keep. */
  push(bytes: Buffer): void {
    if (this.#state === "stopped") return;
    if (this.#offset >= this.#buffer.length) {
      this.#buffer = bytes;
      this.#offset = 0;
      this.#capacity = 0;
    } else {
      this.#append(bytes);
    }
    this.#run();
  }

  /** Stops after the current event; what was pushed is kept. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on after `pause`. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#run();
  }

  /** Ignores everything from here on. */
  stop(): void {
    this.#state = "stopped";
    this.#buffer = EMPTY;
    this.#offset = 0;
  }

  /** Joins what is left with new bytes, in amortised linear time however small the reads are. */
  #append(bytes: Buffer): void {
    const left = this.#buffer.length - this.#offset;
    const length = left + bytes.length;
    if (this.#buffer.length + bytes.length <= this.#capacity) {
      const end = this.#buffer.length;
      this.#buffer = Buffer.from(this.#buffer.buffer, this.#buffer.byteOffset, end + bytes.length);
      bytes.copy(this.#buffer, end);
      return;
    }
    const capacity = Math.max(2 * length, GROWTH_BYTES_MIN);
    // A slab of its own, so that the room behind the view is ours and stays unused by others.
    const slab = Buffer.allocUnsafeSlow(capacity);
    this.#buffer.copy(slab, 0, this.#offset);
    bytes.copy(slab, left);
    this.#buffer = slab.subarray(0, length);
    this.#offset = 0;
    this.#capacity = capacity;
  }

  #run(): void {
    try {
      while (!this.#paused && this.#step()) {}
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.stop();
      this.#events.onError(error);
    }
  }

  /** Parses one element; false if more bytes are needed. */
  #step(): boolean {
    switch (this.#state) {
      case "head":
        return this.#stepHead();
      case "fixed-body":
      case "chunk-data":
        return this.#stepData();
      case "chunk-line":
        return this.#stepChunkLine();
      case "chunk-end":
        return this.#stepChunkEnd();
      case "trailer":
        return this.#stepTrailer();
      case "stopped":
        return false;
    }
  }

  #stepHead(): boolean {
    this.#skipEmptyLines();
    const start = this.#offset;
    if (start >= this.#buffer.length) return false;
    const from = start + Math.max(0, this.#searched - HEAD_END.length + 1);
    const end = this.#buffer.indexOf(HEAD_END, from);
    const bytes = (end < 0 ? this.#buffer.length : end) - start;
    if (bytes > HEAD_BYTES_MAX) throw this.#headTooLarge();
    if (end < 0) {
      this.#refuseBareLineFeed(start + this.#searched);
      this.#searched = bytes;
      return false;
    }
    this.#searched = 0;
    this.#emptyLines = 0;
    this.#offset = end + HEAD_END.length;
    const head = parseRequestHead(this.#buffer, start, end);
    this.#enterBody(head);
    this.#events.onHead(head);
    if (this.#remaining === 0 && this.#state === "fixed-body") this.#endBody();
    return true;
  }

  #enterBody(head: RequestHead): void {
    this.#state = head.chunked ? "chunk-line" : "fixed-body";
    this.#remaining = head.contentLength ?? 0;
  }

  #endBody(): void {
    this.#state = "head";
    this.#events.onBodyEnd();
  }

  #skipEmptyLines(): void {
    while (this.#buffer[this.#offset] === CR && this.#buffer[this.#offset + 1] === LF) {
      this.#offset += 2;
      this.#searched = 0;
      this.#emptyLines += 1;
      if (this.#emptyLines > EMPTY_LINES_MAX) throw new FramingError(400, "Empty request");
    }
  }

  /** Waiting for a CRLF that never comes would hold the connection: answer at once. */
  #refuseBareLineFeed(from: number): void {
    const buffer = this.#buffer;
    for (let i = buffer.indexOf(LF, from); i >= 0; i = buffer.indexOf(LF, i + 1)) {
      if (i === this.#offset || buffer[i - 1] !== CR) throw new FramingError(400, "Bare line feed");
    }
  }

  #headTooLarge(): FramingError {
    const lineEnd = this.#buffer.indexOf(CRLF, this.#offset);
    const status = lineEnd < 0 || lineEnd - this.#offset > HEAD_BYTES_MAX ? 414 : 431;
    return new FramingError(status, "Request head is too large");
  }

  #stepData(): boolean {
    const available = this.#buffer.length - this.#offset;
    if (available === 0 && this.#remaining > 0) return false;
    const length = Math.min(available, this.#remaining);
    const start = this.#offset;
    this.#offset += length;
    this.#remaining -= length;
    const isChunk = this.#state === "chunk-data";
    if (isChunk && this.#remaining === 0) this.#state = "chunk-end";
    if (length > 0) this.#events.onBody(this.#buffer.subarray(start, start + length));
    if (this.#remaining === 0 && this.#state === "fixed-body") this.#endBody();
    return true;
  }

  #stepChunkLine(): boolean {
    const line = this.#takeLine(CHUNK_LINE_BYTES_MAX);
    if (line === undefined) return false;
    const size = CHUNK_LINE.exec(line)?.[1];
    if (size === undefined) throw new FramingError(400, "Malformed chunk size");
    this.#remaining = Number.parseInt(size, 16);
    this.#trailerBytes = 0;
    this.#state = this.#remaining === 0 ? "trailer" : "chunk-data";
    return true;
  }

  #stepChunkEnd(): boolean {
    const buffer = this.#buffer;
    const available = buffer.length - this.#offset;
    const malformed =
      (available > 0 && buffer[this.#offset] !== CR) ||
      (available > 1 && buffer[this.#offset + 1] !== LF);
    if (malformed) throw new FramingError(400, "Chunk is longer than its size");
    if (available < 2) return false;
    this.#offset += 2;
    this.#state = "chunk-line";
    return true;
  }

  /** Trailers are checked and dropped: nothing reads them. */
  #stepTrailer(): boolean {
    const line = this.#takeLine(TRAILER_BYTES_MAX);
    if (line === undefined) return false;
    if (line === "") {
      this.#endBody();
      return true;
    }
    this.#trailerBytes += line.length + 2;
    if (this.#trailerBytes > TRAILER_BYTES_MAX) throw new FramingError(431, "Trailers too large");
    if (!TRAILER_LINE.test(line)) throw new FramingError(400, "Malformed trailer");
    return true;
  }

  /** A line without its CRLF; undefined if its end has not arrived. */
  #takeLine(bytesMax: number): string | undefined {
    const start = this.#offset;
    const from = start + Math.max(0, this.#searched - 1);
    const end = this.#buffer.indexOf(CRLF, from);
    const bytes = (end < 0 ? this.#buffer.length : end) - start;
    if (bytes > bytesMax + 1) throw new FramingError(400, "Line is too long");
    if (end < 0) {
      this.#refuseBareLineFeed(start + this.#searched);
      this.#searched = bytes;
      return undefined;
    }
    this.#searched = 0;
    this.#offset = end + CRLF.length;
    return this.#buffer.toString("latin1", start, end);
  }
}
