// The same services with the official SDK, as a process: `node sdk.ts PORT`.
import { createServer } from "node:http2";
import process from "node:process";
import type { Context, ObjectContext, ObjectSharedContext } from "@restatedev/restate-sdk";
import { createEndpointHandler, handlers, object, service } from "@restatedev/restate-sdk";
import {
  CALLS,
  COUNT_KEY,
  countArrival,
  SENDS_PER_CALL,
  SERVICES,
  STEPS,
  serveParent,
} from "./services.ts";

const DONE = "done";
const port = Number(process.argv[2]);

const callee = service({
  name: SERVICES.callee,
  handlers: { echo: (_context: Context) => Promise.resolve(DONE) },
});

const counter = object({
  name: SERVICES.counter,
  handlers: {
    add: async (context: ObjectContext) => {
      const count = ((await context.get<number>(COUNT_KEY)) ?? 0) + 1;
      context.set(COUNT_KEY, count);
      return count;
    },
    get: handlers.object.shared(
      async (context: ObjectSharedContext) => (await context.get<number>(COUNT_KEY)) ?? 0,
    ),
  },
});

const bench = service({
  name: SERVICES.bench,
  handlers: {
    plain: (_context: Context) => Promise.resolve(DONE),
    timer: (_context: Context) => {
      countArrival();
      return Promise.resolve(DONE);
    },
    steps: (context: Context) => runSteps(context, STEPS),
    manySteps: (context: Context, steps: number) => runSteps(context, steps),
    calls: async (context: Context) => {
      for (let i = 0; i < CALLS; i += 1) await context.serviceClient(callee).echo();
      return DONE;
    },
    sendMany: (context: Context, dueMs: number) => {
      for (let i = 0; i < SENDS_PER_CALL; i += 1) {
        context.genericSend({
          service: SERVICES.bench,
          method: "timer",
          parameter: new Uint8Array(0),
          delay: Math.max(dueMs - Date.now(), 0),
        });
      }
      return Promise.resolve(DONE);
    },
    hold: async (context: Context) => {
      countArrival();
      await context.awakeable().promise;
      return DONE;
    },
  },
});

async function runSteps(context: Context, steps: number): Promise<string> {
  for (let i = 0; i < steps; i += 1) await context.run("step", () => "step");
  return DONE;
}

const handler = createEndpointHandler({ services: [bench, callee, counter], logger: () => {} });
const server = createServer(handler);
server.on("sessionError", () => {});
server.listen(port, "127.0.0.1", () => serveParent(port));
