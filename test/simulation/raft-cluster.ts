import type { Logger } from "#base/logger";
import { type ConfState, EMPTY_CONF_STATE } from "#raft";
import { MultiRaft } from "../../cluster/multiraft/multi-raft.ts";
import type { Replica } from "../../cluster/multiraft/replica.ts";
import type { ReplicaLimits } from "../../cluster/multiraft/replica-host.ts";
import { RaftModel } from "./raft-model.ts";
import { SimDisk } from "./sim-disk.ts";
import { SimMachine, SimStore } from "./sim-machine.ts";
import { SimNetwork } from "./sim-network.ts";
import { SimTransport } from "./sim-transport.ts";
import type { SimProcess, SimWorld } from "./sim-world.ts";

/** Varies a simulated cluster. */
export interface RaftClusterOptions {
  readonly nodeIds: readonly number[];
  readonly limits?: Partial<ReplicaLimits>;
  readonly segmentBytes?: number;
  readonly restoreChunkMs?: number;
  readonly applyMsMax?: number;
  readonly logger?: Logger;
}

/** One run of a node. */
export interface SimNode {
  readonly nodeId: number;
  readonly process: SimProcess;
  readonly transport: SimTransport;
  readonly multiRaft: MultiRaft;
  readonly machines: Map<number, SimMachine>;
}

/** What of a node outlives its process. */
interface NodeDisks {
  readonly log: SimDisk;
  readonly snapshots: SimDisk;
  readonly stores: Map<string, SimStore>;
  generation: number;
}

const SEGMENT_BYTES = 16 * 1024;
/** Small, so that short runs cut their logs. */
const TAIL_BYTES = 1024;

export const silentLogger: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silentLogger,
};

/**
 * Nodes that run groups over simulated disks and a simulated network.
 *
 * Who holds a replica is known to all at once; membership is changed by proposing to the leader.
 */
export class RaftCluster {
  readonly world: SimWorld;
  readonly network: SimNetwork;
  readonly model = new RaftModel();
  readonly nodes = new Map<number, SimNode>();
  /** Errors that nodes reported as fatal, or that stopped a start. */
  readonly failures: Error[] = [];
  readonly #options: RaftClusterOptions;
  readonly #disks = new Map<number, NodeDisks>();
  /** Node of each replica, by group. */
  readonly #directory = new Map<number, Map<number, number>>();
  /** First members of each group. */
  readonly #bootstraps = new Map<number, ConfState>();

  constructor(world: SimWorld, options: RaftClusterOptions) {
    this.world = world;
    this.network = new SimNetwork(world);
    this.#options = options;
  }

  /** Declares a group whose first voters are on the given nodes; replica ids are node ids. */
  declareGroup(group: number, nodeIds: readonly number[]): void {
    this.#bootstraps.set(group, { ...EMPTY_CONF_STATE, voters: [...nodeIds] });
    this.#directory.set(group, new Map(nodeIds.map((nodeId) => [nodeId, nodeId])));
  }

  /** Starts all nodes, and the replicas that are declared on them. */
  async startAll(): Promise<void> {
    for (const nodeId of this.#options.nodeIds) await this.start(nodeId);
  }

  /** Starts a node with what its disks hold; `undefined` when its log is refused. */
  async start(nodeId: number): Promise<SimNode | undefined> {
    const disks = this.disksOf(nodeId);
    disks.generation++;
    const process = this.world.process();
    const { generation } = disks;
    const transport = new SimTransport(this.network, process, { nodeId, generation });
    try {
      const opening = this.#open(nodeId, process, transport);
      const multiRaft = await this.world.settle(opening);
      const node = { nodeId, process, transport, multiRaft, machines: new Map() };
      this.nodes.set(nodeId, node);
      for (const [group, replicas] of this.#directory) {
        for (const [replicaId, holder] of replicas) {
          if (holder !== nodeId) continue;
          const isDestroyed = multiRaft.store.destroyedReplica(group) >= replicaId;
          if (isDestroyed) this.#forget(group, replicaId, nodeId);
          else this.#addReplica(node, group, replicaId);
        }
      }
      return node;
    } catch (error) {
      process.kill();
      this.network.detach(nodeId);
      this.failures.push(error as Error);
      return undefined;
    }
  }

  /** Ends a node in the middle of whatever it does; writes under way are torn. */
  crash(nodeId: number): void {
    const node = this.nodes.get(nodeId);
    if (node === undefined) return;
    node.process.kill();
    this.nodes.delete(nodeId);
    this.network.detach(nodeId);
    const { log, snapshots } = this.disksOf(nodeId);
    log.crash();
    snapshots.crash();
  }

  freeze(nodeId: number): void {
    this.nodes.get(nodeId)?.process.freeze();
    this.network.recheck();
  }

  thaw(nodeId: number): void {
    this.nodes.get(nodeId)?.process.thaw();
    this.network.recheck();
  }

  /** Creates a replica that is no member yet. */
  joinReplica(group: number, replicaId: number, nodeId: number): Replica {
    this.#directory.get(group)?.set(replicaId, nodeId);
    return this.#addReplica(this.node(nodeId), group, replicaId);
  }

  /** Destroys the replica of a group on a node, with its state; never resolves if that crashes. */
  async destroyReplica(group: number, nodeId: number): Promise<void> {
    const replica = this.replica(group, nodeId);
    await replica.destroy();
    this.#forget(group, replica.replicaId, nodeId);
  }

  #forget(group: number, replicaId: number, nodeId: number): void {
    this.nodes.get(nodeId)?.machines.delete(group);
    this.disksOf(nodeId).stores.delete(`${group}/${replicaId}`);
    this.#directory.get(group)?.delete(replicaId);
  }

