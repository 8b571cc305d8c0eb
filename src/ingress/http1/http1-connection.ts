/**
 * One HTTP/1 connection: requests in, responses out in the same order, one write per turn.
 *
 *   open      -> requests are parsed and dispatched
 *   last      -> nothing more is parsed: the client or the server wants to close, or sent garbage
 *   lingering -> everything is written and our side is shut; what still arrives is discarded, so
 *                that a reset cannot overtake the response
 *   closed
 *
 * Bounds: requests under way (`PIPELINE_MAX`), unparsed bytes (one read, since reading pauses),
 * unwritten bytes (no new request while the socket asks to drain), and time in every state that
 * waits for the client (`idleReason`).
 */
import type { Socket } from "node:net";
import type { ExchangeHandler, IngressResponse } from "../server-exchange.ts";
import { EMPTY_BODY } from "../server-exchange.ts";
import type { BodyLimits } from "../transport/body-collector.ts";
import type { DateHeader } from "./date-header.ts";
import { FramingError } from "./framing-error.ts";
import { type ExchangeOwner, Http1Exchange } from "./http1-exchange.ts";
import type { RequestHead } from "./request-head.ts";
import { RequestParser, type RequestParserEvents } from "./request-parser.ts";
import { encodeResponseHead, hasBody } from "./response-encoder.ts";

/** What connections of a server share. */
export interface ConnectionHost {
  readonly onExchange: ExchangeHandler;
  readonly bodies: BodyLimits;
  readonly date: DateHeader;
  /** Counts the sweeps of the server; waits remember when they began. */
  readonly now: () => number;
  readonly onClosed: (connection: Http1Connection) => void;
}

/** What a connection waits for from its client, if it waits. */
export type WaitReason = "request" | "head" | "body" | "drain" | "close";

