/**
 * Chooses between HTTP/2 and HTTP/1.1 for an https deployment by what ALPN answers.
 *
 * The first request opens one TLS connection to ask, and waits; the answer is kept until an HTTP/2
 * connection finds that it no longer holds. Prior knowledge needs no question, so http deployments
 * never come here.
 */

import { connect } from "node:tls";

import { DeferredStream } from "./deferred-stream.ts";
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
import type { TransportOptions } from "./transport-options.ts";

const NO_STATS: TransportStats = {
  connections: 0,
  connecting: 0,
  streamsActive: 0,
  streamsQueued: 0,
  connectionsOpenedTotal: 0,
  streamsOpenedTotal: 0,
  bytesSentTotal: 0,
  bytesReceivedTotal: 0,
};

type Protocol = "h2" | "http1";

export class AlpnTransport implements Transport {
  readonly #target: DeploymentTarget;
  readonly #options: TransportOptions;
  readonly #create: (protocol: Protocol) => Transport;
  readonly #transports = new Map<Protocol, Transport>();
  #chosen: Transport | undefined;
  #waiting: DeferredStream[] = [];
  #abandonProbe: (() => void) | undefined;
  #isClosed = false;

  /** @param create makes the transport of either protocol; called at most once for each */
  constructor(
    target: DeploymentTarget,
    options: TransportOptions,
    create: (protocol: Protocol) => Transport,
  ) {
    this.#target = target;
    this.#options = options;
    this.#create = create;
  }

  open(request: OpenRequest, handlers: StreamHandlers): RequestStream {
    if (this.#chosen !== undefined) return this.#openChosen(this.#chosen, request, handlers);
    const bytesMax = this.#options.sendQueueBytesMax;
    const stream = new DeferredStream({ request, handlers, bytesMax });
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      process.nextTick(() => stream.fail(refusal));
      return stream;
    }
    this.#waiting.push(stream);
    if (this.#abandonProbe === undefined) this.#probe();
    return stream;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#abandonProbe?.();
    this.#failWaiting(new TransportError("TRANSPORT_CLOSED", "Transport is closed"));
    await Promise.all([...this.#transports.values()].map((transport) => transport.close()));
  }

  stats(): TransportStats {
    const base = this.#chosen?.stats() ?? NO_STATS;
    return { ...base, streamsQueued: base.streamsQueued + this.#waiting.length };
  }

  #refusal(): TransportError | undefined {
    if (this.#isClosed) return new TransportError("TRANSPORT_CLOSED", "Transport is closed");
    if (this.#waiting.length < this.#options.queuedStreamsMax) return undefined;
    const message = `More than ${this.#options.queuedStreamsMax} streams wait for a connection`;
    return new TransportError("QUEUE_FULL", message, { retrySafe: true });
  }

  /** Opens a request and watches for the one error that overturns the choice. */
  #openChosen(chosen: Transport, request: OpenRequest, handlers: StreamHandlers): RequestStream {
    return chosen.open(request, {
      onHead: (status, headers) => handlers.onHead(status, headers),
      onData: (chunk) => handlers.onData(chunk),
      onEnd: () => handlers.onEnd(),
      onDrain: () => handlers.onDrain?.(),
      onError: (error) => {
        if (error.code === "ALPN_MISMATCH" && this.#chosen === chosen) this.#chosen = undefined;
        handlers.onError(error);
      },
    });
  }

  #probe(): void {
    const { host, port } = this.#target;
    const socket = connect({
      host,
      port,
      ...tlsOptions(this.#target, this.#options),
      ALPNProtocols: ["h2", "http/1.1"],
    });
    const timer = setTimeout(() => {
      const message = `No TLS connection to the deployment in ${this.#options.connectTimeoutMs} ms`;
      settle(new TransportError("CONNECT_TIMEOUT", message, { retrySafe: true }));
    }, this.#options.connectTimeoutMs);
    const abandon = (): void => {
      clearTimeout(timer);
      socket.destroy();
      this.#abandonProbe = undefined;
    };
    const settle = (outcome: Protocol | TransportError): void => {
      // Both "error" and the timer may come after the outcome is known.
      if (this.#abandonProbe !== abandon) return;
      abandon();
      if (outcome instanceof TransportError) this.#failWaiting(outcome);
      else this.#choose(outcome);
    };
    this.#abandonProbe = abandon;
    socket.once("secureConnect", () => settle(socket.alpnProtocol === "h2" ? "h2" : "http1"));
    socket.on("error", (cause: Error) => {
      const message = `Connection to the deployment could not be opened: ${cause.message}`;
      settle(new TransportError("CONNECT_FAILED", message, { retrySafe: true, cause }));
    });
  }

  #choose(protocol: Protocol): void {
    const transport = this.#transports.get(protocol) ?? this.#create(protocol);
    this.#transports.set(protocol, transport);
    this.#chosen = transport;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const stream of waiting) stream.attach(transport);
  }

  #failWaiting(error: TransportError): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const stream of waiting) stream.fail(error);
  }
}
