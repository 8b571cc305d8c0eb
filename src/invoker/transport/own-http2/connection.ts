/**
 * One HTTP/2 connection to a deployment (RFC 9113): its streams, both connection windows, pings,
 * and its end.
 *
 * | state      | how it gets there                      | new streams |
 * |------------|----------------------------------------|-------------|
 * | connecting | created                                | no          |
 * | ready      | the peer's SETTINGS arrived            | while below the limit |
 * | draining   | GOAWAY, ENHANCE_YOUR_CALM, identifiers used up | no  |
 * | closed     | socket closed, fault, timeout, `close` | no          |
 *
 * Everything written within one turn of the event loop leaves in one write at its end.
 */

import type { Socket } from "node:net";

import { TransportError, type TransportErrorCode } from "../transport.ts";
import type { TransportOptions } from "../transport-options.ts";
import { FrameParser } from "./frame-parser.ts";
import {
  type FrameEvents,
  FrameReceiver,
  type PeerSettings,
  type ReceivedData,
} from "./frame-receiver.ts";
import { KeepAlive } from "./keep-alive.ts";
import { type ByteRange, OutputBuffer } from "./output-buffer.ts";
import {
  CONNECTION_PREFACE,
  ConnectionFault,
  DEFAULT_WINDOW_BYTES,
  FLAG,
  FRAME,
  FRAME_PAYLOAD_BYTES_MAX,
  HTTP2_ERROR,
  http2ErrorName,
  SETTING,
  UINT31_MAX,
} from "./protocol.ts";
import type { ResponseHead } from "./response-head.ts";
import type { Http2Stream } from "./stream.ts";

/** Output that waits for the socket; DATA beyond stays with the streams. */
const OUTPUT_BYTES_MAX = 1024 * 1024;
/** Control frames have no other bound: a peer that makes us answer without reading is cut off. */
const OUTPUT_BYTES_FATAL = 8 * OUTPUT_BYTES_MAX;
/** How long a closing connection may take to send its last frames. */
const CLOSE_TIMEOUT_MS = 1000;
/** Unproductive frames that a peer may send per stream and per DATA frame of ours. */
const FLOOD_EARNED_PER_STREAM = 16;
const FLOOD_EARNED_PER_DATA_FRAME = 4;
/** Size update to zero (RFC 7541, 6.3): our encoder keeps no table, whatever the peer allows. */
const NO_HEADER_TABLE = Buffer.from([0x20]);
const EMPTY = Buffer.alloc(0);

/** What the pool hears; none of it is called from within a call of the pool's. */
export interface ConnectionOwner {
  onReady(connection: Http2Connection): void;
  /** A slot may be free, or the number of slots changed. */
  onSlotsChanged(connection: Http2Connection): void;
  /** Takes no more streams. */
  onDraining(connection: Http2Connection): void;
  /** Called once; `error` says why if it never became ready. */
  onClosed(connection: Http2Connection, error: TransportError | undefined): void;
}

/** Opens the socket; `onRead` is given every chunk, in a buffer that is reused. */
export type OpenSocket = (hooks: {
  readonly onRead: (buffer: Buffer, bytes: number) => void;
  readonly onConnect: (error?: TransportError) => void;
}) => Socket;

type ConnectionState = "connecting" | "ready" | "draining" | "closed";

export class Http2Connection implements FrameEvents {
  /** What the peer allows us to send over all streams. */
  sendWindow = DEFAULT_WINDOW_BYTES;

  readonly #owner: ConnectionOwner;
  readonly #options: TransportOptions;
  readonly #nowMs: () => number;
  readonly #socket: Socket;
  readonly #receiver: FrameReceiver;
  readonly #parser: FrameParser;
  readonly #output = new OutputBuffer();
  readonly #streams = new Map<number, Http2Stream>();
  readonly #keepAlive: KeepAlive;
  #state: ConnectionState = "connecting";
  #connectTimer: NodeJS.Timeout | undefined;

  #nextStreamId = 1;
  #peerStreamsMax = UINT31_MAX;
  #peerWindowBytes = DEFAULT_WINDOW_BYTES;
  #goawayLastStreamId = UINT31_MAX;
  #receiveWindow: number;
  #creditBytes = 0;

  #flushScheduled = false;
  #writing = false;
  #parked: Http2Stream[] = [];
  #closeWhenWritten = false;
  #socketError: Error | undefined;

  bytesSent = 0;
  bytesReceived = 0;
  streamsOpened = 0;

