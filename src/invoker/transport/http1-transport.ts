/**
 * The transport for deployments that speak HTTP/1.1 only: one connection per request in progress,
 * kept alive between requests, bodies in chunks both ways.
 *
 * Both directions may flow at once as far as the peer allows; many answer only after the end of
 * the request, which is why such deployments usually announce request/response mode.
 */

import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestPlain,
} from "node:http";
import { request as requestSecure, Agent as SecureAgent } from "node:https";
import type { Socket } from "node:net";

import type { ConnectionMetrics } from "./connection-metrics.ts";
import type { DeploymentTarget } from "./deployment-address.ts";
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

/** Connections to one deployment: one per stream, so as many as HTTP/2 would have streams. */
function socketsMax(options: TransportOptions): number {
  return options.connectionsMax * 16;
}

export class Http1Transport implements Transport {
  readonly #target: DeploymentTarget;
  readonly #options: TransportOptions;
  readonly #agent: Agent;
  readonly #streams = new Set<Http1Stream>();
  #isClosed = false;
  #streamsOpened = 0;
  readonly #traffic = { sentBytes: 0, receivedBytes: 0 };

  constructor(target: DeploymentTarget, options: TransportOptions) {
    this.#target = target;
    this.#options = options;
    const agentOptions = {
      keepAlive: true,
      maxSockets: socketsMax(options),
      maxFreeSockets: options.streamsPerConnectionMax,
      scheduling: "lifo",
      timeout: options.idleCloseMs,
    } as const;
    this.#agent = target.secure
      ? new SecureAgent({
          ...agentOptions,
          ...tlsOptions(target, options),
          ALPNProtocols: ["http/1.1"],
        })
      : new Agent(agentOptions);
  }

