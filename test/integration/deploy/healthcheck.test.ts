// The health check of the image, as the container engine runs it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("../../../deploy/docker/healthcheck.js", import.meta.url));

let status = 200;
const server = createServer((request, response) => {
  response.statusCode = request.url === "/health" ? status : 404;
  response.end('{"status":"…"}');
});
let port = 0;

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  server.close();
  await once(server, "close");
});

async function check(environment: Readonly<Record<string, string>>): Promise<number | null> {
  const child = spawn(process.execPath, [SCRIPT], { env: environment, stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

test("a node that answers 200 is healthy, however its port is given", async () => {
  status = 200;

  expect(await check({ STET_BIND_PORT: String(port) })).toBe(0);
  expect(await check({ RESTATE_BIND_PORT: String(port) })).toBe(0);
  expect(await check({ STET_BIND_ADDRESS: `[::]:${port}`, STET_BIND_PORT: "1" })).toBe(0);
});

test("a node that starts, stops or has a defect is not", async () => {
  status = 503;

  expect(await check({ STET_BIND_PORT: String(port) })).toBe(1);
});

test("nor is one that does not listen", async () => {
  expect(await check({ STET_BIND_PORT: "1" })).toBe(1);
});
