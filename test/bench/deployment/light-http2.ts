/**
 * The server side of HTTP/2 with prior knowledge, only as much as a benchmark peer needs.
 *
 * Trusts its client: no limits, no checks, and no send-side flow control, since the answers of a
 * benchmark are far smaller than the client's windows. Everything that one read brings in is
 * answered in one write.
 */
import type { Socket } from "node:net";
import { HpackDecoder } from "../../../src/invoker/transport/own-http2/hpack-decoder.ts";
import {
  CONNECTION_PREFACE,
  DEFAULT_WINDOW_BYTES,
  FLAG,
  FRAME,
  FRAME_HEADER_BYTES,
  FRAME_PAYLOAD_BYTES_MAX,
  SETTING,
  UINT31_MAX,
} from "../../../src/invoker/transport/own-http2/protocol.ts";

const SLAB_BYTES = 256 * 1024;
const WINDOW_REFILL_BYTES = 2 ** 29;
const HEADER_LIST_BYTES_MAX = 1024 * 1024;
const CONCURRENT_STREAMS_MAX = 100_000;

/** What serves one stream. */
export interface LightStream {
  /** Bytes of the request; the buffer is valid during the call only. */
  onData(chunk: Buffer, start: number, end: number): void;
  /** The client has ended the request. */
  onEnd(): void;
  /** The client has reset the stream. */
  onReset(): void;
}

/** How a stream is answered. */
export interface LightResponder {
  /** Writes the response head: a header block encoded beforehand. */
  head(block: Uint8Array): void;
  /** Writes a piece of the body. */
  data(bytes: Uint8Array): void;
  /** Writes the last piece of the body. */
  end(bytes: Uint8Array): void;
}

/** Head of a request. */
export interface LightRequest {
  readonly path: string;
  readonly contentType: string;
}

/** Makes the stream for a request. */
export type OpenLightStream = (request: LightRequest, responder: LightResponder) => LightStream;

/** One connection of the server under test. */
export class LightConnection {
  readonly #socket: Socket;
  readonly #open: OpenLightStream;
  readonly #streams = new Map<number, LightStream>();
  readonly #decoder = new HpackDecoder({ listBytesMax: HEADER_LIST_BYTES_MAX });
  #awaitsPreface = true;
  #rest: Buffer | undefined;
  #headerBlock: Buffer[] = [];
  #headerFlags = 0;
  #unacknowledgedBytes = 0;
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #slabStart = 0;
  #slabEnd = 0;
  /** True while a flush will come by itself. */
  #flushIsPlanned = false;

  constructor(socket: Socket, open: OpenLightStream) {
    this.#socket = socket;
    this.#open = open;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", () => socket.destroy());
    this.#greet();
  }

