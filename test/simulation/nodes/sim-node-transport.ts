import { ClusterError } from "#base/cluster-error";
import type { Message } from "#raft";
import {
  type NodeCallHandler,
  type NodeCallOptions,
  type NodeIdentity,
  type NodeTransport,
  type NodeTransportOptions,
  type PeerChange,
  type PeerStatus,
  type RaftMessageHandler,
  RemoteCallError,
  type SnapshotHandler,
  type SnapshotTarget,
} from "#transport";
import type { SimNetwork } from "../sim-network.ts";
import { SimTransport } from "../sim-transport.ts";
import type { SimProcess, SimWorld } from "../sim-world.ts";

/** The transports of all machines that run, by number of the machine. */
export type Switchboard = Map<number, SimNodeTransport>;

/** Where a transport runs. */
export interface SimNodePlace {
  readonly world: SimWorld;
  readonly network: SimNetwork;
  readonly process: SimProcess;
  readonly machine: number;
  /** Run of the machine, from one. */
  readonly run: number;
  readonly switchboard: Switchboard;
}

/** Address under which a machine is reached. */
export function addressOf(machine: number): string {
  return `machine-${machine}:5122`;
}

/**
 * Transport of a node over the simulated network, which knows machines: the node on a machine may
 * have no id yet, and another one after its disk was lost.
 */
export class SimNodeTransport implements NodeTransport {
  readonly #place: SimNodePlace;
  readonly #options: NodeTransportOptions;
  readonly #inner: SimTransport;
  readonly #listeners = new Set<(change: PeerChange) => void>();
  readonly #removed = new Set<number>();
  /** Nodes that are up, by machine. */
  readonly #up = new Map<number, number>();
  #identity: NodeIdentity;
  #isClosed = false;
  /** Rejects when this is closed. */
  readonly #closed: Promise<never>;
  #close: () => void = () => undefined;

