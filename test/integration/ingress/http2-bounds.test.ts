// What bounds a client of the HTTP/2 server in time.
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { ServerExchange } from "../../../src/ingress/server-exchange.ts";
import { BodyBudget } from "../../../src/ingress/transport/body-budget.ts";
import {
  type Http2Waits,
  NodeHttp2Server,
} from "../../../src/ingress/transport/node-http2-server.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const LARGE = Buffer.alloc(1_000_000, "a");

async function start(
  waits: Partial<Http2Waits>,
  onExchange: (exchange: ServerExchange) => void,
  settings = {},
): Promise<ClientHttp2Session> {
  const bodies = { requestBytesMax: 1_000_000, budget: new BodyBudget(2_000_000) };
  const http2 = new NodeHttp2Server({ onExchange, bodies, concurrentStreamsMax: 10, waits });
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (first: Buffer) => http2.accept(socket, first));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const session = connect(`http://127.0.0.1:${port}`, { settings });
  session.on("error", () => {});
  cleanups.push(
    () => server.close(),
    () => session.destroy(),
  );
  return session;
}

function respond(exchange: ServerExchange, body: Buffer): void {
  exchange.respond({ status: 200, headers: [], body });
}

test("a body that stalls is answered with 408, and its reader learns of it", async () => {
  const failed = Promise.withResolvers<unknown>();
  const session = await start({ bodyMs: 5 }, (exchange) => {
    Promise.resolve(exchange.readBody()).catch(failed.resolve);
  });

  const stream = session.request({ ":method": "POST", ":path": "/" });
  stream.on("error", () => {});
  stream.write("a");
  const [headers] = await Promise.all([
    new Promise<Record<string, unknown>>((resolve) => stream.once("response", resolve)),
    failed.promise,
  ]);

  expect(headers[":status"]).toBe(408);
});

test("a response that takes long to make is no stall", async () => {
  const session = await start({ bodyMs: 1, drainMs: 1_000_000 }, (exchange) => {
    void Promise.resolve(exchange.readBody()).then(() =>
      setTimeout(() => respond(exchange, Buffer.from("ok")), 20),
    );
  });

  const stream = session.request({ ":method": "POST", ":path": "/" });
  stream.end("a");
  let text = "";
  for await (const chunk of stream) text += String(chunk);

  expect(text).toBe("ok");
});

test("a client that does not read its response loses the stream", async () => {
  const settings = { initialWindowSize: 10 };
  const session = await start({ drainMs: 5 }, (exchange) => respond(exchange, LARGE), settings);

  const stream = session.request({ ":method": "GET", ":path": "/" });
  stream.on("error", () => {});
  await new Promise<void>((resolve) => stream.once("close", resolve));

  expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
});

test("a connection without streams is told to go away after a while", async () => {
  const session = await start({ idleMs: 5 }, (exchange) => respond(exchange, Buffer.from("ok")));

  await new Promise<void>((resolve) => session.once("close", resolve));

  expect(session.closed).toBe(true);
});