  #greet(): void {
    const settings = Buffer.alloc(12);
    settings.writeUInt16BE(SETTING.INITIAL_WINDOW_SIZE, 0);
    settings.writeUInt32BE(UINT31_MAX, 2);
    settings.writeUInt16BE(SETTING.MAX_CONCURRENT_STREAMS, 6);
    settings.writeUInt32BE(CONCURRENT_STREAMS_MAX, 8);
    this.#frame(FRAME.SETTINGS, 0, 0, settings);
    this.#updateWindow(UINT31_MAX - DEFAULT_WINDOW_BYTES);
  }

  #receive(chunk: Buffer): void {
    let source = chunk;
    if (this.#rest !== undefined) {
      source = Buffer.concat([this.#rest, chunk]);
      this.#rest = undefined;
    }
    let position = 0;
    this.#flushIsPlanned = true;
    if (this.#awaitsPreface) {
      if (source.length < CONNECTION_PREFACE.length) {
        this.#rest = source;
        return;
      }
      position = CONNECTION_PREFACE.length;
      this.#awaitsPreface = false;
    }
    while (source.length - position >= FRAME_HEADER_BYTES) {
      const length = source.readUIntBE(position, 3);
      const start = position + FRAME_HEADER_BYTES;
      if (source.length - start < length) break;
      this.#onFrame(source, position, start + length);
      position = start + length;
    }
    if (position < source.length) this.#rest = source.subarray(position);
    this.#flush();
  }

  #onFrame(source: Buffer, headerStart: number, end: number): void {
    const start = headerStart + FRAME_HEADER_BYTES;
    const type = source[headerStart + 3] as number;
    const flags = source[headerStart + 4] as number;
    const streamId = source.readUInt32BE(headerStart + 5) & UINT31_MAX;
    if (type === FRAME.DATA) {
      const padding = (flags & FLAG.PADDED) === 0 ? 0 : (source[start] as number) + 1;
      const dataStart = padding === 0 ? start : start + 1;
      this.#onData(streamId, source, dataStart, end - Math.max(padding - 1, 0));
      this.#consume(end - start);
      if ((flags & FLAG.END_STREAM) !== 0) this.#onEnd(streamId);
    } else if (type === FRAME.HEADERS) {
      const padding = (flags & FLAG.PADDED) === 0 ? 0 : (source[start] as number) + 1;
      const skipped = (padding === 0 ? 0 : 1) + ((flags & FLAG.PRIORITY) === 0 ? 0 : 5);
      this.#headerFlags = flags;
      const block = source.subarray(start + skipped, end - Math.max(padding - 1, 0));
      this.#onHeaders(streamId, flags, block);
    } else if (type === FRAME.CONTINUATION) {
      this.#onHeaders(streamId, flags, source.subarray(start, end));
    } else if (type === FRAME.SETTINGS) {
      if ((flags & FLAG.ACK) === 0) this.#frame(FRAME.SETTINGS, FLAG.ACK, 0, EMPTY);
    } else if (type === FRAME.PING) {
      if ((flags & FLAG.ACK) === 0) {
        this.#frame(FRAME.PING, FLAG.ACK, 0, source.subarray(start, end));
      }
    } else if (type === FRAME.RST_STREAM) {
      const stream = this.#streams.get(streamId);
      this.#streams.delete(streamId);
      stream?.onReset();
    }
  }

  #onHeaders(streamId: number, flags: number, part: Buffer): void {
    if ((flags & FLAG.END_HEADERS) === 0) {
      this.#headerBlock.push(Buffer.from(part));
      return;
    }
    let block = part;
    if (this.#headerBlock.length > 0) {
      block = Buffer.concat([...this.#headerBlock, part]);
      this.#headerBlock = [];
    }
    const { pairs } = this.#decoder.decode(block, 0, block.length);
    let path = "";
    let contentType = "";
    for (let i = 0; i < pairs.length; i += 2) {
      if (pairs[i] === ":path") path = pairs[i + 1] as string;
      else if (pairs[i] === "content-type") contentType = pairs[i + 1] as string;
    }
    const stream = this.#open({ path, contentType }, new Responder(this, streamId));
    if ((this.#headerFlags & FLAG.END_STREAM) !== 0) stream.onEnd();
    else this.#streams.set(streamId, stream);
  }

  #onData(streamId: number, source: Buffer, start: number, end: number): void {
    if (end > start) this.#streams.get(streamId)?.onData(source, start, end);
  }

  #onEnd(streamId: number): void {
    const stream = this.#streams.get(streamId);
    this.#streams.delete(streamId);
    stream?.onEnd();
  }

  #consume(bytes: number): void {
    this.#unacknowledgedBytes += bytes;
    if (this.#unacknowledgedBytes < WINDOW_REFILL_BYTES) return;
    this.#updateWindow(this.#unacknowledgedBytes);
    this.#unacknowledgedBytes = 0;
  }

  #updateWindow(bytes: number): void {
    const increment = Buffer.alloc(4);
    increment.writeUInt32BE(bytes, 0);
    this.#frame(FRAME.WINDOW_UPDATE, 0, 0, increment);
  }

  /** Sends a response head. */
  sendHead(streamId: number, block: Uint8Array): void {
    this.#frame(FRAME.HEADERS, FLAG.END_HEADERS, streamId, block);
  }

  /** Sends a piece of a response body, in as many frames as it needs. */
  sendData(streamId: number, bytes: Uint8Array, isLast: boolean): void {
    let position = 0;
    do {
      const part = bytes.subarray(position, position + FRAME_PAYLOAD_BYTES_MAX);
      position += part.length;
      const ends = isLast && position >= bytes.length;
      this.#frame(FRAME.DATA, ends ? FLAG.END_STREAM : 0, streamId, part);
    } while (position < bytes.length);
  }

  #frame(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    const length = payload.length;
    if (SLAB_BYTES - this.#slabEnd < FRAME_HEADER_BYTES + length) this.#renewSlab();
    const slab = this.#slab;
    let position = this.#slabEnd;
    slab[position++] = length >>> 16;
    slab[position++] = (length >>> 8) & 0xff;
    slab[position++] = length & 0xff;
    slab[position++] = type;
    slab[position++] = flags;
    slab[position++] = streamId >>> 24;
    slab[position++] = (streamId >>> 16) & 0xff;
    slab[position++] = (streamId >>> 8) & 0xff;
    slab[position++] = streamId & 0xff;
    slab.set(payload, position);
    this.#slabEnd = position + length;
    if (this.#flushIsPlanned) return;
    this.#flushIsPlanned = true;
    // For what is sent outside of a read; a read flushes at its end.
    setImmediate(() => this.#flush());
  }

  #renewSlab(): void {
    this.#flush();
    this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.#slabStart = 0;
    this.#slabEnd = 0;
  }

  #flush(): void {
    this.#flushIsPlanned = false;
    if (this.#slabStart === this.#slabEnd) return;
    const bytes = this.#slab.subarray(this.#slabStart, this.#slabEnd);
    this.#slabStart = this.#slabEnd;
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }
}

const EMPTY = new Uint8Array(0);

class Responder implements LightResponder {
  readonly #connection: LightConnection;
  readonly #streamId: number;

  constructor(connection: LightConnection, streamId: number) {
    this.#connection = connection;
    this.#streamId = streamId;
  }

  head(block: Uint8Array): void {
    this.#connection.sendHead(this.#streamId, block);
  }

  data(bytes: Uint8Array): void {
    this.#connection.sendData(this.#streamId, bytes, false);
  }

  end(bytes: Uint8Array): void {
    this.#connection.sendData(this.#streamId, bytes, true);
  }
}
