// The light deployment as a process: `node light.ts PORT`. Costs as little CPU per stream as
// JavaScript allows, so that the server beside it has the machine for itself.
import { createServer } from "node:net";
import process from "node:process";
import { openLightStream } from "./light-handlers.ts";
import { LightConnection } from "./light-http2.ts";
import { serveParent } from "./services.ts";

const port = Number(process.argv[2]);

createServer((socket) => new LightConnection(socket, openLightStream)).listen(
  port,
  "127.0.0.1",
  () => serveParent(port),
);
