/** Starts and stops the servers that are compared, each with a directory and ports of its own. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMs, residentBytes } from "./process-usage.ts";

/** A server that can be measured. */
export type Target = "oracle" | "stet";

/** What a server process is started with, beside the common settings. */
export interface ServerOptions {
  readonly target: Target;
  /** Folder for its data and its log. */
  readonly directory: string;
  /** Starts on what an earlier process has left there; otherwise the folder is emptied first. */
  readonly keepsData?: boolean;
  /** First of three ports. */
  readonly portBase: number;
  /** Extra environment, such as NODE_OPTIONS. */
  readonly environment?: Readonly<Record<string, string>>;
}

const REPOSITORY = join(import.meta.dirname, "..", "..");
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 20;

/** A running server process. */
export class Server {
  readonly target: Target;
  readonly pid: number;
  readonly ingressPort: number;
  readonly adminPort: number;
  /** Time from the start of the process to its first healthy answers. */
  readonly startMs: number;
  readonly #child: ChildProcess;
  readonly #logPath: string;

  private constructor(child: ChildProcess, options: ServerOptions, startMs: number) {
    this.target = options.target;
    this.pid = child.pid as number;
    this.ingressPort = options.portBase;
    this.adminPort = options.portBase + 1;
    this.startMs = startMs;
    this.#child = child;
    this.#logPath = logPathOf(options);
  }

  /** Starts a server and waits until it is healthy. */
  static async start(options: ServerOptions): Promise<Server> {
    if (options.keepsData !== true) rmSync(options.directory, { recursive: true, force: true });
    mkdirSync(options.directory, { recursive: true });
    if (await isAnswering(options.portBase)) {
      throw new Error(
        `Port ${options.portBase} is in use: does another benchmark run? See --port-base`,
      );
    }
    const startedMs = Date.now();
    const [command = "", ...parameters] = commandOf(options.target);
    const log = openSync(logPathOf(options), "a");
    const child = spawn(command, parameters, {
      cwd: REPOSITORY,
      env: { ...outerEnvironment(), ...settingsOf(options), ...options.environment },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    // However this process ends, no server stays behind.
    const onExit = (): void => void child.kill("SIGKILL");
    process.on("exit", onExit);
    child.once("exit", () => process.off("exit", onExit));
    child.on("error", () => {}); // Shows as a process without an identity below.
    while (!(await isHealthy(options.portBase))) {
      const isGone = child.pid === undefined || child.exitCode !== null;
      if (isGone || Date.now() - startedMs > READY_TIMEOUT_MS) {
        child.kill("SIGKILL");
        throw new Error(`${options.target} did not start: ${command}\n${logTail(options)}`);
      }
      await sleep(POLL_MS);
    }
    return new Server(child, options, Date.now() - startedMs);
  }

  /** CPU time since its start in milliseconds. */
  get cpuMs(): number {
    return cpuMs(this.pid);
  }

  get residentBytes(): number {
    return residentBytes(this.pid);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The end of what the server has logged. */
  get log(): string {
    return existsSync(this.#logPath) ? readFileSync(this.#logPath, "utf8").slice(-3000) : "";
  }

  /** Makes a deployment known to the server. */
  async register(port: number): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.adminPort}/deployments`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ uri: `http://127.0.0.1:${port}`, force: true }),
    });
    if (!answer.ok) throw new Error(`${this.target} refused: ${await answer.text()}`);
  }

  /** Stops the process, forcefully if it takes too long. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const exited = Promise.withResolvers<void>();
    this.#child.once("exit", () => exited.resolve());
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await exited.promise;
    clearTimeout(timer);
  }
}

/** Where the command of a target comes from; the reason if it is missing. */
export function findMissing(target: Target): string | undefined {
  const [command = ""] = commandOf(target);
  if (existsSync(command)) return undefined;
  const hint = target === "oracle" ? "run `make bench`, or set ORACLE_MODULES" : "run `make setup`";
  return `${target}: ${command} is missing; ${hint}`;
}

function commandOf(target: Target): readonly string[] {
  if (target === "stet") {
    const command = process.env["STET_COMMAND"];
    if (command !== undefined) return command.split(" ").filter((part) => part !== "");
    return [join(REPOSITORY, "node_modules", ".bin", "stet"), "server"];
  }
  const fallback = join(REPOSITORY, "test", "conformance", "node_modules");
  const modules = process.env["ORACLE_MODULES"] ?? fallback;
  // Not the command in `.bin`: that is a script that waits in front of the process to measure.
  const binaries = `restate-server-${process.platform}-${process.arch}`;
  return [join(modules, "@restatedev", binaries, "bin", "restate-server")];
}

/** The environment of this process without what would configure a server. */
function outerEnvironment(): NodeJS.ProcessEnv {
  const isSetting = (name: string): boolean => /^(?:STET|RESTATE)_/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetting(name)));
}

/** Both servers read the same names. What is not here is the default of each. */
function settingsOf({ target, directory, portBase }: ServerOptions): Record<string, string> {
  const common = {
    RESTATE_BASE_DIR: join(directory, "data"),
    RESTATE_NODE_NAME: "bench",
    RESTATE_CLUSTER_NAME: "bench",
    RESTATE_LISTEN_MODE: "tcp",
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${portBase}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${portBase + 1}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${portBase + 2}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${portBase + 2}`,
    RESTATE_LOG_FILTER: "warn",
    RESTATE_LOG_DISABLE_ANSI_CODES: "true",
  };
  if (target === "stet") return common;
  return {
    ...common,
    RESTATE_DISABLE_TELEMETRY: "true",
    // Its default, said aloud: the log is synced before an append counts.
    RESTATE_LOG_SERVER__ROCKSDB_DISABLE_WAL_FSYNC: "false",
  };
}

function logPathOf({ directory }: ServerOptions): string {
  return join(directory, "server.log");
}

function logTail(options: ServerOptions): string {
  return readFileSync(logPathOf(options), "utf8").slice(-3000);
}

/** True if anybody listens on the ingress port already. */
async function isAnswering(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`);
    return true;
  } catch {
    return false;
  }
}

async function isHealthy(portBase: number): Promise<boolean> {
  try {
    const ingress = await fetch(`http://127.0.0.1:${portBase}/restate/health`);
    const admin = await fetch(`http://127.0.0.1:${portBase + 1}/health`);
    return ingress.ok && admin.ok;
  } catch {
    return false; // Not listening yet.
  }
}
