// Large values through the built server, and a second start on what it left behind.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  createEndpointHandler,
  type ObjectContext,
  object,
  type Serde,
  serde,
  service,
} from "@restatedev/restate-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const launcher = fileURLToPath(new URL("../../../src/cli/launcher.js", import.meta.url));
/** More than one attempt may have unapplied, and more than the log keeps in memory. */
const LARGE_CHARACTERS = 3_000_000;
const REQUEST_BYTES_MAX = 32 * 1024 * 1024;
const DEADLINE_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), "stet-hardening-"));
const deployment: Http2Server = createServer(createEndpointHandler({ services: handlers() }));
let server: ChildProcess;
let addresses: { readonly ingress: string; readonly admin: string };

beforeAll(async () => {
  await new Promise<void>((resolve) => deployment.listen(0, "127.0.0.1", resolve));
  await start();
  const { port } = deployment.address() as AddressInfo;
  await post(`${addresses.admin}deployments`, { uri: `http://127.0.0.1:${port}` });
}, DEADLINE_MS);

afterAll(async () => {
  await kill();
  deployment.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a large value", () => {
  test("is the result of a step, and the handler goes on", { timeout: DEADLINE_MS }, async () => {
    expect(await call("Large/step", LARGE_CHARACTERS)).toBe(LARGE_CHARACTERS);
  });

  test("is the argument of a call between services", { timeout: DEADLINE_MS }, async () => {
    expect(await call("Large/pass", LARGE_CHARACTERS)).toBe(LARGE_CHARACTERS);
  });

  test("of the size of the largest request body comes back", { timeout: DEADLINE_MS }, async () => {
    const text = "x".repeat(REQUEST_BYTES_MAX - '""'.length);

    expect(await call("Large/echo", text)).toBe(text);
  });

  test("is a state that survives a kill", { timeout: DEADLINE_MS }, async () => {
    await call("LargeState/key/keep", LARGE_CHARACTERS);
    await kill();
    await start();

    expect(await call("LargeState/key/length", null)).toBe(LARGE_CHARACTERS);
  });
});

test("a second server on the same directory says why it cannot start", async () => {
  const flags = ["--base-dir", folder, "--bind-ip", "127.0.0.1", "--use-random-ports"];
  const second = spawn(launcher, ["server", ...flags], { env: environment(), stdio: "pipe" });

  const [output, [code]] = await Promise.all([textOf(second), once(second, "exit")]);

  expect(code).toBe(1);
  expect(output).toContain(`is in use by process ${server.pid}`);
});

function handlers() {
  const large = service({
    name: "Large",
    handlers: {
      step: async (context, characters: number) =>
        (await context.run("make", () => "x".repeat(characters))).length,
      pass: (context, characters: number) =>
        context.genericCall<string, number>({
          service: "Large",
          method: "measure",
          parameter: "y".repeat(characters),
          inputSerde: serde.json as Serde<string>,
          outputSerde: serde.json as Serde<number>,
        }),
      measure: async (_context, text: string) => text.length,
      echo: async (_context, text: string) => text,
    },
  });
  const state = object({
    name: "LargeState",
    handlers: {
      keep: async (context: ObjectContext, characters: number) =>
        context.set("value", "z".repeat(characters)),
      length: async (context: ObjectContext) => (await context.get<string>("value"))?.length,
    },
  });
  return [large, state];
}

function environment(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "" };
}

async function start(): Promise<void> {
  const flags = ["--base-dir", folder, "--bind-ip", "127.0.0.1", "--use-random-ports"];
  const started = spawn(launcher, ["server", ...flags, "--default-num-partitions", "2"], {
    env: environment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  server = started;
  for await (const line of createInterface(started.stdout)) {
    if (!line.includes("Node is ready")) continue;
    addresses = JSON.parse(line).fields;
    started.stdout.resume();
    return;
  }
  throw new Error("The server ended before it was ready");
}

async function kill(): Promise<void> {
  const exited = once(server, "exit");
  server.kill("SIGKILL");
  await exited;
}

async function call(path: string, argument: unknown): Promise<unknown> {
  const response = await post(`${addresses.ingress}${path}`, argument);
  const text = await response.text();
  return text === "" ? undefined : JSON.parse(text);
}

async function post(url: string, body: unknown): Promise<Response> {
  const response = await fetch(url, {
    method: "POST",
    headers: body === null ? {} : { "content-type": "application/json" },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.ok, `${url}: ${response.status}`).toBe(true);
  return response;
}

async function textOf(child: ChildProcess): Promise<string> {
  let text = "";
  const gather = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout?.on("data", gather);
  child.stderr?.on("data", gather);
  await once(child, "close");
  return text;
}
