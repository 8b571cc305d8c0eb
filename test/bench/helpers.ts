/** The processes beside the servers: the load generator and the deployments. */
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { join } from "node:path";
import type {
  DeploymentReport,
  DeploymentRequest,
  TimerStatistics,
} from "./deployment/services.ts";
import type { CheckJob, CheckResult, GeneratorReport, Job, JobResult } from "./load/jobs.ts";

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

  /** How many timers have fired, and when, since the last `resetTimers`. */
  readTimers(): Promise<TimerStatistics> {
    return this.#ask({ kind: "readTimers" });
  }

  resetTimers(): Promise<TimerStatistics> {
    return this.#ask({ kind: "resetTimers" });
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }

  async #ask(request: DeploymentRequest): Promise<TimerStatistics> {
    const answered = nextMessage<DeploymentReport>(this.#child);
    this.#child.send(request);
    const report = await answered;
    if (report.kind !== "timers") throw new Error(`Unexpected answer: ${report.kind}`);
    return report.timers;
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
