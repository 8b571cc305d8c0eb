/** The limits: what many of everything costs. Each on a server of its own. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SENDS_PER_CALL, SERVICES } from "./deployment/services.ts";
import { Deployment, Generator } from "./helpers.ts";
import type { JobResult, Requests } from "./load/jobs.ts";
import type { Options } from "./options.ts";
import { directoryBytes } from "./process-usage.ts";
import { align, writeResults } from "./report.ts";
import type { Target } from "./servers.ts";
import { Server } from "./servers.ts";

const SUSPENDED = 100_000;
const TIMERS = 1_000_000;
const TIMERS_DUE_MS = 24 * 3_600_000;
const STEPS = [2_500, 5_000, 10_000];
const COMPLETED = 1_000_000;
const COMPLETED_PARTS = 5;

const CLIENTS = 128;
const TIMER_CLIENTS = 8;
const SETTLE_MS = 3_000;
const IDLE_MS = 20_000;
const LOAD_TIMEOUT_MS = 30 * 60_000;
const DEPLOYMENT_PORT_OFFSET = 8;

/** One number with its name. */
interface Figure {
  readonly target: Target;
  readonly what: string;
  readonly value: string;
}

interface Parties {
  readonly server: Server;
  readonly deployment: Deployment;
  readonly generator: Generator;
  readonly directory: string;
}

