/** The processes beside the servers: the load generator and the deployments. */
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Arrivals, DeploymentReport, DeploymentRequest } from "./deployment/services.ts";
import type { CheckJob, CheckResult, GeneratorReport, Job, JobResult } from "./load/jobs.ts";

const ARRIVAL_TIMEOUT_MS = 60_000;
const POLL_MS = 25;

/** Kinds of deployments. */
export type DeploymentKind = "light" | "sdk";

/** The process that sends requests. */
export class Generator {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<Generator> {
    const child = fork(join(import.meta.dirname, "load", "generator.ts"));
    await nextMessage<GeneratorReport>(child);
    return new Generator(child);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  run(job: Omit<Job, "kind">): Promise<JobResult> {
    return this.#ask<JobResult>({ kind: "job", ...job });
  }

  check(job: Omit<CheckJob, "kind">): Promise<CheckResult> {
    return this.#ask<CheckResult>({ kind: "check", ...job });
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }

  async #ask<Result extends JobResult | CheckResult>(job: Job | CheckJob): Promise<Result> {
    const answered = nextMessage<GeneratorReport>(this.#child);
    this.#child.send(job);
    const report = await answered;
    if (report.kind === "result") return report.result as Result;
    throw new Error(report.kind === "failed" ? report.message : "The generator started again");
  }
}

/** A process that serves handlers. */
export class Deployment {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(kind: DeploymentKind, port: number): Promise<Deployment> {
    const child = fork(join(import.meta.dirname, "deployment", `${kind}.ts`), [String(port)]);
    await nextMessage<DeploymentReport>(child);
    return new Deployment(child, port);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** How many attempts have arrived, and when, since the last `resetArrivals`. */
  readArrivals(): Promise<Arrivals> {
    return this.#ask({ kind: "readArrivals" });
  }

  resetArrivals(): Promise<Arrivals> {
    return this.#ask({ kind: "resetArrivals" });
  }

  /** False if fewer than `wanted` attempts have arrived after a minute. */
  async waitForArrivals(wanted: number): Promise<boolean> {
    const giveUpAtMs = Date.now() + ARRIVAL_TIMEOUT_MS;
    for (;;) {
      const { count } = await this.readArrivals();
      if (count >= wanted) return true;
      if (Date.now() > giveUpAtMs) return false;
      await sleep(POLL_MS);
    }
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }

  async #ask(request: DeploymentRequest): Promise<Arrivals> {
    const answered = nextMessage<DeploymentReport>(this.#child);
    this.#child.send(request);
    const report = await answered;
    if (report.kind !== "arrivals") throw new Error(`Unexpected answer: ${report.kind}`);
    return report.arrivals;
  }
}

function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>();
  const onExit = (code: number | null): void => {
    reject(new Error(`${child.spawnargs.join(" ")} ended with ${code}`));
  };
  child.once("exit", onExit);
  child.once("message", (message) => {
    child.off("exit", onExit);
    resolve(message as Message);
  });
  return promise;
}