  constructor(place: SimNodePlace, options: NodeTransportOptions) {
    const { network, process, machine, run, switchboard } = place;
    this.#place = place;
    this.#options = options;
    this.#identity = options.identity;
    this.#closed = new Promise((_resolve, reject) => {
      this.#close = () => reject(new ClusterError("CLUSTER_CLOSED", "The node stops"));
    });
    this.#closed.catch(() => undefined);
    switchboard.set(machine, this);
    this.#inner = new SimTransport(network, process, { nodeId: machine, generation: 2 * run });
    this.#inner.onPeerChange((change) => this.#passOn(change));
  }

  get identity(): NodeIdentity {
    return this.#identity;
  }

  /** All peers are connected anew, and so hear of the id. */
  identify(identity: NodeIdentity): void {
    this.#identity = identity;
    const { network, process, machine, run } = this.#place;
    const generation = 2 * run + 1;
    network.attach(machine, { transport: this.#inner, process, generation });
    for (const [other, { identity: peer }] of this.#place.switchboard) {
      if (peer.nodeId === 0 || !this.#inner.isAlive(other)) continue;
      this.#up.set(other, peer.nodeId);
      this.#tell({ nodeId: peer.nodeId, isAlive: true, cause: "connected", generation: 0 });
    }
  }

  accept(): void {
    // Connections are simulated.
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#close();
  }

  send(nodeId: number, group: number, message: Message): void {
    const machine = this.#machineOf(nodeId);
    if (machine !== undefined && !this.#isClosed) this.#inner.send(machine, group, message);
  }

  onMessage(handler: RaftMessageHandler): void {
    this.#inner.onMessage((group, message, from) => {
      const nodeId = this.#admitted(from);
      if (nodeId !== undefined) handler(group, message, nodeId);
    });
  }

  async sendSnapshot(target: SnapshotTarget, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const machine = this.#machineOf(target.nodeId);
    if (machine === undefined || this.#isClosed) throw unreachable(target.nodeId);
    const sent = this.#inner.sendSnapshot({ ...target, nodeId: machine }, chunks);
    sent.catch(() => undefined);
    await Promise.race([sent, this.#closed]);
  }

  onSnapshot(handler: SnapshotHandler): void {
    this.#inner.onSnapshot(async (snapshot) => {
      const fromNode = this.#admitted(snapshot.fromNode);
      if (fromNode === undefined) throw unreachable(0);
      await handler({ ...snapshot, fromNode });
    });
  }

  register(service: string, handler: NodeCallHandler): void {
    this.#inner.register(service, async (payload, from, incoming) => {
      if (this.#isClosed) throw new ClusterError("CLUSTER_CLOSED", "The node stops");
      const nodeId = this.#place.switchboard.get(from)?.identity.nodeId ?? 0;
      try {
        return (await handler(payload, nodeId, incoming)).slice();
      } catch (error) {
        throw asRemote(error);
      }
    });
  }

  call(
    { nodeId, service }: { readonly nodeId: number; readonly service: string },
    payload: Uint8Array,
    options: NodeCallOptions,
  ): Promise<Uint8Array> {
    const machine = this.#machineOf(nodeId);
    if (machine === undefined) return Promise.reject(unreachable(nodeId));
    return this.#callMachine(machine, service, { payload, options });
  }

  callAddress(
    { address, service }: { readonly address: string; readonly service: string },
    payload: Uint8Array,
    options: NodeCallOptions,
  ): Promise<Uint8Array> {
    for (const machine of this.#place.switchboard.keys()) {
      if (addressOf(machine) === address) {
        return this.#callMachine(machine, service, { payload, options });
      }
    }
    return Promise.reject(unreachable(0));
  }

  setPeer(nodeId: number): void {
    this.#removed.delete(nodeId);
  }

  removePeer(nodeId: number): void {
    this.#removed.add(nodeId);
  }

  isAlive(nodeId: number): boolean {
    const machine = this.#machineOf(nodeId);
    return machine !== undefined && this.#inner.isAlive(machine);
  }

  peers(): readonly PeerStatus[] {
    return [];
  }

  onPeerChange(callback: (change: PeerChange) => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  #callMachine(
    machine: number,
    service: string,
    { payload, options }: { readonly payload: Uint8Array; readonly options: NodeCallOptions },
  ): Promise<Uint8Array> {
    const answer = this.#inner.call({ nodeId: machine, service }, payload, options);
    const { signal } = options;
    if (signal === undefined) return answer;
    return new Promise((resolve, reject) => {
      const abandon = (): void => reject(new ClusterError("CALL_ABANDONED", "Given up"));
      if (signal.aborted) abandon();
      signal.addEventListener("abort", abandon);
      answer.then(resolve, reject);
    });
  }

  /** Machine on which a node runs or ran last. */
  #machineOf(nodeId: number): number | undefined {
    if (nodeId === 0 || this.#removed.has(nodeId)) return undefined;
    for (const [machine, { identity }] of this.#place.switchboard) {
      if (identity.nodeId === nodeId) return machine;
    }
    return undefined;
  }

  /** Node id of a machine that may take part; a node that was removed is told so. */
  #admitted(machine: number): number | undefined {
    const sender = this.#place.switchboard.get(machine);
    if (this.#isClosed || sender === undefined || sender.identity.nodeId === 0) return undefined;
    const { identity } = sender;
    const refusal = this.#options.admit?.(identity);
    if (refusal === undefined) return identity.nodeId;
    sender.#place.process.after(1, () => {
      sender.#options.onRefused?.(refusal, addressOf(this.#place.machine));
    });
    return undefined;
  }

  #passOn(change: PeerChange): void {
    const { switchboard } = this.#place;
    const machine = change.nodeId;
    const nodeId = switchboard.get(machine)?.identity.nodeId ?? 0;
    const before = this.#up.get(machine);
    // Another node is on the machine, or none that has an id: the one before is gone.
    if (before !== undefined && (before !== nodeId || !change.isAlive)) {
      this.#up.delete(machine);
      const cause = change.isAlive ? "refused" : change.cause;
      this.#tell({ ...change, nodeId: before, isAlive: false, cause });
    }
    if (nodeId === 0 || this.#removed.has(nodeId) || !change.isAlive) return;
    this.#up.set(machine, nodeId);
    const cause = before === nodeId ? change.cause : "connected";
    this.#tell({ ...change, nodeId, cause });
  }

  #tell(change: PeerChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** What is left of an error after it has crossed the network. */
function asRemote(error: unknown): Error {
  if (error instanceof ClusterError) return error;
  const { code, message, details } = error as Partial<RemoteCallError>;
  return new RemoteCallError(code ?? "INTERNAL", message ?? String(error), details ?? {});
}

function unreachable(nodeId: number): ClusterError {
  return new ClusterError("NODE_UNREACHABLE", `No connection to node ${nodeId}`);
}