  /** Replicas of a group that are known, by node. */
  holders(group: number): ReadonlyMap<number, number> {
    return this.#directory.get(group) ?? new Map();
  }

  node(nodeId: number): SimNode {
    const node = this.nodes.get(nodeId);
    if (node === undefined) throw new Error(`Node ${nodeId} does not run`);
    return node;
  }

  replica(group: number, nodeId: number): Replica {
    const replica = this.node(nodeId).multiRaft.replica(group);
    if (replica === undefined) throw new Error(`Node ${nodeId} has no replica of ${group}`);
    return replica;
  }

  machine(group: number, nodeId: number): SimMachine {
    const machine = this.node(nodeId).machines.get(group);
    if (machine === undefined) throw new Error(`Node ${nodeId} has no state of ${group}`);
    return machine;
  }

  disksOf(nodeId: number): NodeDisks {
    const disks = this.#disks.get(nodeId) ?? {
      log: new SimDisk(this.world),
      snapshots: new SimDisk(this.world),
      stores: new Map(),
      generation: 0,
    };
    this.#disks.set(nodeId, disks);
    return disks;
  }

  /** The replica that leads a group in the highest term, if one does. */
  leader(group: number): Replica | undefined {
    let leader: Replica | undefined;
    for (const { multiRaft, process } of this.nodes.values()) {
      const replica = multiRaft.replica(group);
      if (replica?.isLeader !== true || process.isFrozen) continue;
      if (leader === undefined || replica.term > leader.term) leader = replica;
    }
    return leader;
  }

  /** Node that runs a replica. */
  nodeOf(replica: Replica): number {
    return this.#directory.get(replica.group)?.get(replica.replicaId) ?? 0;
  }

  /** Waits for a leader. */
  async elected(group: number, limitMs = 10_000): Promise<Replica> {
    const isLed = (): boolean => this.leader(group) !== undefined;
    await this.world.runUntil(isLed, limitMs, `a leader of group ${group}`);
    return this.leader(group) as Replica;
  }

  /** Proposes at the leader; false when it is not taken. */
  propose(group: number, text: string): boolean {
    return this.leader(group)?.propose(new TextEncoder().encode(text)) === "accepted";
  }

  /** Proposes records and waits until the given nodes, or all, hold them. */
  async proposeAll(
    group: number,
    texts: readonly string[],
    nodeIds: readonly number[] = [...this.nodes.keys()],
  ): Promise<void> {
    const leader = await this.elected(group);
    for (const text of texts) leader.propose(new TextEncoder().encode(text));
    await this.everywhere(group, texts.at(-1) ?? "", nodeIds);
  }

  /** Waits until the given nodes hold a record. */
  async everywhere(
    group: number,
    text: string,
    nodeIds: readonly number[] = [...this.nodes.keys()],
  ): Promise<void> {
    await this.world.runUntil(
      () => nodeIds.every((id) => this.nodes.get(id)?.machines.get(group)?.texts.includes(text)),
      20_000,
      `"${text}" on nodes ${nodeIds.join(", ")}`,
    );
  }

  /** Flushes the state of a group on a node, and lets its log be cut. */
  async compact(group: number, nodeId: number): Promise<void> {
    const index = await this.world.settle(this.machine(group, nodeId).flush());
    this.replica(group, nodeId).compact(index);
  }

  #addReplica(node: SimNode, group: number, replicaId: number): Replica {
    const { nodeId, process, multiRaft } = node;
    const { stores } = this.disksOf(nodeId);
    const key = `${group}/${replicaId}`;
    const store = stores.get(key) ?? new SimStore();
    stores.set(key, store);
    const bootstrap = this.#bootstraps.get(group) ?? EMPTY_CONF_STATE;
    const isFirst = bootstrap.voters.includes(replicaId);
    const replica = multiRaft.addReplica(group, replicaId, isFirst ? bootstrap : EMPTY_CONF_STATE);
    const { restoreChunkMs, applyMsMax } = this.#options;
    const machine = new SimMachine({
      group,
      replicaId,
      store,
      process,
      random: this.world.random.fork(),
      model: this.model,
      ...(restoreChunkMs === undefined ? {} : { restoreChunkMs }),
      ...(applyMsMax === undefined ? {} : { applyMsMax }),
    });
    node.machines.set(group, machine);
    replica.start(machine);
    return replica;
  }

  #open(nodeId: number, process: SimProcess, transport: SimTransport): Promise<MultiRaft> {
    const { log, snapshots } = this.disksOf(nodeId);
    const { limits, segmentBytes, logger } = this.#options;
    return MultiRaft.open({
      logDirectory: `/node-${nodeId}/log`,
      segmentBytes: segmentBytes ?? SEGMENT_BYTES,
      disk: log.mount(process),
      snapshotDisk: snapshots.mount(process),
      clock: process.clock,
      scheduler: process.scheduler,
      defer: (run) => process.defer(run),
      random: this.world.random.fork(),
      logger: logger ?? silentLogger,
      transport,
      snapshotTransport: transport,
      peers: transport,
      replicas: {
        nodeOf: (group, replicaId) => this.#directory.get(group)?.get(replicaId),
        replicaOn: (group, holder) => this.#replicaOn(group, holder),
      },
      limits: { keptTailBytes: TAIL_BYTES, ...limits },
      onFatal: (error) => {
        this.failures.push(error);
      },
    });
  }

  #replicaOn(group: number, nodeId: number): number | undefined {
    for (const [replicaId, holder] of this.#directory.get(group) ?? []) {
      if (holder === nodeId) return replicaId;
    }
    return undefined;
  }
}
