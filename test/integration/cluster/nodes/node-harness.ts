// Several nodes of one cluster in this process: real logs on disk, an engine in memory that lives
// on over restarts, and either a network within the process or gRPC over loopback.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  type Cluster,
  type ClusterOptions,
  startCluster,
  systemClock,
  systemRandom,
  systemScheduler,
} from "#cluster";
import { MemoryEngine } from "#engine";
import type { NodeTransport } from "#transport";
import { silentLogger } from "../log-store/log-harness.ts";
import { CountingMachine } from "./counting-machine.ts";
import { InProcessNetwork } from "./in-process-network.ts";

/** One node, which may be stopped and started again. */
export class TestNode {
  readonly name: string;
  readonly address: string;
  readonly harness: NodeHarness;
  readonly machines = new Map<number, CountingMachine>();
  readonly dropped: number[] = [];
  readonly failures: Error[] = [];
  cluster: Cluster | undefined;
  transport: NodeTransport | undefined;
  engine = new MemoryEngine();
  /** Makes the creation of a state machine fail whenever it says so. */
  failNext: (() => boolean) | undefined;
  #server: Server | undefined;
  #sockets = new Set<Socket>();

  constructor(harness: NodeHarness, name: string, address: string) {
    this.harness = harness;
    this.name = name;
    this.address = address;
  }

  get directory(): string {
    return join(this.harness.directory, this.name);
  }

  get running(): Cluster {
    if (this.cluster === undefined) throw new Error(`${this.name} does not run`);
    return this.cluster;
  }

  get nodeId(): number {
    return this.running.membership.self.nodeId;
  }

  async start(options: Partial<ClusterOptions> = {}): Promise<Cluster> {
    const { harness } = this;
    this.machines.clear();
    try {
      this.cluster = await startCluster({
        dataDirectory: this.directory,
        nodeName: this.name,
        clusterName: "test",
        advertisedAddress: this.address,
        seedAddresses: harness.seeds,
        autoProvision: false,
        partitionCount: 4,
        engine: this.engine,
        clock: systemClock,
        scheduler: systemScheduler,
        random: systemRandom,
        logger: harness.logger,
        log: { segmentBytes: 64 * 1024 },
        ...(harness.network === undefined ? {} : { createTransport: harness.network.create }),
        onTransport: (transport) => {
          this.transport = transport;
          if (harness.network === undefined) this.#listen(transport);
        },
        createStateMachine: async (partitionId, log) => {
          if (this.failNext?.() === true) throw new Error("No state machine this time");
          const machine = await CountingMachine.load(this.engine, log);
          this.machines.set(partitionId, machine);
          return machine;
        },
        dropStateMachine: async (partitionId) => {
          this.dropped.push(partitionId);
          await CountingMachine.drop(this.engine, partitionId);
        },
        onFatal: (error) => this.failures.push(error),
        ...options,
        timing: { ...harness.timing, ...options.timing },
      });
      return this.cluster;
    } catch (error) {
      await this.#unlisten();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const { cluster } = this;
    this.cluster = undefined;
    await cluster?.close();
    await this.#unlisten();
  }

  /** Loses the disk. */
  wipe(): void {
    rmSync(this.directory, { recursive: true, force: true });
    this.engine = new MemoryEngine();
  }

  /** Calls one of the operators' services on this node. */
  async ask<T = Record<string, unknown>>(service: string, request: unknown = {}): Promise<T> {
    const transport = this.transport as NodeTransport;
    const { nodeId } = transport.identity;
    const payload = new TextEncoder().encode(JSON.stringify(request));
    const options = { timeoutMs: 10_000 };
    const reply =
      nodeId === 0
        ? await this.harness
            .anyTransport(this)
            .callAddress({ address: this.address, service }, payload, options)
        : await transport.call({ nodeId, service }, payload, options);
    return JSON.parse(new TextDecoder().decode(reply)) as T;
  }

  #listen(transport: NodeTransport): void {
    const port = Number(this.address.split(":")[1]);
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      transport.accept(socket);
    });
    this.#server.listen(port, "127.0.0.1");
  }

  async #unlisten(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }
}

/** All nodes of a test. */
export class NodeHarness {
  readonly directory = mkdtempSync(join(tmpdir(), "stet-nodes-"));
  readonly network: InProcessNetwork | undefined;
  readonly nodes: TestNode[] = [];
  readonly logger = silentLogger;
  seeds: string[] = [];
  timing: ClusterOptions["timing"] = {
    tickMs: 20,
    roundMs: 100,
    leaderBalanceIntervalMs: 300,
    returnCooldownMs: 200,
    provisionWaitMs: 3_000,
    nameTakenMs: 500,
  };
  readonly #firstPort: number | undefined;

