/** One run: load, crashes, and then the question whether everything is there exactly once. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CheckResult } from "./ledger.ts";
import { Ledger } from "./ledger.ts";
import type { ServerPorts } from "./processes.ts";
import { DeploymentProcess, ServerProcess } from "./processes.ts";
import { RetryingClient } from "./retrying-client.ts";
import { SeededRandom } from "./seeded-random.ts";
import { Workload } from "./workload.ts";

/** What to do in one run. */
export interface CampaignOptions {
  readonly seed: number;
  readonly kills: number;
  readonly clients: number;
  /** First of four ports in a row; undefined: whatever is free. */
  readonly portBase: number | undefined;
  readonly onProgress: (line: string) => void;
}

/** How a run went. */
export interface CampaignReport {
  readonly seed: number;
  readonly serverKills: number;
  readonly deploymentKills: number;
  readonly operations: Readonly<Record<string, number>>;
  readonly brokenRequests: number;
  readonly durationMs: number;
  readonly checks: readonly CheckResult[];
  /** Logs and data, kept when a check failed. */
  readonly folder: string | undefined;
}

const READY_TIMEOUT_MS = 30_000;
const DRAIN_TIMEOUT_MS = 90_000;
const POLL_MS = 25;
const UPTIME_MS_MAX = 3_500;
const OPERATIONS_PER_KILL_MIN = 5;
const SERVICES = [
  ...["Counter", "LazyCounter", "Flow"],
  ...["Worker", "SuspendingWorker", "Shop", "SuspendingShop"],
];

