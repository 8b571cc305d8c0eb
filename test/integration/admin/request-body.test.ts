// Bodies of admin requests that do not arrive as they should.
import { createServer as createHttp1Server, request as requestHttp1 } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { AdminError } from "../../../src/admin/admin-error.ts";
import { type AdminRequest, readBody } from "../../../src/admin/exchange.ts";

const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Listens with a handler that reads the body of the one request. */
async function start(
  create: (handle: (request: AdminRequest) => void) => Server,
): Promise<{ port: number; body: Promise<Uint8Array>; arrived: Promise<void> }> {
  const body = Promise.withResolvers<Uint8Array>();
  const arrived = Promise.withResolvers<void>();
  const server = create((request) => {
    readBody(request).then(body.resolve, body.reject);
    request.once("data", () => arrived.resolve());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { port, body: body.promise, arrived: arrived.promise };
}

test("a client that leaves in the middle of a body is no failure of the server", async () => {
  const { port, body, arrived } = await start((handle) => createHttp1Server(handle));
  const client = requestHttp1({ port, host: "127.0.0.1", method: "POST" });
  client.on("error", () => undefined);
  client.write("{");
  await arrived;

  client.destroy();

  await expect(body).rejects.toBeInstanceOf(AdminError);
});

test("nor is one that leaves over HTTP/2", async () => {
  const { port, body, arrived } = await start((handle) => createHttp2Server(handle));
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  const stream = session.request({ ":path": "/deployments", ":method": "POST" });
  stream.on("error", () => undefined);
  stream.write("{");
  await arrived;

  session.destroy();

  await expect(body).rejects.toBeInstanceOf(AdminError);
});

test("a body of many small chunks is put together", async () => {
  const { port, body } = await start((handle) => createHttp1Server(handle));
  const client = requestHttp1({ port, host: "127.0.0.1", method: "POST" });
  client.on("error", () => undefined);
  for (const character of "[1,2,3]") client.write(character);
  client.end();

  expect(Buffer.from(await body).toString()).toBe("[1,2,3]");
  client.destroy();
});
