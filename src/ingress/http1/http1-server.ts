import type { Socket } from "node:net";
import type { Clock } from "#base/clock";
import type { ExchangeHandler, IngressResponse } from "../server-exchange.ts";
import type { BodyLimits } from "../transport/body-collector.ts";
import type { ConnectionServer } from "../transport/connection-server.ts";
import { DateHeader } from "./date-header.ts";
import { Http1Connection, type WaitReason } from "./http1-connection.ts";

/** Options of the own HTTP/1 server. */
export interface Http1ServerOptions {
  readonly onExchange: ExchangeHandler;
  readonly bodies: BodyLimits;
  readonly clock: Clock;
  /** Time between two sweeps, in milliseconds; the unit of all waits. */
  readonly sweepIntervalMs?: number;
}

const SWEEP_INTERVAL_MS = 1_000;

/**
 * How long a client may keep a connection waiting, in sweeps.
 *
 * Between requests it may wait long: closing an idle connection races with the next request on it,
 * and the original never does. Peers that are gone are found by TCP keep-alive.
 */
const SWEEPS_MAX: Readonly<Record<WaitReason, number>> = {
  request: 3_600,
  head: 60,
  body: 60,
  drain: 300,
  close: 5,
};

/**
 * HTTP/1.0 and HTTP/1.1 on plain sockets: keep-alive, pipelining, chunked bodies, `100 Continue`.
 *
 * Serves only what the ingress needs: responses are complete when they are handed over, and there
 * are no upgrades, no trailers and no response chunking.
 */
export class Http1Server implements ConnectionServer {
  readonly #options: Http1ServerOptions;
  readonly #date: DateHeader;
  readonly #connections = new Set<Http1Connection>();
  #sweeper: NodeJS.Timeout | undefined;
  #sweepCount = 0;
  #draining = false;

  constructor(options: Http1ServerOptions) {
    this.#options = options;
    this.#date = new DateHeader(options.clock);
  }

  accept(socket: Socket, first: Buffer): void {
    const { onExchange, bodies } = this.#options;
    const connection = new Http1Connection(socket, {
      onExchange,
      bodies,
      date: this.#date,
      now: () => this.#sweepCount,
      onClosed: (closed) => this.#remove(closed),
    });
    this.#connections.add(connection);
    this.#sweeper ??= this.#startSweeper();
    connection.receive(first);
    if (this.#draining) connection.drain();
  }

  drain(): void {
    this.#draining = true;
    for (const connection of this.#connections) connection.drain();
  }

  abandon(response: IngressResponse): void {
    for (const connection of this.#connections) connection.abandon(response);
  }

  #remove(connection: Http1Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  /** One timer for all connections; it only runs while there are any. */
  #startSweeper(): NodeJS.Timeout {
    const intervalMs = this.#options.sweepIntervalMs ?? SWEEP_INTERVAL_MS;
    return setInterval(() => this.#sweep(), intervalMs).unref();
  }

  #sweep(): void {
    this.#sweepCount += 1;
    for (const connection of this.#connections) {
      const reason = connection.waitReason;
      if (reason === undefined) continue;
      if (this.#sweepCount - connection.since > SWEEPS_MAX[reason]) connection.expire(reason);
    }
  }
}
