/** The process of one deployment: prepared, started, killed. */

import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { until } from "../conformance/support/wait.ts";
import type { Language } from "./languages.ts";
import { BUILD_FOLDER } from "./languages.ts";

const PREPARE_TIMEOUT_MS = 1_200_000;
const START_DEADLINE_MS = 60_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

const run = promisify(execFile);

/** How a deployment serves: HTTP/2 with both directions at once, or HTTP/1.1, one by one. */
export type ProtocolMode = "streaming" | "request-response";

/** Installs and builds what the deployment of `language` needs. */
export async function prepare(language: Language): Promise<void> {
  mkdirSync(BUILD_FOLDER, { recursive: true });
  for (const { program, parameters, folder } of language.prepare) {
    try {
      await run(program, parameters, {
        cwd: folder,
        timeout: PREPARE_TIMEOUT_MS,
        maxBuffer: OUTPUT_BYTES_MAX,
      });
    } catch (error) {
      const { message, stdout, stderr } = error as Error & { stdout?: string; stderr?: string };
      throw new Error(
        `Cannot prepare ${language.name}: ${message}\n${stdout ?? ""}${stderr ?? ""}`,
      );
    }
  }
}

/** A deployment that can be killed and started again on the same port. */
export class DeploymentProcess {
  readonly #language: Language;
  readonly #port: number;
  readonly #identityKey: string;
  readonly #logFile: string;
  #child: ChildProcess | undefined;

  /** @param identityKey `publickeyv1_…`: the deployment refuses what is not signed with it */
  constructor(language: Language, port: number, identityKey: string) {
    this.#language = language;
    this.#port = port;
    this.#identityKey = identityKey;
    this.#logFile = join(BUILD_FOLDER, `${language.name}.log`);
    rmSync(this.#logFile, { force: true });
  }

  get uri(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts the process; resolves once its port accepts connections. */
  async start(mode: ProtocolMode = "streaming"): Promise<void> {
    const { program, parameters, folder } = this.#language.start;
    const log = openSync(this.#logFile, "a");
    const child = spawn(program, parameters, {
      cwd: folder,
      env: {
        ...process.env,
        PORT: String(this.#port),
        REQUEST_IDENTITY_KEY: this.#identityKey,
        PROTOCOL_MODE: mode,
      },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#child = child;
    await until(
      `the ${this.#language.name} deployment listens`,
      () => {
        if (child.exitCode !== null) return true;
        return accepts(this.#port);
      },
      START_DEADLINE_MS,
    );
    if (child.exitCode !== null) {
      throw new Error(`The deployment ended with ${child.exitCode}:\n${this.logTail()}`);
    }
  }

  /** Ends the process at once, as a crash would; resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** What the process printed last. */
  logTail(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, "utf8").slice(-3_000) : "";
  }
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1");
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
