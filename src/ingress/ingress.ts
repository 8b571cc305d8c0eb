import type { Clock } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { PartitionClient } from "#partition";
import type { SchemaView } from "#schema";
import { allowCrossOrigin } from "./cross-origin.ts";
import type { IngressFeatures } from "./http/environment.ts";
import { HandlerCache } from "./http/handler-cache.ts";
import { ingressErrorResponse } from "./http/responses.ts";
import { shuttingDown } from "./http/routing-failure.ts";
import { Http1Server } from "./http1/http1-server.ts";
import { type IngressMetrics, NO_METRICS } from "./ingress-metrics.ts";
import { RequestHandler } from "./request-handler.ts";
import type { ExchangeHandler } from "./server-exchange.ts";
import { BodyBudget } from "./transport/body-budget.ts";
import type { ConnectionServer } from "./transport/connection-server.ts";
import { type BoundAddress, type ListenAddress, Listener } from "./transport/listener.ts";
import { NodeHttp1Server } from "./transport/node-http1-server.ts";
import { NodeHttp2Server } from "./transport/node-http2-server.ts";

/** Bounds of the ingress. */
export interface IngressLimits {
  /** Largest request body, in bytes. */
  readonly requestBytesMax: number;
  /** Bytes of all bodies that are arriving; what does not fit is refused with 429. */
  readonly bodiesBytesMax?: number;
  /** Requests in flight, long polls included; more are refused with 429. Undefined: unlimited. */
  readonly concurrentRequestsMax: number | undefined;
  /** Streams of one HTTP/2 connection. */
  readonly http2ConcurrentStreamsMax: number;
  /** Connections of one listener; more are closed as they arrive. */
  readonly connectionsMax?: number;
  /** Time that `close` leaves to what is in flight; then it is refused. */
  readonly drainMs?: number;
}

/** Options of the ingress. */
export interface IngressOptions {
  /** The registry as it is now; called for every request. */
  readonly schema: () => SchemaView;
  readonly partitions: PartitionClient;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: IngressLimits;
  readonly metrics?: IngressMetrics;
  /** Both on unless switched off. */
  readonly features?: Partial<IngressFeatures>;
  /** Which HTTP/1 server to use: the own one, or that of Node. */
  readonly http1?: "own" | "node";
}

/** The HTTP ingress: serves client requests on any number of addresses. */
export interface Ingress {
  /** Starts to listen; port 0 picks one. Rejects if the address cannot be bound. */
  listen(address: ListenAddress): Promise<BoundAddress>;
  /** Stops accepting, finishes what is in flight for up to 5 s, then refuses it. Idempotent. */
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 65_536;
const BODIES_BYTES_MAX = 512 * 1024 * 1024;
const DRAIN_MS = 5_000;
/** Time in which the refusals of what was not finished may leave. */
const ABANDON_MS = 200;

/** Builds the ingress; nothing listens yet. */
export function createIngress(options: IngressOptions): Ingress {
  return new HttpIngress(options);
}

class HttpIngress implements Ingress {
  readonly #options: IngressOptions;
  readonly #servers: readonly ConnectionServer[];
  readonly #http1: ConnectionServer;
  readonly #http2: ConnectionServer;
  readonly #listeners: Listener[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: IngressOptions) {
    this.#options = options;
    const handler = requestHandlerOf(options);
    const onExchange: ExchangeHandler = (exchange) => handler.handle(exchange);
    const { limits } = options;
    const budget = new BodyBudget(limits.bodiesBytesMax ?? BODIES_BYTES_MAX);
    const bodies = { requestBytesMax: limits.requestBytesMax, budget };
    this.#http1 =
      options.http1 === "node"
        ? new NodeHttp1Server({ onExchange, bodies })
        : new Http1Server({ onExchange, bodies, clock: options.clock });
    this.#http2 = new NodeHttp2Server({
      onExchange,
      bodies,
      concurrentStreamsMax: limits.http2ConcurrentStreamsMax,
    });
    this.#servers = [this.#http1, this.#http2];
  }

  listen(address: ListenAddress): Promise<BoundAddress> {
    const metrics = this.#options.metrics ?? NO_METRICS;
    const listener = new Listener({
      http1: this.#http1,
      http2: this.#http2,
      connectionsMax: this.#options.limits.connectionsMax ?? CONNECTIONS_MAX,
      onConnectionOpened: () => metrics.onConnectionOpened(),
      onConnectionClosed: () => metrics.onConnectionClosed(),
    });
    this.#listeners.push(listener);
    return listener.listen(address);
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    for (const listener of this.#listeners) listener.stopAccepting();
    for (const server of this.#servers) server.drain();
    const drained = Promise.all(this.#listeners.map((listener) => listener.drained));
    await within(this.#options.limits.drainMs ?? DRAIN_MS, drained);
    const refusal = allowCrossOrigin(ingressErrorResponse(shuttingDown()), []);
    for (const server of this.#servers) server.abandon(refusal);
    await within(ABANDON_MS, drained);
    for (const listener of this.#listeners) listener.destroyConnections();
  }
}

/** Waits for something, but no longer than that. */
async function within(timeoutMs: number, awaited: Promise<unknown>): Promise<void> {
  const { promise: expired, resolve: expire } = Promise.withResolvers<void>();
  const timer = setTimeout(expire, timeoutMs);
  await Promise.race([awaited, expired]);
  clearTimeout(timer);
}

function requestHandlerOf(options: IngressOptions): RequestHandler {
  const { schema, partitions, random, clock, logger, limits, features, metrics } = options;
  return new RequestHandler({
    environment: {
      handlers: new HandlerCache(schema),
      partitions,
      random,
      clock,
      features: { scopes: true, scopedVirtualObjects: true, ...features },
    },
    requestBytesMax: limits.requestBytesMax,
    concurrentRequestsMax: limits.concurrentRequestsMax,
    metrics: metrics ?? NO_METRICS,
    logger,
  });
}
