/** An invoker with a hand-driven clock, transport and partition: nothing happens by itself. */
import {
  type AttemptInput,
  type AttemptToken,
  createInvoker,
  type EagerState,
  type InvokerHost,
  type InvokerOptions,
  type NodeInvoker,
} from "#invoker";
import {
  type AttemptEvent,
  COMMAND_TYPES,
  type DeploymentId,
  encodeInput,
  type InvocationId,
  type InvocationTarget,
  type JournalEntry,
  mintInvocationId,
} from "#model";
import type { HandlerOptions, ResolvedDeployment, ResolvedHandler, SchemaView } from "#schema";
import { encodeFrame, type Frame, FrameDecoder, invocationContentType } from "#service-protocol";
import {
  type OpenRequest,
  type StreamHandlers,
  type Transport,
  TransportError,
  type TransportErrorCode,
} from "../../../src/invoker/transport/transport.ts";

export const DEPLOYMENT = "dp_1a" as DeploymentId;
export const OTHER_DEPLOYMENT = "dp_1b" as DeploymentId;

export const SERVICE: InvocationTarget = {
  serviceType: "service",
  handlerType: "shared",
  service: "Svc",
  handler: "h",
  key: undefined,
  scope: undefined,
};
export const OBJECT: InvocationTarget = {
  serviceType: "virtual-object",
  handlerType: "exclusive",
  service: "Obj",
  handler: "h",
  key: "k/1",
  scope: undefined,
};
export const WORKFLOW: InvocationTarget = {
  serviceType: "workflow",
  handlerType: "workflow",
  service: "Wf",
  handler: "run",
  key: "w",
  scope: undefined,
};

const OPTIONS: HandlerOptions = {
  public: true,
  lazyState: false,
  inactivityTimeoutMs: 60_000,
  abortTimeoutMs: 600_000,
  journalRetentionMs: 1000,
  idempotencyRetentionMs: 500,
  workflowCompletionRetentionMs: 2000,
  retryPolicy: {
    initialIntervalMs: 100,
    factor: 2,
    maxIntervalMs: 1000,
    maxAttempts: 3,
    onMaxAttempts: "pause",
  },
};

/** A registry with one service of each type on one deployment; fields can be changed. */
export class FakeSchema implements SchemaView {
  version = 1;
  options: HandlerOptions = OPTIONS;
  latest = DEPLOYMENT;
  readonly deployments = new Map<DeploymentId, ResolvedDeployment>();

  constructor() {
    this.addDeployment({});
  }

  addDeployment(overrides: Partial<ResolvedDeployment>): void {
    const deployment: ResolvedDeployment = {
      id: DEPLOYMENT,
      uri: "http://handlers:9080/prefix?q=1",
      httpVersion: "h2",
      protocolMode: "bidi-stream",
      minProtocolVersion: 5,
      maxProtocolVersion: 7,
      additionalHeaders: [["x-extra", "1"]],
      ...overrides,
    };
    this.deployments.set(deployment.id, deployment);
  }

  resolveHandler(service: string, handler: string): ResolvedHandler | undefined {
    const target = [SERVICE, OBJECT, WORKFLOW].find((item) => item.service === service);
    if (target === undefined || !this.deployments.has(this.latest)) return undefined;
    if (handler === "missing") return undefined;
    return {
      service,
      serviceType: target.serviceType,
      handler,
      handlerType: target.handlerType,
      deploymentId: this.latest,
      revision: 1,
      options: this.options,
      inputRules: [],
      output: { contentType: undefined, setContentTypeIfEmpty: false },
    };
  }

  resolvePinnedHandler(id: DeploymentId, service: string, handler: string) {
    return this.deployments.has(id) ? this.resolveHandler(service, handler) : undefined;
  }

  serviceType(): undefined {
    return undefined;
  }

  serviceNames(): readonly string[] {
    return [];
  }

  deployment(id: DeploymentId): ResolvedDeployment | undefined {
    return this.deployments.get(id);
  }
}

/** One opened stream, driven by the test as the deployment. */
export class FakeStream {
  readonly request: OpenRequest;
  readonly #handlers: StreamHandlers;
  readonly #sent: Uint8Array[] = [];
  isEnded = false;
  isReset = false;
  isReading = true;

  constructor(request: OpenRequest, handlers: StreamHandlers) {
    this.request = request;
    this.#handlers = handlers;
  }

