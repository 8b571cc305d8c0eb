/** The handlers the SDK checks call. Their behaviour is steered by their input. */

import type {
  Context,
  ObjectContext,
  ObjectSharedContext,
  WorkflowContext,
  WorkflowSharedContext,
} from "@restatedev/restate-sdk";
import {
  CancelledError,
  handlers,
  InvocationIdParser,
  object,
  RestatePromise,
  service,
  TerminalError,
  workflow,
} from "@restatedev/restate-sdk";

import { gates, recorder } from "./wait.ts";

/** Target and input of a call made by a handler. */
export interface CallInput {
  readonly service: string;
  readonly handler: string;
  readonly key?: string;
  readonly input?: unknown;
  readonly delayMs?: number;
  readonly idempotencyKey?: string;
  readonly headers?: Record<string, string>;
  readonly scope?: string;
  readonly limitKey?: string;
}

/** How a handler fails. */
export interface FailInput {
  readonly code?: number;
  readonly message: string;
  readonly metadata?: Record<string, string>;
}

interface Subject {
  readonly subject: string;
}

function callOf(context: Context, call: CallInput) {
  return context.genericCall<unknown, unknown>({
    service: call.service,
    method: call.handler,
    parameter: call.input ?? null,
    inputSerde: json,
    outputSerde: json,
    ...(call.key === undefined ? {} : { key: call.key }),
    ...(call.idempotencyKey === undefined ? {} : { idempotencyKey: call.idempotencyKey }),
    ...(call.headers === undefined ? {} : { headers: call.headers }),
    ...(call.scope === undefined ? {} : { scope: call.scope }),
    ...(call.limitKey === undefined ? {} : { limitKey: call.limitKey }),
  });
}

function sendOf(context: Context, call: CallInput) {
  return context.genericSend<unknown>({
    service: call.service,
    method: call.handler,
    parameter: call.input ?? null,
    inputSerde: json,
    ...(call.key === undefined ? {} : { key: call.key }),
    ...(call.delayMs === undefined ? {} : { delay: call.delayMs }),
    ...(call.idempotencyKey === undefined ? {} : { idempotencyKey: call.idempotencyKey }),
    ...(call.headers === undefined ? {} : { headers: call.headers }),
    ...(call.scope === undefined ? {} : { scope: call.scope }),
    ...(call.limitKey === undefined ? {} : { limitKey: call.limitKey }),
  });
}

const json = {
  contentType: "application/json",
  serialize: (value: unknown): Uint8Array =>
    value === undefined ? new Uint8Array(0) : new TextEncoder().encode(JSON.stringify(value)),
  deserialize: (bytes: Uint8Array): unknown =>
    bytes.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(bytes)),
};

function terminal(input: FailInput): TerminalError {
  return new TerminalError(input.message, {
    ...(input.code === undefined ? {} : { errorCode: input.code }),
    ...(input.metadata === undefined ? {} : { metadata: input.metadata }),
  });
}

