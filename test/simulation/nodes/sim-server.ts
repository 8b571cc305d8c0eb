import type { Logger } from "#base/logger";
import { type Cluster, type ClusterOptions, startCluster } from "#cluster";
import { createInvoker, type NodeInvoker } from "#invoker";
import { type DigestReport, PartitionHost } from "#partition";
import type { SchemaView } from "#schema";
import { SimDisk } from "../sim-disk.ts";
import type { SimNetwork } from "../sim-network.ts";
import type { SimProcess, SimWorld } from "../sim-world.ts";
import type { SimDeployment } from "./sim-deployment.ts";
import { SimEngine, SimStorage } from "./sim-engine.ts";
import { SimFiles } from "./sim-files.ts";
import { addressOf, SimNodeTransport, type Switchboard } from "./sim-node-transport.ts";

/** What all machines of a simulation share. */
export interface ServerEnvironment {
  readonly world: SimWorld;
  readonly network: SimNetwork;
  readonly switchboard: Switchboard;
  readonly deployment: SimDeployment;
  readonly schema: SchemaView;
  readonly logger: Logger;
  /** Addresses of the machines that others ask for a cluster. */
  readonly seeds: readonly string[];
  readonly settings: ServerSettings;
  /** A process ended by itself, or refused to start. */
  onEnded(server: SimServer, error: Error): void;
  onDigestReport(server: SimServer, report: DigestReport): void;
}

/** Settings that vary from seed to seed. */
export interface ServerSettings {
  readonly partitionCount: number;
  readonly nodeCopies: number;
  readonly segmentBytes: number;
  readonly compactionBytes: number;
  readonly digestIntervalMs: number;
  readonly groupLimits: NonNullable<ClusterOptions["groupLimits"]>;
  readonly timing: NonNullable<ClusterOptions["timing"]>;
  readonly concurrentAttemptsMax: number;
}

/** One run of a machine's process. */
export interface ServerRun {
  readonly process: SimProcess;
  readonly invoker: NodeInvoker;
  cluster: Cluster | undefined;
  host: PartitionHost | undefined;
  engine: SimEngine | undefined;
  /** True once requests are taken. */
  isReady: boolean;
  /** Requests that break off with the process. */
  readonly waiting: Set<(error: Error) => void>;
}

/** A machine with its disks, on which the process of a node runs or does not. */
export class SimServer {
  readonly machine: number;
  readonly environment: ServerEnvironment;
  readonly log: SimDisk;
  readonly snapshots: SimDisk;
  readonly storage: SimStorage;
  readonly files: SimFiles;
  run: ServerRun | undefined;
  /** Milliseconds by which the wall clock is ahead. */
  clockSkewMs = 0;
  /** Its node was removed, or its disk is refused. */
  isRetired = false;
  #runs = 0;

  constructor(environment: ServerEnvironment, machine: number) {
    const { world } = environment;
    this.environment = environment;
    this.machine = machine;
    this.log = new SimDisk(world);
    this.snapshots = new SimDisk(world);
    this.storage = new SimStorage(world.random.fork());
    this.files = new SimFiles(`/machine-${machine}`);
  }

  get name(): string {
    return `n${this.machine}`;
  }

  get nodeId(): number {
    return this.environment.switchboard.get(this.machine)?.identity.nodeId ?? 0;
  }

  get host(): PartitionHost | undefined {
    return this.run?.isReady === true ? this.run.host : undefined;
  }

  /** Starts a process; what comes of it is seen in `run`, or heard by `onEnded`. */
  start(): void {
    if (this.run !== undefined) throw new Error(`${this.name} runs`);
    const { world } = this.environment;
    const process = world.process();
    process.wallSkewMs = this.clockSkewMs;
    const run: ServerRun = {
      process,
      invoker: this.#createInvoker(process),
      cluster: undefined,
      host: undefined,
      engine: undefined,
      isReady: false,
      waiting: new Set(),
    };
    this.run = run;
    this.#runs++;
    this.#start(run).catch((error: unknown) => this.#end(run, error as Error));
  }

  /** Ends the process in the middle of whatever it does. */
  crash(): void {
    const { run } = this;
    if (run === undefined) return;
    run.process.kill();
    this.log.crash();
    this.snapshots.crash();
    void this.storage.crash();
    this.#clear(run);
  }

  /** Stops the process as an operator does; it has ended when this resolves. */
  async stop(): Promise<void> {
    const { run } = this;
    if (run?.cluster === undefined || !run.isReady) return this.crash();
    run.isReady = false;
    await run.cluster.drainLeadership(5_000);
    if (this.run !== run) return;
    await run.host?.close();
    await run.cluster.close();
    if (this.run !== run) return;
    run.invoker.close();
    run.process.kill();
    this.#clear(run);
  }

