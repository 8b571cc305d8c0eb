// The service under load as a process: `node deployment.ts HOST`. Written with the official SDK
// as a user would.
import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import process from "node:process";
import * as restate from "@restatedev/restate-sdk";

/** Sets a register to `to` if it holds `from`. */
interface Swap {
  readonly from: number;
  readonly to: number;
}

const VALUE = "value";

const cell = restate.object({
  name: "Cell",
  handlers: {
    add: async (context: restate.ObjectContext): Promise<number> => {
      const next = ((await context.get<number>(VALUE)) ?? 0) + 1;
      context.set(VALUE, next);
      return next;
    },
    set: async (context: restate.ObjectContext, value: number): Promise<void> => {
      context.set(VALUE, value);
    },
    swap: async (context: restate.ObjectContext, { from, to }: Swap): Promise<boolean> => {
      if (((await context.get<number>(VALUE)) ?? 0) !== from) return false;
      context.set(VALUE, to);
      return true;
    },
    get: async (context: restate.ObjectContext): Promise<number> =>
      (await context.get<number>(VALUE)) ?? 0,
    /** Reads beside handlers that hold the key. */
    peek: restate.handlers.object.shared(
      async (context: restate.ObjectSharedContext): Promise<number> =>
        (await context.get<number>(VALUE)) ?? 0,
    ),
  },
});

const host = process.argv[2] ?? "127.0.0.1";
const handler = restate.createEndpointHandler({
  services: [cell],
  // Faults break streams; that is what this is about, not worth a line each.
  logger: () => {},
});
const server = createServer(handler).listen(0, host);
await once(server, "listening");
process.on("disconnect", () => process.exit(0)); // It ends with its parent.
process.on("SIGINT", () => {}); // The parent ends it.
process.on("unhandledRejection", () => {});
process.send?.((server.address() as AddressInfo).port);
