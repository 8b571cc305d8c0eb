/**
 * One request and its response on an HTTP/2 connection (RFC 9113, section 5.1).
 *
 * | phase    | how it gets there                               | what happens              |
 * |----------|-------------------------------------------------|---------------------------|
 * | queued   | created                                         | writes are kept           |
 * | open     | `attach`: a connection has a free slot          | both directions flow      |
 * | detached | both sides ended, reset, or the connection over | held data may still be read |
 * | finished | `onEnd` or `onError` called, or `reset` by user | every call is ignored     |
 *
 * Invariants: S1 a handler hears at most one terminal event. S2 no byte is sent beyond a window.
 * S3 received bytes return to both windows once, when the handler has had them or never will.
 */

import {
  type OpenRequest,
  type RequestStream,
  type StreamHandlers,
  TransportError,
} from "../transport.ts";
import { WRITE_HIGH_WATER_BYTES } from "../transport-options.ts";
import type { Http2Connection } from "./connection.ts";
import type { ReceivedData } from "./frame-receiver.ts";
import type { FramePlace } from "./output-buffer.ts";
import { FRAME_PAYLOAD_BYTES_MAX, HTTP2_ERROR, http2ErrorName } from "./protocol.ts";
import type { ResponseHead } from "./response-head.ts";

/** Whoever queues streams until a connection takes them. */
export interface StreamQueue {
  /** The user reset a stream that still waits. */
  onQueuedReset(stream: Http2Stream): void;
}

export class Http2Stream implements RequestStream {
  readonly request: OpenRequest;
  /** Set by the connection; 0 while queued. */
  id = 0;
  /** What the peer allows us to send on this stream; may be negative (section 6.9.2). */
  sendWindow = 0;
  /** When the stream began to wait for a connection; undefined if it did not have to. */
  queuedAtMs: number | undefined;
  /** When a connection took the stream. */
  startedAtMs = 0;
  /** True while the pool has this stream on its queue. */
  queued = false;
  /** True while the connection has this stream on its list of waiting senders. */
  parked = false;
  /** Where the latest HEADERS or DATA frame lies, so that END_STREAM can ride on it. */
  readonly lastFrame: FramePlace = { block: undefined, offset: 0, epoch: -1 };

  readonly #handlers: StreamHandlers;
  readonly #queue: StreamQueue;
  readonly #sendQueueBytesMax: number;
  readonly #windowBytes: number;
  #connection: Http2Connection | undefined;
  #finished = false;

  #waiting: Uint8Array[] = [];
  /** First chunk of `#waiting` not sent, and how much of it is. */
  #waitingHead = 0;
  #waitingOffset = 0;
  #waitingBytes = 0;
  #needsDrain = false;
  #endRequested = false;
  #endSent = false;

  #headSeen = false;
  #remoteEnded = false;
  #contentLength = -1;
  #receivedBytes = 0;
  #receiveWindow: number;
  #creditBytes = 0;
  #paused = false;
  #held: Buffer[] = [];
  #heldHead = 0;
  #drainScheduled = false;
  #terminal: "end" | TransportError | undefined;
  /** Gives held bytes back to the connection's window, also after this stream is detached. */
  #creditTo: Http2Connection | undefined;

  constructor(options: {
    readonly request: OpenRequest;
    readonly handlers: StreamHandlers;
    readonly queue: StreamQueue;
    readonly sendQueueBytesMax: number;
    readonly windowBytes: number;
  }) {
    this.request = options.request;
    this.#handlers = options.handlers;
    this.#queue = options.queue;
    this.#sendQueueBytesMax = options.sendQueueBytesMax;
    this.#windowBytes = options.windowBytes;
    this.#receiveWindow = options.windowBytes;
  }

  /** True once no handler will be called any more. */
  get finished(): boolean {
    return this.#finished;
  }

  get bufferedBytes(): number {
    return this.#waitingBytes;
  }

  // --- the request side -------------------------------------------------------------------------