  freeze(): void {
    this.run?.process.freeze();
    this.environment.network.recheck();
  }

  thaw(): void {
    this.run?.process.thaw();
    this.environment.network.recheck();
  }

  setClock(skewMs: number): void {
    this.clockSkewMs = skewMs;
    if (this.run !== undefined) this.run.process.wallSkewMs = skewMs;
  }

  /** Loses all disks of a machine that does not run. */
  wipe(): void {
    this.log.wipe();
    this.snapshots.wipe();
    this.storage.wipe();
    this.files.wipe();
    this.isRetired = false;
  }

  #clear(run: ServerRun): void {
    const { network, deployment } = this.environment;
    this.run = undefined;
    network.detach(this.machine);
    this.files.crash();
    deployment.processEnded(run.process);
    for (const reject of run.waiting) reject(new Error("The connection is lost"));
    run.waiting.clear();
  }

  #end(run: ServerRun, error: Error): void {
    if (this.run !== run) return;
    this.crash();
    this.environment.onEnded(this, error);
  }

  async #start(run: ServerRun): Promise<void> {
    const { settings, seeds } = this.environment;
    const { process } = run;
    const cluster = await startCluster({
      ...this.#platform(run),
      dataDirectory: this.files.path,
      nodeName: this.name,
      clusterName: "simulated",
      advertisedAddress: addressOf(this.machine),
      seedAddresses: seeds,
      // Only once: whoever lost everything must not create another cluster.
      autoProvision: this.machine === 1 && this.#runs === 1,
      partitionCount: settings.partitionCount,
      defaultReplication: { nodeCopies: settings.nodeCopies, zoneCopies: 1 },
      clock: process.clock,
      scheduler: process.scheduler,
      log: { segmentBytes: settings.segmentBytes },
      groupLimits: settings.groupLimits,
      timing: settings.timing,
      createStateMachine: async (partitionId, log, started) => {
        run.host ??= this.#createHost(run, started);
        return run.host.createStateMachine(partitionId, log, { replicaId: log.replicaId });
      },
      dropStateMachine: async (partitionId) => run.host?.removeStateMachine(partitionId),
      onFatal: (error) => this.#end(run, error),
    });
    run.cluster = cluster;
    run.host ??= this.#createHost(run, cluster);
    await run.host.whenReady();
    run.host.start();
    run.isReady = true;
  }

  #platform(run: ServerRun) {
    const { world, network, switchboard, logger } = this.environment;
    const { process } = run;
    return {
      engine: async () => {
        run.engine = await SimEngine.open(this.storage, process, world.random.fork());
        return run.engine;
      },
      random: world.random.fork(),
      logger,
      platform: {
        files: this.files.open(),
        logDisk: this.log.mount(process),
        snapshotDisk: this.snapshots.mount(process),
        defer: (next: () => void) => process.defer(next),
      },
      createTransport: async (options: ConstructorParameters<typeof SimNodeTransport>[1]) => {
        const { machine } = this;
        const place = { world, network, process, machine, run: this.#runs, switchboard };
        return new SimNodeTransport(place, options);
      },
    };
  }

  #createInvoker(process: SimProcess): NodeInvoker {
    const { schema, deployment, world, logger, settings } = this.environment;
    const transport = deployment.transport(process);
    return createInvoker({
      schema: () => schema,
      transports: () => transport,
      clock: process.clock,
      scheduler: process.scheduler,
      random: world.random.fork(),
      logger,
      clusterName: "simulated",
      limits: { concurrentAttemptsMax: settings.concurrentAttemptsMax },
      countsAppliedReports: true,
    });
  }

  #createHost(
    run: ServerRun,
    started: Pick<Cluster, "engine" | "table" | "membership" | "calls">,
  ): PartitionHost {
    const { world, logger, schema, settings, onDigestReport } = this.environment;
    const { process } = run;
    return new PartitionHost({
      engine: started.engine,
      table: started.table,
      clock: process.clock,
      scheduler: process.scheduler,
      random: world.random.fork(),
      logger,
      invoker: run.invoker,
      cleanupIntervalMs: 10_000,
      compactionBytes: settings.compactionBytes,
      digestIntervalMs: settings.digestIntervalMs,
      peers: {
        nodeId: started.membership.self.nodeId,
        calls: started.calls,
        nodesOf: (partitionId) =>
          started.table.find(partitionId)?.replicas.map(({ nodeId }) => nodeId) ?? [],
      },
      rebuildReplica: async (partitionId) => run.cluster?.rebuildReplica(partitionId),
      onDigestReport: (report) => onDigestReport(this, report),
      schema: () => schema,
      onFatal: (error) => this.#end(run, error),
    });
  }
}
