// The load generator as a process: takes jobs from its parent, one at a time.
import { performance } from "node:perf_hooks";
import process from "node:process";
import { SERVICES } from "../deployment/services.ts";
import { cpuMs } from "../process-usage.ts";
import { LoadConnection, serialize } from "./http-client.ts";
import type { CheckJob, CheckResult, GeneratorReport, Job, JobResult, Requests } from "./jobs.ts";
import { COUNTER_KEYS } from "./jobs.ts";

const SAMPLES_MAX = 2_000_000;
const CHECKED_KEYS = 100;
/** A server that does not answer any more is given up this long after the end of a job. */
const DRAIN_TIMEOUT_MS = 60_000;

/** What each ledger has counted by key. */
const ledgers = new Map<string, Int32Array>();

interface NextRequest {
  readonly bytes: Buffer;
  readonly onAnswered?: () => void;
}

function nextOf(requests: Requests): () => NextRequest {
  if (requests.kind === "call") {
    const request = { bytes: serialize(requests.path, requests.body) };
    return () => request;
  }
  if (requests.kind === "send") {
    const { path, dueMs } = requests;
    return () => {
      const delayMs = Math.max(dueMs - Date.now(), 0);
      return { bytes: serialize(`${path}?delay=${delayMs}ms`, "null") };
    };
  }
  const counts = ledgerOf(requests.ledger);
  const all = Array.from({ length: COUNTER_KEYS }, (_, key) => ({
    bytes: serialize(`/${SERVICES.counter}/${key}/add`, "null"),
    onAnswered: () => {
      counts[key] = (counts[key] ?? 0) + 1;
    },
  }));
  return () => all[Math.floor(Math.random() * COUNTER_KEYS)] as NextRequest;
}

function ledgerOf(name: string): Int32Array {
  let counts = ledgers.get(name);
  if (counts === undefined) {
    counts = new Int32Array(COUNTER_KEYS);
    ledgers.set(name, counts);
  }
  return counts;
}

/** Keeps all connections busy until the time is over, then waits for what is under way. */
class Run {
  readonly #job: Job;
  readonly #next: () => NextRequest;
  readonly #latenciesMs = new Float64Array(SAMPLES_MAX);
  readonly #finished = Promise.withResolvers<void>();
  #answers = 0;
  #sent = 0;
  #errors = 0;
  #firstError: string | undefined;
  #underWay = 0;
  #isMeasuring = false;
  #isOver = false;

  constructor(job: Job) {
    this.#job = job;
    this.#next = nextOf(job.requests);
  }

  async execute(): Promise<JobResult> {
    const { clients, port, serverPid, warmupMs, durationMs } = this.#job;
    const onFailure = (error: Error) => this.#onConnectionLost(error);
    const connections = await Promise.all(
      Array.from({ length: clients }, () => LoadConnection.open(port, onFailure)),
    );
    this.#isMeasuring = warmupMs === 0;
    let startMs = performance.now();
    let startCpuMs = cpuMs(serverPid);
    for (const connection of connections) this.#send(connection);
    if (warmupMs > 0) {
      await this.#passed(warmupMs);
      this.#isMeasuring = true;
      startMs = performance.now();
      startCpuMs = cpuMs(serverPid);
    }
    await this.#passed(durationMs);
    const seconds = (performance.now() - startMs) / 1000;
    const serverCpuMs = cpuMs(serverPid) - startCpuMs;
    const result = this.#summarize(seconds, serverCpuMs);
    this.#isMeasuring = false;
    this.#isOver = true;
    await this.#drain();
    for (const connection of connections) connection.close();
    return { ...result, errors: this.#errors, firstError: this.#firstError };
  }

  #send(connection: LoadConnection): void {
    const { bytes, onAnswered } = this.#next();
    const startMs = performance.now();
    this.#underWay += 1;
    this.#sent += 1;
    connection.send(bytes, (status, body) => {
      this.#underWay -= 1;
      if (status >= 300) this.#onError(`HTTP ${status}: ${body.toString("utf8", 0, 300)}`);
      else onAnswered?.();
      if (this.#isMeasuring && this.#answers < SAMPLES_MAX) {
        this.#latenciesMs[this.#answers] = performance.now() - startMs;
        this.#answers += 1;
      }
      const isEnough = this.#sent >= (this.#job.total ?? Number.POSITIVE_INFINITY);
      if (!this.#isOver && !isEnough) this.#send(connection);
      else if (this.#underWay === 0) this.#finished.resolve();
    });
  }

  /** Ends early when the last of `total` requests is answered. */
  async #passed(durationMs: number): Promise<void> {
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, durationMs);
    await Promise.race([timeout.promise, this.#finished.promise]);
    clearTimeout(timer);
  }

  async #drain(): Promise<void> {
    if (this.#underWay === 0) return;
    await this.#passed(DRAIN_TIMEOUT_MS);
    if (this.#underWay > 0) this.#onError(`${this.#underWay} requests were never answered`);
  }

  #onError(message: string): void {
    this.#errors += 1;
    this.#firstError ??= message;
  }

  #onConnectionLost(error: Error): void {
    this.#onError(error.message);
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#finished.resolve();
  }

  #summarize(seconds: number, serverCpuMs: number): JobResult {
    const answers = this.#answers;
    const sorted = this.#latenciesMs.subarray(0, answers).sort();
    const at = (part: number): number => sorted[Math.floor((answers - 1) * part)] ?? 0;
    return {
      answers,
      errors: 0,
      firstError: undefined,
      seconds,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      serverCpuMs,
    };
  }
}

async function check(job: CheckJob): Promise<CheckResult> {
  const counts = ledgerOf(job.ledger);
  const connection = await LoadConnection.open(job.port, () => {});
  const differences: string[] = [];
  for (let i = 0; i < CHECKED_KEYS; i += 1) {
    const key = Math.floor((i * COUNTER_KEYS) / CHECKED_KEYS);
    const { promise, resolve } = Promise.withResolvers<string>();
    connection.send(serialize(`/${SERVICES.counter}/${key}/get`, "null"), (status, body) =>
      resolve(status < 300 ? body.toString() : `HTTP ${status}`),
    );
    const count = await promise;
    if (count !== String(counts[key])) {
      differences.push(`key ${key}: answered ${counts[key]} times, the server says ${count}`);
    }
  }
  connection.close();
  return { differences };
}

function report(message: GeneratorReport): void {
  process.send?.(message);
}

async function execute(job: Job | CheckJob): Promise<void> {
  try {
    const result = job.kind === "job" ? await new Run(job).execute() : await check(job);
    report({ kind: "result", result });
  } catch (error) {
    report({ kind: "failed", message: String(error) });
  }
}

process.on("message", (job: Job | CheckJob) => {
  execute(job).catch((error: unknown) => report({ kind: "failed", message: String(error) }));
});
process.on("disconnect", () => process.exit(0));
process.on("SIGINT", () => {}); // The parent stops its children.
report({ kind: "ready" });
