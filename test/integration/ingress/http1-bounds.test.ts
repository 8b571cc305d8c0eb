// What bounds a client of the own HTTP/1 server: time, pipelining, unread responses, unread bodies.
// Time limits are counted in sweeps, which these tests make short.
import { createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Http1Server, type Http1ServerOptions } from "../../../src/ingress/http1/http1-server.ts";
import type { ServerExchange } from "../../../src/ingress/server-exchange.ts";
import { BodyBudget } from "../../../src/ingress/transport/body-budget.ts";
import { FAKE_CLOCK } from "../../unit/ingress/support.ts";
import { RawClient } from "./support.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Starts a server whose exchanges the test answers. */
async function start(options: Partial<Http1ServerOptions> = {}) {
  const exchanges: ServerExchange[] = [];
  const onExchange = (exchange: ServerExchange): void => {
    exchanges.push(exchange);
  };
  const http1 = new Http1Server({
    onExchange,
    bodies: { requestBytesMax: 1_000_000, budget: new BodyBudget(2_000_000) },
    clock: FAKE_CLOCK,
    ...options,
  });
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.once("data", (first: Buffer) => http1.accept(socket, first));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  const { port } = server.address() as { port: number };
  const client = new RawClient(port);
  cleanups.push(() => client.destroy());
  return { http1, exchanges, client };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const OK = { status: 200, headers: [], body: Buffer.from("ok") };
const GET = "GET / HTTP/1.1\r\n\r\n";

test("a head that does not arrive in time is answered with 408", async () => {
  const { client, exchanges } = await start({ sweepIntervalMs: 1 });

  client.send("GET / HTTP/1.1\r\nhost");
  const text = await client.untilEnd();

  expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nconnection: close\r\n/);
  expect(exchanges).toEqual([]);
});

test("a byte now and then does not prolong the time for a head", async () => {
  const { client } = await start({ sweepIntervalMs: 1 });

  client.send("GET / HTTP/1.1\r\n");
  const trickle = setInterval(() => client.send("a"), 2);
  cleanups.push(() => clearInterval(trickle));
  const text = await client.untilEnd();

  expect(text).toContain(" 408 ");
});

test("a body that stalls is answered with 408, and its reader learns of it", async () => {
  let reason: unknown;
  const { client } = await start({
    sweepIntervalMs: 1,
    onExchange: (exchange) => {
      Promise.resolve(exchange.readBody()).catch((error: unknown) => {
        reason = error;
        exchange.respond(OK);
      });
    },
  });

  client.send("POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\na");
  const text = await client.untilEnd();

  expect(text).toMatch(/^HTTP\/1\.1 408 /);
  expect(text).not.toContain("ok");
  expect(reason).toMatchObject({ name: "BodyError" });
});

test("an invocation may take longer than any time limit", async () => {
  const { client, exchanges } = await start({ sweepIntervalMs: 1 });

  client.send(GET);
  await until(() => exchanges.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 150));
  exchanges[0]?.respond(OK);
  const [response] = await client.responses(1);

  expect(response?.body).toBe("ok");
});

test("no more than 32 pipelined requests are under way, and all are answered", async () => {
  const { client, exchanges } = await start();

  client.send(GET.repeat(100));
  await until(() => exchanges.length >= 32);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const underWay = exchanges.length;
  for (let i = 0; i < 100; i++) {
    await until(() => exchanges.length > i);
    exchanges[i]?.respond({ ...OK, body: Buffer.from(`${i}`) });
  }
  const responses = await client.responses(100);

  expect(underWay).toBe(32);
  expect(responses.map(({ body }) => body)).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
});

test("a client that does not read its responses is not read from", async () => {
  const { client, exchanges } = await start();
  client.socket.pause();
  const body = Buffer.alloc(8_000_000, "x");

  client.send(GET);
  await until(() => exchanges.length === 1);
  exchanges[0]?.respond({ ...OK, body });
  client.send(GET);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const whileBlocked = exchanges.length;
  client.socket.resume();
  await until(() => exchanges.length === 2);
  exchanges[1]?.respond(OK);
  await client.until((text) => text.endsWith("ok"));

  expect(whileBlocked).toBe(1);
  expect(client.text.length).toBeGreaterThan(body.length);
});

test("a short rest of a refused body is skipped, and the connection kept", async () => {
  const { client, exchanges } = await start();

  client.send("POST / HTTP/1.1\r\ncontent-length: 1000\r\n\r\n");
  await until(() => exchanges.length === 1);
  exchanges[0]?.respond(OK);
  await client.responses(1);
  client.send(`${"b".repeat(1_000)}${GET}`);
  await until(() => exchanges.length === 2);
  exchanges[1]?.respond(OK);
  const responses = await client.responses(2);

  expect(responses[0]?.headers["connection"]).toBeUndefined();
  expect(responses).toHaveLength(2);
});

test("a long rest of a refused body costs the connection, but not the response", async () => {
  const { client, exchanges } = await start();

  client.send("POST / HTTP/1.1\r\ncontent-length: 5000000\r\n\r\n");
  await until(() => exchanges.length === 1);
  exchanges[0]?.respond(OK);
  client.send("b".repeat(5_000_000));
  const text = await client.untilEnd();

  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\nconnection: close\r\n/);
  expect(text.endsWith("ok")).toBe(true);
});

test("what follows a request that asks to close is ignored", async () => {
  const { client, exchanges } = await start();

  client.send(`GET / HTTP/1.1\r\nconnection: close\r\n\r\n${GET}`);
  await until(() => exchanges.length === 1);
  exchanges[0]?.respond(OK);
  const text = await client.untilEnd();

  expect(exchanges).toHaveLength(1);
  expect(text).toMatch(/connection: close\r\n/);
});

test("garbage behind a request is answered after it, in order", async () => {
  const { client, exchanges } = await start();

  client.send(`${GET}garbage\r\n\r\n`);
  await until(() => exchanges.length === 1);
  exchanges[0]?.respond(OK);
  const text = await client.untilEnd();

  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-length: 2\r\n/);
  expect(text).toMatch(/okHTTP\/1\.1 400 Bad Request\r\nconnection: close\r\n/);
});

test("a chunked body that turns into garbage is answered with 400", async () => {
  const { client } = await start({
    onExchange: (exchange) => {
      Promise.resolve(exchange.readBody()).catch(() => exchange.respond(OK));
    },
  });

  client.send("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na");
  client.send("bc\r\n");
  const text = await client.untilEnd();

  expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(text).not.toContain("ok");
});

test("responses to pipelined requests that are ready together leave in one write", async () => {
  const { client, exchanges } = await start();
  let reads = 0;
  client.socket.on("data", () => {
    reads += 1;
  });

  client.send(GET.repeat(20));
  await until(() => exchanges.length === 20);
  for (const exchange of exchanges) exchange.respond(OK);
  await client.responses(20);

  expect(reads).toBe(1);
});

test("the continuation of a pipelined request waits for the response before it", async () => {
  const { client, exchanges } = await start({
    onExchange: (exchange) => {
      exchanges.push(exchange);
      Promise.resolve(exchange.readBody()).catch(() => {});
    },
  });

  client.send(`${GET}POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n`);
  await until(() => exchanges.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = client.text;
  exchanges[0]?.respond(OK);
  await client.until((text) => text.includes("100 Continue"));

  expect(before).toBe("");
  expect(client.text).toMatch(/okHTTP\/1\.1 100 Continue\r\n\r\n$/);
});