  open(request: OpenRequest, handlers: StreamHandlers): RequestStream {
    const stream = new Http1Stream({
      handlers,
      traffic: this.#traffic,
      metrics: this.#options.metrics,
      onOver: (over) => this.#streams.delete(over),
      sendQueueBytesMax: this.#options.sendQueueBytesMax,
    });
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      this.#options.metrics.streamsFailed.add();
      process.nextTick(() => stream.fail(refusal));
      return stream;
    }
    this.#streams.add(stream);
    this.#streamsOpened += 1;
    try {
      stream.start(this.#send(request), this.#options.connectTimeoutMs);
    } catch (cause) {
      const message = `Request cannot be sent: ${cause instanceof Error ? cause.message : cause}`;
      process.nextTick(() => stream.fail(new TransportError("INVALID_REQUEST", message)));
    }
    return stream;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    const error = new TransportError("TRANSPORT_CLOSED", "Transport is closed");
    for (const stream of this.#streams) stream.fail(error);
    this.#agent.destroy();
    return Promise.resolve();
  }

  stats(): TransportStats {
    const sockets = count(this.#agent.sockets);
    const queued = count(this.#agent.requests);
    return {
      connections: sockets + count(this.#agent.freeSockets),
      connecting: 0,
      streamsActive: this.#streams.size - queued,
      streamsQueued: queued,
      connectionsOpenedTotal: 0,
      streamsOpenedTotal: this.#streamsOpened,
      bytesSentTotal: this.#traffic.sentBytes,
      bytesReceivedTotal: this.#traffic.receivedBytes,
    };
  }

  #refusal(): TransportError | undefined {
    if (this.#isClosed) return new TransportError("TRANSPORT_CLOSED", "Transport is closed");
    const streamsMax = socketsMax(this.#options) + this.#options.queuedStreamsMax;
    if (this.#streams.size < streamsMax) return undefined;
    const message = `More than ${streamsMax} requests are open or wait for a connection`;
    return new TransportError("QUEUE_FULL", message, { retrySafe: true });
  }

  #send(request: OpenRequest): ClientRequest {
    const headers: Record<string, string> = {};
    for (const [name, value] of request.staticHeaders ?? []) headers[name] = value;
    for (const [name, value] of request.headers) headers[name] = value;
    const { host, port, secure } = this.#target;
    const options = { agent: this.#agent, host, port, method: request.method, headers } as const;
    const withPath = { ...options, path: request.path, setDefaultHeaders: true };
    return secure ? requestSecure(withPath) : requestPlain(withPath);
  }
}

function count(lists: NodeJS.ReadOnlyDict<readonly unknown[]>): number {
  return Object.values(lists).reduce((total, list) => total + (list?.length ?? 0), 0);
}

/** One request; `fail` and the events of node:http both end it, whichever comes first. */
class Http1Stream implements RequestStream {
  readonly #handlers: StreamHandlers;
  readonly #traffic: { sentBytes: number; receivedBytes: number };
  readonly #metrics: ConnectionMetrics;
  readonly #onOver: (stream: Http1Stream) => void;
  readonly #sendQueueBytesMax: number;
  #request: ClientRequest | undefined;
  #response: IncomingMessage | undefined;
  #connectTimer: NodeJS.Timeout | undefined;
  readonly #openedAtMs = performance.now();
  #startedAtMs: number | undefined;
  #isOver = false;
  #isEnded = false;
  #isPaused = false;

  constructor(options: {
    readonly handlers: StreamHandlers;
    readonly traffic: { sentBytes: number; receivedBytes: number };
    readonly metrics: ConnectionMetrics;
    readonly onOver: (stream: Http1Stream) => void;
    readonly sendQueueBytesMax: number;
  }) {
    this.#handlers = options.handlers;
    this.#traffic = options.traffic;
    this.#metrics = options.metrics;
    this.#onOver = options.onOver;
    this.#sendQueueBytesMax = options.sendQueueBytesMax;
  }

  get bufferedBytes(): number {
    return this.#request?.writableLength ?? 0;
  }

  start(request: ClientRequest, connectTimeoutMs: number): void {
    this.#request = request;
    request.setNoDelay(true);
    request.on("response", (response) => this.#onResponse(response));
    request.on("drain", () => {
      if (!this.#isOver) this.#handlers.onDrain?.();
    });
    request.on("error", (cause) => this.#onRequestError(cause));
    request.on("close", () => this.fail(lost(undefined)));
    request.on("socket", (socket) => {
      if (!socket.connecting) {
        this.#measureStart();
        return;
      }
      this.#watchConnection(socket);
      this.#connectTimer = setTimeout(() => {
        const message = `No connection to the deployment in ${connectTimeoutMs} ms`;
        this.fail(new TransportError("CONNECT_TIMEOUT", message, { retrySafe: true }));
      }, connectTimeoutMs);
      socket.once("connect", () => clearTimeout(this.#connectTimer));
    });
    if (request.method === "POST") request.flushHeaders();
  }

  #measureStart(): void {
    this.#startedAtMs = performance.now();
    this.#metrics.streamsOpened.add();
    this.#metrics.acquireDuration.observe((this.#startedAtMs - this.#openedAtMs) / 1_000);
    // A connection carries one request at a time.
    this.#metrics.utilization.observe(1);
  }

  /** The connection outlives this request, and is counted until it closes. */
  #watchConnection(socket: Socket): void {
    const { connectionsOpened, connectionsClosed, connectionsFailed } = this.#metrics;
    let isOpen = false;
    socket.once("connect", () => {
      isOpen = true;
      connectionsOpened.add();
      this.#measureStart();
    });
    socket.once("close", () => (isOpen ? connectionsClosed : connectionsFailed).add());
  }

  write(data: Uint8Array | readonly Uint8Array[]): boolean {
    const request = this.#request;
    if (this.#isOver || this.#isEnded || request === undefined) return true;
    const chunks = data instanceof Uint8Array ? [data] : data;
    let isFlowing = true;
    request.cork();
    for (const chunk of chunks) {
      this.#traffic.sentBytes += chunk.length;
      isFlowing = request.write(chunk);
    }
    request.uncork();
    if (request.writableLength > this.#sendQueueBytesMax) {
      const message = `Request body waits with more than ${this.#sendQueueBytesMax} bytes`;
      process.nextTick(() => this.fail(new TransportError("SEND_QUEUE_FULL", message)));
    }
    // Node's own mark is lower than ours; below ours the caller need not wait for a drain.
    return isFlowing || request.writableLength <= WRITE_HIGH_WATER_BYTES;
  }

  end(): void {
    if (this.#isOver || this.#isEnded) return;
    this.#isEnded = true;
    this.#request?.end();
  }

  reset(): void {
    this.#finish();
    this.#request?.destroy();
  }

  pauseReading(): void {
    this.#isPaused = true;
    this.#response?.pause();
  }

  resumeReading(): void {
    this.#isPaused = false;
    this.#response?.resume();
  }

  /** Ends the stream with an error, unless it is over. */
  fail(error: TransportError): void {
    if (!this.#finish()) return;
    this.#request?.destroy();
    this.#handlers.onError(error);
  }

  #finish(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    if (this.#startedAtMs === undefined) {
      this.#metrics.streamsFailed.add();
    } else {
      this.#metrics.streamsClosed.add();
      this.#metrics.streamDuration.observe((performance.now() - this.#startedAtMs) / 1_000);
    }
    clearTimeout(this.#connectTimer);
    this.#onOver(this);
    return true;
  }

  #onResponse(response: IncomingMessage): void {
    if (this.#isOver) {
      response.destroy();
      return;
    }
    this.#response = response;
    this.#handlers.onHead(response.statusCode ?? 0, flatten(response.headers));
    if (this.#isOver) return;
    response.on("data", (chunk: Buffer) => {
      this.#traffic.receivedBytes += chunk.length;
      if (!this.#isOver) this.#handlers.onData(chunk);
    });
    response.on("end", () => this.#onEnd());
    response.on("error", (cause) => this.fail(lost(cause)));
    response.on("aborted", () => this.fail(lost(undefined)));
    if (this.#isPaused) response.pause();
  }

  #onEnd(): void {
    if (this.#response?.complete === false) {
      this.fail(lost(undefined));
      return;
    }
    if (!this.#finish()) return;
    this.#handlers.onEnd();
    // A connection whose request is unfinished cannot carry another one.
    if (!this.#isEnded) this.#request?.destroy();
  }

  #onRequestError(cause: Error): void {
    if (this.#request?.reusedSocket === true || this.#response !== undefined) {
      this.fail(lost(cause));
      return;
    }
    const code = "code" in cause ? cause.code : undefined;
    const isConnectError = code !== "ECONNRESET" && code !== "EPIPE";
    if (!isConnectError) {
      this.fail(lost(cause));
      return;
    }
    const message = `Connection to the deployment could not be opened: ${describe(cause)}`;
    this.fail(new TransportError("CONNECT_FAILED", message, { cause }));
  }
}

function lost(cause: Error | undefined): TransportError {
  const detail = cause === undefined ? "peer closed it" : describe(cause);
  const message = `Connection to the deployment was lost: ${detail}`;
  return new TransportError("CONNECTION_LOST", message, { cause });
}

function describe(error: Error): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.map((each) => (each instanceof Error ? each.message : each)).join(", ");
  }
  return error.message === "" ? error.name : error.message;
}

function flatten(headers: IncomingHttpHeaders): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return flat;
}
