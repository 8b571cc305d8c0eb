import type { Logger } from "#base/logger";
import type { InvocationId } from "#model";
import { SimNetwork } from "../sim-network.ts";
import type { SimRandom } from "../sim-random.ts";
import { SimWorld } from "../sim-world.ts";
import { checkEnd, checkLeaders, compareReplicas, findUnrest } from "./node-checks.ts";
import { NodeFaults } from "./node-faults.ts";
import { SimAttempt } from "./sim-attempt.ts";
import { SimClient } from "./sim-client.ts";
import { SimDeployment } from "./sim-deployment.ts";
import { HANDLERS, SimSchema } from "./sim-handlers.ts";
import { SimLedger } from "./sim-ledger.ts";
import { addressOf, type Switchboard } from "./sim-node-transport.ts";
import { type ServerEnvironment, type ServerSettings, SimServer } from "./sim-server.ts";

/** What a run amounted to, to see that runs are worth something. */
export interface NodeReport {
  readonly seed: number;
  readonly virtualMs: number;
  readonly events: number;
  readonly requests: number;
  readonly invocations: number;
  readonly attempts: number;
  readonly replays: number;
  readonly timers: number;
  readonly leaderships: number;
  readonly digestChecks: number;
  /** Snapshots that replicas took over. */
  readonly snapshots: number;
  readonly faults: string;
  /** Equal for two runs of the same seed. */
  readonly trace: number;
}

/** How a run is followed. */
export interface NodeSimulationOptions {
  /** Hears of everything that nodes log, with virtual time. */
  readonly onLine?: (line: string) => void;
}

const MACHINES_MAX = 5;
const START_MS = 60_000;
const CLIENTS_SETTLE_MS = 150_000;
const REST_MS = 150_000;
const LEADER_CHECK_EVENTS = 64;
/** What a node says when the end of its log is not what it has told others. */
const DAMAGE_FOUND = "was the log damaged";
/** Ends of processes that faults bring about. */
const EXPECTED_ENDS = new Set([
  "NODE_REMOVED",
  "NODE_NAME_TAKEN",
  "INITIALIZATION_TIMED_OUT",
  "CLUSTER_CLOSED",
]);

/**
 * A random run of whole nodes: cluster, partitions, invoker and deployment in one process under
 * virtual time, from one seed. Faults strike while clients work; then they stop, and everything
 * that was begun has to end.
 */
export class NodeSimulation {
  readonly #seed: number;
  readonly #world: SimWorld;
  readonly #random: SimRandom;
  readonly #ledger: SimLedger;
  readonly #deployment: SimDeployment;
  readonly #servers: SimServer[] = [];
  readonly #environment: ServerEnvironment;
  readonly #faults: NodeFaults;
  readonly #known: InvocationId[] = [];
  readonly #flows: readonly string[];
  readonly #clients: SimClient[] = [];
  readonly #leaders = new Map<string, number>();
  readonly #options: NodeSimulationOptions;
  readonly #isLong: boolean;
  #tasksDone = 0;
  #digestChecks = 0;
  #snapshots = 0;