  /** All frames that were sent so far. */
  get sent(): Frame[] {
    const decoder = new FrameDecoder(1_000_000);
    decoder.push(Buffer.concat(this.#sent));
    const frames: Frame[] = [];
    for (let frame = decoder.next(); frame?.kind === "frame"; frame = decoder.next()) {
      frames.push(frame);
    }
    return frames;
  }

  readonly side = {
    write: (data: Uint8Array | readonly Uint8Array[]): boolean => {
      if (this.isEnded) throw new Error("write after end");
      for (const part of data instanceof Uint8Array ? [data] : data) this.#sent.push(part.slice());
      return true;
    },
    end: () => {
      this.isEnded = true;
    },
    reset: () => {
      this.isReset = true;
    },
    bufferedBytes: 0,
    pauseReading: () => {
      this.isReading = false;
    },
    resumeReading: () => {
      this.isReading = true;
    },
  };

  head(status = 200, headers: Readonly<Record<string, string>> = {}): void {
    const version = Number(this.request.staticHeaders?.[0]?.[1].slice(-1));
    const all = { "content-type": invocationContentType(version), ...headers };
    this.#handlers.onHead(status, new Map(Object.entries(all)));
  }

  /** Sends messages in one chunk. */
  send(...messages: readonly Uint8Array[]): void {
    const chunk = Buffer.concat(messages);
    this.#handlers.onData(chunk);
    chunk.fill(0xee);
  }

  end(): void {
    this.#handlers.onEnd();
  }

  fail(code: TransportErrorCode): void {
    this.#handlers.onError(new TransportError(code, `failed with ${code}`));
  }
}

/** A message of the deployment. */
export function message(type: number, body: Uint8Array = new Uint8Array(0), flags = 0): Uint8Array {
  const frame = encodeFrame(type, body);
  frame[2] = flags >>> 8;
  frame[3] = flags;
  return frame;
}

/** A report of the invoker. */
export interface Report {
  readonly id: InvocationId;
  readonly token: AttemptToken;
  readonly events: readonly AttemptEvent[];
}

/** The node around an invoker, all of it driven by the test. */
export class FakeNode implements InvokerHost {
  readonly partitionId = 0;
  readonly schema = new FakeSchema();
  readonly streams: FakeStream[] = [];
  readonly reports: Report[] = [];
  readonly inputs = new Map<InvocationId, AttemptInput>();
  readonly invoker: NodeInvoker;
  state: EagerState | Promise<EagerState> = { entries: [], partial: false };
  /** If set, `readInput` answers with it. */
  nextInput: Promise<AttemptInput> | undefined;
  nowMs = 1_700_000_000_000;
  #timers: { readonly dueMs: number; readonly run: () => void }[] = [];
  #idCount = 0;

  constructor(options: Partial<InvokerOptions> = {}) {
    const silent = () => undefined;
    const logger: InvokerOptions["logger"] = {
      error: silent,
      warn: silent,
      info: silent,
      debug: silent,
      child: () => logger,
    };
    const transport: Transport = {
      open: (request, handlers) => {
        const stream = new FakeStream(request, handlers);
        this.streams.push(stream);
        return stream.side;
      },
      close: () => Promise.resolve(),
      stats: () => {
        throw new Error("not asked for");
      },
    };
    this.invoker = createInvoker({
      schema: () => this.schema,
      transports: () => transport,
      clock: { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs - 1_000_000 },
      scheduler: {
        after: (delayMs, run) => {
          const timer = { dueMs: this.nowMs + delayMs, run };
          this.#timers.push(timer);
          return { cancel: () => this.#remove(timer) };
        },
      },
      random: { nextBelow: () => 0, nextBytes: (count) => new Uint8Array(count).fill(7) },
      logger,
      clusterName: "test-cluster",
      ...options,
    });
  }

  /** Registers an invocation whose journal is its input, and hands it to the invoker. */
  invoke(target: InvocationTarget = SERVICE, overrides: Partial<AttemptInput> = {}): InvocationId {
    const id = mintInvocationId(target, this.#idCount, new Uint8Array(16).fill(this.#idCount));
    this.#idCount++;
    this.inputs.set(id, {
      target,
      limitKey: undefined,
      idempotencyKey: undefined,
      pinnedDeploymentId: undefined,
      pinnedProtocolVersion: undefined,
      entries: [entryOf(COMMAND_TYPES.input, encodeInput([], Uint8Array.of(1)), this.nowMs)],
      traceParent: undefined,
      createdAtMs: this.nowMs,
      ...overrides,
    });
    this.invoker.invoke(this, id, 1);
    return id;
  }

  /** Appends to the journal that the next attempt reads. */
  append(id: InvocationId, entry: JournalEntry): number {
    const input = this.inputs.get(id) as AttemptInput;
    this.inputs.set(id, { ...input, entries: [...input.entries, entry] });
    return input.entries.length;
  }

  get stream(): FakeStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error("no stream was opened");
    return stream;
  }

  /** Events of all reports, in order. */
  get events(): readonly AttemptEvent[] {
    return this.reports.flatMap(({ events }) => events);
  }

  /** Lets time pass, timer by timer. */
  pass(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      const timer = this.#timers.toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (timer === undefined || timer.dueMs > endMs) break;
      this.#remove(timer);
      this.nowMs = Math.max(this.nowMs, timer.dueMs);
      timer.run();
    }
    this.nowMs = endMs;
  }

  readInput(id: InvocationId): AttemptInput | Promise<AttemptInput> {
    if (this.nextInput !== undefined) return this.nextInput;
    const input = this.inputs.get(id);
    if (input === undefined) throw new Error("unknown invocation");
    return input;
  }

  readState(): EagerState | Promise<EagerState> {
    return this.state;
  }

  report(id: InvocationId, token: AttemptToken, events: readonly AttemptEvent[]): void {
    this.reports.push({ id, token, events });
  }

  #remove(timer: { readonly dueMs: number; readonly run: () => void }): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}

/** A journal entry. */
export function entryOf(type: number, body: Uint8Array, appendedAtMs: number): JournalEntry {
  return { type, body, appendedAtMs };
}
