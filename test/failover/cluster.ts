/** Three real processes that form a cluster, of Stet or of the original server. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { findLeaders, isSettled, spreadLeaders } from "./leaders.ts";
import type { Network, NodeAddresses } from "./network.ts";

/** A server that can be compared. */
export type Target = "stet" | "oracle";

/** What a cluster is made of. */
export interface ClusterOptions {
  readonly target: Target;
  readonly network: Network;
  readonly nodeCount: number;
  readonly partitionCount: number;
}

/** One node, running or not. */
export interface NodeProcess {
  readonly index: number;
  readonly name: string;
  readonly addresses: NodeAddresses;
  readonly logFile: string;
  readonly isRunning: boolean;
}

const REPOSITORY = join(import.meta.dirname, "..", "..");
/** Inside the repository, where the packages that are not bundled are found. */
const BUILD_FOLDER = process.env["STET_BUILD"] ?? join(REPOSITORY, ".build");
const READY_TIMEOUT_MS = 90_000;
const EXIT_TIMEOUT_MS = 30_000;
const POLL_MS = 100;
const LOG_TAIL_CHARACTERS = 2_000;

/** A cluster on a folder of its own; whoever starts it disposes of it. */
export class TestCluster {
  readonly target: Target;
  readonly network: Network;
  readonly partitionCount: number;
  readonly nodes: readonly NodeProcess[];
  /** Logs and data of the nodes. */
  readonly folder: string;
  readonly #bundleFolder: string | undefined;
  readonly #children: (ChildProcess | undefined)[] = [];

  private constructor(options: ClusterOptions) {
    this.target = options.target;
    this.network = options.network;
    this.partitionCount = options.partitionCount;
    this.folder = mkdtempSync(join(tmpdir(), `failover-${options.target}-`));
    this.#bundleFolder = options.target === "stet" ? copyBundle() : undefined;
    const children = this.#children;
    this.nodes = Array.from({ length: options.nodeCount }, (_, index) => ({
      index,
      name: `n${index + 1}`,
      addresses: options.network.addresses(index),
      logFile: join(this.folder, `n${index + 1}.log`),
      get isRunning() {
        return isAlive(children[index]);
      },
    }));
  }

  /** Starts all nodes; resolves when every partition has a leader and all its replicas. */
  static async start(options: ClusterOptions): Promise<TestCluster> {
    const cluster = new TestCluster(options);
    try {
      for (const { index } of cluster.nodes) cluster.startNode(index);
      await cluster.waitUntilSettled();
      return cluster;
    } catch (error) {
      await cluster.dispose();
      throw error;
    }
  }

