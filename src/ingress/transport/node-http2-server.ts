import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import {
  EMPTY_BODY,
  type ExchangeHandler,
  type IngressResponse,
  type ServerExchange,
} from "../server-exchange.ts";
import { BodyCollector, type BodyLimits } from "./body-collector.ts";
import type { ConnectionServer } from "./connection-server.ts";

/** Bytes that a client may send on one stream before it has to wait for the window. */
const STREAM_WINDOW_BYTES = 1_048_576;
/** Bytes that a client may send on all streams of a connection together. */
const CONNECTION_WINDOW_BYTES = 8_388_608;
const HEADER_LIST_BYTES_MAX = 65_536;
/**
 * How long a client may keep the server waiting; the same as `Http1Server` allows.
 *
 * A connection without streams may wait long: closing it races with the next request on it.
 */
const WAITS: Http2Waits = { idleMs: 3_600_000, bodyMs: 60_000, drainMs: 300_000 };
/** First status that `node:http2` cannot send. */
const STATUS_END = 600;

/** Limits of silence, in milliseconds. */
export interface Http2Waits {
  /** Of a connection; then it takes no more streams, and closes with its last one. */
  readonly idleMs: number;
  /** Of a body that arrives; then the request is answered with 408. */
  readonly bodyMs: number;
  /** Of a client that does not read its response; then the stream is reset. */
  readonly drainMs: number;
}

/** Options of the HTTP/2 server. */
export interface NodeHttp2ServerOptions {
  readonly onExchange: ExchangeHandler;
  readonly bodies: BodyLimits;
  readonly concurrentStreamsMax: number;
  readonly waits?: Partial<Http2Waits>;
}

/** HTTP/2 with prior knowledge through `node:http2`. */
export class NodeHttp2Server implements ConnectionServer {
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #exchanges = new Set<Http2Exchange>();

  constructor(options: NodeHttp2ServerOptions) {
    const { onExchange, bodies, concurrentStreamsMax } = options;
    const waits = { ...WAITS, ...options.waits };
    this.#server = createServer({
      settings: {
        maxConcurrentStreams: concurrentStreamsMax,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: HEADER_LIST_BYTES_MAX,
      },
    });
    this.#server.on("session", (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      session.on("close", () => this.#sessions.delete(session));
      session.on("error", () => session.destroy());
      session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
      session.setTimeout(waits.idleMs, () => session.close());
    });
    this.#server.on("sessionError", () => {});
    this.#server.on(
      "stream",
      (
        stream: ServerHttp2Stream,
        fields: IncomingHttpHeaders,
        _flags: number,
        rawHeaders: readonly string[],
      ) => {
        stream.on("error", () => {});
        const exchange = new Http2Exchange(stream, { fields, rawHeaders, bodies, waits });
        this.#exchanges.add(exchange);
        stream.on("close", () => this.#exchanges.delete(exchange));
        onExchange(exchange);
      },
    );
  }

  accept(socket: Socket, first: Buffer): void {
    // The session takes over the handle and what the socket has buffered; a socket that flows
    // would emit the bytes instead of buffering them.
    socket.pause();
    // A session does not notice that its client has shut down: only this closes the socket then.
    socket.allowHalfOpen = false;
    socket.unshift(first);
    this.#server.emit("connection", socket);
  }

  drain(): void {
    // Sends GOAWAY; streams that are open still end normally.
    for (const session of this.#sessions) session.close();
  }

  abandon(response: IngressResponse): void {
    for (const exchange of this.#exchanges) exchange.respond(response);
  }
}

interface Http2ExchangeOptions {
  readonly fields: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly bodies: BodyLimits;
  readonly waits: Http2Waits;
}

class Http2Exchange implements ServerExchange {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly contentLength: number | undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #bodies: BodyLimits;
  readonly #waits: Http2Waits;

  constructor(stream: ServerHttp2Stream, options: Http2ExchangeOptions) {
    const { fields, rawHeaders, bodies, waits } = options;
    this.#stream = stream;
    this.#bodies = bodies;
    this.#waits = waits;
    this.method = fields[":method"] ?? "";
    this.target = fields[":path"] ?? "";
    this.headers = withoutPseudoHeaders(rawHeaders);
    const length = fields["content-length"];
    this.contentLength = length === undefined ? undefined : Number(length);
  }

  readBody(): Uint8Array | Promise<Uint8Array> {
    const stream = this.#stream;
    const collector = new BodyCollector(this.#bodies);
    stream.on("data", (chunk: Buffer) => collector.add(chunk));
    stream.on("end", () => {
      stream.setTimeout(0);
      collector.end();
    });
    stream.on("error", () => collector.fail("aborted"));
    stream.on("close", () => collector.fail("aborted"));
    stream.setTimeout(this.#waits.bodyMs, () => {
      this.respond({ status: 408, headers: [], body: EMPTY_BODY });
      collector.fail("aborted");
    });
    return collector.read();
  }

  respond({ status, headers, body }: IngressResponse): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed || stream.headersSent) return;
    const fields: Record<string, string | number> = { ":status": sendableStatus(status) };
    for (let i = 0; i + 1 < headers.length; i += 2) {
      fields[headers[i] as string] = headers[i + 1] as string;
    }
    const bodiless =
      body.length === 0 || status === 204 || status === 304 || this.method === "HEAD";
    if (status !== 204 && status !== 304) fields["content-length"] = body.length;
    stream.setTimeout(this.#waits.drainMs, () => stream.close(constants.NGHTTP2_CANCEL));
    stream.respond(fields, { endStream: bodiless });
    if (!bodiless) stream.end(body);
    this.#stopUpload();
  }

  /** A body that nobody reads would hold the connection's window: refuse the rest of it. */
  #stopUpload(): void {
    const stream = this.#stream;
    if (stream.readableEnded || stream.endAfterHeaders) return;
    stream.resume();
    if (stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR);
    else stream.once("finish", () => stream.close(constants.NGHTTP2_NO_ERROR));
  }
}

/** `node:http2` refuses statuses from 600 on; the body still has the code. */
function sendableStatus(status: number): number {
  return status < STATUS_END ? status : 500;
}

function withoutPseudoHeaders(rawHeaders: readonly string[]): string[] {
  const headers: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (!name.startsWith(":")) headers.push(name, rawHeaders[i + 1] as string);
  }
  return headers;
}
