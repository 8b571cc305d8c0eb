/**
 * The stock HTTP/2 client, to switch back to: same interface as `OwnHttp2Transport` at about ten
 * times the CPU per stream. Kept simple: windows and framing are Node's.
 */

import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from "node:http2";

import type { DeploymentTarget } from "./deployment-address.ts";
import { http2ErrorName } from "./own-http2/protocol.ts";
import { tlsOptions } from "./own-http2/socket.ts";
import {
  type OpenRequest,
  type RequestStream,
  type StreamHandlers,
  type Transport,
  TransportError,
  type TransportStats,
} from "./transport.ts";
import { type TransportOptions, WRITE_HIGH_WATER_BYTES } from "./transport-options.ts";

interface Session {
  readonly client: ClientHttp2Session;
  streamsActive: number;
  isReady: boolean;
  isDraining: boolean;
  connectError: TransportError | undefined;
}

export class NodeHttp2Transport implements Transport {
  readonly #target: DeploymentTarget;
  readonly #options: TransportOptions;
  #sessions: Session[] = [];
  readonly #streams = new Set<NodeHttp2Stream>();
  #queue: { readonly request: OpenRequest; readonly stream: NodeHttp2Stream }[] = [];
  #isClosed = false;
  #connectionsOpened = 0;
  #streamsOpened = 0;
  readonly #traffic = { sentBytes: 0, receivedBytes: 0 };

  constructor(target: DeploymentTarget, options: TransportOptions) {
    this.#target = target;
    this.#options = options;
  }

