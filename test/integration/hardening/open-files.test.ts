// More clients than the process may open files: some are turned away, and the node goes on.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const launcher = fileURLToPath(new URL("../../../src/cli/launcher.js", import.meta.url));
const OPEN_FILES = 160;

const folder = mkdtempSync(join(tmpdir(), "stet-files-"));
let server: ChildProcess | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  if (server !== undefined && server.exitCode === null) {
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  }
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<{ ingress: string; admin: string; node: string }> {
  const flags = ["--base-dir", folder, "--bind-ip", "127.0.0.1", "--use-random-ports"];
  const limited = `ulimit -n ${OPEN_FILES}; exec "$0" server "$@" --default-num-partitions 2`;
  const started = spawn("/bin/sh", ["-c", limited, launcher, ...flags], {
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  server = started;
  for await (const line of createInterface(started.stdout)) {
    if (!line.includes("Node is ready")) continue;
    started.stdout.resume();
    return JSON.parse(line).fields;
  }
  throw new Error("The server ended before it was ready");
}

/** Opens a connection and asks on it; resolves with the first bytes, or with nothing at its end. */
function ask(port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket);
    socket.once("data", (bytes: Buffer) => resolve(String(bytes)));
    socket.once("close", () => resolve(""));
    socket.on("error", () => undefined);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
  });
}

test("clients on all ports leave the node what it needs", async () => {
  const addresses = await start();
  const ports = Object.entries({
    [addresses.ingress]: "/restate/health",
    [addresses.admin]: "/health",
    [addresses.node]: "/health",
  });

  const answers: string[] = [];
  for (const [url, path] of ports) {
    const asked = Array.from({ length: OPEN_FILES }, () => ask(Number(new URL(url).port), path));
    answers.push(...(await Promise.all(asked)));
  }
  expect(answers.filter((answer) => answer.startsWith("HTTP/1.1 200"))).not.toHaveLength(0);
  expect(answers).toContain("");
  for (const socket of sockets.splice(0)) socket.destroy();

  // Writes to the log, in a segment that may still have to be opened.
  const registered = await fetch(`${addresses.admin}limits/rules`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: "[]",
  });
  expect(registered.ok).toBe(true);
  expect(server?.exitCode).toBe(null);
});
