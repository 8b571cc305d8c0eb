/** The built server on a data directory, and requests to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const LAUNCHER = fileURLToPath(new URL("../../src/cli/launcher.js", import.meta.url));
const POLL_MS = 50;
const POLLS_MAX = 400;

/** A running server; `kill` it. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly ingress: string;
  readonly admin: string;

  private constructor(child: ChildProcess, urls: { ingress: string; admin: string }) {
    this.#child = child;
    this.ingress = urls.ingress;
    this.admin = urls.admin;
  }

  /** Resolves when it is ready; rejects with what it said if it ends before. */
  static async start(directory: string, flags: readonly string[] = []): Promise<ServerProcess> {
    const fixed = ["--base-dir", directory, "--node-name", "upgraded", "--bind-ip", "127.0.0.1"];
    const child = spawn(LAUNCHER, ["server", ...fixed, "--use-random-ports", ...flags], {
      env: {
        PATH: process.env["PATH"] ?? "",
        STET_LOG_FORMAT: "json",
        // Handlers that wait are suspended at once.
        STET_WORKER__INVOKER__INACTIVITY_TIMEOUT: "0s",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said: string[] = [];
    child.stderr.on("data", (data) => said.push(String(data)));
    for await (const line of createInterface(child.stdout)) {
      if (!line.includes("Node is ready")) continue;
      child.stdout.resume();
      return new ServerProcess(child, JSON.parse(line).fields);
    }
    throw new Error(`The server ended before it was ready: ${said.join("")}`);
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  /** Calls a handler; the answer is parsed. */
  call(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<unknown> {
    return send(`${this.ingress}${path}`, { body, headers });
  }

  /** Asks the ingress without sending anything. */
  get(path: string): Promise<unknown> {
    return send(`${this.ingress}${path}`, { method: "GET" });
  }

  /** A request to the admin API. */
  manage(method: string, path: string, body?: unknown): Promise<unknown> {
    return send(`${this.admin}${path}`, { method, body });
  }

  /** Rows of a query. */
  async query(sql: string): Promise<Record<string, unknown>[]> {
    const { rows } = (await this.manage("POST", "query", { query: sql })) as {
      rows: Record<string, unknown>[];
    };
    return rows;
  }

  /** Resolves when the invocation has the status. */
  async whenStatus(invocationId: string, status: string): Promise<void> {
    const sql = `SELECT status FROM sys_invocation WHERE id = '${invocationId}'`;
    let last: unknown;
    for (let i = 0; i < POLLS_MAX; i++) {
      last = (await this.query(sql))[0]?.["status"];
      if (last === status) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`${invocationId} is ${last}, not ${status}`);
  }
}

interface Request {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

async function send(url: string, { method, body, headers }: Request): Promise<unknown> {
  const hasBody = body !== undefined;
  const response = await fetch(url, {
    method: method ?? "POST",
    headers: {
      accept: "application/json",
      ...(hasBody ? { "content-type": "application/json" } : {}),
      ...headers,
    },
    ...(hasBody ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}