/** Handlers of the plain services. */
const basicHandlers = {
  echo: async (_context: Context, input: unknown) => input,
  nothing: async (_context: Context) => undefined,
  headers: async (context: Context) => Object.fromEntries(context.request().headers),
  fail: async (_context: Context, input: FailInput) => {
    throw terminal(input);
  },
  /** Throws a plain error until the gate is open; then returns "recovered". */
  flaky: async (_context: Context, input: Subject & { failures: number; message?: string }) => {
    recorder.record(input.subject, "attempt");
    if (recorder.list(input.subject).length <= input.failures) {
      throw new Error(input.message ?? "boom");
    }
    return "recovered";
  },
  sleep: async (context: Context, input: Partial<Subject> & { ms: number }) => {
    if (input.subject !== undefined) recorder.record(input.subject, "attempt");
    await context.sleep(input.ms);
    return "slept";
  },
  /** Stays running, inside a run block, until the gate is open. */
  hold: async (context: Context, input: Subject) => {
    recorder.record(input.subject, "start");
    await context.run("hold", () => gates.wait(input.subject));
    recorder.record(input.subject, "end");
    return input.subject;
  },
  steps: async (context: Context, input: { count: number; subject: string }) => {
    let sum = 0;
    for (let step = 0; step < input.count; step++) {
      sum += await context.run(`step-${step}`, () => {
        recorder.record(input.subject, `step-${step}`);
        return step;
      });
    }
    return sum;
  },
  runFails: async (context: Context, input: FailInput) =>
    context.run("failing", () => {
      throw terminal(input);
    }),
  runRetries: async (context: Context, input: Subject & { failures: number; max: number }) => {
    try {
      return await context.run(
        "retried",
        () => {
          recorder.record(input.subject, "run");
          if (recorder.list(input.subject).length <= input.failures) throw new Error("not yet");
          return "done";
        },
        { maxRetryAttempts: input.max, initialRetryInterval: 20, retryIntervalFactor: 1 },
      );
    } catch (error) {
      if (error instanceof TerminalError) return `gave up: ${error.message}`;
      throw error;
    }
  },
  call: async (context: Context, input: CallInput) => callOf(context, input),
  /** Calls and reports a terminal failure as a value. */
  callCaught: async (context: Context, input: CallInput) => {
    try {
      return { value: await callOf(context, input) };
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      const metadata = Object.keys(error.metadata ?? {}).length === 0 ? undefined : error.metadata;
      return { code: error.code, message: error.message, metadata };
    }
  },
  /** Two calls with the same content; reports both ids and the failure of the second. */
  callTwice: async (context: Context, input: CallInput) => {
    const first = callOf(context, input);
    const second = callOf(context, input);
    const ids = [await first.invocationId, await second.invocationId];
    const value = await first;
    try {
      return { ids, value, second: await second };
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      return { ids, value, code: error.code, message: error.message };
    }
  },
  send: async (context: Context, input: CallInput) => sendOf(context, input).invocationId,
  sendMany: async (context: Context, input: CallInput & { inputs: unknown[] }) => {
    for (const each of input.inputs) sendOf(context, { ...input, input: each });
  },
  /** A call, a send and a delayed send, then waits for the call. */
  family: async (context: Context, input: Subject & { call: CallInput; sends: CallInput[] }) => {
    const call = callOf(context, input.call);
    const ids = [await call.invocationId];
    for (const send of input.sends) ids.push(await sendOf(context, send).invocationId);
    await context.run("children", () => {
      for (const id of ids) recorder.record(input.subject, id);
    });
    return call;
  },
  awakeable: async (context: Context, input: Subject & { wait?: boolean }) => {
    const { id, promise } = context.awakeable<unknown>();
    try {
      await context.run("publish", () => {
        recorder.record(input.subject, id);
      });
      return { resolved: (await promise) ?? null };
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      return { code: error.code, message: error.message };
    }
  },
  resolveAwakeable: async (context: Context, input: { id: string; payload: unknown }) => {
    context.resolveAwakeable(input.id, input.payload);
  },
  rejectAwakeable: async (context: Context, input: { id: string; reason: string }) => {
    context.rejectAwakeable(input.id, input.reason);
  },
  awaitSignal: async (context: Context, input: { name: string }) => {
    try {
      return { resolved: await context.signal<unknown>(input.name) };
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      return { code: error.code, message: error.message };
    }
  },
  sendSignal: async (
    context: Context,
    input: { id: string; name: string; payload?: unknown; reason?: string },
  ) => {
    const signal = context
      .invocation(InvocationIdParser.fromString(input.id))
      .signal<unknown>(input.name);
    if (input.reason === undefined) signal.resolve(input.payload);
    else signal.reject(input.reason);
  },
  cancel: async (context: Context, input: { id: string }) => {
    context.cancel(InvocationIdParser.fromString(input.id));
  },
  attach: async (context: Context, input: { id: string }) => {
    try {
      return { value: await context.attach<unknown>(InvocationIdParser.fromString(input.id)) };
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      return { code: error.code, message: error.message };
    }
  },
  /** Sleeps for a long time; on cancellation runs a compensating step and succeeds. */
  compensate: async (context: Context, input: Subject) => {
    try {
      await context.sleep(600_000);
      return "slept";
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
      await context.run("compensate", () => {
        recorder.record(input.subject, "compensated");
      });
      return `compensated:${error.code}:${error.message}`;
    }
  },
  combine: async (context: Context, input: { kind: "all" | "race" | "any"; ms: number[] }) => {
    const sleeps = input.ms.map((ms) => context.sleep(ms).map(() => ms));
    if (input.kind === "all") return RestatePromise.all(sleeps);
    if (input.kind === "race") return RestatePromise.race(sleeps);
    return RestatePromise.any(sleeps);
  },
  timeout: async (context: Context, input: { ms: number }) => {
    const { promise } = context.awakeable<unknown>();
    try {
      await promise.orTimeout(input.ms);
      return "resolved";
    } catch (error) {
      return error instanceof TerminalError ? `failed:${error.code}` : "retryable";
    }
  },
  random: async (context: Context) => [context.rand.uuidv4(), context.rand.random()],
  identity: async (context: Context) => {
    const request = context.request();
    return {
      id: request.id,
      idempotencyKey: request.idempotencyKey ?? null,
      scope: request.scope ?? null,
      limitKey: request.limitKey ?? null,
    };
  },
};

/** Plain handlers with default settings. */
const basic = service({ name: "Basic", handlers: basicHandlers });

/** The same handlers, suspended whenever they wait. */
const suspending = service({
  name: "Suspending",
  handlers: basicHandlers,
  options: { inactivityTimeout: 0 },
});

type Entries = Record<string, unknown>;