  /** @param firstPort ports from here on for gRPC; a network within the process without */
  constructor(firstPort?: number) {
    this.#firstPort = firstPort;
    this.network = firstPort === undefined ? new InProcessNetwork() : undefined;
  }

  /** Adds nodes, all of which are seeds. */
  add(...names: string[]): TestNode[] {
    const added = names.map((name) => {
      const port = this.#firstPort;
      const address = port === undefined ? name : `127.0.0.1:${port + this.nodes.length}`;
      const node = new TestNode(this, name, address);
      this.nodes.push(node);
      return node;
    });
    this.seeds.push(...added.map(({ address }) => address));
    return added;
  }

  /** Starts three nodes as one cluster: the first creates it. */
  async startThree(options: Partial<ClusterOptions> = {}): Promise<[TestNode, TestNode, TestNode]> {
    const nodes = this.add("n1", "n2", "n3") as [TestNode, TestNode, TestNode];
    const defaultReplication = { nodeCopies: 2, zoneCopies: 1 };
    await Promise.all(
      nodes.map((node, i) =>
        node.start({ defaultReplication, autoProvision: i === 0, ...options }),
      ),
    );
    // Until then the first node is the only one that may not be lost.
    await until(() => this.metadataVoters() === 3, "three voters on metadata");
    await this.settled(3);
    return nodes;
  }

  anyTransport(except: TestNode): NodeTransport {
    const other = this.nodes.find((node) => node !== except && node.transport !== undefined);
    return (other ?? except).transport as NodeTransport;
  }

  /** Voters of the metadata group, as its leader has them; undefined without a leader. */
  metadataVoters(): number | undefined {
    const reports = this.running().map((node) => node.running.replicaStatus()[0]);
    return reports.find((report) => report?.role === "leader")?.voters.length;
  }

  running(): TestNode[] {
    return this.nodes.filter(({ cluster }) => cluster !== undefined);
  }

  /** Node that leads a partition and has told its state machine so. */
  leaderOf(partitionId: number): TestNode | undefined {
    return this.running().find((node) => {
      const machine = node.machines.get(partitionId);
      return machine?.leadership.isLeader === true && machine.log.isLeader;
    });
  }

  /** Voters' node ids per partition, as leaders have them; undefined without a leader. */
  membersOf(partitionId: number): number[] | undefined {
    const leader = this.leaderOf(partitionId);
    const report = leader?.running
      .replicaStatus()
      .find((replica) => replica.partitionId === partitionId);
    if (report === undefined || report.votersOutgoing.length > 0) return undefined;
    if (report.learners.length > 0) return undefined;
    return report.members.map(({ nodeId }) => nodeId ?? 0).sort();
  }

  /** Resolves when every partition has so many voters, as the table says, and a leader. */
  async settled(voterCount: number): Promise<void> {
    await until(() => {
      const table = this.running()[0]?.running.table;
      return table?.partitions.every(({ partitionId, replicas }) => {
        const members = this.membersOf(partitionId);
        const wanted = replicas.map(({ nodeId }) => nodeId).sort();
        return members?.length === voterCount && members.join() === wanted.join();
      });
    });
  }

  /** Proposes at the leader, again when leadership was lost, until the record is applied there. */
  async write(partitionId: number, record: string): Promise<void> {
    for (;;) {
      await until(() => this.leaderOf(partitionId));
      const machine = this.leaderOf(partitionId)?.machines.get(partitionId);
      if (machine === undefined || machine.propose(record) !== "accepted") continue;
      await until(() => machine.records.includes(record) || !machine.leadership.isLeader);
      if (machine.records.includes(record)) return;
    }
  }

  /** Resolves when every replica of a partition has these records. */
  async replicated(partitionId: number, records: readonly string[]): Promise<void> {
    await until(() => {
      const members = this.membersOf(partitionId);
      return members?.every((nodeId) => {
        const node = this.running().find((candidate) => candidate.nodeId === nodeId);
        return node?.machines.get(partitionId)?.records.join() === records.join();
      });
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.running().map((node) => node.stop()));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const LOOK_MS = 10;
const GIVE_UP_MS = 25_000;

/** Resolves when something holds; there is no event for everything that nodes do on their own. */
export async function until(isMet: () => unknown, what = "it"): Promise<void> {
  const startMs = Date.now();
  while (!isMet()) {
    if (Date.now() - startMs > GIVE_UP_MS) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
