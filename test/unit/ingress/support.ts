/** A registry, a partition and an exchange that exist only in memory. */
import type { Clock } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { DeploymentId, InvocationId, InvocationRequest } from "#model";
import type { PartitionClient, PartitionReply, PartitionRequest } from "#partition";
import type { InputRule, ResolvedHandler, SchemaView } from "#schema";
import type { IngressFeatures } from "../../../src/ingress/http/environment.ts";
import { HandlerCache } from "../../../src/ingress/http/handler-cache.ts";
import { type IngressMetrics, NO_METRICS } from "../../../src/ingress/ingress-metrics.ts";
import { RequestHandler } from "../../../src/ingress/request-handler.ts";
import type { IngressResponse, ServerExchange } from "../../../src/ingress/server-exchange.ts";

export const NOW_MS = Date.UTC(2026, 10, 22, 16, 24, 52, 917);

export const JSON_RULES: readonly InputRule[] = [
  { kind: "nothing" },
  { kind: "content-type", contentType: "application/json", bodyRequired: false },
];

type HandlerChange = Partial<Omit<ResolvedHandler, "options">> & {
  readonly options?: Partial<ResolvedHandler["options"]>;
};

/** A handler of a plain service, with defaults for what the test is not about. */
export function handlerOf(service: string, handler: string, change: HandlerChange = {}) {
  const { options, ...rest } = change;
  return {
    service,
    serviceType: "service",
    handler,
    handlerType: "shared",
    deploymentId: "dp_1" as DeploymentId,
    revision: 1,
    inputRules: JSON_RULES,
    output: { contentType: "application/json", setContentTypeIfEmpty: false },
    ...rest,
    options: {
      public: true,
      lazyState: false,
      inactivityTimeoutMs: 60_000,
      abortTimeoutMs: 60_000,
      journalRetentionMs: 86_400_000,
      idempotencyRetentionMs: 86_400_000,
      workflowCompletionRetentionMs: 86_400_000,
      retryPolicy: {
        initialIntervalMs: 500,
        factor: 2,
        maxIntervalMs: 60_000,
        maxAttempts: undefined,
        onMaxAttempts: "pause",
      },
      ...options,
    },
  } as const satisfies ResolvedHandler;
}

const object = { serviceType: "virtual-object", handlerType: "exclusive" } as const;

/** The services that the oracle was probed with. */
export const HANDLERS: readonly ResolvedHandler[] = [
  handlerOf("Echo", "echo"),
  handlerOf("Echo", "send"),
  handlerOf("Echo", "headers"),
  handlerOf("Echo", "fail"),
  handlerOf("Echo", "bytes", {
    inputRules: [
      { kind: "nothing" },
      { kind: "content-type", contentType: "application/octet-stream", bodyRequired: false },
    ],
    output: { contentType: "application/octet-stream", setContentTypeIfEmpty: false },
  }),
  handlerOf("Obj", "key", object),
  handlerOf("Obj", "send", object),
  handlerOf("Obj", "hold", object),
  handlerOf("Flow", "run", { serviceType: "workflow", handlerType: "workflow" }),
  handlerOf("Flow", "peek", { serviceType: "workflow" }),
  handlerOf("Priv", "echo", { options: { public: false } }),
];

export class FakeSchema implements SchemaView {
  version = 1;
  handlers: readonly ResolvedHandler[];
  maxProtocolVersion = 7;

  constructor(handlers: readonly ResolvedHandler[] = HANDLERS) {
    this.handlers = handlers;
  }

  resolveHandler(service: string, handler: string): ResolvedHandler | undefined {
    return this.handlers.find((it) => it.service === service && it.handler === handler);
  }

  resolvePinnedHandler(_id: DeploymentId, service: string, handler: string) {
    return this.resolveHandler(service, handler);
  }

  serviceType(service: string) {
    return this.handlers.find((it) => it.service === service)?.serviceType;
  }

  serviceNames(): readonly string[] {
    return [...new Set(this.handlers.map((it) => it.service))];
  }

  deployment(id: DeploymentId) {
    return {
      id,
      uri: "http://localhost:9080/",
      httpVersion: "h2",
      protocolMode: "bidi-stream",
      minProtocolVersion: 1,
      maxProtocolVersion: this.maxProtocolVersion,
      additionalHeaders: [],
    } as const;
  }
}

