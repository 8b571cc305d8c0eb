/** The two processes a run kills and starts again: the server and the deployment. */
import type { ChildProcess } from "node:child_process";
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { DeploymentReport } from "./deployment-report.ts";

/** Where the server listens. */
export interface ServerPorts {
  readonly ingress: number;
  readonly admin: number;
  readonly node: number;
}

const STOP_TIMEOUT_MS = 20_000;
const BUILD_FOLDER = fileURLToPath(new URL("../../.build", import.meta.url));
const DEPLOYMENT = fileURLToPath(new URL("./deployment.ts", import.meta.url));

/** The server, built, on a folder of its own. */
export class ServerProcess {
  readonly #folder: string;
  readonly #bundleFolder: string;
  readonly #environment: Record<string, string>;
  #child: ChildProcess | undefined;

  constructor(folder: string, ports: ServerPorts) {
    this.#folder = folder;
    this.#bundleFolder = copyBundle();
    this.#environment = {
      PATH: process.env["PATH"] ?? "",
      STET_BASE_DIR: join(folder, "data"),
      STET_NODE_NAME: "crash",
      STET_DEFAULT_NUM_PARTITIONS: "4",
      STET_INGRESS__BIND_ADDRESS: `127.0.0.1:${ports.ingress}`,
      STET_ADMIN__BIND_ADDRESS: `127.0.0.1:${ports.admin}`,
      STET_BIND_ADDRESS: `127.0.0.1:${ports.node}`,
      STET_ADVERTISED_ADDRESS: `http://127.0.0.1:${ports.node}`,
      // A killed deployment must not make its callers wait for minutes.
      STET_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL: "50ms",
      STET_DEFAULT_RETRY_POLICY__MAX_INTERVAL: "1s",
      STET_DEFAULT_RETRY_POLICY__MAX_ATTEMPTS: "unlimited",
    };
  }

  get isRunning(): boolean {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  start(): void {
    const log = openSync(this.logFile, "a");
    this.#child = spawn(process.execPath, [join(this.#bundleFolder, "stet.mjs"), "server"], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
  }

  /** Ends the process at once, as a crash would; resolves when it is gone. */
  async kill(): Promise<void> {
    await stop(this.#child, "SIGKILL");
  }

  /** Ends the process gracefully; false if it had to be killed or failed. */
  async stop(): Promise<boolean> {
    await stop(this.#child, "SIGTERM");
    return this.#child?.exitCode === 0;
  }

  /** Kills the process and removes the copy of the program. */
  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#bundleFolder, { recursive: true, force: true });
  }

  get logFile(): string {
    return join(this.#folder, "server.log");
  }

  /** What the process logged last. */
  logTail(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, "utf8").slice(-3_000) : "";
  }
}

/** The services, in a Node process that knows the ledger. */
export class DeploymentProcess {
  readonly #port: number;
  readonly #onReport: (report: DeploymentReport) => void;
  #child: ChildProcess | undefined;

  constructor(port: number, onReport: (report: DeploymentReport) => void) {
    this.#port = port;
    this.#onReport = onReport;
  }

  /** Starts it; resolves once it listens. */
  async start(): Promise<void> {
    const stdio = ["ignore", "inherit", "inherit", "ipc"] as const;
    const child = fork(DEPLOYMENT, [String(this.#port)], { stdio: [...stdio] });
    this.#child = child;
    const ready = Promise.withResolvers<void>();
    child.on("message", (message: DeploymentReport) => {
      if (message.kind === "ready") ready.resolve();
      else this.#onReport(message);
    });
    child.once("exit", (code) => ready.reject(new Error(`The deployment ended with ${code}`)));
    await ready.promise;
  }

  async kill(): Promise<void> {
    await stop(this.#child, "SIGKILL");
  }
}

/** A copy of the built server: a build meanwhile must not change it between two starts. */
function copyBundle(): string {
  const files = existsSync(BUILD_FOLDER) ? readdirSync(BUILD_FOLDER) : [];
  const modules = files.filter((file) => file.endsWith(".mjs"));
  if (!modules.includes("stet.mjs"))
    throw new Error(`Nothing in "${BUILD_FOLDER}": run make build`);
  // Inside the repository, where the packages that are not bundled are found.
  const copy = mkdtempSync(join(BUILD_FOLDER, "crash-"));
  for (const file of modules) copyFileSync(join(BUILD_FOLDER, file), join(copy, file));
  return copy;
}

async function stop(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