/** Requests of one connection that are under way at once; further ones wait unparsed. */
const PIPELINE_MAX = 32;
/** The rest of a body up to this size is read and dropped; a longer rest costs the connection. */
const UNREAD_BODY_BYTES_MAX = 65_536;
/** Bodies up to this size are copied behind their head, which is cheaper than a vectored write. */
const COPY_BYTES_MAX = 16_384;
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** Speaks HTTP/1 on a socket. */
export class Http1Connection implements RequestParserEvents, ExchangeOwner {
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #parser: RequestParser;
  /** Requests in order of arrival whose responses are not written. */
  readonly #queue: Http1Exchange[] = [];
  /** The request whose body is arriving. */
  #receiving: Http1Exchange | undefined;
  /** A request whose head was read and that no route has seen. */
  #undispatched: Http1Exchange | undefined;
  #state: "open" | "last" | "lingering" | "closed" = "open";
  #needsDrain = false;
  #isReadingPaused = false;
  #flushScheduled = false;
  #isParsing = false;
  #since: number;

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#parser = new RequestParser(this);
    this.#since = host.now();
    socket.on("data", (bytes: Buffer) => this.receive(bytes));
    socket.on("end", () => this.#onEnd());
    socket.on("drain", () => this.#onDrain());
    socket.on("close", () => this.#onClose());
  }

  /** When the current wait began, in the counter of the host. */
  get since(): number {
    return this.#since;
  }

  /** What the connection waits for from its client; undefined while it is our turn. */
  get waitReason(): WaitReason | undefined {
    if (this.#socket.writableLength > 0) return "drain";
    if (this.#state === "lingering") return "close";
    if (this.#parser.isInBody && !this.#isReadingPaused) return "body";
    if (this.#queue.length > 0 || this.#state === "closed") return undefined;
    return this.#parser.isIdle ? "request" : "head";
  }

  /** Parses what arrived, and hands over the requests in it. */
  receive(bytes: Buffer): void {
    if (this.#state === "lingering" || this.#state === "closed") return;
    // Time counts from the first byte of a head, so that one byte at a time gains nothing.
    if (this.#parser.isIdle || this.#parser.isInBody) this.#since = this.#host.now();
    this.#parse(() => this.#parser.push(bytes));
  }

  /** The server stops: close now if idle, otherwise after the responses under way. */
  drain(): void {
    if (this.#state !== "open") return;
    if (this.#queue.length === 0 && this.#parser.isIdle) {
      this.#linger();
      return;
    }
    if (this.#queue.length > 0 && !this.#parser.isInBody) this.#parser.stop();
    this.#state = "last";
  }

  /** Answers what is under way with the same response. */
  abandon(response: IngressResponse): void {
    this.#state = this.#state === "open" ? "last" : this.#state;
    for (const exchange of [...this.#queue]) exchange.respond(response);
  }

  /** The client took too long for what the connection waits for. */
  expire(reason: WaitReason): void {
    if (reason === "head" || (reason === "body" && this.#receiving?.response === undefined)) {
      this.#parser.stop();
      this.onError(new FramingError(408, "The request did not arrive in time"));
      this.#flush();
    } else if (reason === "request") {
      this.#linger();
    } else {
      this.#socket.destroy();
    }
  }

  onHead(head: RequestHead): void {
    this.#dispatch();
    const exchange = new Http1Exchange(head, this.#host.bodies, this);
    this.#queue.push(exchange);
    this.#receiving = exchange;
    this.#undispatched = exchange;
    if (!head.keepAlive) this.#state = "last";
  }

  onBody(part: Buffer): void {
    this.#receiving?.body.add(part);
  }

  onBodyEnd(): void {
    this.#receiving?.body.end();
    this.#receiving = undefined;
    this.#dispatch();
    if (this.#state !== "open") this.#parser.stop();
    else if (this.#queue.length >= PIPELINE_MAX) this.#pauseReading();
  }

  onError(error: FramingError): void {
    const broken = this.#receiving;
    this.#receiving = undefined;
    this.#state = "last";
    if (broken !== undefined) {
      if (this.#undispatched === broken) this.#undispatched = undefined;
      broken.body.fail("malformed");
      const index = this.#queue.indexOf(broken);
      if (broken.response !== undefined) {
        // Answered before the body was complete: that answer stands.
        if (index < 0 && this.#queue.length === 0) this.#linger();
        return;
      }
      // What the route answers now must not hide the status below.
      this.#queue.splice(index, 1);
    }
    const exchange = new Http1Exchange(GARBAGE, this.#host.bodies, this);
    this.#queue.push(exchange);
    exchange.respond({ status: error.status, headers: [], body: EMPTY_BODY });
  }

  onBodyWanted(_exchange: Http1Exchange): void {
    this.#sendContinue();
  }

  onResponse(exchange: Http1Exchange): void {
    if (this.#state === "closed" || this.#state === "lingering") return;
    if (exchange === this.#receiving && this.#isRestTooLong(exchange)) this.#state = "last";
    if (this.#isParsing) return;
    if (this.#queue.length === 1) this.#flush();
    else this.#scheduleFlush();
  }

  /** True if it is better to close than to read what is left of the body. */
  #isRestTooLong({ head }: Http1Exchange): boolean {
    const remaining = this.#parser.bodyBytesRemaining;
    // A client that waits for `100 Continue` may or may not send the body now: nobody can tell.
    if (head.expectsContinue) return true;
    return remaining === undefined || remaining > UNREAD_BODY_BYTES_MAX;
  }

  /** Runs the parser; whatever is answered meanwhile leaves in one write. */
  #parse(run: () => void): void {
    this.#isParsing = true;
    run();
    this.#dispatch();
    this.#isParsing = false;
    if (this.#queue[0]?.response !== undefined) this.#flush();
  }

  #dispatch(): void {
    const exchange = this.#undispatched;
    if (exchange === undefined) return;
    this.#undispatched = undefined;
    this.#host.onExchange(exchange);
  }

  /** Responses keep the order of requests, and so does `100 Continue`. */
  #sendContinue(): void {
    const first = this.#queue[0];
    if (first?.wantsContinue !== true || this.#state === "closed") return;
    first.onContinueSent();
    this.#write(CONTINUE);
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled || this.#queue[0]?.response === undefined) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  /** Writes the responses that are next in order. */
  #flush(): void {
    const ready: Http1Exchange[] = [];
    while (this.#queue[0]?.response !== undefined) ready.push(this.#queue.shift() as Http1Exchange);
    if (ready.length === 0 || this.#state === "closed" || this.#state === "lingering") return;
    const ends = this.#state === "last" && this.#queue.length === 0;
    this.#writeResponses(ready, ends);
    this.#since = this.#host.now();
    if (ends) this.#linger();
    else this.#afterFlush();
  }

  #afterFlush(): void {
    this.#sendContinue();
    if (this.#queue.length < PIPELINE_MAX && !this.#needsDrain) this.#resumeReading();
  }

  #writeResponses(ready: readonly Http1Exchange[], ends: boolean): void {
    const date = this.#host.date.text;
    const parts: (string | Uint8Array)[] = [];
    for (const [index, { head, response }] of ready.entries()) {
      const { method, minorVersion } = head;
      const close = ends && index === ready.length - 1;
      const answer = response as IngressResponse;
      parts.push(encodeResponseHead(answer, { method, minorVersion, close, date }));
      if (hasBody(answer, method)) parts.push(answer.body);
    }
    this.#writeParts(parts);
  }

  #writeParts(parts: readonly (string | Uint8Array)[]): void {
    let length = 0;
    for (const part of parts) length += part.length;
    if (length <= COPY_BYTES_MAX) {
      this.#write(joinParts(parts, length));
      return;
    }
    this.#socket.cork();
    for (const part of parts) this.#write(part);
    this.#socket.uncork();
  }

  #write(part: string | Uint8Array): void {
    const flows =
      typeof part === "string" ? this.#socket.write(part, "latin1") : this.#socket.write(part);
    if (flows || this.#needsDrain) return;
    this.#needsDrain = true;
    this.#pauseReading();
  }

  #pauseReading(): void {
    if (this.#isReadingPaused) return;
    this.#isReadingPaused = true;
    this.#parser.pause();
    this.#socket.pause();
  }

  #resumeReading(): void {
    if (!this.#isReadingPaused) return;
    this.#isReadingPaused = false;
    this.#since = this.#host.now();
    this.#socket.resume();
    this.#parse(() => this.#parser.resume());
  }

  #onDrain(): void {
    this.#needsDrain = false;
    this.#since = this.#host.now();
    if (this.#queue.length < PIPELINE_MAX) this.#resumeReading();
  }

  /** The client will send nothing more; it may still wait for responses. */
  #onEnd(): void {
    if (this.#state === "closed") return;
    this.#receiving?.body.fail("aborted");
    this.#parser.stop();
    if (this.#state === "lingering") return;
    if (this.#queue.length === 0) this.#linger();
    else this.#state = "last";
  }

  /** Shuts our side; the socket closes when the client shuts its own, or when it expires. */
  #linger(): void {
    this.#state = "lingering";
    this.#since = this.#host.now();
    this.#parser.stop();
    this.#isReadingPaused = false;
    this.#socket.end();
    this.#socket.resume();
  }

  #onClose(): void {
    this.#state = "closed";
    this.#parser.stop();
    this.#receiving?.body.fail("aborted");
    this.#receiving = undefined;
    this.#host.onClosed(this);
  }
}

/** Stands for a request that could not be parsed. */
const GARBAGE: RequestHead = {
  method: "GET",
  target: "",
  headers: [],
  minorVersion: 1,
  contentLength: undefined,
  chunked: false,
  keepAlive: false,
  expectsContinue: false,
};

function joinParts(parts: readonly (string | Uint8Array)[], length: number): Buffer {
  const joined = Buffer.allocUnsafe(length);
  let offset = 0;
  for (const part of parts) {
    if (typeof part === "string") joined.write(part, offset, "latin1");
    else joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