/** Runs a campaign; rejects only if the run itself could not go on. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const campaign = await Campaign.open(options);
  try {
    return await campaign.run();
  } finally {
    await campaign.close();
  }
}

class Campaign {
  readonly #options: CampaignOptions;
  readonly #folder: string;
  readonly #server: ServerProcess;
  readonly #deployment: DeploymentProcess;
  readonly #deploymentPort: number;
  readonly #ingress: RetryingClient;
  readonly #admin: RetryingClient;
  readonly #ledger = new Ledger();
  readonly #workload: Workload;
  readonly #random: SeededRandom;
  readonly #startedAtMs = performance.now();
  #serverKills = 0;
  #deploymentKills = 0;
  #keepsFolder = true;

  private constructor(options: CampaignOptions, ports: ServerPorts & { deployment: number }) {
    this.#options = options;
    this.#folder = mkdtempSync(join(tmpdir(), "stet-crash-"));
    this.#server = new ServerProcess(this.#folder, ports);
    this.#deploymentPort = ports.deployment;
    this.#deployment = new DeploymentProcess(ports.deployment, (report) =>
      this.#ledger.report(report),
    );
    this.#ingress = new RetryingClient(ports.ingress);
    this.#admin = new RetryingClient(ports.admin);
    this.#workload = new Workload(this.#ingress, this.#ledger);
    this.#random = new SeededRandom(options.seed);
  }

  static async open(options: CampaignOptions): Promise<Campaign> {
    const [ingress, admin, node, deployment] = await choosePorts(options.portBase);
    return new Campaign(options, { ingress, admin, node, deployment });
  }

  async run(): Promise<CampaignReport> {
    await this.#deployment.start();
    this.#server.start();
    await this.#untilReady();
    await this.#register();
    const isOver = { value: false };
    const clients = Array.from({ length: this.#options.clients }, () =>
      this.#workload.runClient(this.#random.fork(), () => isOver.value),
    );
    // Waited for in `#drain`; if the run ends before, what they reject with is not the reason.
    for (const client of clients) client.catch(() => {});
    await this.#crashAgainAndAgain();
    isOver.value = true;
    await this.#drain(clients);
    await this.#checkEverything();
    await this.#checkGracefulRestart();
    return this.#report();
  }

  async close(): Promise<void> {
    this.#ingress.close();
    this.#admin.close();
    await this.#server.dispose();
    await this.#deployment.kill();
    if (!this.#keepsFolder) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #crashAgainAndAgain(): Promise<void> {
    const random = this.#random.fork();
    while (this.#serverKills < this.#options.kills) {
      // Most crashes hit a working server, some one that has not finished starting.
      const isEarly = random.chance(0.15);
      if (!isEarly) await this.#untilReady();
      await sleep(isEarly ? random.between(1, 600) : random.between(1, UPTIME_MS_MAX));
      if (random.chance(0.12)) await this.#crashDeployment(random);
      await this.#server.kill();
      this.#serverKills++;
      if (random.chance(0.3)) await sleep(random.between(1, 500));
      this.#server.start();
      if (this.#serverKills % 5 === 0) this.#progress(`${this.#serverKills} crashes`);
    }
    await this.#untilReady();
  }

  /** Kills the services, and the server too before they are back, or not. */
  async #crashDeployment(random: SeededRandom): Promise<void> {
    await this.#deployment.kill();
    this.#deploymentKills++;
    await sleep(random.between(1, 800));
    await this.#deployment.start();
    await sleep(random.between(1, 500));
  }

  async #untilReady(): Promise<void> {
    const giveUpAtMs = performance.now() + READY_TIMEOUT_MS;
    while (!(await this.#isReady())) {
      if (!this.#server.isRunning) throw new Error(`The server ended\n${this.#server.logTail()}`);
      if (performance.now() > giveUpAtMs) {
        throw new Error(`The server is not ready\n${this.#server.logTail()}`);
      }
      await sleep(POLL_MS);
    }
  }

  async #isReady(): Promise<boolean> {
    try {
      const ingress = await this.#ingress.askOnce({ method: "GET", path: "/restate/health" });
      const admin = await this.#admin.askOnce({ method: "GET", path: "/health" });
      return ingress.status === 200 && admin.status === 200;
    } catch {
      return false; // Not listening yet.
    }
  }

  async #register(): Promise<void> {
    const body = { uri: `http://127.0.0.1:${this.#deploymentPort}` };
    const { status, text } = await this.#admin.ask({ path: "/deployments", body });
    if (status >= 300) throw new Error(`Cannot register: ${status} ${text}`);
    for (const service of SERVICES) {
      const path = `/services/${service}`;
      const found = await this.#admin.ask({ method: "GET", path });
      if (found.status !== 200) throw new Error(`${service} is not registered: ${found.text}`);
    }
  }

  /** Lets what was begun come to an end, without further crashes. */
  async #drain(clients: readonly Promise<void>[]): Promise<void> {
    this.#progress("no more crashes, waiting for all operations to end");
    const ended = Promise.all(clients).then(() => true);
    const isEnded = await Promise.race([ended, afterMs(DRAIN_TIMEOUT_MS)]);
    this.#ledger.check("every operation ends", isEnded === true, () => {
      return `after ${DRAIN_TIMEOUT_MS} ms some clients still wait`;
    });
    const giveUpAtMs = performance.now() + DRAIN_TIMEOUT_MS;
    let open = await this.#openInvocations();
    while (open.length > 0 && performance.now() < giveUpAtMs) {
      await sleep(POLL_MS * 10);
      open = await this.#openInvocations();
    }
    this.#ledger.check("every invocation ends", open.length === 0, () => open.join("\n    "));
  }

  async #openInvocations(): Promise<string[]> {
    const columns = "id, target, status, retry_count, last_failure";
    const query = `SELECT ${columns} FROM sys_invocation WHERE status <> 'completed' LIMIT 20`;
    const { status, text } = await this.#admin.ask({ path: "/query", body: { query } });
    if (status !== 200) return [`the query was answered ${status} ${text}`];
    const { rows } = JSON.parse(text) as { rows: unknown[] };
    return rows.map((row) => JSON.stringify(row));
  }

  async #checkEverything(): Promise<void> {
    for (const counter of this.#ledger.counters()) {
      this.#ledger.checkCounter(counter, await this.#dump(counter));
    }
    this.#ledger.checkFirings();
  }

  async #dump({ service, key }: { readonly service: string; readonly key: string }) {
    const { status, text } = await this.#ingress.ask({ path: `/${service}/${key}/dump` });
    if (status !== 200) throw new Error(`Cannot read ${service}/${key}: ${status} ${text}`);
    return JSON.parse(text) as { count: number; done: string[]; owner: string | null };
  }

  /** A stop without a crash loses nothing either. */
  async #checkGracefulRestart(): Promise<void> {
    const counters = this.#ledger.counters();
    const before = await Promise.all(counters.map((counter) => this.#dump(counter)));
    const isClean = await this.#server.stop();
    this.#ledger.check("the server stops gracefully", isClean, () => this.#server.logTail());
    this.#server.start();
    await this.#untilReady();
    const after = await Promise.all(counters.map((counter) => this.#dump(counter)));
    for (const [i, { service, key }] of counters.entries()) {
      const isSame = JSON.stringify(before[i]) === JSON.stringify(after[i]);
      const name = "state is the same after a graceful restart";
      this.#ledger.check(name, isSame, () => `${service}/${key} changed`);
    }
  }

  #report(): CampaignReport {
    const done = this.#workload.finishedCount;
    const wanted = OPERATIONS_PER_KILL_MIN * this.#options.kills;
    this.#ledger.check("enough happened for the rest to mean something", done >= wanted, () => {
      return `${done} operations are fewer than ${wanted}`;
    });
    const checks = this.#ledger.results();
    this.#keepsFolder = checks.some((check) => check.violations.length > 0);
    return {
      seed: this.#options.seed,
      serverKills: this.#serverKills,
      deploymentKills: this.#deploymentKills,
      operations: Object.fromEntries(this.#workload.finished),
      brokenRequests: this.#ingress.brokenRequests,
      durationMs: Math.round(performance.now() - this.#startedAtMs),
      checks,
      folder: this.#keepsFolder ? this.#folder : undefined,
    };
  }

  #progress(what: string): void {
    const seconds = Math.round((performance.now() - this.#startedAtMs) / 1_000);
    const operations = `${this.#workload.finishedCount} operations`;
    const broken = `${this.#ingress.brokenRequests} broken requests`;
    this.#options.onProgress(`${seconds} s: ${what}, ${operations}, ${broken}`);
  }
}

function afterMs(durationMs: number): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  setTimeout(() => resolve(undefined), durationMs).unref();
  return promise;
}

async function choosePorts(base: number | undefined): Promise<[number, number, number, number]> {
  if (base !== undefined) return [base, base + 1, base + 2, base + 3];
  return [await freePort(), await freePort(), await freePort(), await freePort()];
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
