/** Starting and stopping the servers under test, configured by environment alone. */

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { HttpClient } from "./http.ts";
import { until } from "./wait.ts";

/** The two servers the suite runs against. */
export type TargetKind = "oracle" | "stet";

/** How to start one server process. */
export interface ServerOptions {
  readonly kind: TargetKind;
  /** Settings beyond the common ones, as `RESTATE_…` variables. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Runs the oracle with its stock features instead of flow control and protocol 7. */
  readonly classic?: boolean;
}

/** The four listeners of a server. */
interface Ports {
  readonly ingress: number;
  readonly admin: number;
  readonly node: number;
}

const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 20_000;
const REPOSITORY = join(import.meta.dirname, "..", "..", "..");
const SUITE = join(import.meta.dirname, "..");

const HINTS = {
  oracle: "Run `make conformance`, or set CONFORMANCE_MODULES to where the oracle is installed.",
  stet: "Run `make setup`, or set STET_COMMAND.",
};

const FLOW_CONTROL_SETTINGS = {
  RESTATE_EXPERIMENTAL_ENABLE_VQUEUES: "true",
  RESTATE_EXPERIMENTAL_ENABLE_PROTOCOL_V7: "true",
  RESTATE_EXPERIMENTAL_ENABLE_SCOPED_VIRTUAL_OBJECTS: "true",
};

/** A server process with a base directory and ports of its own. */
export class ServerProcess {
  readonly kind: TargetKind;
  readonly ports: Ports;
  readonly baseDir: string;
  readonly #environment: Record<string, string>;
  #child: ChildProcess | undefined;

  private constructor(options: ServerOptions, ports: Ports) {
    this.kind = options.kind;
    this.ports = ports;
    this.baseDir = mkdtempSync(join(tmpdir(), `conformance-${options.kind}-`));
    this.#environment = environmentOf(options, ports, this.baseDir);
  }

  /** Starts a server on a new base directory and waits until it answers. */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const server = new ServerProcess(options, await choosePorts());
    try {
      await server.startAgain();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get ingressOrigin(): string {
    return `http://127.0.0.1:${this.ports.ingress}`;
  }

  get adminOrigin(): string {
    return `http://127.0.0.1:${this.ports.admin}`;
  }

  /** Starts the process on the existing base directory and waits until it answers. */
  async startAgain(): Promise<void> {
    const [command = "", ...parameters] = commandOf(this.kind);
    const log = openSync(join(this.baseDir, "server.log"), "a");
    const child = spawn(command, parameters, {
      cwd: REPOSITORY,
      env: { ...foreignVariables(), ...this.#environment },
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    const failed: { error?: Error } = {};
    child.on("error", (error) => {
      failed.error = error;
    });
    this.#child = child;
    const admin = new HttpClient(this.adminOrigin);
    const ingress = new HttpClient(this.ingressOrigin);
    try {
      await until(
        `${this.kind} answers`,
        async () => {
          if (failed.error !== undefined || child.exitCode !== null) return "exited" as const;
          const health = await admin.get("/health", { timeoutMs: 2000 });
          const services = await ingress.get("/restate/health", { timeoutMs: 2000 });
          return health.status === 200 && services.status === 200 ? ("ready" as const) : undefined;
        },
        START_DEADLINE_MS,
      );
    } catch (error) {
      await this.kill();
      throw new Error(`${String(error)}\n${this.logTail()}`);
    } finally {
      admin.close();
      ingress.close();
    }
    if (failed.error !== undefined) {
      throw new Error(`Cannot start ${command}: ${failed.error.message}. ${HINTS[this.kind]}`);
    }
    if (child.exitCode !== null) {
      throw new Error(`${this.kind} exited with ${child.exitCode}:\n${this.logTail()}`);
    }
  }

  /** Kills the process with SIGKILL, as a crash would, and waits for it to be gone. */
  async kill(): Promise<void> {
    await this.#signal("SIGKILL");
  }

  /** Stops the process gracefully, then forcefully, and removes its directory. */
  async stop(): Promise<void> {
    await this.#signal("SIGTERM");
    if (process.env["CONFORMANCE_KEEP"] === undefined) {
      rmSync(this.baseDir, { recursive: true, force: true });
    }
  }

  /** The last lines the server logged. */
  logTail(): string {
    const path = join(this.baseDir, "server.log");
    return existsSync(path) ? readFileSync(path, "utf8").slice(-3000) : "";
  }

  async #signal(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => {
      child.once("exit", () => resolve());
    });
    const group = -child.pid;
    const send = (name: "SIGTERM" | "SIGKILL") => {
      try {
        process.kill(group, name);
      } catch {
        // The group is gone already.
      }
    };
    send(signal);
    const timer = setTimeout(() => send("SIGKILL"), STOP_DEADLINE_MS);
    await exited;
    clearTimeout(timer);
    // A launcher may die before the process it started; nothing of the group may stay.
    send("SIGKILL");
  }
}

/** The environment without settings of either server, which would leak into the target. */
function foreignVariables(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(STET|RESTATE)_/.test(name)),
  );
}

function environmentOf(
  options: ServerOptions,
  ports: Ports,
  baseDir: string,
): Record<string, string> {
  const flowControl = options.kind === "oracle" && options.classic !== true;
  return {
    RESTATE_BASE_DIR: join(baseDir, "data"),
    RESTATE_NODE_NAME: "node-1",
    RESTATE_CLUSTER_NAME: "conformance",
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ports.ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${ports.admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${ports.node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${ports.node}`,
    RESTATE_INGRESS__ADVERTISED_ADDRESS: `http://127.0.0.1:${ports.ingress}`,
    RESTATE_DEFAULT_NUM_PARTITIONS: "4",
    RESTATE_WORKER__CLEANUP_INTERVAL: "3s",
    RESTATE_DISABLE_TELEMETRY: "true",
    ...(flowControl ? FLOW_CONTROL_SETTINGS : {}),
    ...options.settings,
  };
}

function commandOf(kind: TargetKind): string[] {
  if (kind === "stet") return splitCommand(process.env["STET_COMMAND"] ?? stetCommand());
  const given = process.env["CONFORMANCE_ORACLE_COMMAND"];
  if (given !== undefined) return splitCommand(given);
  const modules = process.env["CONFORMANCE_MODULES"] ?? join(SUITE, "node_modules");
  return [join(modules, ".bin", "restate-server")];
}

function stetCommand(): string {
  return `${join(REPOSITORY, "node_modules", ".bin", "stet")} server`;
}

function splitCommand(command: string): string[] {
  return command.split(" ").filter((part) => part !== "");
}

let portsGiven = 0;

/** Ports from CONFORMANCE_PORT_BASE upwards, or whatever the system has free. */
async function choosePorts(): Promise<Ports> {
  const base = process.env["CONFORMANCE_PORT_BASE"];
  if (base === undefined) {
    return { ingress: await freePort(), admin: await freePort(), node: await freePort() };
  }
  const first = Number(base) + portsGiven;
  portsGiven += 3;
  return { ingress: first, admin: first + 1, node: first + 2 };
}

function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.on("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    server.close(() => resolve(port));
  });
  return promise;
}
