import type { Duplex } from "node:stream";

import { assert } from "#base/assert";
import type { ScheduledCall } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import type { Message } from "#raft";
import { AddressLinks } from "./address-link.ts";
import { type Grpc, GrpcAcceptor, loadGrpc } from "./grpc.ts";
import type { NodeIdentity } from "./hello.ts";
import { InboundStreams } from "./inbound-streams.ts";
import { DEFAULT_SETTINGS, type LinkEnvironment } from "./link-environment.ts";
import { LocalServices } from "./local-services.ts";
import type { NodeCallHandler, NodeCallOptions } from "./node-calls.ts";
import type { PeerAddress, PeerChange, PeerStatus } from "./node-peers.ts";
import type { NodeTransport, NodeTransportOptions } from "./node-transport.ts";
import { OccasionalWarnings } from "./occasional-warnings.ts";
import { Peer } from "./peer.ts";
import { unreachable } from "./peer-dialer.ts";
import { PendingCalls } from "./pending-calls.ts";
import type { RaftMessageHandler } from "./raft-transport.ts";
import { Semaphore } from "./semaphore.ts";
import { SnapshotSender } from "./snapshot-sender.ts";
import type { SnapshotHandler, SnapshotTarget } from "./snapshot-transport.ts";

/** A tick that is late by more than this means that this node itself was held up. */
const LATE_MS = 100;

/**
 * Nodes talk over gRPC streams, one connection per peer, direction and purpose.
 *
 * Everything sent to a peer within a turn of the event loop leaves as one message per stream. A
 * node without peers loads and opens nothing.
 */
export class GrpcNodeTransport implements NodeTransport {
  readonly #options: NodeTransportOptions;
  readonly #environment: LinkEnvironment;
  readonly #services = new LocalServices();
  readonly #localCalls: PendingCalls;
  readonly #abandonLocal = new Map<number, () => void>();
  readonly #inbound: InboundStreams;
  readonly #addresses: AddressLinks;
  readonly #peers = new Map<number, Peer>();
  readonly #removed = new Set<number>();
  readonly #listeners = new Set<(change: PeerChange) => void>();
  readonly #sending = new Set<SnapshotSending>();
  readonly #sendTurn = new Semaphore(1);
  #identity: NodeIdentity;
  #raftHandler: RaftMessageHandler | undefined;
  #snapshotHandler: SnapshotHandler | undefined;
  #grpc: Promise<Grpc> | undefined;
  #acceptor: Promise<GrpcAcceptor> | undefined;
  #timer: ScheduledCall | undefined;
  #tickedAtMs = 0;
  #isClosed = false;

