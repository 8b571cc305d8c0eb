// A network within the process: messages arrive in a later turn of the event loop, nodes can be cut
// off, and who is connected is known at once.
import { ClusterError } from "#base/cluster-error";
import type {
  IncomingSnapshot,
  NodeCallHandler,
  NodeCallOptions,
  NodeIdentity,
  NodeTransport,
  NodeTransportOptions,
  PeerAddress,
  PeerChange,
  PeerChangeCause,
  PeerStatus,
  RaftMessageHandler,
  SnapshotHandler,
  SnapshotTarget,
} from "#transport";

type RaftMessage = Parameters<RaftMessageHandler>[1];

/** Connects the transports of all nodes of a test. */
export class InProcessNetwork {
  readonly transports = new Set<InProcessTransport>();
  readonly #cut = new Set<number>();

  /** Makes the transport of a node that starts. */
  readonly create = async (options: NodeTransportOptions): Promise<NodeTransport> => {
    const transport = new InProcessTransport(this, options);
    this.transports.add(transport);
    this.refresh();
    return transport;
  };

  /** Cuts a node off from all others. */
  cut(nodeId: number): void {
    this.#cut.add(nodeId);
    this.refresh();
  }

  heal(): void {
    this.#cut.clear();
    this.refresh();
  }

  find(nodeId: number): InProcessTransport | undefined {
    return [...this.transports].findLast(({ identity }) => identity.nodeId === nodeId);
  }

  findAddress(address: string): InProcessTransport | undefined {
    return [...this.transports].findLast(({ identity }) => identity.advertisedAddress === address);
  }

  /** The transport at the other end, if both may talk. */
  reach(from: InProcessTransport, nodeId: number): InProcessTransport | undefined {
    const target = this.find(nodeId);
    if (target === undefined || !this.transports.has(from)) return undefined;
    const isCut = this.#cut.has(nodeId) || this.#cut.has(from.identity.nodeId);
    if (isCut && target !== from) return undefined;
    const isAllowed = target.admits(from.identity) && from.admits(target.identity);
    return isAllowed ? target : undefined;
  }

  refresh(): void {
    for (const transport of this.transports) transport.refresh();
  }
}

interface PeerEntry {
  address: string;
  isAlive: boolean;
  generation: number;
}

/** One node's end of the network. */
export class InProcessTransport implements NodeTransport {
  identity: NodeIdentity;
  readonly #network: InProcessNetwork;
  readonly #options: NodeTransportOptions;
  readonly #handlers = new Map<string, NodeCallHandler>();
  readonly #peers = new Map<number, PeerEntry>();
  readonly #removed = new Set<number>();
  readonly #listeners = new Set<(change: PeerChange) => void>();
  readonly #pending = new Set<(error: Error) => void>();
  #raftHandler: RaftMessageHandler | undefined;
  #snapshotHandler: SnapshotHandler | undefined;

  constructor(network: InProcessNetwork, options: NodeTransportOptions) {
    this.#network = network;
    this.#options = options;
    this.identity = options.identity;
  }

  admits(other: NodeIdentity): boolean {
    if (this.#removed.has(other.nodeId)) return false;
    if (other.clusterFingerprint !== this.identity.clusterFingerprint) return false;
    return this.#options.admit?.(other) === undefined;
  }

  identify(identity: NodeIdentity): void {
    this.identity = identity;
    this.#network.refresh();
  }

  accept(): void {
    throw new Error("There are no sockets here");
  }

  setPeer(nodeId: number, { address }: PeerAddress): void {
    this.#removed.delete(nodeId);
    const known = this.#peers.get(nodeId);
    if (known === undefined) {
      this.#peers.set(nodeId, { address, isAlive: false, generation: 0 });
    } else known.address = address;
    setImmediate(() => this.#network.refresh());
  }

  removePeer(nodeId: number): void {
    this.#removed.add(nodeId);
    this.#peers.delete(nodeId);
    this.#network.refresh();
  }

  isAlive(nodeId: number): boolean {
    return nodeId === this.identity.nodeId || this.#peers.get(nodeId)?.isAlive === true;
  }

  peers(): readonly PeerStatus[] {
    return [...this.#peers].map(([nodeId, { address, isAlive, generation }]) => ({
      nodeId,
      state: isAlive ? "up" : "down",
      address,
      generation,
      rttMs: 0,
      queuedBytes: 0,
      raftMessagesSent: 0,
      raftMessagesDropped: 0,
      raftMessagesReceived: 0,
      raftBatchesSent: 0,
      callsSent: 0,
      callsPending: 0,
    }));
  }

