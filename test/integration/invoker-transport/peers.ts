/** Servers and recorders for the transport tests. Loopback only, ports chosen by the system. */

import {
  createServer as createHttp1Server,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import {
  createServer as createH2cServer,
  createSecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from "node:http2";
import { createServer as createHttps1Server } from "node:https";
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";

import type {
  ResponseHeaders,
  StreamHandlers,
  TransportError,
} from "../../../src/invoker/transport/transport.ts";
import { LOCALHOST_CERTIFICATE, LOCALHOST_KEY } from "./localhost-certificate.ts";

/** A running server. */
export interface Peer {
  readonly port: number;
  readonly sessions: ServerHttp2Session[];
  stop(): Promise<void>;
}

const TLS = { cert: LOCALHOST_CERTIFICATE, key: LOCALHOST_KEY };

export type H2Handler = (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void;

async function listen(server: Server, sessions: ServerHttp2Session[] = []): Promise<Peer> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  };
  server.on("connection", track);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    sessions,
    stop: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
      return promise;
    },
  };
}

/** node:http2 as the peer, cleartext or TLS. */
export function startHttp2(
  handler: H2Handler,
  options: { readonly secure?: boolean; readonly settings?: Settings } = {},
): Promise<Peer> {
  const settings = options.settings ?? {};
  const server = options.secure
    ? createSecureServer({ ...TLS, settings })
    : createH2cServer({ settings });
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session: ServerHttp2Session) => {
    sessions.push(session);
    session.on("error", () => {});
  });
  server.on("stream", (stream: ServerHttp2Stream, headers: Record<string, unknown>) => {
    stream.on("error", () => {});
    handler(stream, headers);
  });
  return listen(server, sessions);
}

/** node:http as the peer, cleartext or TLS. */
export function startHttp1(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  options: { readonly secure?: boolean } = {},
): Promise<Peer> {
  return listen(options.secure ? createHttps1Server(TLS, handler) : createHttp1Server(handler));
}

/** A peer that speaks whatever bytes the test wants. */
export function startRaw(onSocket: (socket: Socket) => void): Promise<Peer> {
  return listen(createTcpServer(onSocket));
}

/** Records a response and lets tests wait for its parts. */
export class Recorder implements StreamHandlers {
  status = 0;
  headers: ResponseHeaders = new Map();
  readonly events: string[] = [];
  error: TransportError | undefined;
  bodyBytes = 0;
  /** Called for every chunk, before anyone who waits. */
  onChunk: ((chunk: Uint8Array) => void) | undefined;
  drains = 0;
  readonly #chunks: Buffer[] = [];
  readonly #head = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  #waiters: { readonly bytes: number; readonly resolve: () => void }[] = [];
  #drainWaiters: (() => void)[] = [];

  get body(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  onHead(status: number, headers: ResponseHeaders): void {
    this.events.push("head");
    this.status = status;
    this.headers = headers;
    this.#head.resolve();
  }

  onData(chunk: Uint8Array): void {
    if (this.events.at(-1) !== "data") this.events.push("data");
    this.bodyBytes += chunk.length;
    this.#chunks.push(Buffer.from(chunk));
    this.onChunk?.(chunk);
    const due = this.#waiters.filter(({ bytes }) => bytes <= this.bodyBytes);
    this.#waiters = this.#waiters.filter(({ bytes }) => bytes > this.bodyBytes);
    for (const { resolve } of due) resolve();
  }

  onEnd(): void {
    this.events.push("end");
    this.#over.resolve();
  }

  onError(error: TransportError): void {
    this.events.push("error");
    this.error = error;
    this.#head.resolve();
    this.#over.resolve();
  }

  onDrain(): void {
    this.drains += 1;
    for (const resolve of this.#drainWaiters) resolve();
    this.#drainWaiters = [];
  }

  /** The head is here, or an error. */
  head(): Promise<void> {
    return this.#head.promise;
  }

  /** The stream ended, either way. */
  over(): Promise<void> {
    return this.#over.promise;
  }

  /** At least this many body bytes are here. */
  received(bytes: number): Promise<void> {
    if (this.bodyBytes >= bytes) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ bytes, resolve });
    return promise;
  }

  drained(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drainWaiters.push(resolve);
    return promise;
  }
}

/** Resolves once the condition holds; looks again at every turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Bytes that do not repeat at any frame or window boundary. */
export function patternBytes(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i += 1) bytes[i] = (i * 31 + (i >>> 8) * 7 + (i >>> 16)) & 0xff;
  return bytes;
}
