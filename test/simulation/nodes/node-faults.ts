import type { SimNetwork } from "../sim-network.ts";
import type { SimRandom } from "../sim-random.ts";
import type { SimDeployment } from "./sim-deployment.ts";
import type { SimLedger } from "./sim-ledger.ts";
import type { SimServer } from "./sim-server.ts";

/** What faults act on. */
export interface FaultTargets {
  readonly random: SimRandom;
  readonly network: SimNetwork;
  readonly deployment: SimDeployment;
  readonly ledger: SimLedger;
  servers(): readonly SimServer[];
  /** Starts another machine, if there is room for one. */
  addMachine(): void;
  /** Calls a service of operators on any node; failures are ignored. */
  operate(service: string, request: unknown): void;
}

/** Kinds of faults; each run has some of them. */
const KINDS = [
  "crash",
  "stop",
  "crash-all",
  "freeze",
  "partition",
  "one-way",
  "loss",
  "delay",
  "slow-disk",
  "full-disk",
  "failed-write",
  "clock",
  "handlers",
  "deployment-down",
  "transfer",
  "add-machine",
  "drain",
  "remove",
  "wipe",
  "flip-bit",
] as const;

export type FaultKind = (typeof KINDS)[number];

const CLOCK_SKEW_MS = 5_000;
const DISK_LATENCIES = [
  [0.05, 0.3],
  [1, 20],
  [50, 400],
] as const;
const DELAYS = [
  [0.1, 1],
  [0.1, 50],
  [5, 300],
] as const;

/** Injects faults at random moments; all of them can be taken back. */
export class NodeFaults {
  readonly kinds: readonly FaultKind[];
  /** Faults so far, by kind. */
  readonly counts = new Map<FaultKind, number>();
  /** Machines whose disk fails, whose process therefore may end. */
  readonly failing = new Set<SimServer>();
  /** Machines in whose log a bit has flipped. */
  readonly damaged = new Set<SimServer>();
  readonly drained = new Set<number>();
  readonly #targets: FaultTargets;
  /** One machine may lose what it has written, once per run. */
  #hasLost = false;
  #removing: number | undefined;

  constructor(targets: FaultTargets) {
    this.#targets = targets;
    this.kinds = KINDS.filter(() => targets.random.oneIn(2));
  }

  /** Lets something happen, or starts what is down. */
  act(): void {
    const { random, servers } = this.#targets;
    const down = servers().filter(({ run, isRetired }) => run === undefined && !isRetired);
    if (down.length > 0 && random.oneIn(3)) {
      random.pick(down).start();
      return;
    }
    const frozen = servers().filter(({ run }) => run?.process.isFrozen === true);
    if (frozen.length > 0 && random.oneIn(3)) {
      random.pick(frozen).thaw();
      return;
    }
    if (random.oneIn(5)) {
      this.#targets.network.heal();
      return;
    }
    if (this.kinds.length > 0) this.#inject(random.pick(this.kinds));
  }

  /** Takes everything back. */
  heal(): void {
    const { network, deployment, servers } = this.#targets;
    Object.assign(network.faults, { lossOneIn: 0, duplicateOneIn: 0, delayMs: DELAYS[0] });
    Object.assign(deployment.faults, { failOneIn: 0, cutOneIn: 0, thinkMsMax: 5, isDown: false });
    for (const server of servers()) {
      for (const disk of [server.log, server.snapshots]) {
        Object.assign(disk.faults, {
          isFull: false,
          latencyMs: DISK_LATENCIES[0],
          failNext: undefined,
        });
      }
      server.setClock(0);
      if (server.run?.process.isFrozen === true) server.thaw();
    }
    network.heal();
    for (const nodeId of this.drained) {
      this.#targets.operate("nodes.setWorkerState", { nodeId, workerState: "active" });
    }
  }