  onPeerChange(callback: (change: PeerChange) => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  /** Looks who is there; a node that others dial learns of them. */
  refresh(): void {
    if (this.identity.nodeId === 0) return;
    for (const other of this.#network.transports) {
      const { nodeId, advertisedAddress: address } = other.identity;
      if (nodeId === 0 || nodeId === this.identity.nodeId || this.#removed.has(nodeId)) continue;
      const isDialing = other.#peers.has(this.identity.nodeId);
      if (!this.#peers.has(nodeId) && isDialing && this.admits(other.identity)) {
        this.#peers.set(nodeId, { address, isAlive: false, generation: 0 });
      }
    }
    for (const [nodeId, peer] of this.#peers) {
      const other = this.#network.reach(this, nodeId);
      if (other === undefined && this.#network.find(nodeId)?.admits(this.identity) === false) {
        const error = new ClusterError("NODE_REMOVED", "This node was removed");
        this.#options.onRefused?.(error, peer.address);
      }
      const generation = other?.identity.generation ?? peer.generation;
      const hasRestarted = other !== undefined && peer.isAlive && generation !== peer.generation;
      const isAlive = other !== undefined;
      if (isAlive === peer.isAlive && !hasRestarted) continue;
      peer.isAlive = isAlive;
      peer.generation = generation;
      const up: PeerChangeCause = hasRestarted ? "restarted" : "connected";
      const change = { nodeId, isAlive, cause: isAlive ? up : "refused", generation } as const;
      for (const listener of [...this.#listeners]) listener(change);
    }
  }

  send(nodeId: number, group: number, message: RaftMessage): void {
    setImmediate(() => {
      const target = this.#network.reach(this, nodeId);
      if (target !== undefined) target.#raftHandler?.(group, message, this.identity.nodeId);
    });
  }

  onMessage(handler: RaftMessageHandler): void {
    this.#raftHandler = handler;
  }

  register(service: string, handler: NodeCallHandler): void {
    this.#handlers.set(service, handler);
  }

  call(
    { nodeId, service }: { readonly nodeId: number; readonly service: string },
    payload: Uint8Array,
    options: NodeCallOptions,
  ): Promise<Uint8Array> {
    return this.#callOf(() => this.#network.reach(this, nodeId), { service, payload, options });
  }

  callAddress(
    { address, service }: { readonly address: string; readonly service: string },
    payload: Uint8Array,
    options: NodeCallOptions,
  ): Promise<Uint8Array> {
    const find = () => {
      const target = this.#network.findAddress(address);
      const isOther = target?.identity.clusterName !== this.identity.clusterName;
      if (target !== undefined && isOther) {
        throw new ClusterError("CLUSTER_MISMATCH", "That is another cluster");
      }
      return target;
    };
    return this.#callOf(find, { service, payload, options });
  }

  async #callOf(
    find: () => InProcessTransport | undefined,
    call: {
      readonly service: string;
      readonly payload: Uint8Array;
      readonly options: NodeCallOptions;
    },
  ): Promise<Uint8Array> {
    await new Promise(setImmediate);
    const target = find();
    if (target === undefined) throw new ClusterError("NODE_UNREACHABLE", "Nobody there");
    const handler = target.#handlers.get(call.service);
    if (handler === undefined) throw new ClusterError("SERVICE_UNKNOWN", call.service);
    let timer: NodeJS.Timeout | undefined;
    let fail: (error: Error) => void = () => undefined;
    const failed = new Promise<never>((_resolve, reject) => {
      fail = reject;
      const { timeoutMs } = call.options;
      if (timeoutMs === undefined) return;
      const late = new ClusterError("CALL_TIMED_OUT", `${call.service} took too long`);
      timer = setTimeout(() => reject(late), timeoutMs);
    });
    for (const end of [this, target]) end.#pending.add(fail);
    try {
      const answer = handler(call.payload, this.identity.nodeId, { onAbandoned: () => undefined });
      return await Promise.race([answer, failed]);
    } finally {
      clearTimeout(timer);
      for (const end of [this, target]) end.#pending.delete(fail);
    }
  }

  async sendSnapshot(
    { nodeId, group, message }: SnapshotTarget,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const target = this.#network.reach(this, nodeId);
    const handler = target === undefined ? undefined : target.#snapshotHandler;
    if (handler === undefined) throw new ClusterError("NODE_UNREACHABLE", "Nobody there");
    const snapshot: IncomingSnapshot = { fromNode: this.identity.nodeId, group, message, chunks };
    await handler(snapshot);
  }

  onSnapshot(handler: SnapshotHandler): void {
    this.#snapshotHandler = handler;
  }

  async close(): Promise<void> {
    this.#network.transports.delete(this);
    this.#listeners.clear();
    for (const fail of this.#pending) fail(new ClusterError("NODE_UNREACHABLE", "Gone"));
    this.#network.refresh();
  }
}
