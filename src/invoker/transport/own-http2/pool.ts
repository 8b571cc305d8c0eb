/**
 * The HTTP/2 transport to one deployment: connections, and the streams that wait for one.
 *
 * A stream goes to the first connection with a free slot. When all are full, another connection is
 * opened, up to the limit; meanwhile streams wait in order of arrival.
 */

import type { DeploymentTarget } from "../deployment-address.ts";
import {
  type OpenRequest,
  type RequestStream,
  type StreamHandlers,
  type Transport,
  TransportError,
  type TransportStats,
} from "../transport.ts";
import type { TransportOptions } from "../transport-options.ts";
import { type ConnectionOwner, Http2Connection } from "./connection.ts";
import { HpackEncoder, InvalidHeadError } from "./hpack-encoder.ts";
import { openSocket } from "./socket.ts";
import { Http2Stream, type StreamQueue } from "./stream.ts";

/** After a failed attempt to add a connection, how long the existing ones have to do alone. */
const RECONNECT_PAUSE_MS = 1000;

/** Our own HTTP/2 client over TCP (prior knowledge) or TLS (ALPN must answer h2). */
export class OwnHttp2Transport implements Transport, ConnectionOwner, StreamQueue {
  readonly #target: DeploymentTarget;
  readonly #options: TransportOptions;
  readonly #encoder: HpackEncoder;
  readonly #nowMs: () => number;
  /** In order of opening: the first with a slot is used, so that surplus ones become idle. */
  #connections: Http2Connection[] = [];
  #closing = new Set<Http2Connection>();
  #queue: Http2Stream[] = [];
  #queueHead = 0;
  #queuedCount = 0;
  /** What the latest connection turned out to carry; how many more are needed depends on it. */
  #slotsExpected: number;
  /** Set while no connection is added, since the latest attempt failed. */
  #connectPause: NodeJS.Timeout | undefined;
  #serial = 0;
  #isClosed = false;
  #ended = { streamsOpened: 0, bytesSent: 0, bytesReceived: 0 };

