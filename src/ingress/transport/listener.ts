import { createServer, type Server, type Socket } from "node:net";
import type { ConnectionServer } from "./connection-server.ts";

/** Where to listen: a TCP address, or the path of a Unix socket. */
export type ListenAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

/** Where a listener listens. */
export type BoundAddress = ListenAddress;

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
/** Time in which a connection must show its protocol, in milliseconds. */
const SNIFF_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_PROBE_MS = 60_000;
const BACKLOG = 1_024;

/** Options of a listener. */
export interface ListenerOptions {
  readonly http1: ConnectionServer;
  readonly http2: ConnectionServer;
  /** Connections open at once; more are closed as they arrive. */
  readonly connectionsMax: number;
  readonly onConnectionOpened: () => void;
  readonly onConnectionClosed: () => void;
}

/**
 * Accepts connections on one port and hands each to HTTP/1 or HTTP/2 by its first bytes.
 *
 * HTTP/2 starts with a fixed preface; anything that is not a prefix of it is HTTP/1.
 */
export class Listener {
  readonly #server: Server;
  readonly #options: ListenerOptions;
  readonly #sockets = new Set<Socket>();
  /** Connections that have not shown their protocol. */
  readonly #sniffing = new Set<Socket>();
  #whenEmpty: (() => void) | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      this.#open(socket);
    });
    this.#server.maxConnections = options.connectionsMax;
  }

  /** Starts to listen; rejects if the address cannot be bound. */
  listen(address: ListenAddress): Promise<BoundAddress> {
    const { promise, resolve, reject } = Promise.withResolvers<BoundAddress>();
    this.#server.once("error", reject);
    this.#server.listen({ ...address, backlog: BACKLOG }, () => {
      this.#server.off("error", reject);
      resolve(this.#boundAddress(address));
    });
    return promise;
  }

  /** Stops accepting; connections stay, unless nothing has arrived on them. */
  stopAccepting(): void {
    this.#server.close(() => {});
    for (const socket of this.#sniffing) socket.destroy();
  }

  /** Resolves when no connection is left. */
  get drained(): Promise<void> {
    if (this.#sockets.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenEmpty = resolve;
    });
  }

  /** Drops every connection. */
  destroyConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #boundAddress(requested: ListenAddress): BoundAddress {
    const bound = this.#server.address();
    if (bound === null || typeof bound === "string") return requested;
    return { host: bound.address, port: bound.port };
  }

  #open(socket: Socket): void {
    this.#sockets.add(socket);
    this.#options.onConnectionOpened();
    socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    socket.setTimeout(SNIFF_TIMEOUT_MS, () => socket.destroy());
    // A connection that breaks is closed; whoever speaks on it learns that from `close`.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#closed(socket));
    this.#sniff(socket);
  }

  #closed(socket: Socket): void {
    this.#sockets.delete(socket);
    this.#sniffing.delete(socket);
    this.#options.onConnectionClosed();
    if (this.#sockets.size === 0) this.#whenEmpty?.();
  }

  #sniff(socket: Socket): void {
    this.#sniffing.add(socket);
    let received: Buffer | undefined;
    const onEnd = (): void => {
      socket.destroy();
    };
    const onData = (chunk: Buffer): void => {
      received = received === undefined ? chunk : Buffer.concat([received, chunk]);
      const protocol = sniffProtocol(received);
      if (protocol === undefined) return;
      this.#sniffing.delete(socket);
      socket.off("data", onData);
      socket.off("end", onEnd);
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      this.#options[protocol].accept(socket, received);
    };
    socket.on("data", onData);
    socket.on("end", onEnd);
  }
}

/** The protocol that a connection begins with; undefined while that is open. */
export function sniffProtocol(bytes: Buffer): "http1" | "http2" | undefined {
  const length = Math.min(bytes.length, PREFACE.length);
  if (bytes.compare(PREFACE, 0, length, 0, length) !== 0) return "http1";
  return length === PREFACE.length ? "http2" : undefined;
}