/** Runs all of them on every target; prints and writes the figures; returns what failed. */
export async function runScale(options: Options, directory: string): Promise<string[]> {
  const figures: Figure[] = [];
  const errors: string[] = [];
  for (const target of options.targets) {
    const scale = new Scale({ options, directory, target, figures, errors });
    for (const part of options.scaleParts) {
      try {
        if (part === "suspended") await scale.suspended();
        else if (part === "pending") await scale.pending();
        else if (part === "journal") await scale.journal();
        else await scale.completed();
      } catch (error) {
        errors.push(`${target}, ${part}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  console.log(align(figures.map(({ target, what, value }) => [target, what, value])));
  console.log(`\nWritten to ${writeResults("scale", { options, figures, errors })}`);
  return errors;
}

class Scale {
  readonly #options: Options;
  readonly #directory: string;
  readonly #target: Target;
  readonly #figures: Figure[];
  readonly #errors: string[];

  constructor(given: {
    readonly options: Options;
    readonly directory: string;
    readonly target: Target;
    readonly figures: Figure[];
    readonly errors: string[];
  }) {
    this.#options = given.options;
    this.#directory = join(given.directory, given.target);
    this.#target = given.target;
    this.#figures = given.figures;
    this.#errors = given.errors;
  }

  /** Many invocations that wait. */
  suspended(): Promise<void> {
    const total = this.#scaled(SUSPENDED);
    return this.#withServer(async (parties) => {
      const what = `${total} suspended invocations`;
      await this.#reportIdle(parties.server, "empty");
      await parties.deployment.resetArrivals();
      await this.#load(parties, what, total, sendTo("hold"));
      if (!(await parties.deployment.waitForArrivals(total))) {
        const { count } = await parties.deployment.readArrivals();
        this.#errors.push(`${this.#target}, ${what}: only ${count} have begun`);
      }
      await this.#reportIdle(parties.server, what);
      await this.#reportRestart(parties, what);
    });
  }

  /** Many timers that are not due. */
  pending(): Promise<void> {
    const total = this.#scaled(TIMERS);
    return this.#withServer(async (parties) => {
      const what = `${total} pending timers`;
      const body = String(Date.now() + TIMERS_DUE_MS);
      const path = `/${SERVICES.bench}/sendMany`;
      const requests: Requests = { kind: "call", path, body };
      const calls = Math.ceil(total / SENDS_PER_CALL);
      await this.#load(parties, `${what}, ${SENDS_PER_CALL} per call`, calls, requests);
      await this.#reportIdle(parties.server, what);
      await this.#reportRestart(parties, what);
    });
  }

  /** Longer and longer journals: the time per step is to stay the same. */
  journal(): Promise<void> {
    return this.#withServer(async (parties) => {
      await this.#load(parties, "warm-up of 200 steps", 50, stepsOf(200));
      for (const steps of STEPS.map((count) => this.#scaled(count))) {
        const { seconds, serverCpuMs } = await this.#run(parties, 1, stepsOf(steps));
        const what = `journal of ${steps} steps`;
        this.#report(`${what}: time`, `${seconds.toFixed(2)} s`);
        this.#report(`${what}: time per step`, `${((seconds * 1e6) / steps).toFixed(0)} µs`);
        this.#report(`${what}: CPU per step`, `${((serverCpuMs * 1e3) / steps).toFixed(0)} µs`);
      }
    });
  }

  /** Memory after many calls. */
  completed(): Promise<void> {
    const total = this.#scaled(COMPLETED);
    return this.#withServer(async (parties) => {
      await this.#reportIdle(parties.server, "empty", SETTLE_MS);
      const path = `/${SERVICES.bench}/plain`;
      const part = Math.ceil(total / COMPLETED_PARTS);
      for (let done = part; done <= total; done += part) {
        const what = `${done} completed calls`;
        await this.#load(parties, what, part, { kind: "call", path, body: "null" });
        this.#report(`${what}: resident`, megabytes(parties.server.residentBytes));
      }
      await this.#reportIdle(parties.server, `${total} completed calls`);
      await this.#reportRestart(parties, `${total} completed calls`);
    });
  }

  #scaled(count: number): number {
    return Math.ceil(count / this.#options.scaleDivisor);
  }

  async #withServer(work: (parties: Parties) => Promise<void>): Promise<void> {
    const { portBase } = this.#options;
    const directory = this.#directory;
    const generator = await Generator.start();
    const deployment = await Deployment.start("light", portBase + DEPLOYMENT_PORT_OFFSET);
    let server: Server | undefined;
    try {
      server = await Server.start({ target: this.#target, directory, portBase });
      await server.register(deployment.port);
      await work({ server, deployment, generator, directory });
    } finally {
      await server?.stop();
      deployment.stop();
      generator.stop();
    }
  }

  #run({ server, generator }: Parties, total: number, requests: Requests): Promise<JobResult> {
    return generator.run({
      port: server.ingressPort,
      serverPid: server.pid,
      clients: Math.min(total, requests.kind === "call" ? clientsOf(requests.path) : CLIENTS),
      requests,
      warmupMs: 0,
      durationMs: LOAD_TIMEOUT_MS,
      total,
    });
  }

  async #load(parties: Parties, what: string, total: number, requests: Requests): Promise<void> {
    const { answers, errors, firstError, seconds, serverCpuMs } = await this.#run(
      parties,
      total,
      requests,
    );
    const perSecond = (answers / seconds).toFixed(0);
    const perCall = ((serverCpuMs * 1000) / answers).toFixed(0);
    this.#report(`${what}: created`, `${perSecond} calls/s, CPU ${perCall} µs/call`);
    if (errors > 0) {
      this.#errors.push(`${this.#target}, ${what}: ${errors} errors, first: ${firstError}`);
    }
    if (!parties.server.isRunning) throw new Error(`The server has ended\n${parties.server.log}`);
  }

  async #reportIdle(server: Server, what: string, idleMs = IDLE_MS): Promise<void> {
    await sleep(SETTLE_MS);
    const before = server.cpuMs;
    await sleep(idleMs);
    const percent = ((server.cpuMs - before) / idleMs) * 100;
    this.#report(`${what}: resident`, megabytes(server.residentBytes));
    this.#report(`${what}: idle CPU`, `${percent.toFixed(1)}%`);
    this.#report(`${what}: on disk`, megabytes(directoryBytes(this.#directory)));
  }

  /** Stops the server and starts another one on its data. */
  async #reportRestart(parties: Parties, what: string): Promise<void> {
    const { portBase } = this.#options;
    const directory = this.#directory;
    await parties.server.stop();
    const options = { target: this.#target, directory, portBase, keepsData: true };
    const server = await Server.start(options);
    try {
      this.#report(`${what}: restart`, `${server.startMs} ms`);
      await this.#reportIdle(server, `${what}, restarted`, SETTLE_MS);
    } finally {
      await server.stop();
    }
  }

  #report(what: string, value: string): void {
    this.#figures.push({ target: this.#target, what, value });
    console.error(`${this.#target}  ${what}  ${value}`);
  }
}

function sendTo(handler: string): Requests {
  return { kind: "call", path: `/${SERVICES.bench}/${handler}/send`, body: "null" };
}

function stepsOf(steps: number): Requests {
  return { kind: "call", path: `/${SERVICES.bench}/manySteps`, body: String(steps) };
}

/** Calls that write hundreds of entries each need few clients to keep a server busy. */
function clientsOf(path: string): number {
  return path.endsWith("/plain") || path.endsWith("/send") ? CLIENTS : TIMER_CLIENTS;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MB`;
}