  #inject(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    const { random, network, deployment, servers, ledger } = this.#targets;
    const running = servers().filter(({ run }) => run !== undefined);
    if (running.length === 0) return;
    const server = random.pick(running);
    ledger.onLine?.(`fault ${kind} ${server.name}`);
    switch (kind) {
      case "crash":
        server.crash();
        return;
      case "stop":
        void server.stop();
        return;
      case "crash-all":
        if (random.oneIn(3)) for (const other of running) other.crash();
        return;
      case "freeze":
        server.freeze();
        return;
      case "partition":
        this.#partition();
        return;
      case "one-way":
        network.cut(random.pick(servers()).machine, random.pick(servers()).machine);
        return;
      case "loss":
        network.faults.lossOneIn = random.pick([0, 4, 20]);
        network.faults.duplicateOneIn = random.pick([0, 4, 20]);
        return;
      case "delay":
        network.faults.delayMs = random.pick(DELAYS);
        return;
      case "handlers":
        deployment.faults.failOneIn = random.pick([0, 10, 50]);
        deployment.faults.cutOneIn = random.pick([0, 10, 50]);
        deployment.faults.thinkMsMax = random.pick([0, 5, 200]);
        return;
      case "deployment-down":
        deployment.faults.isDown = !deployment.faults.isDown;
        return;
      case "slow-disk":
      case "full-disk":
      case "failed-write":
        this.#disturbDisk(kind, server);
        return;
      case "clock":
        this.#setClock(server);
        return;
      default:
        this.#administer(kind, server);
        return;
    }
  }

  #administer(kind: FaultKind, server: SimServer): void {
    switch (kind) {
      case "transfer":
        this.#transfer(server);
        return;
      case "add-machine":
        this.#targets.addMachine();
        return;
      case "drain":
        this.#drain(server);
        return;
      case "remove":
        this.#remove(server);
        return;
      case "wipe":
      case "flip-bit":
        this.#lose(kind, server);
        return;
    }
  }

  #partition(): void {
    const { random, network, servers } = this.#targets;
    const machines = servers().map(({ machine }) => machine);
    const left = machines.filter(() => random.oneIn(2));
    network.partition(
      left,
      machines.filter((machine) => !left.includes(machine)),
    );
  }

  #disturbDisk(kind: FaultKind, server: SimServer): void {
    const { random } = this.#targets;
    const disk = random.oneIn(4) ? server.snapshots : server.log;
    if (kind === "slow-disk") disk.faults.latencyMs = random.pick(DISK_LATENCIES);
    else if (kind === "full-disk") disk.faults.isFull = !disk.faults.isFull;
    else if (random.oneIn(3)) {
      this.failing.add(server);
      disk.faults.failNext = "EIO";
    }
  }

  #setClock(server: SimServer): void {
    const { random, ledger } = this.#targets;
    const skewMs = random.between(-CLOCK_SKEW_MS, CLOCK_SKEW_MS);
    ledger.clockAheadMs = Math.max(ledger.clockAheadMs, 2 * CLOCK_SKEW_MS);
    server.setClock(skewMs);
  }

  #transfer(server: SimServer): void {
    const { random, servers } = this.#targets;
    const logs = server.run?.cluster?.partitions() ?? [];
    if (logs.length > 0) random.pick(logs).transferLeadership(random.pick(servers()).nodeId);
  }

  #drain(server: SimServer): void {
    const { random, servers, operate } = this.#targets;
    const { nodeId } = server;
    if (nodeId === 0) return;
    if (this.drained.has(nodeId) && nodeId !== this.#removing) {
      operate("nodes.setWorkerState", { nodeId, workerState: "active" });
      this.drained.delete(nodeId);
    } else if (servers().length - this.drained.size > 3 && random.oneIn(2)) {
      operate("nodes.setWorkerState", { nodeId, workerState: "draining" });
      this.drained.add(nodeId);
    }
  }

  /** Drains a node, and removes it when it is empty. */
  #remove(server: SimServer): void {
    const { servers, operate } = this.#targets;
    if (this.#removing === undefined) {
      if (servers().length - this.drained.size <= 3 || server.nodeId === 0) return;
      this.#removing = server.nodeId;
      this.drained.add(server.nodeId);
      operate("nodes.setWorkerState", { nodeId: server.nodeId, workerState: "draining" });
      return;
    }
    operate("nodes.remove", { nodeId: this.#removing });
  }

  /** Whether every group can do without a machine: all of three or more voters hold everything. */
  #isSpare(server: SimServer): boolean {
    const groups = server.run?.cluster?.groups() ?? [];
    if (this.#hasLost || groups.length === 0 || server.host === undefined) return false;
    const all = this.#targets.servers().filter(({ isRetired }) => !isRetired);
    if (!all.every(({ host }) => host !== undefined)) return false;
    const led = all.flatMap(({ run }) => run?.cluster?.groups() ?? []);
    return groups.every(({ group }) => {
      const leaders = led.filter((status) => status.group === group && status.role === "leader");
      const [leader] = leaders;
      if (leader === undefined || leaders.length > 1) return false;
      const { voters, votersOutgoing } = leader.confState;
      if (voters.length < 3 || votersOutgoing.length > 0) return false;
      return leader.progress.every(({ match }) => match === leader.lastIndex);
    });
  }

  /** Loses a whole machine, which comes back empty; or one bit of its log. */
  #lose(kind: "wipe" | "flip-bit", server: SimServer): void {
    if (!this.#isSpare(server)) return;
    this.#hasLost = true;
    server.crash();
    if (kind === "wipe") server.wipe();
    else if (server.log.flipBit()) this.damaged.add(server);
  }
}