  constructor(seed: number, options: NodeSimulationOptions = {}) {
    this.#seed = seed;
    this.#options = options;
    const world = new SimWorld(seed);
    this.#world = world;
    this.#random = world.random.fork();
    this.#isLong = this.#random.oneIn(5);
    this.#ledger = new SimLedger(world);
    if (options.onLine !== undefined) this.#ledger.onLine = (line) => this.#log(line);
    this.#deployment = new SimDeployment(world, (deployment) => (connection) => {
      return new SimAttempt(deployment, connection, { ledger: this.#ledger, handlers: HANDLERS });
    });
    this.#environment = this.#createEnvironment(new SimNetwork(world));
    this.#flows = Array.from({ length: this.#random.between(1, 6) }, (_, i) => `flow-${i}`);
    this.#faults = new NodeFaults({
      random: world.random.fork(),
      network: this.#environment.network,
      deployment: this.#deployment,
      ledger: this.#ledger,
      servers: () => this.#servers,
      addMachine: () => this.#addMachine(),
      operate: (service, request) => this.#operate(service, request),
    });
  }

  /** Runs to the end; throws on the first violation. */
  async run(): Promise<NodeReport> {
    const onRejection = (error: unknown): void => {
      this.#ledger.violate(`Nobody heard of ${(error as Error).stack ?? String(error)}`);
    };
    process.on("unhandledRejection", onRejection);
    this.#world.afterEvent = () => this.#check();
    try {
      await this.#begin();
      await this.#disturb();
      await this.#settle();
      return await this.#report();
    } catch (error) {
      throw new Error(`seed ${this.#seed} at ${this.#time()}: ${(error as Error).stack}`, {
        cause: error,
      });
    } finally {
      process.off("unhandledRejection", onRejection);
    }
  }

  async #begin(): Promise<void> {
    const machines = this.#random.pick([1, 3, 3, 3, 3, 4]);
    for (let i = 0; i < machines; i++) this.#addMachine();
    const areReady = (): boolean => this.#servers.every(({ host }) => host !== undefined);
    await this.#world.runUntil(areReady, START_MS, "a running cluster");
    const keys = Array.from({ length: this.#random.between(1, 8) }, (_, i) => `key-${i}`);
    const thinkMsMax = this.#random.pick([50, 500, 2_000]);
    for (let i = this.#random.between(2, this.#isLong ? 6 : 4); i > 0; i--) {
      const client = new SimClient(
        {
          world: this.#world,
          ledger: this.#ledger,
          keys,
          flows: this.#flows,
          known: this.#known,
          thinkMsMax,
          servers: () => this.#servers,
        },
        `c${i}`,
      );
      this.#clients.push(client);
      this.#watch(client.run(this.#random.between(3, this.#isLong ? 20 : 8)));
    }
  }

  #watch(work: Promise<void>): void {
    work.then(
      () => {
        this.#tasksDone++;
      },
      (error: Error) => this.#ledger.violate(`A client broke: ${error.stack}`),
    );
  }

  async #disturb(): Promise<void> {
    const endMs = this.#world.nowMs + this.#random.between(1_000, this.#isLong ? 20_000 : 6_000);
    const pauseMsMax = this.#random.pick([300, 1_000, 4_000]);
    while (this.#world.nowMs < endMs) {
      await this.#world.runFor(this.#random.between(1, pauseMsMax));
      this.#faults.act();
    }
  }

  /** Faults stop; everything has to end. */
  async #settle(): Promise<void> {
    this.#log("faults stop");
    this.#faults.heal();
    this.#startAll();
    const last = new SimClient(this.#lastEnvironment(), "last");
    // Whoever attaches to a workflow waits for its promise.
    for (const flow of this.#flows) this.#watch(last.signal(flow));
    const taskCount = this.#clients.length + this.#flows.length;
    const areAnswered = (): boolean => this.#tasksDone >= taskCount;
    await this.#until(areAnswered, CLIENTS_SETTLE_MS, () =>
      [...this.#clients, last].map(({ doing }) => doing).join("; "),
    );
    this.#log("clients are done");
    await this.#rest(last);
    await this.#converge();
  }

  #lastEnvironment() {
    return {
      world: this.#world,
      ledger: this.#ledger,
      keys: [],
      flows: this.#flows,
      known: this.#known,
      thinkMsMax: 1,
      servers: () => this.#servers,
    };
  }

  /** Nothing is left to be done in any partition. */
  async #rest(last: SimClient): Promise<void> {
    const endMs = this.#world.nowMs + REST_MS;
    for (;;) {
      let unrest: string | undefined;
      for (const partitionId of this.#partitionIds) {
        const found = await this.#world.settle(findUnrest(this.#servers, partitionId), START_MS);
        for (const id of found?.paused ?? []) {
          await this.#world.settle(last.resume(id), CLIENTS_SETTLE_MS);
        }
        unrest ??= found?.text;
      }
      if (unrest === undefined) return;
      if (this.#world.nowMs > endMs) throw new Error(`No rest: ${unrest}`);
      this.#startAll();
      await this.#world.runFor(500);
    }
  }

  async #converge(): Promise<void> {
    const endMs = this.#world.nowMs + REST_MS;
    for (const partitionId of this.#partitionIds) {
      for (;;) {
        const difference = await this.#world.settle(
          compareReplicas(this.#servers, partitionId),
          START_MS,
        );
        if (difference === undefined) break;
        if (this.#world.nowMs > endMs) throw new Error(`Replicas differ: ${difference}`);
        await this.#world.runFor(500);
      }
    }
  }

  async #until(isMet: () => boolean, limitMs: number, describe: () => string): Promise<void> {
    const endMs = this.#world.nowMs + limitMs;
    while (!isMet()) {
      if (this.#world.nowMs > endMs) throw new Error(`Without faults for long: ${describe()}`);
      await this.#world.runFor(500);
      this.#startAll();
    }
  }

  #startAll(): void {
    for (const server of this.#servers) {
      if (server.run === undefined && !server.isRetired) server.start();
    }
  }

  get #partitionIds(): readonly number[] {
    return this.#servers.find(({ host }) => host !== undefined)?.host?.allPartitionIds ?? [];
  }

  #check(): void {
    if (this.#world.eventCount % LEADER_CHECK_EVENTS === 0) {
      checkLeaders(this.#servers, this.#leaders, this.#ledger);
    }
    const { violations } = this.#ledger;
    if (violations.length > 0) throw new Error(violations.join("\n"));
  }

  #addMachine(): void {
    if (this.#servers.length >= MACHINES_MAX) return;
    const server = new SimServer(this.#environment, this.#servers.length + 1);
    this.#servers.push(server);
    server.start();
  }

  #operate(service: string, request: unknown): void {
    const server = this.#servers.find(({ host }) => host !== undefined);
    const transport = server?.run?.cluster?.transport;
    if (server === undefined || transport === undefined) return;
    const payload = new TextEncoder().encode(JSON.stringify(request));
    transport.call({ nodeId: server.nodeId, service }, payload, { timeoutMs: 10_000 }).then(
      () => this.#log(`${service} ${JSON.stringify(request)} is done`),
      (error: Error) => this.#log(`${service} ${JSON.stringify(request)}: ${error.message}`),
    );
  }

  #createEnvironment(network: SimNetwork): ServerEnvironment {
    const switchboard: Switchboard = new Map();
    const random = this.#random;
    const retryPolicy = {
      initialIntervalMs: 50,
      factor: 2,
      maxIntervalMs: 2_000,
      maxAttempts: undefined,
      onMaxAttempts: "pause",
    } as const;
    const day = 86_400_000;
    const schema = new SimSchema({
      protocolMax: random.pick([5, 6, 7, 7]),
      options: {
        public: true,
        lazyState: random.oneIn(3),
        inactivityTimeoutMs: random.pick([200, 1_000, 60_000]),
        abortTimeoutMs: random.pick([1_000, 10_000]),
        journalRetentionMs: day,
        idempotencyRetentionMs: day,
        workflowCompletionRetentionMs: day,
        retryPolicy,
      },
    });
    return {
      world: this.#world,
      network,
      switchboard,
      deployment: this.#deployment,
      schema,
      logger: this.#logger(),
      seeds: Array.from({ length: 3 }, (_, i) => addressOf(i + 1)),
      settings: this.#drawSettings(),
      onEnded: (server, error) => this.#noteEnd(server, error),
      onDigestReport: (server, { partitionId, index, verdict }) => {
        this.#digestChecks++;
        if (verdict.kind === "equal") return;
        const text = JSON.stringify(verdict);
        this.#ledger.violate(
          `Replicas of partition ${partitionId} differ at ${index} (${server.name}): ${text}`,
        );
      },
    };
  }

  #drawSettings(): ServerSettings {
    const random = this.#random;
    return {
      partitionCount: random.pick([1, 2, 2, 3]),
      nodeCopies: 2,
      segmentBytes: random.pick([16, 64, 256]) * 1024,
      compactionBytes: random.pick([2, 16, 1_024]) * 1024,
      digestIntervalMs: random.pick([0, 2_000, 5_000]),
      concurrentAttemptsMax: random.pick([2, 1_000]),
      groupLimits: {
        keptTailBytes: random.pick([0, 1024, 64 * 1024]),
        messageBytesMax: random.pick([500, 4096, 1024 * 1024]),
        applyingBytesMax: random.pick([200, 4096, 1024 * 1024]),
        quietTicks: random.pick([2, 10]),
      },
      timing: {
        replicaDeadAfterMs: 15_000,
        returnCooldownMs: 2_000,
        leaderBalanceIntervalMs: random.pick([0, 1_000, 5_000]),
        provisionWaitMs: 2_000,
        nameTakenMs: 2_000,
      },
    };
  }

  #noteEnd(server: SimServer, error: Error): void {
    const code = (error as { code?: string }).code ?? "";
    this.#log(`${server.name} ends: ${code} ${error.message}`);
    if (code === "NODE_REMOVED") server.isRetired = true;
    if (code === "LOG_CORRUPTED" && this.#faults.damaged.delete(server)) {
      // The damage is found; an operator empties the machine, which then joins as another node.
      server.wipe();
      return;
    }
    if (EXPECTED_ENDS.has(code) || this.#faults.failing.has(server)) return;
    this.#ledger.violate(`${server.name} ended: ${error.stack}`);
  }

  /** The end of a log was damaged, which only the others can tell: its machine is emptied. */
  #replaceDamaged(): void {
    for (const server of this.#faults.damaged) {
      server.crash();
      server.wipe();
    }
    this.#faults.damaged.clear();
  }

  #logger(): Logger {
    const write = (level: string, message: string, fields?: Readonly<Record<string, unknown>>) => {
      if (level === "error" && !message.startsWith("The disk")) {
        const cause = fields?.["error"];
        const text =
          cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(fields);
        const isExpected = EXPECTED_ENDS.has((cause as { code?: string } | undefined)?.code ?? "");
        if (text.includes(DAMAGE_FOUND) && this.#faults.damaged.size > 0) {
          this.#world.after(0, () => this.#replaceDamaged());
        } else if (!isExpected) this.#ledger.violate(`A node says: ${message}: ${text}`);
      }
      if (message === "Took over a snapshot") this.#snapshots++;
      if (this.#options.onLine !== undefined) {
        this.#log(`${level} ${message} ${JSON.stringify(fields ?? {}, printable)}`);
      }
    };
    const logger: Logger = {
      error: (message, fields) => write("error", message, fields),
      warn: (message, fields) => write("warn", message, fields),
      info: (message, fields) => write("info", message, fields),
      debug: (message, fields) => write("debug", message, fields),
      child: () => logger,
    };
    return logger;
  }

  #log(line: string): void {
    this.#options.onLine?.(`${this.#time()} ${line}`);
  }

  #time(): string {
    return `${this.#world.nowMs.toFixed(1)} ms`;
  }

  async #report(): Promise<NodeReport> {
    const checked = checkEnd(this.#servers, this.#partitionIds, this.#ledger);
    const invocations = await this.#world.settle(checked, START_MS);
    this.#check();
    const counts = [...this.#faults.counts].map(([kind, count]) => `${kind} ${count}`);
    return {
      seed: this.#seed,
      virtualMs: Math.round(this.#world.nowMs),
      events: this.#world.eventCount,
      requests: this.#clients.reduce((sum, { answeredCount }) => sum + answeredCount, 0),
      invocations,
      attempts: this.#deployment.attemptCount,
      replays: this.#ledger.replays,
      timers: this.#ledger.timersFired,
      leaderships: this.#leaders.size,
      digestChecks: this.#digestChecks,
      snapshots: this.#snapshots,
      faults: counts.join(", "),
      trace: this.#world.trace,
    };
  }
}

function printable(_key: string, value: unknown): unknown {
  if (value instanceof Error) return value.message;
  return typeof value === "bigint" ? value.toString() : value;
}
