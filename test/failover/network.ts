/**
 * A network of a test cluster: every node has a network namespace of its own and can be cut off.
 *
 * Needs Linux and `unshare`, not root. Where that is missing, nodes share the loopback interface
 * and nothing can be cut.
 */
import type { ChildProcess } from "node:child_process";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/** Where a node listens, as `host:port`. */
export interface NodeAddresses {
  readonly node: string;
  readonly ingress: string;
  readonly admin: string;
}

/** What nodes, clients and deployments of a test cluster reach each other by. */
export interface Network {
  readonly canCut: boolean;
  /** Host on which a deployment listens so that every node, cut off or not, reaches it. */
  readonly deploymentHost: string;
  addresses(node: number): NodeAddresses;
  /** The command that runs `command` as the node. */
  wrap(node: number, command: readonly string[]): readonly string[];
  /** Cuts the node off from the other nodes; clients and deployments still reach it. */
  cut(node: number): void;
  heal(node: number): void;
  close(): void;
}

const ISOLATION_MARK = "STET_TEST_ISOLATED";
const ISOLATION_FLAGS = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
/** Nodes talk over one, clients and deployments over the other. */
const MESH = { bridge: "mesh", prefix: "10.77.1" } as const;
const EDGE = { bridge: "edge", prefix: "10.77.2" } as const;
const OUTSIDE = 254;
const NAMESPACE_TIMEOUT_MS = 5_000;
const POLL_MS = 10;
const EXIT_SIGNAL_BASE = 128;

/**
 * Runs this program again in namespaces of its own, where it may create networks and where no
 * process outlives it.
 *
 * @returns the exit code of that run; `undefined` when this is that run, or there are no namespaces
 */
export function enterNamespaces(): number | undefined {
  if (process.env[ISOLATION_MARK] !== undefined) return undefined;
  const flags = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  const isolate = [...flags, ...ISOLATION_FLAGS];
  const probe = spawnSync("unshare", [...isolate, "ip", "link", "add", "probe", "type", "bridge"]);
  if (probe.status !== 0) return undefined;
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { status, signal } = spawnSync("unshare", [...isolate, ...again], {
    stdio: "inherit",
    env: { ...process.env, [ISOLATION_MARK]: "1" },
  });
  return status ?? EXIT_SIGNAL_BASE + (signal === null ? 0 : 1);
}

/** Creates the best network that this process may create. */
export async function createNetwork(nodeCount: number): Promise<Network> {
  return process.env[ISOLATION_MARK] === undefined
    ? LoopbackNetwork.create(nodeCount)
    : NamespaceNetwork.create(nodeCount);
}

/** A namespace per node, with one interface to the other nodes and one to everything else. */
class NamespaceNetwork implements Network {
  readonly canCut = true;
  readonly deploymentHost = `${EDGE.prefix}.${OUTSIDE}`;
  /** Processes that do nothing and keep the namespaces. */
  readonly #holders: readonly ChildProcess[];

  private constructor(holders: readonly ChildProcess[]) {
    this.#holders = holders;
  }

  static async create(nodeCount: number): Promise<NamespaceNetwork> {
    ip("link set lo up");
    for (const { bridge, prefix } of [MESH, EDGE]) {
      ip(`link add ${bridge} type bridge`);
      ip(`addr add ${prefix}.${OUTSIDE}/24 dev ${bridge}`);
      ip(`link set ${bridge} up`);
    }
    const holders: ChildProcess[] = [];
    for (let node = 0; node < nodeCount; node++) {
      const holder = spawn("unshare", ["--net", "sleep", "infinity"], { stdio: "ignore" });
      holders.push(holder);
      await namespaceOf(holder.pid as number);
      for (const { bridge, prefix } of [MESH, EDGE]) {
        ip(`link add ${bridge}${node} type veth peer name ${bridge} netns ${holder.pid}`);
        ip(`link set ${bridge}${node} master ${bridge} up`);
        ip(`addr add ${prefix}.${node + 1}/24 dev ${bridge}`, holder.pid);
        ip(`link set ${bridge} up`, holder.pid);
      }
      ip("link set lo up", holder.pid);
    }
    return new NamespaceNetwork(holders);
  }

  addresses(node: number): NodeAddresses {
    return {
      node: `${MESH.prefix}.${node + 1}:5122`,
      ingress: `${EDGE.prefix}.${node + 1}:8080`,
      admin: `${EDGE.prefix}.${node + 1}:9070`,
    };
  }

  wrap(node: number, command: readonly string[]): readonly string[] {
    return ["nsenter", "-t", String(this.#holders[node]?.pid), "-n", "--", ...command];
  }

  /** Packets vanish: both ends keep their interfaces, and nobody is told. */
  cut(node: number): void {
    ip(`link set ${MESH.bridge}${node} nomaster`);
  }

  heal(node: number): void {
    ip(`link set ${MESH.bridge}${node} master ${MESH.bridge}`);
  }

  close(): void {
    for (const holder of this.#holders) holder.kill("SIGKILL");
    for (const { bridge } of [MESH, EDGE]) ip(`link del ${bridge}`);
  }
}

/** All nodes on the loopback interface, on ports that were free. */
class LoopbackNetwork implements Network {
  readonly canCut = false;
  readonly deploymentHost = "127.0.0.1";
  readonly #ports: readonly number[];

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
  }

  static async create(nodeCount: number): Promise<LoopbackNetwork> {
    return new LoopbackNetwork(await freePorts(3 * nodeCount));
  }

  addresses(node: number): NodeAddresses {
    const at = (index: number): string => `127.0.0.1:${this.#ports[3 * node + index]}`;
    return { node: at(0), ingress: at(1), admin: at(2) };
  }

  wrap(_node: number, command: readonly string[]): readonly string[] {
    return command;
  }

  cut(): void {
    throw new Error("Nothing can be cut on the loopback interface");
  }

  heal(): void {
    throw new Error("Nothing can be cut on the loopback interface");
  }

  close(): void {}
}

/** Runs `ip`, in the namespaces of a process if one is given. */
function ip(parameters: string, holder?: number): void {
  const words = parameters.split(" ");
  if (holder === undefined) execFileSync("ip", words);
  else execFileSync("nsenter", ["-t", String(holder), "-n", "--", "ip", ...words]);
}

/** Resolves once the process has a network namespace that is not ours. */
async function namespaceOf(pid: number): Promise<void> {
  const ours = readlinkSync("/proc/self/ns/net");
  const giveUpAtMs = Date.now() + NAMESPACE_TIMEOUT_MS;
  while (Date.now() < giveUpAtMs) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/net`) !== ours) return;
    } catch {
      // It has not started yet.
    }
    await sleep(POLL_MS);
  }
  throw new Error("No network namespace for a node");
}

/** Below the ports that outgoing connections take, so that a node finds its own again. */
const PORT_MIN = 20_000;
const PORT_SPREAD = 10_000;

async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  for (
    let port = PORT_MIN + Math.floor(Math.random() * PORT_SPREAD);
    ports.length < count;
    port++
  ) {
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
      ports.push(port);
    } catch {
      // Somebody else's.
    }
    server.close();
  }
  return ports;
}