  open(request: OpenRequest, handlers: StreamHandlers): RequestStream {
    const stream = new NodeHttp2Stream({
      handlers,
      traffic: this.#traffic,
      sendQueueBytesMax: this.#options.sendQueueBytesMax,
    });
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      process.nextTick(() => stream.fail(refusal));
      return stream;
    }
    this.#queue.push({ request, stream });
    this.#dispatch();
    return stream;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const error = new TransportError("TRANSPORT_CLOSED", "Transport is closed");
    for (const { stream } of this.#queue) stream.fail(error);
    this.#queue = [];
    for (const stream of this.#streams) stream.fail(error);
    const closing = this.#sessions.map(({ client }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      client.once("close", resolve);
      if (client.closed) resolve();
      client.destroy();
      return promise;
    });
    await Promise.all(closing);
  }

  stats(): TransportStats {
    const connecting = this.#sessions.filter((session) => !session.isReady).length;
    return {
      connections: this.#sessions.length - connecting,
      connecting,
      streamsActive: this.#streams.size,
      streamsQueued: this.#queue.length,
      connectionsOpenedTotal: this.#connectionsOpened,
      streamsOpenedTotal: this.#streamsOpened,
      bytesSentTotal: this.#traffic.sentBytes,
      bytesReceivedTotal: this.#traffic.receivedBytes,
    };
  }

  #refusal(): TransportError | undefined {
    if (this.#isClosed) return new TransportError("TRANSPORT_CLOSED", "Transport is closed");
    if (this.#queue.length < this.#options.queuedStreamsMax) return undefined;
    const message = `More than ${this.#options.queuedStreamsMax} streams wait for a connection`;
    return new TransportError("QUEUE_FULL", message, { retrySafe: true });
  }

  #dispatch(): void {
    this.#queue = this.#queue.filter(({ stream }) => !stream.isOver);
    while (this.#queue.length > 0) {
      const session = this.#sessions.find((each) => this.#freeSlots(each) > 0);
      if (session === undefined) break;
      const next = this.#queue.shift();
      if (next !== undefined) this.#start(session, next.request, next.stream);
    }
    const connecting = this.#sessions.filter((session) => !session.isReady).length;
    let expected = connecting * this.#options.streamsPerConnectionMax;
    while (expected < this.#queue.length && this.#sessions.length < this.#options.connectionsMax) {
      this.#connect();
      expected += this.#options.streamsPerConnectionMax;
    }
  }

  #freeSlots(session: Session): number {
    if (!session.isReady || session.isDraining) return 0;
    return this.#slotsOf(session) - session.streamsActive;
  }

  #slotsOf({ client }: Session): number {
    const peerMax = client.remoteSettings.maxConcurrentStreams ?? Number.MAX_SAFE_INTEGER;
    return Math.min(this.#options.streamsPerConnectionMax, peerMax);
  }

  #start(session: Session, request: OpenRequest, stream: NodeHttp2Stream): void {
    const headers: Record<string, string> = {
      ":method": request.method,
      ":path": request.path,
      ":scheme": this.#target.secure ? "https" : "http",
      ":authority": this.#target.authority,
    };
    for (const [name, value] of request.staticHeaders ?? []) headers[name] = value;
    for (const [name, value] of request.headers) headers[name] = value;
    let inner: ClientHttp2Stream;
    try {
      inner = session.client.request(headers, { endStream: false });
    } catch (cause) {
      const message = `Request cannot be sent: ${cause instanceof Error ? cause.message : cause}`;
      process.nextTick(() => stream.fail(new TransportError("INVALID_REQUEST", message)));
      return;
    }
    const { metrics } = this.#options;
    const startedAtMs = performance.now();
    session.streamsActive += 1;
    this.#streamsOpened += 1;
    metrics.streamsOpened.add();
    metrics.acquireDuration.observe((startedAtMs - stream.openedAtMs) / 1_000);
    metrics.utilization.observe(session.streamsActive / this.#slotsOf(session));
    this.#streams.add(stream);
    inner.once("close", () => {
      session.streamsActive -= 1;
      metrics.streamsClosed.add();
      metrics.streamDuration.observe((performance.now() - startedAtMs) / 1_000);
      this.#streams.delete(stream);
      // Said by a peer whose memory for this connection is used up: later streams would hear the
      // same (see `OwnHttp2Transport`).
      if (inner.rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM) session.isDraining = true;
      if (session.isDraining && session.streamsActive === 0) session.client.close();
      this.#dispatch();
    });
    stream.attach(inner);
  }

  #connect(): void {
    this.#connectionsOpened += 1;
    const { secure, authority } = this.#target;
    const options = this.#options;
    const client = connect(`${secure ? "https" : "http"}://${authority}`, {
      ...tlsOptions(this.#target, options),
      settings: { enablePush: false, initialWindowSize: options.streamWindowBytes },
    });
    const session: Session = {
      client,
      streamsActive: 0,
      isReady: false,
      isDraining: false,
      connectError: undefined,
    };
    this.#sessions.push(session);
    const timer = setTimeout(() => {
      const message = `No HTTP/2 connection to the deployment in ${options.connectTimeoutMs} ms`;
      session.connectError = new TransportError("CONNECT_TIMEOUT", message, { retrySafe: true });
      client.destroy();
    }, options.connectTimeoutMs);
    client.once("remoteSettings", () => {
      clearTimeout(timer);
      session.isReady = true;
      options.metrics.connectionsOpened.add();
      client.setLocalWindowSize(options.connectionWindowBytes);
      this.#watch(session);
      this.#dispatch();
    });
    client.on("goaway", () => {
      session.isDraining = true;
    });
    client.on("error", (cause: Error) => {
      const message = `Connection to the deployment failed: ${cause.message}`;
      session.connectError ??= new TransportError("CONNECT_FAILED", message, { cause });
    });
    client.once("close", () => {
      clearTimeout(timer);
      const { connectionsClosed, connectionsFailed } = options.metrics;
      (session.isReady ? connectionsClosed : connectionsFailed).add();
      this.#onSessionClosed(session);
    });
  }

  /** Pings and idle closing; the interval ends with the session. */
  #watch(session: Session): void {
    const { client } = session;
    const { keepAliveIntervalMs, keepAliveTimeoutMs, idleCloseMs } = this.#options;
    client.setTimeout(idleCloseMs, () => {
      if (session.streamsActive === 0) client.close();
    });
    const ticker = setInterval(() => {
      if (session.streamsActive === 0) return;
      const deadline = setTimeout(() => client.destroy(), keepAliveTimeoutMs).unref();
      client.ping(() => clearTimeout(deadline));
    }, keepAliveIntervalMs).unref();
    client.once("close", () => clearInterval(ticker));
  }

  #onSessionClosed(session: Session): void {
    this.#sessions = this.#sessions.filter((each) => each !== session);
    if (this.#isClosed) return;
    if (session.isReady || this.#sessions.length > 0) {
      this.#dispatch();
      return;
    }
    const error =
      session.connectError ?? new TransportError("CONNECT_FAILED", "Connection was closed");
    const queue = this.#queue;
    this.#queue = [];
    for (const { stream } of queue) stream.fail(error);
  }
}

/** One request; calls before a session is there are recorded. */
class NodeHttp2Stream implements RequestStream {
  readonly #handlers: StreamHandlers;
  readonly #traffic: { sentBytes: number; receivedBytes: number };
  readonly #sendQueueBytesMax: number;
  #inner: ClientHttp2Stream | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isEnded = false;
  #isPaused = false;
  #needsDrain = false;
  readonly openedAtMs = performance.now();
  isOver = false;

