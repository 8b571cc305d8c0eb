// The services under load, written with the official SDK as a user would, in a process of their
// own: it survives the crashes of the server, and is killed now and then itself. What handlers see
// that no handler may see goes to the parent process, which keeps the ledger.
import { once } from "node:events";
import { createServer } from "node:http2";
import process from "node:process";
import * as restate from "@restatedev/restate-sdk";
import type { DeploymentReport } from "./deployment-report.ts";

/** An addition to a counter; `dueAtMs` when it was sent with a delay. */
interface Addition {
  readonly operation: string;
  readonly dueAtMs?: number;
  /** Waits this long while it holds the key. */
  readonly holdMs?: number;
}

interface Nap {
  readonly operation: string;
  readonly durationMs: number;
}

interface Order {
  readonly operation: string;
  readonly key: string;
  readonly delayMs: number;
}

const SUSPEND_AT_ONCE = { inactivityTimeout: 0 };

function report(message: DeploymentReport): Promise<void> {
  return new Promise((resolve) => {
    // Without a parent there is nobody left to tell.
    if (process.send === undefined) return resolve();
    process.send(message, () => resolve());
  });
}

function step(context: restate.Context, operation: string): Promise<string> {
  return context.run("step", async () => {
    const value = Math.random().toString(36).slice(2, 10);
    await report({ kind: "step", operation, value });
    return value;
  });
}

async function reportFired(context: restate.Context, { operation, dueAtMs }: Addition) {
  if (dueAtMs === undefined) return;
  await context.run("fired", () =>
    report({ kind: "fired", operation, dueAtMs, firedAtMs: Date.now() }),
  );
}

/** Marks the key as taken while it works: a second one on the same key would see the mark. */
async function add(context: restate.ObjectContext, addition: Addition): Promise<number> {
  const { operation, holdMs } = addition;
  const owner = await context.get<string>("owner");
  if (owner !== null) {
    await report({ kind: "violation", text: `${operation} runs while ${owner} holds the key` });
  }
  context.set("owner", operation);
  if ((await context.get<number>(`did/${operation}`)) !== null) {
    await report({ kind: "violation", text: `${operation} was applied twice` });
  }
  await reportFired(context, addition);
  if (holdMs !== undefined) await context.sleep(holdMs);
  const count = ((await context.get<number>("count")) ?? 0) + 1;
  context.set("count", count);
  context.set(`did/${operation}`, count);
  context.clear("owner");
  return count;
}

async function dump(context: restate.ObjectSharedContext): Promise<Dump> {
  const keys = await context.stateKeys();
  const done = keys.filter((key) => key.startsWith("did/")).map((key) => key.slice(4));
  const owner = await context.get<string>("owner");
  return { count: (await context.get<number>("count")) ?? 0, done: done.sort(), owner };
}

/** State of a counter. */
interface Dump {
  readonly count: number;
  readonly done: readonly string[];
  readonly owner: string | null;
}

const counterHandlers = { add, dump: restate.handlers.object.shared(dump) };

/** State comes with the invocation. */
const counter = restate.object({ name: "Counter", handlers: counterHandlers });

/** State is asked for, and whatever waits is suspended. */
const lazyCounter = restate.object({
  name: "LazyCounter",
  handlers: counterHandlers,
  options: { enableLazyState: true, ...SUSPEND_AT_ONCE },
});

const workerHandlers = {
  /** Sleeps; the result says for how long, as two recorded steps saw it. */
  nap: async (context: restate.Context, { operation, durationMs }: Nap): Promise<number> => {
    const startMs = await context.run("start", () => Date.now());
    await context.sleep(durationMs);
    const endMs = await context.run("end", () => Date.now());
    const dueAtMs = startMs + durationMs;
    await report({ kind: "fired", operation, dueAtMs, firedAtMs: endMs });
    return endMs - startMs;
  },
  /** Publishes an awakeable and waits for it. */
  wait: async (context: restate.Context, operation: string): Promise<string> => {
    const { id, promise } = context.awakeable<string>();
    await context.run("publish", () => report({ kind: "awakeable", operation, id }));
    return promise;
  },
  /** One recorded step. */
  step: (context: restate.Context, operation: string): Promise<string> => step(context, operation),
};

const worker = restate.service({ name: "Worker", handlers: workerHandlers });

const suspendingWorker = restate.service({
  name: "SuspendingWorker",
  handlers: workerHandlers,
  options: SUSPEND_AT_ONCE,
});

const shopHandlers = {
  /** Steps, two calls at a time, a call to an object, a send and a delayed send. */
  order: async (context: restate.Context, { operation, key, delayMs }: Order) => {
    const first = await step(context, operation);
    const [left, right] = await restate.RestatePromise.all([
      context.serviceClient(worker).step(operation),
      context.serviceClient(suspendingWorker).step(operation),
    ]);
    const count = await context.objectClient(counter, key).add({ operation: `${operation}-call` });
    context.objectSendClient(lazyCounter, key).add({ operation: `${operation}-send` });
    const dueAtMs = (await context.run("now", () => Date.now())) + delayMs;
    context
      .objectSendClient(lazyCounter, key)
      .add(
        { operation: `${operation}-late`, dueAtMs },
        restate.rpc.sendOpts({ delay: { milliseconds: delayMs } }),
      );
    const last = await step(context, operation);
    return { steps: [first, left, right, last], count };
  },
};

const shop = restate.service({ name: "Shop", handlers: shopHandlers });

const suspendingShop = restate.service({
  name: "SuspendingShop",
  handlers: shopHandlers,
  options: SUSPEND_AT_ONCE,
});

const flow = restate.workflow({
  name: "Flow",
  handlers: {
    /** Waits for the answer, then adds to a counter, and says both. */
    run: async (context: restate.WorkflowContext, key: string) => {
      const first = await step(context, context.key);
      const answer = await context.promise<string>("answer");
      const operation = `${context.key}-flow`;
      const count = await context.objectClient(counter, key).add({ operation });
      context.set("answer", answer);
      return { first, answer, count };
    },
    /** False if somebody answered before. */
    answer: async (context: restate.WorkflowSharedContext, text: string): Promise<boolean> => {
      try {
        await context.promise<string>("answer").resolve(text);
        return true;
      } catch (error) {
        if (error instanceof restate.TerminalError) return false;
        throw error;
      }
    },
    seen: async (context: restate.WorkflowSharedContext) => context.get<string>("answer"),
  },
});

const port = Number(process.argv[2]);
const handler = restate.createEndpointHandler({
  services: [counter, lazyCounter, worker, suspendingWorker, shop, suspendingShop, flow],
  // Every crash breaks streams; that is what this is about, not worth a line each.
  logger: () => {},
});
const server = createServer(handler).listen(port, "127.0.0.1");
await once(server, "listening");
// The parent owns this process: it ends with it.
process.on("disconnect", () => process.exit(0));
process.on("unhandledRejection", () => {});
await report({ kind: "ready" });