/** Keyed handlers with state. */
const store = object({
  name: "Store",
  handlers: {
    add: async (context: ObjectContext, amount: number) => {
      const value = ((await context.get<number>("count")) ?? 0) + amount;
      context.set("count", value);
      return value;
    },
    set: async (context: ObjectContext, entries: Entries) => {
      for (const [key, value] of Object.entries(entries)) context.set(key, value);
    },
    clear: async (context: ObjectContext, key: string) => context.clear(key),
    clearAll: async (context: ObjectContext) => context.clearAll(),
    key: async (context: ObjectContext) => context.key,
    /** Holds the lock, inside a run block, until the gate is open. */
    hold: async (context: ObjectContext, input: Subject) => {
      recorder.record(input.subject, "start");
      await context.run("hold", () => gates.wait(input.subject));
      recorder.record(input.subject, "end");
      return input.subject;
    },
    /** Sets a state key, holds, then returns what it sees under it. */
    setAndHold: async (context: ObjectContext, input: Subject & { value: string }) => {
      context.set("v", input.value);
      recorder.record(input.subject, "start");
      await context.run("hold", () => gates.wait(input.subject));
      return context.get<string>("v");
    },
    /** Holds the lock in a suspension. */
    sleep: async (context: ObjectContext, input: { ms: number }) => {
      await context.sleep(input.ms);
      return "slept";
    },
    /** Records its start and end around a short step. */
    trace: async (context: ObjectContext, input: Subject & { name: string }) => {
      recorder.record(input.subject, `start ${input.name}`);
      await context.run("step", () => new Promise((resolve) => setTimeout(resolve, 20)));
      recorder.record(input.subject, `end ${input.name}`);
      return input.name;
    },
    /** Writes state and fails the first attempts. */
    writeAndFail: async (context: ObjectContext, input: Subject & { failures: number }) => {
      context.set("written", true);
      recorder.record(input.subject, "attempt");
      await context.run("mark", () => "marked");
      if (recorder.list(input.subject).length <= input.failures) throw new Error("after the write");
      return context.get("written");
    },
    callSelf: async (context: ObjectContext) =>
      callOf(context, { service: "Store", handler: "key", key: context.key }),
    fail: async (_context: ObjectContext, input: FailInput) => {
      throw terminal(input);
    },
    get: handlers.object.shared(async (context: ObjectSharedContext, key: string) =>
      context.get(key),
    ),
    keys: handlers.object.shared(async (context: ObjectSharedContext) =>
      (await context.stateKeys()).sort(),
    ),
    sharedHold: handlers.object.shared(async (context: ObjectSharedContext, input: Subject) => {
      recorder.record(input.subject, "start");
      await context.run("hold", () => gates.wait(input.subject));
      return input.subject;
    }),
  },
});

/** The same state handlers, with state fetched on demand. */
const lazyStore = object({
  name: "LazyStore",
  handlers: {
    add: async (context: ObjectContext, amount: number) => {
      const value = ((await context.get<number>("count")) ?? 0) + amount;
      context.set("count", value);
      return value;
    },
    set: async (context: ObjectContext, entries: Entries) => {
      for (const [key, value] of Object.entries(entries)) context.set(key, value);
      return (await context.stateKeys()).sort();
    },
    get: handlers.object.shared(async (context: ObjectSharedContext, key: string) =>
      context.get(key),
    ),
    keys: handlers.object.shared(async (context: ObjectSharedContext) =>
      (await context.stateKeys()).sort(),
    ),
  },
  options: { enableLazyState: true },
});

/** Workflow handlers around one promise called `p`. */
const flow = workflow({
  name: "Flow",
  handlers: {
    run: async (context: WorkflowContext, input: { wait?: boolean; fail?: FailInput }) => {
      context.set("status", "running");
      if (input.wait === true) {
        const value = await context.promise<unknown>("p");
        context.set("status", "released");
        return { released: value };
      }
      if (input.fail !== undefined) throw terminal(input.fail);
      context.set("status", "done");
      return { key: context.key };
    },
    status: async (context: WorkflowSharedContext) => context.get("status"),
    resolve: async (context: WorkflowSharedContext, value: unknown) =>
      settled(() => context.promise<unknown>("p").resolve(value)),
    reject: async (context: WorkflowSharedContext, reason: string) =>
      settled(() => context.promise<unknown>("p").reject(reason)),
    peek: async (context: WorkflowSharedContext) =>
      settled(async () => (await context.promise<unknown>("p").peek()) ?? null),
    wait: async (context: WorkflowSharedContext) =>
      settled(async () => context.promise<unknown>("p")),
  },
  options: { workflowRetention: { minutes: 10 } },
});

async function settled(action: () => Promise<unknown>): Promise<unknown> {
  try {
    return { value: (await action()) ?? null };
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    return { code: error.code, message: error.message };
  }
}

/** Services with settings of their own. */
const hidden = service({
  name: "Hidden",
  handlers: { echo: async (_context: Context, input: unknown) => input },
  options: { ingressPrivate: true },
});

/** The services of the shared SDK endpoint. */
export const sdkServices = [basic, suspending, store, lazyStore, flow, hidden];

/** Type of the service `Basic`, for typed clients. */
export type Basic = typeof basic;

/** Type of the object `Store`, for typed clients. */
export type Store = typeof store;

/** Type of the workflow `Flow`, for typed clients. */
export type Flow = typeof flow;