  constructor(options: {
    readonly owner: ConnectionOwner;
    readonly transport: TransportOptions;
    readonly openSocket: OpenSocket;
    /** Sets connections apart whose keep-alive pings would otherwise coincide. */
    readonly serial: number;
    readonly nowMs: () => number;
  }) {
    this.#owner = options.owner;
    this.#options = options.transport;
    this.#nowMs = options.nowMs;
    this.#receiveWindow = Math.max(options.transport.connectionWindowBytes, DEFAULT_WINDOW_BYTES);
    this.#receiver = new FrameReceiver(this, {
      headerListBytesMax: options.transport.headerListBytesMax,
      nowMs: options.nowMs,
    });
    this.#parser = new FrameParser(this.#receiver, FRAME_PAYLOAD_BYTES_MAX);
    this.#keepAlive = new KeepAlive({
      transport: options.transport,
      serial: options.serial,
      sendPing: (payload) => this.#sendControl(FRAME.PING, 0, payload),
      onIdle: () => this.close(undefined),
      onTimeout: () => {
        const message = `Peer did not answer a ping in ${this.#options.keepAliveTimeoutMs} ms`;
        this.#fail(new TransportError("KEEP_ALIVE_TIMEOUT", message));
      },
    });
    const { connectTimeoutMs } = options.transport;
    this.#connectTimer = setTimeout(() => {
      const message = `No HTTP/2 connection to the deployment in ${connectTimeoutMs} ms`;
      this.#fail(new TransportError("CONNECT_TIMEOUT", message, { retrySafe: true }));
    }, connectTimeoutMs);
    this.#socket = options.openSocket({
      onRead: (buffer, bytes) => this.#onRead(buffer, bytes),
      onConnect: (error) => this.#onConnect(error),
    });
    this.#socket.on("error", (error: Error) => {
      this.#socketError = error;
    });
    this.#socket.on("close", () => this.#onSocketClosed());
  }

  /** Slots for more streams right now. */
  get freeSlots(): number {
    return this.#state === "ready" ? this.slots - this.#streams.size : 0;
  }

  /** Streams this connection may carry at once, as far as is known. */
  get slots(): number {
    return Math.min(this.#options.streamsPerConnectionMax, this.#peerStreamsMax);
  }

  get streamsActive(): number {
    return this.#streams.size;
  }

  get isConnecting(): boolean {
    return this.#state === "connecting";
  }

  /** Starts a stream; there must be a free slot. `fields` is copied. */
  openStream(stream: Http2Stream, fields: Buffer): void {
    const id = this.#nextStreamId;
    this.#nextStreamId += 2;
    stream.id = id;
    stream.sendWindow = this.#peerWindowBytes;
    this.#measureStart(stream);
    const block = id === 1 ? Buffer.concat([NO_HEADER_TABLE, fields]) : fields;
    this.#output.writeHeaders(id, block, stream.lastFrame);
    this.#streams.set(id, stream);
    this.streamsOpened += 1;
    this.#keepAlive.hasStreams = true;
    this.#receiver.guard.earn(FLOOD_EARNED_PER_STREAM);
    if (this.#nextStreamId > UINT31_MAX) this.#drain();
    this.#scheduleFlush();
    stream.attach(this);
  }

  /**
   * Ends the connection: streams that are open fail with `error`, and the peer is told.
   * Without an error the connection must be idle.
   */
  close(error: TransportError | undefined): void {
    if (this.#state === "closed") return;
    if (this.#state === "connecting") {
      this.#fail(error ?? new TransportError("TRANSPORT_CLOSED", "Transport is closed"));
      return;
    }
    this.#sendGoaway(HTTP2_ERROR.NO_ERROR);
    this.#finish(error, true);
  }

  #measureStart(stream: Http2Stream): void {
    const { metrics } = this.#options;
    stream.startedAtMs = this.#nowMs();
    const { queuedAtMs } = stream;
    metrics.streamsOpened.add();
    metrics.acquireDuration.observe(
      queuedAtMs === undefined ? 0 : (stream.startedAtMs - queuedAtMs) / 1_000,
    );
    metrics.utilization.observe((this.#streams.size + 1) / this.slots);
  }

  // --- for streams ------------------------------------------------------------------------------

  /** Body bytes that may be written now, over all streams. */
  sendRoomBytes(): number {
    return Math.min(this.sendWindow, OUTPUT_BYTES_MAX - this.#output.bytes);
  }

  /** Writes one DATA frame; the caller keeps to `sendRoomBytes` and its own window. */
  sendData(stream: Http2Stream, range: ByteRange): void {
    const bytes = range.end - range.start;
    this.sendWindow -= bytes;
    stream.sendWindow -= bytes;
    this.#output.writeData(stream.id, range, stream.lastFrame);
    this.#receiver.guard.earn(FLOOD_EARNED_PER_DATA_FRAME);
    this.#scheduleFlush();
  }

  /** Half-closes the request. */
  sendEnd(stream: Http2Stream): void {
    this.#output.endStream(stream.id, stream.lastFrame);
    this.#scheduleFlush();
  }

  /** The stream has something to send and waits for the connection's window or output. */
  park(stream: Http2Stream): void {
    if (stream.parked) return;
    stream.parked = true;
    this.#parked.push(stream);
  }

  resetStream(stream: Http2Stream, http2Code: number): void {
    this.#output.writeNumberFrame(FRAME.RST_STREAM, stream.id, http2Code);
    this.#scheduleFlush();
  }

  sendWindowUpdate(streamId: number, bytes: number): void {
    this.#output.writeNumberFrame(FRAME.WINDOW_UPDATE, streamId, bytes);
    this.#scheduleFlush();
  }

  /** Bytes that a handler has had return to the connection's window, half a window at a time. */
  consumed(bytes: number): void {
    if (this.#state === "closed") return;
    this.#creditBytes += bytes;
    if (this.#creditBytes * 2 < this.#options.connectionWindowBytes) return;
    this.sendWindowUpdate(0, this.#creditBytes);
    this.#receiveWindow += this.#creditBytes;
    this.#creditBytes = 0;
  }

  removeStream(stream: Http2Stream): void {
    if (!this.#streams.delete(stream.id)) return;
    const { metrics } = this.#options;
    metrics.streamsClosed.add();
    metrics.streamDuration.observe((this.#nowMs() - stream.startedAtMs) / 1_000);
    this.#keepAlive.hasStreams = this.#streams.size > 0;
    if (this.#state === "draining" && this.#streams.size === 0) {
      this.#sendGoaway(HTTP2_ERROR.NO_ERROR);
      this.#finish(undefined, true);
    } else if (this.#state === "ready") {
      this.#owner.onSlotsChanged(this);
    }
  }

  // --- events of the receiver -------------------------------------------------------------------

  isIdle(streamId: number): boolean {
    return streamId % 2 === 0 || streamId >= this.#nextStreamId;
  }

  onSettings(settings: PeerSettings): void {
    this.#peerStreamsMax = settings.concurrentStreamsMax ?? this.#peerStreamsMax;
    this.#sendControl(FRAME.SETTINGS, FLAG.ACK, EMPTY);
    if (settings.initialWindowBytes !== undefined) this.#moveWindows(settings.initialWindowBytes);
    if (this.#state === "connecting") {
      this.#state = "ready";
      clearTimeout(this.#connectTimer);
      this.#keepAlive.start();
      this.#owner.onReady(this);
    } else if (this.#state === "ready") {
      this.#owner.onSlotsChanged(this);
    }
  }

  onSettingsAck(): void {
    // Our settings only loosen limits (windows) or ask for less (table, header list): whether the
    // peer has seen them yet makes no difference to what we accept.
  }

  onHead(streamId: number, head: ResponseHead, endStream: boolean): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined || head.status < 200) this.#receiver.guard.spend();
    stream?.receiveHead(head, endStream);
  }

  onData(data: ReceivedData): void {
    this.#receiveWindow -= data.flowBytes;
    if (this.#receiveWindow < 0) {
      const message = "DATA exceeds the connection's window";
      throw new ConnectionFault(HTTP2_ERROR.FLOW_CONTROL_ERROR, message);
    }
    const stream = this.#streams.get(data.streamId);
    if (stream === undefined) this.#receiver.guard.spend();
    const heldBytes = stream?.receiveData(data) ?? 0;
    this.consumed(data.flowBytes - heldBytes);
  }

  onReset(streamId: number, http2Code: number): void {
    // Said by a peer whose memory for this connection is used up (Node's does not always get it
    // back): every later stream would hear the same, so they go to another connection.
    if (http2Code === HTTP2_ERROR.ENHANCE_YOUR_CALM) this.#drain();
    this.#streams.get(streamId)?.receiveReset(http2Code);
  }

  onPing(payload: Buffer): void {
    this.#sendControl(FRAME.PING, FLAG.ACK, payload);
  }

  onPingAck(payload: Buffer): void {
    this.#keepAlive.onPong(payload);
  }

  onGoaway(lastStreamId: number, http2Code: number, debugText: string): void {
    if (lastStreamId > this.#goawayLastStreamId) {
      const message = "Last stream of GOAWAY was raised";
      throw new ConnectionFault(HTTP2_ERROR.PROTOCOL_ERROR, message);
    }
    this.#goawayLastStreamId = lastStreamId;
    const reason = debugText === "" ? "" : ` (${debugText})`;
    const message = `Peer went away with ${http2ErrorName(http2Code)}${reason}`;
    this.#drain();
    for (const stream of this.#streams.values()) {
      if (stream.id <= lastStreamId) continue;
      stream.fail(new TransportError("GOAWAY", message, { retrySafe: true, http2Code }));
    }
  }

  onWindowUpdate(streamId: number, increment: number): void {
    if (streamId === 0) {
      this.sendWindow += increment;
      if (this.sendWindow > UINT31_MAX) {
        const message = "WINDOW_UPDATE raises the connection's window too far";
        throw new ConnectionFault(HTTP2_ERROR.FLOW_CONTROL_ERROR, message);
      }
      this.#unpark();
      return;
    }
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    stream.sendWindow += increment;
    if (stream.sendWindow <= UINT31_MAX) stream.pump();
    else stream.violate(HTTP2_ERROR.FLOW_CONTROL_ERROR, "WINDOW_UPDATE raises the window too far");
  }

  onStreamFault(streamId: number, http2Code: number, message: string): void {
    this.#streams.get(streamId)?.violate(http2Code, message);
  }

  /** A new initial window moves the windows of open streams by the difference (6.9.2). */
  #moveWindows(initialWindowBytes: number): void {
    const difference = initialWindowBytes - this.#peerWindowBytes;
    this.#peerWindowBytes = initialWindowBytes;
    for (const stream of this.#streams.values()) {
      stream.sendWindow += difference;
      if (stream.sendWindow > UINT31_MAX) {
        const message = "Initial window raises a stream's window too far";
        throw new ConnectionFault(HTTP2_ERROR.FLOW_CONTROL_ERROR, message);
      }
      if (difference > 0) stream.pump();
    }
  }

  // --- the socket -------------------------------------------------------------------------------

  #onConnect(error: TransportError | undefined): void {
    if (this.#state !== "connecting") return;
    if (error !== undefined) {
      this.#fail(error);
      return;
    }
    this.#output.writeRaw(Buffer.from(CONNECTION_PREFACE, "latin1"));
    const { streamWindowBytes, headerListBytesMax } = this.#options;
    this.#sendControl(
      FRAME.SETTINGS,
      0,
      encodeSettings([
        [SETTING.HEADER_TABLE_SIZE, 0],
        [SETTING.ENABLE_PUSH, 0],
        [SETTING.INITIAL_WINDOW_SIZE, streamWindowBytes],
        [SETTING.MAX_HEADER_LIST_SIZE, headerListBytesMax],
      ]),
    );
    const increment = this.#receiveWindow - DEFAULT_WINDOW_BYTES;
    if (increment > 0) this.sendWindowUpdate(0, increment);
  }

  #onRead(buffer: Buffer, bytes: number): void {
    if (this.#state === "closed") return;
    const isFirst = this.bytesReceived === 0;
    this.bytesReceived += bytes;
    this.#keepAlive.heardFromPeer = true;
    try {
      if (isFirst && buffer.toString("latin1", 0, Math.min(bytes, 5)) === "HTTP/") {
        throw new ConnectionFault(HTTP2_ERROR.PROTOCOL_ERROR, "Peer speaks HTTP/1, not HTTP/2");
      }
      this.#parser.push(buffer, bytes);
    } catch (error) {
      if (!(error instanceof ConnectionFault)) {
        // A defect of ours or of a handler: the connection's state is not known any more.
        this.#fail(new TransportError("CONNECTION_LOST", "Handler failed", { cause: error }));
        throw error;
      }
      const { http2Code, message } = error;
      this.#sendGoaway(http2Code);
      this.#finish(new TransportError("PROTOCOL_ERROR", message, { http2Code }), true);
    }
  }

  #onSocketClosed(): void {
    if (this.#state === "closed") return;
    const cause = this.#socketError;
    const isConnecting = this.#state === "connecting";
    const detail = cause === undefined ? "peer closed it" : describe(cause);
    const code: TransportErrorCode = isConnecting ? "CONNECT_FAILED" : "CONNECTION_LOST";
    const message = isConnecting
      ? `Connection to the deployment could not be opened: ${detail}`
      : `Connection to the deployment was lost: ${detail}`;
    this.#fail(new TransportError(code, message, { retrySafe: isConnecting, cause }));
  }

  #drain(): void {
    if (this.#state !== "ready") return;
    this.#state = "draining";
    this.#owner.onDraining(this);
    // With streams open, the last of them ends the connection; without, nothing else would.
    if (this.#streams.size === 0) this.#finish(undefined, true);
  }

  #fail(error: TransportError): void {
    this.#finish(error, false);
  }

  /** The one way into the closed state. */
  #finish(error: TransportError | undefined, isFlushed: boolean): void {
    if (this.#state === "closed") return;
    const wasConnecting = this.#state === "connecting";
    this.#state = "closed";
    clearTimeout(this.#connectTimer);
    this.#keepAlive.stop();
    this.#parser.stop();
    this.#parked = [];
    if (isFlushed) {
      this.#closeWhenWritten = true;
      setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS).unref();
      this.#flush();
    } else {
      this.#socket.destroy();
    }
    const lost = error ?? new TransportError("CONNECTION_LOST", "Connection is closed");
    for (const stream of this.#streams.values()) stream.fail(lost);
    this.#streams.clear();
    this.#owner.onClosed(this, wasConnecting ? lost : undefined);
  }

  /** Resolves when the socket is closed. */
  closed(): Promise<void> {
    if (this.#socket.closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#socket.once("close", () => resolve());
    });
  }

  // --- output -----------------------------------------------------------------------------------

  #sendControl(type: number, flags: number, payload: Uint8Array): void {
    this.#output.writeFrame(type, flags, 0, payload);
    this.#scheduleFlush();
  }

  #sendGoaway(http2Code: number): void {
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(http2Code, 4);
    this.#sendControl(FRAME.GOAWAY, 0, payload);
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    if (this.#writing) {
      this.#requireBoundedOutput();
      return;
    }
    this.#flushScheduled = true;
    setImmediate(flushConnection, this);
  }

  /** Writes what the turn gathered. At most one write is under way; the rest follows it. */
  flush(): void {
    this.#flushScheduled = false;
    this.#flush();
  }

  #flush(): void {
    if (this.#writing) return;
    if (this.#output.bytes === 0) {
      this.#endSocketIfDone();
      return;
    }
    const chunks = this.#output.take();
    this.#writing = true;
    const last = chunks.length - 1;
    if (last > 0) this.#socket.cork();
    for (let i = 0; i <= last; i += 1) {
      const chunk = chunks[i] as Uint8Array;
      this.bytesSent += chunk.length;
      this.#socket.write(chunk, i === last ? this.#onWritten : undefined);
    }
    if (last > 0) this.#socket.uncork();
  }

  readonly #onWritten = (): void => {
    this.#writing = false;
    this.#output.release();
    if (this.#parked.length > 0) this.#unpark();
    if (this.#output.bytes > 0) this.#flush();
    else this.#endSocketIfDone();
  };

  #endSocketIfDone(): void {
    if (this.#closeWhenWritten) this.#socket.destroySoon();
  }

  #requireBoundedOutput(): void {
    if (this.#output.bytes <= OUTPUT_BYTES_FATAL) return;
    this.#fail(new TransportError("CONNECTION_LOST", "Peer does not read what it asks for"));
  }

  /** Lets every stream that waits for the connection send, in order of arrival. */
  #unpark(): void {
    const parked = this.#parked;
    this.#parked = [];
    for (const [index, stream] of parked.entries()) {
      if (this.sendRoomBytes() <= 0) {
        this.#parked = [...parked.slice(index), ...this.#parked];
        return;
      }
      stream.parked = false;
      stream.pump();
    }
  }
}

function flushConnection(connection: Http2Connection): void {
  connection.flush();
}

function encodeSettings(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(settings.length * 6);
  for (const [index, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return payload;
}

/** An aggregate (several addresses tried) has its messages inside. */
function describe(error: Error): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.map((each) => (each instanceof Error ? each.message : each)).join(", ");
  }
  return error.message === "" ? error.name : error.message;
}
