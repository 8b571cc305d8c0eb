/**
 * A deployment that speaks the service protocol byte by byte.
 *
 * One HTTP/2 server hosts any number of deployments, told apart by path prefix. A check registers
 * its own deployment with a manifest and one script per handler; a script sees each attempt as a
 * frame stream and answers with whatever bytes it likes.
 */

import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { constants, createServer } from "node:http2";
import type { AddressInfo } from "node:net";

import type { Json, JsonObject } from "./http.ts";
import type { MessageValue } from "./protobuf.ts";
import { fromUtf8 } from "./protobuf.ts";
import type { Frame, MessageName } from "./protocol.ts";
import { FrameDecoder, frame, output, textValue } from "./protocol.ts";
import { until, within } from "./wait.ts";

/** What a handler does with one attempt. The response ends when it returns, unless it did so. */
export type Script = (attempt: Attempt) => Promise<void> | void;

/** A deployment under a path prefix of the mock server. */
export interface MockDeployment {
  readonly uri: string;
  /** Discovery manifest, changed in place to model a new version. */
  manifest: JsonObject;
  /** Overrides of the discovery response. */
  discovery: { status?: number; contentType?: string | null; body?: string; server?: string };
  /** Headers of the discovery requests received. */
  readonly discoveries: IncomingHttpHeaders[];
  /** Scripts by `Service/handler`. */
  readonly scripts: Map<string, Script>;
  /** Attempts received, in order. */
  readonly attempts: Attempt[];
}

/** One attempt of an invocation, as the deployment sees it. */
export class Attempt {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly stream: ServerHttp2Stream;
  /** 1 for the first attempt of the invocation at this deployment. */
  readonly number: number;
  /** Every frame received, in order. */
  readonly frames: Frame[] = [];
  /** Resolves when the server half-closed the request. */
  readonly requestEnded: Promise<void>;
  /** Resolves with the HTTP/2 error code when the stream is closed, 0 for a clean end. */
  readonly closed: Promise<number>;
  #responded = false;
  #ended = false;
  #taken = 0;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, number: number) {
    this.stream = stream;
    this.headers = headers;
    this.path = String(headers[":path"]);
    this.number = number;
    const ended = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<number>();
    this.requestEnded = ended.promise;
    this.closed = closed.promise;
    const decoder = new FrameDecoder();
    stream.on("data", (bytes: Buffer) => {
      this.frames.push(...decoder.push(bytes));
    });
    stream.on("end", () => {
      this.#ended = true;
      ended.resolve();
    });
    stream.on("error", () => {});
    stream.on("close", () => closed.resolve(stream.rstCode));
  }

  get invocationId(): string {
    return String(this.headers["x-restate-invocation-id"]);
  }

  /** Protocol version of the stream, from the content type. */
  get version(): number {
    return Number(/v(\d+)$/.exec(String(this.headers["content-type"]))?.[1]);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The Start message. */
  get start(): MessageValue {
    return this.frames[0]?.fields ?? {};
  }

  /** The entries replayed after Start. */
  get replay(): Frame[] {
    return this.frames.slice(1, 1 + Number(this.start["known_entries"] ?? 0));
  }

  /** Names of the replayed entries. */
  get replayNames(): string[] {
    return this.replay.map((entry) => entry.name);
  }

  /** Frames received after the replay. */
  get live(): Frame[] {
    return this.frames.slice(1 + Number(this.start["known_entries"] ?? 0));
  }

  /** The input payload as text. */
  get input(): string {
    const value = this.frames[1]?.fields["value"] as MessageValue | undefined;
    return fromUtf8((value?.["content"] as Uint8Array | undefined) ?? new Uint8Array(0));
  }

  /** Waits until Start and all known entries have arrived. */
  async replayed(): Promise<void> {
    await until("the replay arrives", () => {
      const known = this.start["known_entries"];
      return known !== undefined && this.frames.length > Number(known);
    });
  }

  /** The next frame after the replay that was not taken yet. */
  next(what = "the next frame"): Promise<Frame> {
    const index = this.#taken++;
    return until(what, () => this.live[index]);
  }

  /** Sends the response head once. */
  respond(status = 200, headers: Record<string, string> = {}): void {
    if (this.#responded || this.stream.destroyed) return;
    this.#responded = true;
    this.stream.respond({
      ":status": status,
      "content-type": `application/vnd.restate.invocation.v${this.version}`,
      "x-restate-server": "conformance-mock/1.0",
      ...headers,
    });
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array): void {
    this.respond();
    if (!this.stream.destroyed && !this.stream.writableEnded) this.stream.write(bytes);
  }

  /** Sends one message. */
  send(name: MessageName, fields: MessageValue = {}, flags = 0): void {
    this.write(frame(name, fields, flags));
  }

  /** Sends Output with `text`, End, and ends the response. */
  finish(text: string): void {
    this.write(output(text));
    this.send("End");
    this.end();
  }

  /** Sends an ErrorMessage and ends the response. */
  fail(code: number, message: string, fields: MessageValue = {}): void {
    this.send("Error", { code, message, ...fields });
    this.end();
  }

  /** Suspends on completions and signals, in the form of the stream's version. */
  suspend(completions: readonly number[], signals: readonly number[] = [1]): void {
    const lists = { waiting_completions: completions, waiting_signals: signals };
    const tree = { awaiting_on: { ...lists, combinator_type: 1 } };
    this.send("Suspension", this.version >= 7 ? tree : lists);
    this.end();
  }

  /** Ends the response. */
  end(): void {
    this.respond();
    if (!this.stream.destroyed && !this.stream.writableEnded) this.stream.end();
  }

  /** Resets the stream. */
  reset(code: number = constants.NGHTTP2_INTERNAL_ERROR): void {
    this.stream.close(code);
  }
}

/** The mock server and its deployments. */
export class MockServer {
  readonly #server: Http2Server;
  readonly #deployments = new Map<string, MockDeployment>();
  readonly #counts = new Map<string, number>();
  /** Errors thrown by scripts; a check that fails looks here first. */
  readonly scriptErrors: string[] = [];
  #port = 0;
  #next = 0;

  constructor() {
    this.#server = createServer({ settings: { maxConcurrentStreams: 1000 } });
    this.#server.on("stream", (stream, headers) => this.#handle(stream, headers));
    this.#server.on("sessionError", () => {});
  }

  async listen(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.listen(0, "127.0.0.1", () => resolve());
    await promise;
    this.#port = (this.#server.address() as AddressInfo).port;
    this.#server.unref();
  }

  /** Adds a deployment; it still has to be registered. */
  add(manifest: JsonObject, scripts: Readonly<Record<string, Script>> = {}): MockDeployment {
    const prefix = `/m${this.#next++}`;
    const deployment: MockDeployment = {
      uri: `http://127.0.0.1:${this.#port}${prefix}`,
      manifest,
      discovery: {},
      discoveries: [],
      scripts: new Map(Object.entries(scripts)),
      attempts: [],
    };
    this.#deployments.set(prefix, deployment);
    return deployment;
  }

  close(): void {
    this.#server.close();
  }

  #handle(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const path = String(headers[":path"]);
    const [, prefix = "", verb = ""] = /^(\/m\d+)\/(discover|invoke)/.exec(path) ?? [];
    const deployment = this.#deployments.get(prefix);
    stream.on("error", () => {});
    if (deployment === undefined) {
      stream.respond({ ":status": 404 }, { endStream: true });
    } else if (verb === "discover") {
      discover(deployment, stream, headers);
    } else {
      void this.#invoke(deployment, stream, headers);
    }
  }

  async #invoke(
    deployment: MockDeployment,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
  ): Promise<void> {
    const path = String(headers[":path"]);
    const target = /\/invoke\/([^/]+\/[^/?]+)/.exec(path)?.[1] ?? "";
    const invocation = `${deployment.uri} ${String(headers["x-restate-invocation-id"])}`;
    const number = (this.#counts.get(invocation) ?? 0) + 1;
    this.#counts.set(invocation, number);
    const attempt = new Attempt(stream, headers, number);
    deployment.attempts.push(attempt);
    const script = deployment.scripts.get(target);
    if (script === undefined) {
      attempt.respond(404);
      attempt.end();
      return;
    }
    try {
      await attempt.replayed();
      await script(attempt);
    } catch (error) {
      this.scriptErrors.push(`${target}: ${String(error)}`);
    } finally {
      attempt.end();
    }
  }
}