  constructor(options: {
    readonly handlers: StreamHandlers;
    readonly traffic: { sentBytes: number; receivedBytes: number };
    readonly sendQueueBytesMax: number;
  }) {
    this.#handlers = options.handlers;
    this.#traffic = options.traffic;
    this.#sendQueueBytesMax = options.sendQueueBytesMax;
  }

  get bufferedBytes(): number {
    return this.#waitingBytes + (this.#inner?.writableLength ?? 0);
  }

  attach(inner: ClientHttp2Stream): void {
    this.#inner = inner;
    inner.on("response", (headers) => this.#onHead(headers));
    inner.on("data", (chunk: Buffer) => {
      this.#traffic.receivedBytes += chunk.length;
      if (!this.isOver) this.#handlers.onData(chunk);
    });
    inner.on("end", () => this.#onEnd(inner));
    inner.on("drain", () => this.#onDrain());
    inner.on("error", (cause) => this.fail(toError(inner, cause)));
    inner.on("close", () => this.fail(toError(inner, undefined)));
    if (this.#isPaused) inner.pause();
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const chunk of waiting) inner.write(chunk);
    if (this.#isEnded) inner.end();
    if (waiting.length > 0 && !inner.writableNeedDrain) this.#onDrain();
  }

  write(data: Uint8Array | readonly Uint8Array[]): boolean {
    if (this.isOver || this.#isEnded) return true;
    const chunks = data instanceof Uint8Array ? [data] : data;
    for (const chunk of chunks) {
      this.#traffic.sentBytes += chunk.length;
      if (this.#inner !== undefined) this.#inner.write(chunk);
      else {
        this.#waiting.push(chunk);
        this.#waitingBytes += chunk.length;
      }
    }
    if (this.bufferedBytes > this.#sendQueueBytesMax) {
      const message = `Request body waits with more than ${this.#sendQueueBytesMax} bytes`;
      process.nextTick(() => this.fail(new TransportError("SEND_QUEUE_FULL", message)));
    }
    if (this.bufferedBytes <= WRITE_HIGH_WATER_BYTES) return true;
    this.#needsDrain = true;
    return false;
  }

  end(): void {
    if (this.isOver || this.#isEnded) return;
    this.#isEnded = true;
    this.#inner?.end();
  }

  reset(): void {
    this.isOver = true;
    this.#waiting = [];
    this.#inner?.close(constants.NGHTTP2_CANCEL);
  }

  pauseReading(): void {
    this.#isPaused = true;
    this.#inner?.pause();
  }

  resumeReading(): void {
    this.#isPaused = false;
    this.#inner?.resume();
  }

  fail(error: TransportError): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#waiting = [];
    this.#inner?.close(constants.NGHTTP2_CANCEL);
    this.#handlers.onError(error);
  }

  #onHead(headers: IncomingHttpHeaders & { readonly ":status"?: number | undefined }): void {
    if (this.isOver) return;
    const flat = new Map<string, string>();
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined || name.startsWith(":")) continue;
      flat.set(name, Array.isArray(value) ? value.join(", ") : String(value));
    }
    this.#handlers.onHead(headers[":status"] ?? 0, flat);
  }

  #onEnd(inner: ClientHttp2Stream): void {
    // "end" also comes after a reset; then "close" follows and carries the reason.
    if (this.isOver || inner.rstCode !== constants.NGHTTP2_NO_ERROR || inner.aborted) return;
    this.isOver = true;
    this.#handlers.onEnd();
    if (!this.#isEnded) inner.end();
  }

  #onDrain(): void {
    if (this.isOver || !this.#needsDrain) return;
    this.#needsDrain = false;
    this.#handlers.onDrain?.();
  }
}

function toError(inner: ClientHttp2Stream, cause: Error | undefined): TransportError {
  const http2Code = inner.rstCode ?? constants.NGHTTP2_NO_ERROR;
  if (http2Code === constants.NGHTTP2_REFUSED_STREAM) {
    const options = { http2Code, retrySafe: true };
    return new TransportError("STREAM_REFUSED", "Peer refused the stream", options);
  }
  if (http2Code !== constants.NGHTTP2_NO_ERROR) {
    const message = `Peer reset the stream with ${http2ErrorName(http2Code)}`;
    return new TransportError("STREAM_RESET", message, { http2Code });
  }
  const detail = cause === undefined ? "peer closed it" : cause.message;
  const message = `Connection to the deployment was lost: ${detail}`;
  return new TransportError("CONNECTION_LOST", message, { cause });
}