  constructor(target: DeploymentTarget, options: TransportOptions) {
    this.#target = target;
    this.#options = options;
    this.#slotsExpected = options.streamsPerConnectionMax;
    this.#nowMs = () => performance.now();
    this.#encoder = new HpackEncoder({
      scheme: target.secure ? "https" : "http",
      authority: target.authority,
    });
  }

  open(request: OpenRequest, handlers: StreamHandlers): RequestStream {
    const stream = new Http2Stream({
      request,
      handlers,
      queue: this,
      sendQueueBytesMax: this.#options.sendQueueBytesMax,
      windowBytes: this.#options.streamWindowBytes,
    });
    if (this.#isClosed) {
      this.#failLater(stream, new TransportError("TRANSPORT_CLOSED", "Transport is closed"));
      return stream;
    }
    const connection = this.#queuedCount === 0 ? this.#connectionWithSlot() : undefined;
    if (connection !== undefined) this.#start(connection, stream);
    else this.#enqueue(stream);
    return stream;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#endConnectPause();
    const error = new TransportError("TRANSPORT_CLOSED", "Transport is closed");
    this.#failQueued(error);
    for (const connection of [...this.#connections, ...this.#closing]) {
      this.#closing.add(connection);
      connection.close(error);
    }
    await Promise.all([...this.#closing].map((connection) => connection.closed()));
  }

  stats(): TransportStats {
    const connections = [...this.#connections, ...this.#closing];
    const connecting = connections.filter((connection) => connection.isConnecting).length;
    const sum = (read: (connection: Http2Connection) => number): number =>
      connections.reduce((total, connection) => total + read(connection), 0);
    return {
      connections: connections.length - connecting,
      connecting,
      streamsActive: sum((connection) => connection.streamsActive),
      streamsQueued: this.#queuedCount,
      connectionsOpenedTotal: this.#serial,
      streamsOpenedTotal: this.#ended.streamsOpened + sum((each) => each.streamsOpened),
      bytesSentTotal: this.#ended.bytesSent + sum((each) => each.bytesSent),
      bytesReceivedTotal: this.#ended.bytesReceived + sum((each) => each.bytesReceived),
    };
  }

  onQueuedReset(stream: Http2Stream): void {
    // It stays in the array, finished, and is skipped; the bound counts only live ones.
    if (stream.queued) this.#queuedCount -= 1;
    stream.queued = false;
  }

  onReady(connection: Http2Connection): void {
    this.#options.metrics.connectionsOpened.add();
    this.#slotsExpected = connection.slots;
    this.#endConnectPause();
    this.#dispatch();
  }

  onSlotsChanged(): void {
    if (this.#queuedCount > 0) this.#dispatch();
  }

  onDraining(connection: Http2Connection): void {
    this.#connections = this.#connections.filter((each) => each !== connection);
    this.#closing.add(connection);
    if (this.#queuedCount > 0) this.#connectIfNeeded();
  }

  onClosed(connection: Http2Connection, error: TransportError | undefined): void {
    this.#connections = this.#connections.filter((each) => each !== connection);
    this.#closing.delete(connection);
    const { connectionsClosed, connectionsFailed } = this.#options.metrics;
    (error === undefined ? connectionsClosed : connectionsFailed).add();
    this.#ended.streamsOpened += connection.streamsOpened;
    this.#ended.bytesSent += connection.bytesSent;
    this.#ended.bytesReceived += connection.bytesReceived;
    if (this.#queuedCount === 0 || this.#isClosed) return;
    if (error === undefined) this.#connectIfNeeded();
    else if (this.#connections.length === 0) this.#failQueued(error);
    else this.#pauseConnecting();
  }

  /** Streams that wait must not wait for good because one attempt failed. */
  #pauseConnecting(): void {
    this.#connectPause ??= setTimeout(() => {
      this.#connectPause = undefined;
      if (this.#queuedCount > 0) this.#connectIfNeeded();
    }, RECONNECT_PAUSE_MS);
  }

  #endConnectPause(): void {
    clearTimeout(this.#connectPause);
    this.#connectPause = undefined;
  }

  #connectionWithSlot(): Http2Connection | undefined {
    for (const connection of this.#connections) {
      if (connection.freeSlots > 0) return connection;
    }
    return undefined;
  }

  #start(connection: Http2Connection, stream: Http2Stream): void {
    let fields: Buffer;
    try {
      fields = this.#encoder.encode(stream.request);
    } catch (error) {
      if (!(error instanceof InvalidHeadError)) throw error;
      this.#failLater(stream, new TransportError("INVALID_REQUEST", error.message));
      return;
    }
    connection.openStream(stream, fields);
  }

  #enqueue(stream: Http2Stream): void {
    if (this.#queuedCount >= this.#options.queuedStreamsMax) {
      const message = `More than ${this.#options.queuedStreamsMax} streams wait for a connection`;
      this.#failLater(stream, new TransportError("QUEUE_FULL", message, { retrySafe: true }));
      return;
    }
    stream.queued = true;
    stream.queuedAtMs = this.#nowMs();
    this.#queue.push(stream);
    this.#queuedCount += 1;
    this.#connectIfNeeded();
  }

  /** Hands waiting streams to free slots. */
  #dispatch(): void {
    while (this.#queuedCount > 0) {
      const connection = this.#connectionWithSlot();
      if (connection === undefined) break;
      const stream = this.#nextQueued();
      if (stream !== undefined) this.#start(connection, stream);
    }
    this.#compactQueue();
    if (this.#queuedCount > 0) this.#connectIfNeeded();
  }

  #nextQueued(): Http2Stream | undefined {
    const stream = this.#queue[this.#queueHead];
    this.#queueHead += 1;
    if (stream === undefined || !stream.queued) return undefined;
    stream.queued = false;
    this.#queuedCount -= 1;
    return stream;
  }

  /** Drops what is behind the head, in steps that cost O(1) per stream. */
  #compactQueue(): void {
    if (this.#queuedCount === 0) this.#queue = [];
    else if (this.#queueHead * 2 > this.#queue.length) this.#queue.splice(0, this.#queueHead);
    else return;
    this.#queueHead = 0;
  }

  #failQueued(error: TransportError): void {
    const queue = this.#queue;
    this.#queue = [];
    this.#queueHead = 0;
    this.#queuedCount = 0;
    for (const stream of queue) {
      if (stream.queued) this.#failLater(stream, error);
      stream.queued = false;
    }
  }

  /** Opens as many connections as the queue needs beyond those that are being opened. */
  #connectIfNeeded(): void {
    const isPaused = this.#connectPause !== undefined && this.#connections.length > 0;
    if (this.#isClosed || isPaused) return;
    const connecting = this.#connections.filter((connection) => connection.isConnecting).length;
    let expected = connecting * Math.max(this.#slotsExpected, 1);
    while (expected < this.#queuedCount) {
      if (this.#connections.length >= this.#options.connectionsMax) return;
      this.#connect();
      expected += Math.max(this.#slotsExpected, 1);
    }
  }

  #connect(): void {
    this.#serial += 1;
    const connection = new Http2Connection({
      owner: this,
      transport: this.#options,
      openSocket: (hooks) => openSocket(this.#target, this.#options, hooks),
      serial: this.#serial,
      nowMs: this.#nowMs,
    });
    this.#connections.push(connection);
  }

  /** Handlers are never called from within a call of the user's. */
  #failLater(stream: Http2Stream, error: TransportError): void {
    this.#options.metrics.streamsFailed.add();
    process.nextTick(() => stream.fail(error));
  }
}
