/**
 * Handlers of the official TypeScript SDK, run by the invoker over real sockets. The partition is a
 * stub in memory; what is compared is what handlers compute and what the journal holds.
 */
import { createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import * as restate from "@restatedev/restate-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createInvoker, createTransport, type InvokerOptions, type NodeInvoker } from "#invoker";
import {
  type DeploymentId,
  entryTypeName,
  formatAwakeableId,
  type InvocationTarget,
  type ServiceType,
} from "#model";
import type { HandlerOptions, ResolvedDeployment, SchemaView } from "#schema";
import { parseManifest } from "#service-protocol";
import { MemoryPartition, type RunningInvocation } from "./memory-partition.ts";

const failures = { count: 0 };

const greeter = restate.service({
  name: "Greeter",
  handlers: {
    greet: async (_context: restate.Context, name: string) => `Hello ${name}`,
    steps: async (context: restate.Context) => {
      const first = await context.run("first", () => 1);
      const second = await context.run("second", () => first + 1);
      return second + 1;
    },
    sleepy: async (context: restate.Context) => {
      await context.sleep(30);
      return "awake";
    },
    calls: async (context: restate.Context) =>
      context
        .serviceClient<{ greet: (c: restate.Context, n: string) => Promise<string> }>({
          name: "Greeter",
        })
        .greet("child"),
    awaits: async (context: restate.Context) => {
      const { promise } = context.awakeable<string>();
      return promise;
    },
    flaky: async (_context: restate.Context) => {
      failures.count++;
      if (failures.count < 3) throw new Error(`attempt ${failures.count} failed`);
      return failures.count;
    },
    fails: async (_context: restate.Context) => {
      throw new restate.TerminalError("no", { errorCode: 418 });
    },
    random: async (context: restate.Context) => {
      const before = context.rand.uuidv4();
      await context.sleep(5);
      return before;
    },
  },
});

const counter = restate.object({
  name: "Counter",
  handlers: {
    add: async (context: restate.ObjectContext, amount: number) => {
      const count = ((await context.get<number>("count")) ?? 0) + amount;
      context.set("count", count);
      return count;
    },
  },
});

const DEPLOYMENT_ID = "dp_1test" as DeploymentId;
const OPTIONS: HandlerOptions = {
  public: true,
  lazyState: false,
  inactivityTimeoutMs: 60_000,
  abortTimeoutMs: 60_000,
  journalRetentionMs: 0,
  idempotencyRetentionMs: 0,
  workflowCompletionRetentionMs: 0,
  retryPolicy: {
    initialIntervalMs: 5,
    factor: 2,
    maxIntervalMs: 20,
    maxAttempts: 10,
    onMaxAttempts: "kill",
  },
};

let server: Http2Server;
let port = 0;

beforeAll(async () => {
  const handler = restate
    .endpoint()
    .setLogger(() => undefined)
    .bind(greeter)
    .bind(counter)
    .http2Handler();
  server = createServer(handler);
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.close();
});

function schemaOf(version: number, options: Partial<HandlerOptions>): SchemaView {
  const deployment: ResolvedDeployment = {
    id: DEPLOYMENT_ID,
    uri: `http://127.0.0.1:${port}/`,
    httpVersion: "h2",
    protocolMode: "bidi-stream",
    minProtocolVersion: version,
    maxProtocolVersion: version,
    additionalHeaders: [],
  };
  const resolve = (service: string, handler: string) => ({
    service,
    serviceType: (service === "Counter" ? "virtual-object" : "service") as ServiceType,
    handler,
    handlerType: service === "Counter" ? ("exclusive" as const) : ("shared" as const),
    deploymentId: DEPLOYMENT_ID,
    revision: 1,
    options: { ...OPTIONS, ...options },
    inputRules: [],
    output: { contentType: undefined, setContentTypeIfEmpty: false },
  });
  return {
    resolveHandler: resolve,
    resolvePinnedHandler: (_id, service, handler) => resolve(service, handler),
    serviceType: () => "service",
    serviceNames: () => [],
    deployment: () => deployment,
    version: 1,
  };
}

interface Node {
  readonly invoker: NodeInvoker;
  readonly partition: MemoryPartition;
  close(): Promise<void>;
}

function startNode(version: number, options: Partial<HandlerOptions> = {}): Node {
  const transport = createTransport({ uri: `http://127.0.0.1:${port}`, protocol: "h2" });
  const schema = schemaOf(version, options);
  const silent = () => undefined;
  const logger = {
    error: silent,
    warn: silent,
    info: silent,
    debug: silent,
    child: () => logger,
  } as InvokerOptions["logger"];
  const invoker = createInvoker({
    schema: () => schema,
    transports: () => transport,
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    scheduler: {
      after: (delayMs, run) => {
        const timer = setTimeout(run, delayMs);
        return { cancel: () => clearTimeout(timer) };
      },
    },
    random: {
      nextBelow: (bound) => Math.floor(Math.random() * bound),
      nextBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    },
    logger,
    clusterName: "test",
  });
  const partition = new MemoryPartition();
  partition.attach(invoker);
  return {
    invoker,
    partition,
    close: async () => {
      invoker.close();
      await transport.close();
    },
  };
}

function targetOf(handler: string): InvocationTarget {
  return {
    serviceType: "service",
    handlerType: "shared",
    service: "Greeter",
    handler,
    key: undefined,
    scope: undefined,
  };
}

async function outcome(invocation: RunningInvocation): Promise<unknown> {
  const result = await invocation.result;
  return result.kind === "success"
    ? JSON.parse(new TextDecoder().decode(result.value))
    : result.failure;
}

function journalOf(invocation: RunningInvocation): string[] {
  return invocation.entries.map(({ type }) => entryTypeName(type));
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

describe.each([5, 6, 7])("protocol version %i", (version) => {
  let node: Node;
  beforeAll(() => {
    node = startNode(version);
  });
  afterAll(() => node.close());

  test("a plain handler answers, and pins the invocation first", async () => {
    const invocation = node.partition.start(targetOf("greet"), json("Ada"));

    expect(await outcome(invocation)).toBe("Hello Ada");
    expect(invocation.reported.map(({ kind }) => kind)).toEqual(["pin", "command", "end"]);
    expect(journalOf(invocation)).toEqual(["Command: Input", "Command: Output"]);
  });

  test("steps are journaled once each", async () => {
    const invocation = node.partition.start(targetOf("steps"), new Uint8Array(0));

    expect(await outcome(invocation)).toBe(3);
    expect(journalOf(invocation)).toEqual([
      "Command: Input",
      "Command: Run",
      "Notification: Run",
      "Command: Run",
      "Notification: Run",
      "Command: Output",
    ]);
  });

  test("a sleep on an open stream is completed on that stream", async () => {
    const invocation = node.partition.start(targetOf("sleepy"), new Uint8Array(0));

    expect(await outcome(invocation)).toBe("awake");
    expect(invocation.token).toBe(1);
  });

  test("a call is resolved, and its result reaches the caller", async () => {
    const invocation = node.partition.start(targetOf("calls"), new Uint8Array(0));

    expect(await outcome(invocation)).toBe("Hello child");
    expect(journalOf(invocation)).toEqual([
      "Command: Input",
      "Command: Call",
      "Notification: CallInvocationId",
      "Notification: Call",
      "Command: Output",
    ]);
  });

  test("an awakeable is completed by its signal", async () => {
    const invocation = node.partition.start(targetOf("awaits"), new Uint8Array(0));
    expect(formatAwakeableId(invocation.id, 17)).toMatch(/^sign_1/);

    node.partition.signal(invocation.id, 17, { kind: "success", value: json("signalled") });

    expect(await outcome(invocation)).toBe("signalled");
  });

  test("a failing handler is retried until it succeeds", async () => {
    failures.count = 0;
    const invocation = node.partition.start(targetOf("flaky"), new Uint8Array(0));

    expect(await outcome(invocation)).toBe(3);
    const causes = invocation.reported.filter((event) => event.kind === "fail-attempt");
    expect(causes.map(({ cause }) => [cause.documentedCode, cause.failure.message])).toEqual([
      ["RT0007", "attempt 1 failed"],
      ["RT0007", "attempt 2 failed"],
    ]);
  });

  test("a terminal error is an output", async () => {
    const invocation = node.partition.start(targetOf("fails"), new Uint8Array(0));

    expect(await outcome(invocation)).toMatchObject({ code: 418, message: "no" });
  });

  test("state goes out with the start and comes back as writes", async () => {
    const target: InvocationTarget = {
      serviceType: "virtual-object",
      handlerType: "exclusive",
      service: "Counter",
      handler: "add",
      key: "k",
      scope: undefined,
    };
    node.partition.state.clear();
    await node.partition.start(target, json(2)).result;

    const second = node.partition.start(target, json(3));

    expect(await outcome(second)).toBe(5);
    expect(journalOf(second)).toEqual([
      "Command: Input",
      "Command: GetEagerState",
      "Command: SetState",
      "Command: Output",
    ]);
  });
});

describe.each([5, 6, 7])("request/response mode, protocol version %i", (version) => {
  let node: Node;
  beforeAll(() => {
    node = startNode(version, { inactivityTimeoutMs: 0 });
  });
  afterAll(() => node.close());

  test("a sleep suspends, and the whole journal is replayed", async () => {
    const invocation = node.partition.start(targetOf("sleepy"), new Uint8Array(0));

    expect(await outcome(invocation)).toBe("awake");
    expect(invocation.token).toBe(2);
    expect(invocation.reported.map(({ kind }) => kind)).toEqual([
      "pin",
      "command",
      "suspend",
      "command",
      "end",
    ]);
  });

  test("steps survive suspension on their own results", async () => {
    const invocation = node.partition.start(targetOf("steps"), new Uint8Array(0));

    expect(await outcome(invocation)).toBe(3);
    expect(invocation.token).toBeGreaterThan(1);
  });

  test("random numbers are the same in every attempt", async () => {
    const invocation = node.partition.start(targetOf("random"), new Uint8Array(0));

    expect(await outcome(invocation)).toMatch(/^[0-9a-f-]{36}$/);
    expect(invocation.token).toBe(2);
  });
});

test("the SDK's manifest is understood", async () => {
  const response = createTransport({ uri: `http://127.0.0.1:${port}`, protocol: "h2" });
  const chunks: Uint8Array[] = [];
  const contentType = await new Promise<string | undefined>((resolve, reject) => {
    let type: string | undefined;
    const request = response.open(
      {
        method: "GET",
        path: "/discover",
        headers: [
          [
            "accept",
            [1, 2, 3, 4]
              .map((v) => `application/vnd.restate.endpointmanifest.v${v}+json`)
              .join(", "),
          ],
        ],
      },
      {
        onHead: (_status, headers) => {
          type = headers.get("content-type");
        },
        onData: (chunk) => chunks.push(new Uint8Array(chunk)),
        onEnd: () => resolve(type),
        onError: reject,
      },
    );
    request.end();
  });
  await response.close();

  const parsed = parseManifest(contentType, Buffer.concat(chunks));

  expect(parsed).toMatchObject({
    ok: true,
    manifest: {
      protocolMode: "bidi-stream",
      services: [
        { name: "Greeter", type: "service" },
        { name: "Counter", type: "virtual-object" },
      ],
    },
  });
});