  startNode(index: number): void {
    const node = this.#node(index);
    mkdirSync(this.folder, { recursive: true });
    const log = openSync(node.logFile, "a");
    const [command = "", ...parameters] = this.network.wrap(index, this.#command());
    const child = spawn(command, parameters, {
      cwd: this.folder,
      env: { ...outerEnvironment(), ...this.#settings(node) },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    const onExit = (): void => void child.kill("SIGKILL");
    process.on("exit", onExit);
    child.once("exit", () => process.off("exit", onExit));
    child.on("error", () => {}); // Shows as a node that never gets ready.
    this.#children[index] = child;
  }

  signal(index: number, signal: NodeJS.Signals): void {
    this.#children[index]?.kill(signal);
  }

  /** Resolves with the exit code once the process is gone; `undefined` if a signal ended it. */
  async exited(index: number): Promise<number | undefined> {
    const child = this.#children[index];
    if (child === undefined) return undefined;
    if (isAlive(child)) {
      const gone = once(child, "exit");
      const timer = setTimeout(() => child.kill("SIGKILL"), EXIT_TIMEOUT_MS);
      await gone;
      clearTimeout(timer);
    }
    return child.exitCode ?? undefined;
  }

  /** Which node leads each partition, by partition; asks running nodes. */
  leaders(): Promise<ReadonlyMap<number, number>> {
    return findLeaders(this);
  }

  /**
   * Resolves when all nodes are up and every partition has a leader and all its replicas.
   *
   * @throws Error with the end of the logs after a minute and a half
   */
  async waitUntilSettled(): Promise<void> {
    const giveUpAtMs = Date.now() + READY_TIMEOUT_MS;
    let reason: string | undefined = "not asked yet";
    while (Date.now() < giveUpAtMs) {
      reason = await isSettled(this).catch(String);
      if (reason === undefined) return;
      if (this.nodes.some(({ isRunning }) => !isRunning)) break;
      await sleep(POLL_MS);
    }
    const logs = this.nodes.map((node) => `${node.name}: ${this.logTail(node.index)}`);
    throw new Error(`${this.target} did not settle: ${reason}\n${logs.join("\n")}`);
  }

  /** Spreads leaders evenly over the nodes. */
  spreadLeaders(): Promise<void> {
    return spreadLeaders(this);
  }

  /** Makes a deployment known. */
  async register(uri: string): Promise<void> {
    const answer = await fetch(`http://${this.#node(0).addresses.admin}/deployments`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ uri, force: true }),
    });
    if (!answer.ok) throw new Error(`${this.target} refused: ${await answer.text()}`);
  }

  /** What the node logged last. */
  logTail(index: number): string {
    const { logFile } = this.#node(index);
    return existsSync(logFile) ? readFileSync(logFile, "utf8").slice(-LOG_TAIL_CHARACTERS) : "";
  }

  /** Kills all processes; keeps the logs if asked to. */
  async dispose({ keepsFolder = false } = {}): Promise<void> {
    for (const { index } of this.nodes) this.signal(index, "SIGKILL");
    for (const { index } of this.nodes) await this.exited(index);
    if (this.#bundleFolder !== undefined) rmSync(this.#bundleFolder, { recursive: true });
    if (!keepsFolder) rmSync(this.folder, { recursive: true, force: true });
  }

  #node(index: number): NodeProcess {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`There is no node ${index}`);
    return node;
  }

  #command(): readonly string[] {
    if (this.#bundleFolder === undefined) return [oracleBinary()];
    const flags = ["--max-semi-space-size=16"];
    return [process.execPath, ...flags, join(this.#bundleFolder, "stet.mjs"), "server"];
  }

  /** Both servers read the same names. What is not here is the default of each. */
  #settings({ name, index, addresses }: NodeProcess): Record<string, string> {
    const peers = this.nodes.map((node) => `http://${node.addresses.node}`);
    const common = {
      RESTATE_BASE_DIR: join(this.folder, "data"),
      RESTATE_NODE_NAME: name,
      RESTATE_CLUSTER_NAME: "failover",
      RESTATE_LISTEN_MODE: "tcp",
      RESTATE_BIND_ADDRESS: addresses.node,
      RESTATE_ADVERTISED_ADDRESS: `http://${addresses.node}`,
      RESTATE_INGRESS__BIND_ADDRESS: addresses.ingress,
      RESTATE_ADMIN__BIND_ADDRESS: addresses.admin,
      RESTATE_DEFAULT_REPLICATION: "2",
      RESTATE_DEFAULT_NUM_PARTITIONS: String(this.partitionCount),
      RESTATE_AUTO_PROVISION: String(index === 0),
      RESTATE_METADATA_CLIENT__ADDRESSES: JSON.stringify(peers),
      RESTATE_LOG_FORMAT: "json",
    };
    if (this.target === "stet") {
      return { ...common, MALLOC_ARENA_MAX: "2", UV_THREADPOOL_SIZE: "8" };
    }
    return {
      ...common,
      RESTATE_DISABLE_TELEMETRY: "true",
      // Its default, said aloud: the log is synced before an append counts.
      RESTATE_LOG_SERVER__ROCKSDB_DISABLE_WAL_FSYNC: "false",
      RESTATE_LOG_FILTER: "warn,restate_worker::partition::leadership=info",
    };
  }
}

/** Why a target cannot be run; `undefined` when it can. */
export function findMissing(target: Target): string | undefined {
  const file = target === "stet" ? join(BUILD_FOLDER, "stet.mjs") : oracleBinary();
  if (existsSync(file)) return undefined;
  const hint =
    target === "stet" ? "run `make build`" : "run `make failover-bench`, or set ORACLE_MODULES";
  return `${target}: ${file} is missing; ${hint}`;
}

function oracleBinary(): string {
  const fallback = join(REPOSITORY, "test", "conformance", "node_modules");
  const modules = process.env["ORACLE_MODULES"] ?? fallback;
  const binaries = `restate-server-${process.platform}-${process.arch}`;
  return join(modules, "@restatedev", binaries, "bin", "restate-server");
}

/** A copy of the built server: a build meanwhile must not change it between two starts. */
function copyBundle(): string {
  const copy = mkdtempSync(join(BUILD_FOLDER, "failover-"));
  for (const file of readdirSync(BUILD_FOLDER)) {
    if (file.endsWith(".mjs")) copyFileSync(join(BUILD_FOLDER, file), join(copy, file));
  }
  return copy;
}

/** The environment of this process without what would configure a server. */
function outerEnvironment(): NodeJS.ProcessEnv {
  const isSetting = (name: string): boolean => /^(?:STET|RESTATE)_/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetting(name)));
}

function isAlive(child: ChildProcess | undefined): boolean {
  return child !== undefined && child.exitCode === null && child.signalCode === null;
}