  write(data: Uint8Array | readonly Uint8Array[]): boolean {
    // With the response complete, or the stream lost, nobody waits for more of the request.
    if (this.#finished || this.#endRequested || this.#terminal !== undefined) return true;
    if (data instanceof Uint8Array) this.#writeChunk(data);
    else for (const chunk of data) this.#writeChunk(chunk);
    if (this.#waitingBytes > this.#sendQueueBytesMax) this.#overflow();
    if (this.#waitingBytes <= WRITE_HIGH_WATER_BYTES) return true;
    this.#needsDrain = true;
    return false;
  }

  end(): void {
    if (this.#finished || this.#endRequested) return;
    this.#endRequested = true;
    if (this.#waitingBytes === 0 && this.#connection !== undefined) this.#sendEnd(this.#connection);
  }

  reset(): void {
    if (this.#finished) return;
    this.#finished = true;
    const connection = this.#connection;
    if (connection !== undefined) {
      connection.resetStream(this, HTTP2_ERROR.CANCEL);
      this.#detach();
    } else if (this.id === 0) {
      this.#queue.onQueuedReset(this);
    }
    this.#dropHeld();
    this.#dropWaiting();
  }

  /** A connection took the stream: `id` and `sendWindow` are set and HEADERS is written. */
  attach(connection: Http2Connection): void {
    this.#connection = connection;
    this.#creditTo = connection;
    if (this.#waitingBytes > 0) this.pump();
    else if (this.#endRequested) this.#sendEnd(connection);
  }

  /** Sends what waits, as far as windows and output allow. */
  pump(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#waitingBytes === 0) return;
    while (this.#waitingBytes > 0) {
      const chunk = this.#waiting[this.#waitingHead] as Uint8Array;
      const sent = this.#sendChunk(connection, chunk, this.#waitingOffset);
      this.#waitingBytes -= sent;
      this.#waitingOffset += sent;
      if (this.#waitingOffset < chunk.length) break;
      this.#waitingHead += 1;
      this.#waitingOffset = 0;
    }
    if (this.#waitingBytes > 0) {
      this.#parkUnlessWindowClosed(connection);
      return;
    }
    this.#dropWaiting();
    if (this.#endRequested) this.#sendEnd(connection);
    if (this.#needsDrain && !this.#finished) {
      this.#needsDrain = false;
      this.#handlers.onDrain?.();
    }
  }

  #writeChunk(chunk: Uint8Array): void {
    let sent = 0;
    const connection = this.#connection;
    if (connection !== undefined && this.#waitingBytes === 0) {
      sent = this.#sendChunk(connection, chunk, 0);
    }
    if (sent === chunk.length) return;
    if (this.#waitingBytes === 0) {
      this.#waitingOffset = sent;
      if (connection !== undefined) this.#parkUnlessWindowClosed(connection);
    }
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length - sent;
  }

  /** Writes frames until the chunk, a window or the output's room is used up (S2). */
  #sendChunk(connection: Http2Connection, chunk: Uint8Array, offset: number): number {
    let start = offset;
    while (start < chunk.length) {
      const allowed = Math.min(
        chunk.length - start,
        this.sendWindow,
        connection.sendRoomBytes(),
        FRAME_PAYLOAD_BYTES_MAX,
      );
      if (allowed <= 0) break;
      connection.sendData(this, { source: chunk, start, end: start + allowed });
      start += allowed;
    }
    return start - offset;
  }

  /** With its own window open, the stream waits for the connection; else for WINDOW_UPDATE. */
  #parkUnlessWindowClosed(connection: Http2Connection): void {
    if (this.sendWindow > 0) connection.park(this);
  }

  #sendEnd(connection: Http2Connection): void {
    if (this.#endSent) return;
    this.#endSent = true;
    connection.sendEnd(this);
    if (this.#remoteEnded) this.#detach();
  }

  #overflow(): void {
    const message = `Request body waits with more than ${this.#sendQueueBytesMax} bytes`;
    this.#abandon(HTTP2_ERROR.CANCEL, new TransportError("SEND_QUEUE_FULL", message));
  }

  #dropWaiting(): void {
    if (this.#waiting.length > 0) this.#waiting = [];
    this.#waitingHead = 0;
    this.#waitingOffset = 0;
    this.#waitingBytes = 0;
  }

  // --- the response side ------------------------------------------------------------------------

  pauseReading(): void {
    this.#paused = true;
  }

  resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#scheduleDrain();
  }

  /** A header block arrived: interim head, head or trailers. */
  receiveHead(head: ResponseHead, endStream: boolean): void {
    if (this.#remoteEnded) {
      this.#violate("HEADERS after the end", HTTP2_ERROR.STREAM_CLOSED);
      return;
    }
    if (head.fault !== undefined) {
      this.#violate(head.fault);
      return;
    }
    if (this.#headSeen) {
      if (head.status !== 0 || !endStream) {
        this.#violate("Second response head");
        return;
      }
      this.#receiveEnd();
      return;
    }
    if (head.status === 0) {
      this.#violate("Response head has no status");
      return;
    }
    if (head.status < 200) {
      if (endStream || head.status === 101) this.#violate(`Odd interim status ${head.status}`);
      return;
    }
    this.#headSeen = true;
    this.#contentLength = head.contentLength;
    this.#handlers.onHead(head.status, head.headers);
    if (endStream && !this.#finished) this.#receiveEnd();
  }

  /**
   * A DATA frame arrived.
   *
   * @returns bytes that are held for later and must not return to the connection's window yet
   */
  receiveData(data: ReceivedData): number {
    if (!this.#headSeen || this.#remoteEnded) {
      this.#violate("DATA outside of the body", HTTP2_ERROR.STREAM_CLOSED);
      return 0;
    }
    const { chunk } = data;
    this.#receiveWindow -= data.flowBytes;
    if (this.#receiveWindow < 0) {
      this.#violate("DATA exceeds the stream's window", HTTP2_ERROR.FLOW_CONTROL_ERROR);
      return 0;
    }
    this.#receivedBytes += chunk.length;
    if (this.#contentLength >= 0 && this.#receivedBytes > this.#contentLength) {
      this.#violate("Body is longer than its content length");
      return 0;
    }
    let heldBytes = 0;
    if (this.#paused || this.#held.length > 0) {
      if (chunk.length > 0) this.#held.push(Buffer.from(chunk));
      heldBytes = chunk.length;
    } else if (chunk.length > 0) {
      this.#handlers.onData(chunk);
    }
    if (this.#finished) return 0;
    if (data.endStream) this.#receiveEnd();
    else this.#credit(data.flowBytes - heldBytes);
    return heldBytes;
  }

  /**
   * The peer reset the stream. Behind a complete response (not delivered yet) that only says that
   * the rest of the request is not wanted: `fail` leaves the earlier end in place.
   */
  receiveReset(http2Code: number): void {
    const isRefused = http2Code === HTTP2_ERROR.REFUSED_STREAM;
    const message = isRefused
      ? "Peer refused the stream"
      : `Peer reset the stream with ${http2ErrorName(http2Code)}`;
    const options = { http2Code, retrySafe: isRefused };
    this.fail(new TransportError(isRefused ? "STREAM_REFUSED" : "STREAM_RESET", message, options));
  }

  /** The stream is over on the wire; data that came before is still delivered first. */
  fail(error: TransportError): void {
    this.#detach();
    if (this.#finished || this.#terminal !== undefined) return;
    this.#dropWaiting();
    if (this.#held.length > 0) this.#terminal = error;
    else this.#finish(error);
  }

  #receiveEnd(): void {
    this.#remoteEnded = true;
    if (this.#contentLength >= 0 && this.#receivedBytes !== this.#contentLength) {
      this.#violate("Body is shorter than its content length");
      return;
    }
    if (this.#endSent) this.#detach();
    if (this.#paused || this.#held.length > 0) this.#terminal = "end";
    else this.#finish("end");
  }

  #finish(terminal: "end" | TransportError): void {
    this.#finished = true;
    if (terminal !== "end") {
      this.#handlers.onError(terminal);
      return;
    }
    this.#handlers.onEnd();
    const connection = this.#connection;
    if (connection === undefined) return;
    // The response is complete: nobody waits for the rest of the request.
    this.#endSent = true;
    if (this.#waitingBytes === 0) connection.sendEnd(this);
    else connection.resetStream(this, HTTP2_ERROR.CANCEL);
    this.#dropWaiting();
    this.#detach();
  }

  /** The peer broke the rules on this stream only (section 5.4.2). */
  violate(http2Code: number, message: string): void {
    this.#violate(message, http2Code);
  }

  #violate(message: string, http2Code: number = HTTP2_ERROR.PROTOCOL_ERROR): void {
    this.#abandon(http2Code, new TransportError("PROTOCOL_ERROR", message, { http2Code }));
  }

  /** Resets the stream for a reason that the handler has to hear. */
  #abandon(http2Code: number, error: TransportError): void {
    this.#connection?.resetStream(this, http2Code);
    if (this.id === 0) this.#queue.onQueuedReset(this);
    // Not from within a call of the user's: `write` may be what overflowed.
    if (this.#finished || this.#terminal !== undefined) {
      this.#detach();
      return;
    }
    this.#detach();
    this.#dropWaiting();
    this.#terminal = error;
    this.#scheduleDrain();
  }

  #scheduleDrain(): void {
    if (this.#drainScheduled || this.#finished) return;
    if (this.#held.length === 0 && this.#terminal === undefined) return;
    this.#drainScheduled = true;
    process.nextTick(drainHeld, this);
  }

  /** Delivers what was held while reading was paused. */
  drain(): void {
    this.#drainScheduled = false;
    while (!this.#paused && !this.#finished && this.#held.length > 0) {
      const chunk = this.#held[this.#heldHead] as Buffer;
      this.#heldHead += 1;
      if (this.#heldHead === this.#held.length) this.#clearHeld();
      this.#handlers.onData(chunk);
      this.#creditTo?.consumed(chunk.length);
      if (!this.#finished && !this.#remoteEnded) this.#credit(chunk.length);
    }
    if (this.#finished || this.#terminal === undefined || this.#held.length > 0) return;
    if (this.#paused && this.#terminal === "end") return;
    this.#finish(this.#terminal);
  }

  /** Returns bytes to the stream's window, half a window at a time (S3). */
  #credit(bytes: number): void {
    this.#creditBytes += bytes;
    if (this.#creditBytes * 2 < this.#windowBytes || this.#connection === undefined) return;
    this.#connection.sendWindowUpdate(this.id, this.#creditBytes);
    this.#receiveWindow += this.#creditBytes;
    this.#creditBytes = 0;
  }

  #dropHeld(): void {
    for (let i = this.#heldHead; i < this.#held.length; i += 1) {
      this.#creditTo?.consumed(this.#held[i]?.length ?? 0);
    }
    this.#clearHeld();
  }

  #clearHeld(): void {
    this.#held = [];
    this.#heldHead = 0;
  }

  /** Frees the slot on the connection. */
  #detach(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    connection.removeStream(this);
  }
}

function drainHeld(stream: Http2Stream): void {
  stream.drain();
}