  constructor(options: NodeTransportOptions) {
    const { clock, scheduler, defer, random, logger } = options;
    this.#options = options;
    this.#identity = options.identity;
    this.#environment = {
      clock,
      scheduler,
      defer,
      random,
      logger,
      settings: { ...DEFAULT_SETTINGS, ...options.settings },
      warnings: new OccasionalWarnings(clock, logger),
      identity: () => this.#identity,
      grpc: () => this.#loadGrpc(),
      deliver: (group, message, fromNode) => this.#raftHandler?.(group, message, fromNode),
      peerChanged: (change) => this.#peerChanged(change),
      refused: (error, address) => this.#refused(error, address),
    };
    this.#localCalls = new PendingCalls(scheduler, (id) => {
      this.#abandonLocal.get(id)?.();
      this.#abandonLocal.delete(id);
    });
    this.#addresses = new AddressLinks(this.#environment);
    this.#inbound = new InboundStreams({
      environment: this.#environment,
      services: this.#services,
      admit: (identity) => this.#admit(identity),
      snapshotHandler: () => this.#snapshotHandler,
    });
  }

  get identity(): NodeIdentity {
    return this.#identity;
  }

  identify(identity: NodeIdentity): void {
    this.#identity = identity;
    const { nodeId } = identity;
    this.#peers.get(nodeId)?.close(() => unreachable(`node ${nodeId}`, "it is this node"));
    this.#peers.delete(nodeId);
    for (const peer of this.#peers.values()) peer.reconnect();
  }

  accept(socket: Duplex): void {
    // Errors of a connection end it; they matter where its streams are.
    socket.on("error", () => undefined);
    if (this.#isClosed) {
      socket.destroy();
      return;
    }
    this.#acceptor ??= this.#loadGrpc().then(
      (grpc) => new GrpcAcceptor(grpc, (purpose, stream) => this.#inbound.take(purpose, stream)),
    );
    this.#acceptor.then(
      (acceptor) => (this.#isClosed ? socket.destroy() : acceptor.accept(socket)),
      () => socket.destroy(),
    );
  }

  setPeer(nodeId: number, address: PeerAddress): void {
    assert(nodeId !== this.#identity.nodeId, "a node is not its own peer");
    this.#removed.delete(nodeId);
    const peer = this.#peers.get(nodeId);
    if (peer === undefined) this.#addPeer(nodeId, address);
    else peer.update(address);
  }

  removePeer(nodeId: number): void {
    this.#removed.add(nodeId);
    const peer = this.#peers.get(nodeId);
    this.#peers.delete(nodeId);
    peer?.close(() => unreachable(`node ${nodeId}`, "it was removed"));
  }

  isAlive(nodeId: number): boolean {
    return nodeId === this.#identity.nodeId || this.#peers.get(nodeId)?.isAlive === true;
  }

  peers(): readonly PeerStatus[] {
    return [...this.#peers.values()]
      .map((peer) => peer.status())
      .sort((left, right) => left.nodeId - right.nodeId);
  }

  onPeerChange(callback: (change: PeerChange) => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  send(nodeId: number, group: number, message: Message): void {
    this.#peers.get(nodeId)?.send(group, message);
  }

  flush(): void {
    for (const peer of this.#peers.values()) peer.flush();
  }

  onMessage(handler: RaftMessageHandler): void {
    assert(this.#raftHandler === undefined, "Raft messages have one handler");
    this.#raftHandler = handler;
  }

  register(service: string, handler: NodeCallHandler): void {
    this.#services.register(service, handler);
  }

  call(
    { nodeId, service }: { readonly nodeId: number; readonly service: string },
    payload: Uint8Array,
    options: NodeCallOptions,
  ): Promise<Uint8Array> {
    if (this.#isClosed) return Promise.reject(closed());
    if (nodeId === this.#identity.nodeId) return this.#callSelf(service, payload, options);
    const peer = this.#peers.get(nodeId);
    if (peer !== undefined) return peer.call(service, payload, options);
    return Promise.reject(unreachable(`node ${nodeId}`, "it is not a peer"));
  }

  callAddress(
    target: { readonly address: string; readonly service: string },
    payload: Uint8Array,
    options: NodeCallOptions & { readonly timeoutMs: number },
  ): Promise<Uint8Array> {
    if (this.#isClosed) return Promise.reject(closed());
    return this.#addresses.call(target, payload, options);
  }

  async sendSnapshot(target: SnapshotTarget, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const sending = new SnapshotSending(target);
    this.#sending.add(sending);
    let release: (() => void) | undefined;
    try {
      release = await this.#sendTurn.acquire();
      if (this.#isClosed) throw closed();
      const { nodeId } = target;
      const peer = this.#peers.get(nodeId);
      if (!peer?.isAlive) throw unreachable(`node ${nodeId}`, "it is down");
      sending.sender = new SnapshotSender(this.#environment, { ...target, address: peer.address });
      await sending.sender.run(chunks);
    } finally {
      release?.();
      this.#sending.delete(sending);
    }
  }

  onSnapshot(handler: SnapshotHandler): void {
    assert(this.#snapshotHandler === undefined, "snapshots have one handler");
    this.#snapshotHandler = handler;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#listeners.clear();
    for (const { sender } of this.#sending) sender?.abort(closed());
    for (const peer of this.#peers.values()) peer.close(closed);
    this.#addresses.close(closed);
    this.#localCalls.rejectAll(closed);
    const acceptor = await this.#acceptor?.catch(() => undefined);
    acceptor?.close();
  }

  #loadGrpc(): Promise<Grpc> {
    this.#grpc ??= loadGrpc();
    return this.#grpc;
  }

  #callSelf(service: string, payload: Uint8Array, options: NodeCallOptions): Promise<Uint8Array> {
    const target = { service, node: `node ${this.#identity.nodeId}` };
    return this.#localCalls.add(target, options, (id) => {
      const call = {
        onAbandoned: (callback: () => void) => void this.#abandonLocal.set(id, callback),
      };
      const caller = { service, fromNode: this.#identity.nodeId };
      const answer = this.#services.run(caller, payload, call);
      answer
        .then(
          (reply) => this.#localCalls.resolve(id, reply),
          (error: unknown) => this.#localCalls.reject(id, error as Error),
        )
        .finally(() => this.#abandonLocal.delete(id));
    });
  }

  /** The peer behind the greeting of a member, which may be news. */
  #admit(identity: NodeIdentity): Peer | ClusterError {
    const { nodeId, generation, advertisedAddress } = identity;
    const details = { nodeId, generation };
    if (this.#removed.has(nodeId)) {
      return new ClusterError("NODE_REMOVED", `Node ${nodeId} was removed`, { details });
    }
    const refusal = this.#options.admit?.(identity);
    if (refusal !== undefined) return refusal;
    const address: PeerAddress = { address: advertisedAddress, generation };
    const peer = this.#peers.get(nodeId);
    if (peer === undefined) return this.#addPeer(nodeId, address);
    if (generation < peer.generation) {
      const text = `Node ${nodeId} has been started again since, as ${peer.generation}`;
      return new ClusterError("STALE_GENERATION", text, { details });
    }
    peer.update(address);
    return peer;
  }

  #addPeer(nodeId: number, address: PeerAddress): Peer {
    const peer = new Peer(this.#environment, nodeId, address);
    this.#peers.set(nodeId, peer);
    if (!this.#isClosed) {
      this.#startTicks();
      peer.start();
    }
    return peer;
  }

  /** One timer pings all peers and looks for silence: most of what an idle node costs is waking. */
  #startTicks(): void {
    if (this.#timer !== undefined) return;
    this.#tickedAtMs = this.#environment.clock.monotonicMs();
    this.#scheduleTick();
  }

  #scheduleTick(): void {
    const { pingMs } = this.#environment.settings;
    this.#timer = this.#environment.scheduler.after(pingMs, () => {
      const nowMs = this.#environment.clock.monotonicMs();
      const lateMs = nowMs - this.#tickedAtMs - pingMs;
      this.#tickedAtMs = nowMs;
      for (const peer of [...this.#peers.values()]) peer.tick(lateMs > LATE_MS ? lateMs : 0);
      if (!this.#isClosed) this.#scheduleTick();
    });
  }

  #peerChanged(change: PeerChange): void {
    const { nodeId, isAlive, cause, generation } = change;
    this.#options.logger.info(isAlive ? "Connected with a node" : "A node is down", {
      nodeId,
      cause,
      generation,
    });
    if (!isAlive) {
      for (const { target, sender } of this.#sending) {
        if (target.nodeId === nodeId) sender?.abort(unreachable(`node ${nodeId}`, "it is down"));
      }
    }
    for (const listener of [...this.#listeners]) listener(change);
  }

  #refused(error: ClusterError, address: string): void {
    const { code, message } = error;
    this.#environment.warnings.warn(`refused ${address} ${code}`, "Turned away by another node", {
      address,
      code,
      reason: message,
    });
    this.#options.onRefused?.(error, address);
  }
}

/** A snapshot that is being sent, or waits for that. */
class SnapshotSending {
  readonly target: SnapshotTarget;
  sender: SnapshotSender | undefined;

  constructor(target: SnapshotTarget) {
    this.target = target;
  }
}

function closed(): ClusterError {
  return new ClusterError("CLUSTER_CLOSED", "The node is stopping");
}
