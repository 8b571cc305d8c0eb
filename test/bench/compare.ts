/** The comparison: the same workloads on every server, in alternating rounds. */
import { cpus } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { DeploymentKind } from "./helpers.ts";
import { Deployment, Generator } from "./helpers.ts";
import type { JobResult } from "./load/jobs.ts";
import type { Options } from "./options.ts";
import { cpuMs, machineCpuMs } from "./process-usage.ts";
import type { Idle, Results, Row, Sample } from "./report.ts";
import { Server } from "./servers.ts";
import { measureTimers } from "./timers.ts";
import type { Workload } from "./workloads.ts";
import { TIMERS, WORKLOADS } from "./workloads.ts";

const SERVER_PORTS = 3;
const DEPLOYMENT_PORT_OFFSET = 8;
const IDLE_MS = 2_000;
const WARMUP_MS = 500;
/** The first calls of a process run unoptimized code; they are no part of any round. */
const FIRST_WARMUP_MS = 3_000;
const FIRST_WARMUP_CLIENTS = 32;

/** Environment of the servers, for profiling. */
export type Environment = Readonly<Record<string, string>>;

/** Runs everything that the options ask for. */
export async function compare(
  options: Options,
  directory: string,
  environment: Environment = {},
): Promise<Results> {
  const results: Results = { options, idle: [], rows: [], errors: [] };
  const comparison = new Comparison(options, results);
  try {
    await comparison.start(directory, environment);
    for (const kind of options.deployments) await comparison.measure(kind);
  } catch (error) {
    results.errors.push(error instanceof Error ? error.message : String(error));
  } finally {
    await comparison.stop();
  }
  return results;
}

class Comparison {
  readonly #options: Options;
  readonly #results: Results;
  readonly #servers: Server[] = [];
  #generator: Generator | undefined;
  #deployment: Deployment | undefined;
  #done = 0;

  constructor(options: Options, results: Results) {
    this.#options = options;
    this.#results = results;
  }