function discover(
  deployment: MockDeployment,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): void {
  deployment.discoveries.push(headers);
  const { status = 200, contentType, body, server } = deployment.discovery;
  stream.respond({
    ":status": status,
    ...(contentType === null
      ? {}
      : { "content-type": contentType ?? "application/vnd.restate.endpointmanifest.v4+json" }),
    ...(server === undefined ? {} : { "x-restate-server": server }),
  });
  stream.end(body ?? JSON.stringify(deployment.manifest));
}

/** Handlers of a manifest service: names, or objects with options. */
export type ManifestHandler = string | JsonObject;

/** A service of a manifest. */
export function service(name: string, handlers: ManifestHandler[], options: JsonObject = {}): Json {
  return manifestService("SERVICE", name, handlers, options);
}

/** A virtual object of a manifest. */
export function object(name: string, handlers: ManifestHandler[], options: JsonObject = {}): Json {
  return manifestService("VIRTUAL_OBJECT", name, handlers, options);
}

/** A workflow of a manifest; a handler called `run` is its run handler. */
export function workflow(
  name: string,
  handlers: ManifestHandler[],
  options: JsonObject = {},
): Json {
  return manifestService("WORKFLOW", name, handlers, options);
}

/** A manifest for the given services; `version` is the highest protocol version offered. */
export function manifest(services: Json[], version = 7, options: JsonObject = {}): JsonObject {
  return {
    protocolMode: "BIDI_STREAM",
    minProtocolVersion: 5,
    maxProtocolVersion: version,
    services,
    ...options,
  };
}

function manifestService(
  ty: string,
  name: string,
  handlers: ManifestHandler[],
  options: JsonObject,
): Json {
  return {
    name,
    ty,
    handlers: handlers.map((handler) => {
      const fields: JsonObject = typeof handler === "string" ? { name: handler } : handler;
      const isRun = ty === "WORKFLOW" && fields["name"] === "run";
      return isRun ? { ty: "WORKFLOW", ...fields } : fields;
    }),
    ...options,
  };
}

/** Waits until `attempt` was closed and returns the HTTP/2 error code. */
export function closeCode(attempt: Attempt): Promise<number> {
  return within("the stream to be closed", attempt.closed);
}

/** A Value field with text. */
export { textValue };
