/** An HTTP client that sends exactly what it is told: raw paths, repeated headers, any body. */

import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:http";

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

/** A complete HTTP response. */
export class Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Uint8Array;

  constructor(status: number, headers: Record<string, string | undefined>, bytes: Uint8Array) {
    this.status = status;
    this.headers = headers;
    this.bytes = bytes;
  }

  get text(): string {
    return Buffer.from(this.bytes).toString("utf8");
  }

  get id(): string {
    const id = this.headers["x-restate-id"];
    if (id === undefined) throw new Error(`No x-restate-id in ${this.describe()}`);
    return id;
  }

  json(): Json {
    try {
      return JSON.parse(this.text) as Json;
    } catch {
      throw new Error(`Expected JSON in ${this.describe()}`);
    }
  }

  object(): JsonObject {
    const value = this.json();
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      throw new Error(`Expected a JSON object in ${this.describe()}`);
    }
    return value;
  }

  /** The `message` of a JSON error body. */
  get message(): string {
    return String(this.object()["message"]);
  }

  describe(): string {
    return `${this.status} ${JSON.stringify(this.headers)} ${this.text.slice(0, 400)}`;
  }

  /** Fails with the whole answer unless the status is `status`. */
  expect(status: number): this {
    if (this.status !== status) {
      throw new Error(`Expected status ${status}, got ${this.describe()}`);
    }
    return this;
  }
}

/** Headers to send; an array value repeats the header. */
export type SendHeaders = Record<string, string | readonly string[]>;

/** Body to send: a string or bytes as they are, `json` serialised with its content type. */
export interface SendOptions {
  readonly headers?: SendHeaders;
  readonly body?: string | Uint8Array;
  readonly json?: unknown;
  /** Gives up on the answer when aborted, closing the connection. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

const ANSWER_TIMEOUT_MS = 60_000;

/** Decides which requests of a client must not overlap. */
export type IsOneByOne = (method: string, path: string) => boolean;

/** Client of one origin. */
export class HttpClient {
  readonly origin: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });

  readonly #isOneByOne: IsOneByOne;
  #lastOfOneByOne: Promise<unknown> = Promise.resolve();

  constructor(origin: string, isOneByOne: IsOneByOne = () => false) {
    this.origin = origin.replace(/\/$/, "");
    this.#isOneByOne = isOneByOne;
  }

  get port(): number {
    return Number(new URL(this.origin).port);
  }

  get(path: string, options: SendOptions = {}): Promise<Answer> {
    return this.send("GET", path, options);
  }

  post(path: string, options: SendOptions = {}): Promise<Answer> {
    return this.send("POST", path, options);
  }

  patch(path: string, options: SendOptions = {}): Promise<Answer> {
    return this.send("PATCH", path, options);
  }

  /** Sends one request and reads the whole answer. The path goes out byte for byte. */
  send(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    if (!this.#isOneByOne(method, path)) return this.#sendNow(method, path, options);
    const sending = this.#lastOfOneByOne.then(() => this.#sendNow(method, path, options));
    this.#lastOfOneByOne = sending.catch(() => undefined);
    return sending;
  }

  #sendNow(method: string, path: string, options: SendOptions): Promise<Answer> {
    const url = new URL(this.origin);
    const headers: Record<string, string | string[]> = {};
    const body = options.json === undefined ? options.body : JSON.stringify(options.json);
    if (options.json !== undefined) headers["content-type"] = "application/json";
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      headers[name] = typeof value === "string" ? value : [...value];
    }
    if (body !== undefined && headers["transfer-encoding"] === undefined) {
      headers["content-length"] ??= String(Buffer.byteLength(body));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const outgoing = request({
      host: url.hostname,
      port: url.port,
      method,
      path,
      headers,
      agent: this.#agent,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    outgoing.setTimeout(options.timeoutMs ?? ANSWER_TIMEOUT_MS, () => {
      outgoing.destroy(new Error(`No answer to ${method} ${path} in time`));
    });
    outgoing.on("response", (response) => {
      readAnswer(response).then(resolve, reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return new Answer(response.statusCode ?? 0, headers, Buffer.concat(chunks));
}