  async start(directory: string, environment: Environment): Promise<void> {
    this.#generator = await Generator.start();
    for (const [i, target] of this.#options.targets.entries()) {
      console.error(`Starting ${target}`);
      const portBase = this.#options.portBase + i * SERVER_PORTS;
      this.#servers.push(
        await Server.start({ target, directory: join(directory, target), portBase, environment }),
      );
    }
    this.#results.idle.push(...(await measureIdle(this.#servers)));
  }

  async stop(): Promise<void> {
    this.#deployment?.stop();
    this.#generator?.stop();
    await Promise.all(this.#servers.map((server) => server.stop()));
  }

  /** Runs all workloads on one deployment. */
  async measure(kind: DeploymentKind): Promise<void> {
    this.#deployment?.stop();
    const offset = DEPLOYMENT_PORT_OFFSET + (kind === "light" ? 0 : 1);
    this.#deployment = await Deployment.start(kind, this.#options.portBase + offset);
    for (const server of this.#servers) await server.register(this.#deployment.port);
    const closedLoops = WORKLOADS.filter(({ name }) => this.#options.workloads.includes(name));
    for (const workload of closedLoops) {
      await this.#warmUp(workload);
      for (const clients of this.#options.clients) await this.#measureRow(kind, workload, clients);
      if (workload.name === "counter") await this.#checkCounters();
    }
    if (this.#options.workloads.includes(TIMERS)) await this.#measureTimers(kind);
  }

  async #warmUp(workload: Workload): Promise<void> {
    for (const server of this.#servers) {
      await this.#run(server, workload, FIRST_WARMUP_CLIENTS, 0, FIRST_WARMUP_MS);
    }
  }

  async #measureRow(kind: DeploymentKind, workload: Workload, clients: number): Promise<void> {
    const row: Row = { deployment: kind, workload: workload.name, clients, samples: [] };
    this.#results.rows.push(row);
    for (let round = 0; round < this.#options.rounds; round += 1) {
      // Who begins changes from round to round.
      const order = round % 2 === 0 ? this.#servers : this.#servers.toReversed();
      for (const server of order) {
        const durationMs = this.#options.seconds * 1000;
        const others = this.#watchOthers();
        const result = await this.#run(server, workload, clients, WARMUP_MS, durationMs);
        const sample = sampleOf(server, { round, result, othersPercent: others() });
        row.samples.push(sample);
        this.#progress(row, sample);
      }
    }
  }

  async #run(
    server: Server,
    workload: Workload,
    clients: number,
    warmupMs: number,
    durationMs: number,
  ): Promise<JobResult> {
    const result = await this.#requireGenerator().run({
      port: server.ingressPort,
      serverPid: server.pid,
      clients,
      requests: workload.requests(server.target),
      warmupMs,
      durationMs,
    });
    const where = `${server.target}, ${workload.name}, ${clients} clients`;
    if (result.errors > 0) {
      this.#results.errors.push(`${where}: ${result.errors} errors, first: ${result.firstError}`);
    }
    if (!server.isRunning) throw new Error(`${where}: the server has ended\n${server.log}`);
    return result;
  }

  async #checkCounters(): Promise<void> {
    for (const { target, ingressPort } of this.#servers) {
      const ledger = target;
      const { differences } = await this.#requireGenerator().check({ port: ingressPort, ledger });
      this.#results.errors.push(...differences.map((text) => `${target}, counter, ${text}`));
    }
  }

  async #measureTimers(kind: DeploymentKind): Promise<void> {
    const row: Row = { deployment: kind, workload: TIMERS, clients: 0, samples: [] };
    this.#results.rows.push(row);
    const deployment = this.#deployment as Deployment;
    for (const server of this.#servers) {
      const generator = this.#requireGenerator();
      const others = this.#watchOthers();
      const { sample: own, errors } = await measureTimers({ server, deployment, generator });
      const sample = { ...own, othersPercent: others() };
      row.samples.push(sample);
      this.#results.errors.push(...errors);
      this.#progress(row, sample);
    }
  }

  /** Begins to watch the machine; the function ends it, see `Sample.othersPercent`. */
  #watchOthers(): () => number {
    const pids = [process.pid, ...this.#servers.map(({ pid }) => pid)];
    for (const helper of [this.#generator, this.#deployment]) {
      if (helper !== undefined) pids.push(helper.pid);
    }
    const readOthersMs = (): number =>
      machineCpuMs() - pids.reduce((sum, pid) => sum + cpuMs(pid), 0);
    const startMs = performance.now();
    const startOthersMs = readOthersMs();
    return () => {
      const availableMs = (performance.now() - startMs) * cpus().length;
      return (Math.max(readOthersMs() - startOthersMs, 0) / availableMs) * 100;
    };
  }

  #progress(row: Row, sample: Sample): void {
    const { options } = this.#results;
    this.#done += 1;
    const closed = options.workloads.filter((name) => name !== TIMERS).length;
    const perDeployment =
      closed * options.clients.length * options.rounds + options.workloads.length - closed;
    const total = perDeployment * options.deployments.length * options.targets.length;
    console.error(
      `[${this.#done}/${total}] ${row.deployment} ${row.workload} ${row.clients} clients, ` +
        `${sample.target}: ${sample.perSecond.toFixed(0)}/s, p50 ${sample.p50Ms.toFixed(2)} ms, ` +
        `p99 ${sample.p99Ms.toFixed(2)} ms, CPU ${sample.cpuUs.toFixed(0)} µs/call, ` +
        `${sample.residentMb.toFixed(0)} MB, others ${sample.othersPercent.toFixed(0)}%`,
    );
  }

  #requireGenerator(): Generator {
    if (this.#generator === undefined) throw new Error("Not started");
    return this.#generator;
  }
}

async function measureIdle(servers: readonly Server[]): Promise<Idle[]> {
  const before = servers.map((server) => server.cpuMs);
  await sleep(IDLE_MS);
  return servers.map((server, i) => ({
    target: server.target,
    startMs: server.startMs,
    cpuPercent: ((server.cpuMs - (before[i] ?? 0)) / IDLE_MS) * 100,
    residentMb: server.residentBytes / 2 ** 20,
  }));
}

interface Measured {
  readonly round: number;
  readonly result: JobResult;
  readonly othersPercent: number;
}

function sampleOf(server: Server, { round, result, othersPercent }: Measured): Sample {
  return {
    target: server.target,
    round,
    perSecond: result.answers / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuUs: (result.serverCpuMs * 1000) / result.answers,
    residentMb: server.residentBytes / 2 ** 20,
    othersPercent,
  };
}
