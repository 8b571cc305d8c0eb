import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Session } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import type { AdminRequest, AdminResponse } from "./exchange.ts";

/** Start of every HTTP/2 connection without TLS (RFC 9113, section 3.4). */
const HTTP_2_PREFACE = Buffer.from("PRI * HTTP/2.0\r\n");
/** A connection that has sent nothing by then is closed. */
const FIRST_BYTES_TIMEOUT_MS = 10_000;
/** A connection on which nothing has moved for that long is closed. */
const IDLE_TIMEOUT_MS = 300_000;
const HEADERS_BYTES_MAX = 64 * 1024;

/** Where to listen: a TCP address, or the path of a Unix socket. */
export type AdminAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

/** Options of the listener. */
export interface AdminListenerOptions {
  readonly handle: (request: AdminRequest, response: AdminResponse) => void;
  /** Connections of one address; more are closed as they arrive. */
  readonly connectionsMax: number;
}

/** Serves HTTP/1.1 and HTTP/2 with prior knowledge on each address it listens on. */
export class AdminListener {
  readonly #servers: Server[] = [];
  readonly #connectionsMax: number;
  readonly #chooseProtocol: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor({ handle, connectionsMax }: AdminListenerOptions) {
    this.#connectionsMax = connectionsMax;
    const http1 = createHttp1Server({ maxHeaderSize: HEADERS_BYTES_MAX }, handle);
    http1.setTimeout(IDLE_TIMEOUT_MS);
    const http2 = createHttp2Server({}, handle);
    http2.on("session", (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      session.on("close", () => this.#sessions.delete(session));
      session.on("error", () => session.destroy());
      session.setTimeout(IDLE_TIMEOUT_MS, () => session.destroy());
    });
    this.#chooseProtocol = (socket) =>
      chooseProtocol(socket, (isHttp2) => {
        (isHttp2 ? http2 : http1).emit("connection", socket);
      });
  }

  /** Starts to listen; resolves with the address, its port chosen if it was 0. */
  listen(address: AdminAddress): Promise<AdminAddress> {
    const { promise, resolve, reject } = Promise.withResolvers<AdminAddress>();
    const server = createServer((socket) => this.#accept(socket));
    server.maxConnections = this.#connectionsMax;
    server.once("error", reject);
    server.listen({ ...address }, () => {
      server.off("error", reject);
      this.#servers.push(server);
      const bound = server.address();
      if (bound === null || typeof bound === "string") resolve(address);
      else resolve({ host: bound.address, port: bound.port });
    });
    return promise;
  }

  /** Stops to listen and drops connections. */
  async close(): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    this.#chooseProtocol(socket);
  }
}

/** Looks at the first bytes of a connection without consuming them. */
function chooseProtocol(socket: Socket, decide: (isHttp2: boolean) => void): void {
  let received: Buffer = Buffer.alloc(0);
  function stop(): void {
    socket.off("data", onData);
    socket.off("error", onGone);
    socket.off("timeout", onGone);
    socket.setTimeout(0);
  }
  function onGone(): void {
    stop();
    socket.destroy();
  }
  function onData(chunk: Buffer): void {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const length = Math.min(received.length, HTTP_2_PREFACE.length);
    const isPrefix = received.subarray(0, length).equals(HTTP_2_PREFACE.subarray(0, length));
    if (isPrefix && length < HTTP_2_PREFACE.length) return;
    stop();
    socket.pause();
    socket.unshift(received);
    decide(isPrefix);
    // The HTTP/2 session reads what is buffered, and then takes the handle away from the stream.
    if (!isPrefix) socket.resume();
  }
  socket.setTimeout(FIRST_BYTES_TIMEOUT_MS);
  socket.on("data", onData);
  socket.on("error", onGone);
  socket.on("timeout", onGone);
}
