import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ExchangeHandler, IngressResponse, ServerExchange } from "../server-exchange.ts";
import { BodyCollector, type BodyLimits } from "./body-collector.ts";
import type { ConnectionServer } from "./connection-server.ts";
import { originForm } from "./origin-form.ts";

const HEADER_BYTES_MAX = 65_536;
const HEADERS_COUNT_MAX = 100;
/** The original has no request timeout; clients that send nothing are bounded by TCP keep-alive. */
const NO_TIMEOUT = 0;
const HEADERS_TIMEOUT_MS = 60_000;
/** The rest of a body up to this size is read and dropped; more costs the connection. */
const UNREAD_BODY_BYTES_MAX = 65_536;

/** Options of the HTTP/1.1 server on `node:http`. */
export interface NodeHttp1ServerOptions {
  readonly onExchange: ExchangeHandler;
  readonly bodies: BodyLimits;
}

/** HTTP/1 through `node:http`: the reference that the own server is compared with. */
export class NodeHttp1Server implements ConnectionServer {
  readonly #server: Server;
  readonly #options: NodeHttp1ServerOptions;
  readonly #exchanges = new Set<NodeHttp1Exchange>();
  #draining = false;

  constructor(options: NodeHttp1ServerOptions) {
    this.#options = options;
    this.#server = createServer(
      {
        maxHeaderSize: HEADER_BYTES_MAX,
        requireHostHeader: false,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: NO_TIMEOUT,
        keepAliveTimeout: NO_TIMEOUT,
        joinDuplicateHeaders: false,
      },
      (message, response) => this.#take(message, response, false),
    );
    this.#server.maxHeadersCount = HEADERS_COUNT_MAX;
    // The server begins to track connections, for time limits and closing, when it listens. This
    // one never does, since its connections are accepted elsewhere.
    this.#server.emit("listening");
    this.#server.on("checkContinue", (message: IncomingMessage, response: ServerResponse) => {
      this.#take(message, response, true);
    });
    // An expectation that is not understood is ignored, as the original does.
    this.#server.on("checkExpectation", (message: IncomingMessage, response: ServerResponse) => {
      this.#take(message, response, false);
    });
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
      const isTooLarge = error.code === "HPE_HEADER_OVERFLOW";
      const status = isTooLarge ? "431 Request Header Fields Too Large" : "400 Bad Request";
      if (!socket.writable || error.code === "ECONNRESET") {
        socket.destroy();
        return;
      }
      socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    });
  }

  accept(socket: Socket, first: Buffer): void {
    this.#server.emit("connection", socket);
    // The server took the handle over; what was read before has to reach its parser first.
    socket.unshift(first);
  }

  drain(): void {
    this.#draining = true;
    // Closes idle connections and stops the timer; that nothing listens is no error here.
    this.#server.close(() => {});
  }

  abandon(response: IngressResponse): void {
    for (const exchange of this.#exchanges) exchange.respond(response);
  }

  #take(message: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const target = originForm(message.method ?? "", message.url ?? "");
    if (target === undefined) {
      response.writeHead(400, { connection: "close", "content-length": "0" });
      response.end();
      return;
    }
    const { bodies, onExchange } = this.#options;
    const isDraining = (): boolean => this.#draining;
    const options = { target, expectsContinue, bodies, isDraining };
    const exchange = new NodeHttp1Exchange(message, response, options);
    this.#exchanges.add(exchange);
    response.on("close", () => this.#exchanges.delete(exchange));
    onExchange(exchange);
  }
}

interface NodeHttp1ExchangeOptions {
  readonly target: string;
  readonly expectsContinue: boolean;
  readonly bodies: BodyLimits;
  readonly isDraining: () => boolean;
}

class NodeHttp1Exchange implements ServerExchange {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly contentLength: number | undefined;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: NodeHttp1ExchangeOptions;

  constructor(
    message: IncomingMessage,
    response: ServerResponse,
    options: NodeHttp1ExchangeOptions,
  ) {
    this.#message = message;
    this.#response = response;
    this.#options = options;
    this.method = message.method ?? "";
    this.target = options.target;
    this.headers = message.rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text));
    const length = message.headers["content-length"];
    this.contentLength = length === undefined ? undefined : Number(length);
  }

  readBody(): Uint8Array | Promise<Uint8Array> {
    const message = this.#message;
    if (this.#options.expectsContinue) this.#response.writeContinue();
    const collector = new BodyCollector(this.#options.bodies);
    message.on("data", (chunk: Buffer) => collector.add(chunk));
    message.on("end", () => collector.end());
    message.on("error", () => collector.fail("aborted"));
    message.on("close", () => collector.fail("aborted"));
    return collector.read();
  }

  respond({ status, headers, body }: IngressResponse): void {
    const response = this.#response;
    if (response.destroyed || response.headersSent) return;
    const framing: string[] = [];
    if (status !== 204 && status !== 304) framing.push("content-length", `${body.length}`);
    if (this.#isRestTooLong() || this.#options.isDraining()) framing.push("connection", "close");
    response.writeHead(status, [...headers, ...framing]);
    response.end(body);
    this.#message.resume();
  }

  /** True if it is better to close than to read what is left of the body. */
  #isRestTooLong(): boolean {
    if (this.#message.complete) return false;
    const isChunked = this.#message.headers["transfer-encoding"] !== undefined;
    return isChunked || (this.contentLength ?? 0) > UNREAD_BODY_BYTES_MAX;
  }
}
