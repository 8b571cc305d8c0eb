// Sockets in the data directory of a built server: `listen-mode`, and what a kill leaves behind.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const launcher = fileURLToPath(new URL("../../../src/cli/launcher.js", import.meta.url));
const SOCKETS = [
  ["ingress.sock", "/restate/health"],
  ["admin.sock", "/health"],
  ["fabric.sock", "/health"],
] as const;

const folders: string[] = [];
const servers: ChildProcess[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await end(server, "SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stet-"));
  folders.push(folder);
  return folder;
}

interface Addresses {
  readonly ingress: string;
  readonly admin: string;
  readonly node: string;
}

/** Starts a server; resolves with the addresses that it prints. */
async function start(folder: string, listenMode: string): Promise<Addresses> {
  const flags = ["--base-dir", folder, "--node-name", "n1", "--default-num-partitions", "1"];
  const listen = ["--bind-ip", "127.0.0.1", "--use-random-ports", "--listen-mode", listenMode];
  const server = spawn(launcher, ["server", ...flags, ...listen], {
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  servers.push(server);
  for await (const line of createInterface(server.stdout)) {
    if (!line.includes("Node is ready")) continue;
    server.stdout.resume();
    return JSON.parse(line).fields as Addresses;
  }
  throw new Error("The server ended before it was ready");
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, "exit");
  server.kill(signal);
  await exited;
}

function statusOver(socketPath: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on("error", reject).end();
  });
}

test("every port answers on a socket too, also after a kill, and a stop removes them", async () => {
  const folder = newFolder();
  await start(folder, "all");
  await end(servers[0] as ChildProcess, "SIGKILL");
  const { ingress } = await start(folder, "all");

  for (const [name, path] of SOCKETS) {
    expect(await statusOver(join(folder, "n1", name), path)).toBe(200);
  }
  expect((await fetch(`${ingress}restate/health`)).status).toBe(200);

  await end(servers[1] as ChildProcess, "SIGTERM");
  expect(SOCKETS.filter(([name]) => existsSync(join(folder, "n1", name)))).toEqual([]);
});

test("sockets alone open no port, and ports alone make no socket", async () => {
  const folder = newFolder();
  const path = join(folder, "n1");

  const addresses = await start(folder, "unix");
  expect(addresses).toMatchObject({
    ingress: `unix:${path}/ingress.sock`,
    admin: `unix:${path}/admin.sock`,
    node: `unix:${path}/fabric.sock`,
  });
  expect(await statusOver(join(path, "admin.sock"), "/health")).toBe(200);
  await end(servers[0] as ChildProcess, "SIGTERM");

  await start(folder, "tcp");
  expect(SOCKETS.filter(([name]) => existsSync(join(path, name)))).toEqual([]);
});

test("a path that is too long for a socket stops only a server without ports", async () => {
  const folder = join(newFolder(), "long".repeat(25));

  expect((await start(folder, "all")).ingress).toMatch(/^http:/);
  await end(servers[0] as ChildProcess, "SIGTERM");

  await expect(start(folder, "unix")).rejects.toThrow("ended before it was ready");
});
