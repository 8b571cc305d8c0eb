/** What runs on the node whose data directory is recorded, and again on what an upgrade finds. */
import { once } from "node:events";
import type { Http2Server } from "node:http2";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import * as restate from "@restatedev/restate-sdk";

/** Longer than anybody runs these tests on one recording. */
const FOR_EVER = { days: 36_500 };

const kept = restate.service({
  name: "Kept",
  handlers: {
    greet: async (context: restate.Context, name: string): Promise<string> =>
      context.run("greeting", () => `Hello ${name}`),
  },
  options: { idempotencyRetention: FOR_EVER, journalRetention: FOR_EVER },
});

const counter = restate.object({
  name: "Counter",
  handlers: {
    add: async (context: restate.ObjectContext, amount: number): Promise<number> => {
      const count = ((await context.get<number>("count")) ?? 0) + amount;
      context.set("count", count);
      return count;
    },
    /** Holds the key until somebody completes what it waits for, then adds that. */
    addWhenTold: async (context: restate.ObjectContext): Promise<number> => {
      const { id, promise } = context.awakeable<number>();
      context.set("awakeable", id);
      const count = ((await context.get<number>("count")) ?? 0) + (await promise);
      context.set("count", count);
      return count;
    },
    get: restate.handlers.object.shared(
      async (context: restate.ObjectSharedContext): Promise<number> =>
        (await context.get<number>("count")) ?? 0,
    ),
    awakeable: restate.handlers.object.shared(
      async (context: restate.ObjectSharedContext): Promise<string | null> =>
        context.get<string>("awakeable"),
    ),
  },
  options: { journalRetention: FOR_EVER },
});

const signup = restate.workflow({
  name: "Signup",
  handlers: {
    run: async (context: restate.WorkflowContext, email: string): Promise<string> => {
      const code = await context.promise<string>("confirmed");
      return `${email} confirmed with ${code}`;
    },
    confirm: async (context: restate.WorkflowSharedContext, code: string): Promise<void> => {
      await context.promise<string>("confirmed").resolve(code);
    },
  },
  options: { workflowRetention: FOR_EVER, journalRetention: FOR_EVER },
});

const chain = restate.service({
  name: "Chain",
  handlers: {
    /** Calls, waits, and calls again; the wait ends after the recording. */
    run: async (context: restate.Context, waitMs: number): Promise<string> => {
      const first = await context.serviceClient(kept).greet("first");
      await context.sleep(waitMs);
      return `${first}, ${await context.serviceClient(kept).greet("second")}`;
    },
  },
  options: { journalRetention: FOR_EVER },
});

/** Fails while it is recorded, and pauses. */
function fragile(isFixed: boolean) {
  return restate.service({
    name: "Fragile",
    handlers: {
      run: async (context: restate.Context): Promise<string> => {
        const step = await context.run("before", () => "before");
        if (!isFixed) throw new Error("not fixed yet");
        return `${step} and after`;
      },
    },
    options: {
      journalRetention: FOR_EVER,
      retryPolicy: { maxAttempts: 1, onMaxAttempts: "pause" as const },
    },
  });
}

/** Serves the deployment on a port of the system's choice. */
export async function serveUpgradeServices({ isFixed }: { readonly isFixed: boolean }): Promise<{
  readonly url: string;
  readonly server: Http2Server;
}> {
  const services = [kept, counter, signup, chain, fragile(isFixed)];
  const server = createServer(restate.createEndpointHandler({ services, logger: () => {} }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