/** Answers as it is told, and remembers what it was asked. */
export class FakePartitions implements PartitionClient {
  readonly requests: PartitionRequest[] = [];
  /** Replaces the default answers. */
  reply: (request: PartitionRequest) => PartitionReply | Promise<PartitionReply> = defaultReply;

  async request(_id: InvocationId, request: PartitionRequest): Promise<PartitionReply> {
    this.requests.push(request);
    return this.reply(request);
  }

  requestByPartitionKey(): Promise<PartitionReply> {
    throw new Error("The ingress addresses invocations only");
  }

  /** The invocation of the last append. */
  get lastInvocation(): InvocationRequest {
    const request = this.requests.at(-1);
    if (request?.kind !== "append-invocation") throw new Error("Nothing was appended");
    return request.request;
  }
}

/** Calls answer with their payload, sends are accepted, nothing can be attached to. */
export function defaultReply(request: PartitionRequest): PartitionReply {
  if (request.kind === "append-signal") return { kind: "done" };
  if (request.kind !== "append-invocation") return { kind: "not-found" };
  const { id, payload, executionTimeMs } = request.request;
  if (request.mode === "send") {
    return { kind: "submitted", invocationId: id, executionTimeMs, status: "accepted" };
  }
  const result = { kind: "success", value: payload } as const;
  return { kind: "result", target: undefined, invocationId: id, result, expiresAtMs: undefined };
}

export class FakeRandom implements Random {
  #counter = 0;
  nextBelow(bound: number): number {
    return this.#counter++ % bound;
  }
  nextBytes(count: number): Uint8Array {
    this.#counter += 1;
    return new Uint8Array(count).fill(this.#counter & 0xff);
  }
}

export const FAKE_CLOCK: Clock = { nowMs: () => NOW_MS, monotonicMs: () => 0 };

export class FakeLogger implements Logger {
  readonly errors: { message: string; fields: unknown }[] = [];
  error(message: string, fields?: unknown): void {
    this.errors.push({ message, fields });
  }
  warn(): void {}
  info(): void {}
  debug(): void {}
  child(): Logger {
    return this;
  }
}

export interface HarnessOptions {
  readonly handlers?: readonly ResolvedHandler[];
  readonly features?: Partial<IngressFeatures>;
  readonly concurrentRequestsMax?: number;
  readonly metrics?: IngressMetrics;
}

/** A request handler with everything around it faked. */
export class Harness {
  readonly schema: FakeSchema;
  readonly partitions = new FakePartitions();
  readonly logger = new FakeLogger();
  readonly handler: RequestHandler;

  constructor(options: HarnessOptions = {}) {
    this.schema = new FakeSchema(options.handlers);
    this.handler = new RequestHandler({
      environment: {
        handlers: new HandlerCache(() => this.schema),
        partitions: this.partitions,
        random: new FakeRandom(),
        clock: FAKE_CLOCK,
        features: { scopes: true, scopedVirtualObjects: true, ...options.features },
      },
      requestBytesMax: 1_000,
      concurrentRequestsMax: options.concurrentRequestsMax,
      metrics: options.metrics ?? NO_METRICS,
      logger: this.logger,
    });
  }

  /** Sends one request and waits for its response. */
  async send(method: string, target: string, options: SendOptions = {}): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<IngressResponse>();
    const body = Buffer.from(options.body ?? "");
    const exchange: ServerExchange = {
      method,
      target: Buffer.from(target, "utf8").toString("latin1"),
      headers: options.headers ?? [],
      contentLength: options.contentLength ?? body.length,
      readBody: options.readBody ?? (() => body),
      respond: resolve,
    };
    this.handler.handle(exchange);
    return new Answer(await promise);
  }
}

export interface SendOptions {
  /** Flat, names in lower case. */
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
  readonly contentLength?: number;
  readonly readBody?: ServerExchange["readBody"];
}

export const JSON_TYPE = ["content-type", "application/json"] as const;

/** A response, with what tests look at. */
export class Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;

  constructor({ status, headers, body }: IngressResponse) {
    this.status = status;
    const pairs = new Map<string, string>();
    for (let i = 0; i < headers.length; i += 2) {
      pairs.set(headers[i] as string, headers[i + 1] as string);
    }
    this.headers = pairs;
    this.text = Buffer.from(body).toString("utf8");
  }

  get message(): string {
    return (JSON.parse(this.text) as { message: string }).message;
  }
}
