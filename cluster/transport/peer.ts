import { ClusterError } from "#base/cluster-error";
import type { Message } from "#raft";
import { CallClient } from "./call-client.ts";
import { FailureDetector } from "./failure-detector.ts";
import { FrameQueue } from "./frame-queue.ts";
import { isRefusedConnection } from "./grpc.ts";
import type { Hello } from "./hello.ts";
import type { LinkEnvironment } from "./link-environment.ts";
import type { NodeCallOptions } from "./node-calls.ts";
import type { PeerAddress, PeerChangeCause, PeerState, PeerStatus } from "./node-peers.ts";
import { PeerDialer, type PeerStreams, unreachable } from "./peer-dialer.ts";
import { type Ping, readRaftBatch, writePing, writeRaftMessage } from "./raft-codec.ts";

/** A stream that the peer has opened to this node. */
export interface PeerInbound {
  close(): void;
}

/**
 * One other node: the streams to it, the streams from it, and whether it is there.
 *
 * It is up while it can be reached and is heard. What it sends comes over streams that it opens
 * itself, so each side proves that the other can reach it.
 */
export class Peer {
  readonly nodeId: number;
  readonly #environment: LinkEnvironment;
  readonly #dialer: PeerDialer;
  readonly #detector: FailureDetector;
  readonly #raft: FrameQueue;
  readonly #calls: CallClient;
  readonly #inbound = new Set<PeerInbound>();
  #inboundRaft: PeerInbound | undefined;
  #state: PeerState = "connecting";
  #generation: number;
  #lastPing: { readonly sentAtUs: number; readonly receivedAtUs: number } | undefined;
  #rttMs = 0;
  #received = 0;
  #dropped = 0;
  #callsSent = 0;

  constructor(environment: LinkEnvironment, nodeId: number, { address, generation }: PeerAddress) {
    const { defer, scheduler, settings } = environment;
    this.#environment = environment;
    this.nodeId = nodeId;
    this.#generation = generation;
    this.#detector = new FailureDetector(settings.silenceMs);
    this.#detector.restart(environment.clock.monotonicMs());
    this.#raft = new FrameQueue({ bytesMax: settings.raftQueueBytesMax, defer });
    this.#calls = new CallClient({ node: `node ${nodeId}`, scheduler, defer, limits: settings });
    this.#dialer = new PeerDialer(
      environment,
      { nodeId, address },
      {
        check: (hello) => this.#check(hello),
        onOpen: (streams) => this.#opened(streams),
        onCalls: (bytes) => this.#receiveCalls(bytes),
        onLost: (error) => this.#lost(error),
        onFailed: (error) => this.#failed(error),
      },
    );
  }

  get generation(): number {
    return this.#generation;
  }

  get address(): string {
    return this.#dialer.address;
  }

  get isAlive(): boolean {
    return this.#state === "up";
  }

  /** Starts to connect; a peer without an address is waited for. */
  start(): void {
    if (this.address !== "") this.#dialer.hurry();
  }

  /**
   * Takes news of the peer from elsewhere.
   *
   * What the peer's own greeting said counts more than an address without a generation, unless it
   * leads nowhere.
   */
  update({ address, generation }: PeerAddress): void {
    const isNeeded = generation === 0 && this.#state === "down";
    if (generation < this.#generation && !isNeeded) return;
    if (generation > this.#generation) this.#renew(generation);
    if (address !== "") this.#dialer.moveTo(address);
  }

  /** Connects anew, since this node has become another. */
  reconnect(): void {
    if (this.address !== "") this.#dialer.restart();
  }

  send(group: number, message: Message): void {
    if (this.#state === "down") {
      this.#dropped++;
      return;
    }
    writeRaftMessage(this.#raft.writer, group, message);
    this.#raft.added();
  }

  flush(): void {
    this.#raft.flush();
  }

  call(service: string, payload: Uint8Array, options: NodeCallOptions): Promise<Uint8Array> {
    if (!this.#dialer.isOpen && (this.#state === "down" || !this.#dialer.isDialing)) {
      return Promise.reject(this.#unreachable("it is down"));
    }
    this.#callsSent++;
    return this.#calls.call(service, payload, options);
  }

  /** The peer has opened its stream of Raft messages; an earlier one is closed. */
  setInboundRaft(inbound: PeerInbound): void {
    this.#inboundRaft?.close();
    this.#inboundRaft = inbound;
    this.#lastPing = undefined;
    this.#detector.hear(this.#nowMs());
    // Whoever can connect to this node can probably be connected to.
    this.start();
    this.#checkUp();
  }

  /** The peer has opened another stream, which ends with it. */
  addInbound(inbound: PeerInbound): void {
    this.#inbound.add(inbound);
  }

  /** A stream of the peer has ended. */
  removeInbound(inbound: PeerInbound): void {
    this.#inbound.delete(inbound);
    if (this.#inboundRaft === inbound) this.#inboundRaft = undefined;
  }

  /** Takes what came over the peer's stream of Raft messages; throws `WireFormatError`. */
  receiveRaft(batch: Uint8Array): void {
    this.#detector.hear(this.#nowMs());
    readRaftBatch(batch, {
      message: (group, message) => {
        this.#received++;
        this.#environment.deliver(group, message, this.nodeId);
      },
      ping: (ping) => this.#receivePing(ping),
    });
  }

  /**
   * Pings, and looks for silence; called once per `pingMs`.
   *
   * @param pauseMs how long this node itself did not run since the last time
   */
  tick(pauseMs: number): void {
    const nowMs = this.#nowMs();
    this.#detector.excuse(pauseMs);
    if (this.#dialer.isOpen) this.#sendPing(nowMs);
    if (this.#state !== "down" && this.#detector.isSilent(nowMs)) this.#goDown("silent");
  }

  /** Ends everything with the peer. */
  close(makeError: () => Error): void {
    this.#dialer.close();
    this.#closeInbound();
    this.#raft.detach();
    this.#raft.clear();
    this.#calls.fail(makeError);
    if (this.#state !== "down") this.#change("down", "removed");
  }

  status(): PeerStatus {
    return {
      nodeId: this.nodeId,
      state: this.#state,
      address: this.address,
      generation: this.#generation,
      rttMs: this.#rttMs,
      queuedBytes: this.#raft.queuedBytes + this.#calls.queuedBytes,
      raftMessagesSent: this.#raft.sentFrames,
      raftMessagesDropped: this.#raft.droppedFrames + this.#dropped,
      raftMessagesReceived: this.#received,
      raftBatchesSent: this.#raft.sentBatches,
      callsSent: this.#callsSent,
      callsPending: this.#calls.pendingCount,
    };
  }

  #check({ identity }: Hello): ClusterError | undefined {
    const details = { address: this.address, nodeId: this.nodeId, answered: identity.nodeId };
    if (identity.nodeId !== this.nodeId) {
      const text = `Node ${identity.nodeId} answers at the address of node ${this.nodeId}`;
      return new ClusterError("NODE_MISMATCH", text, { details });
    }
    if (identity.generation < this.#generation) {
      const text = `An older incarnation of node ${this.nodeId} answers at its address`;
      return new ClusterError("STALE_GENERATION", text, { details });
    }
    if (identity.generation > this.#generation) this.#renew(identity.generation);
    return undefined;
  }

  #opened({ raft, calls }: PeerStreams): void {
    this.#lastPing = undefined;
    this.#calls.attach(calls);
    this.#raft.attach(raft);
    this.#sendPing(this.#nowMs());
    if (this.#state === "up") this.#change("up", "reconnected");
    else this.#checkUp();
  }

  #lost(error: ClusterError): void {
    this.#environment.logger.debug("Connection lost", { nodeId: this.nodeId, error });
    this.#raft.detach();
    this.#calls.fail(() => this.#unreachable("the connection was lost"));
  }

  #failed(error: ClusterError): void {
    this.#calls.fail(() => this.#unreachable(error.message));
    if (error.code !== "NODE_UNREACHABLE") this.#environment.refused(error, this.address);
    if (isRefusedConnection(error) && this.#state !== "down") this.#goDown("refused");
  }

  #checkUp(): void {
    if (this.#state === "up" || !this.#dialer.isOpen || this.#inboundRaft === undefined) return;
    this.#detector.restart(this.#nowMs());
    this.#change("up", "connected");
  }

  /** Another incarnation of the peer is there: nothing of the old one may go on. */
  #renew(generation: number): void {
    const isKnown = this.#generation !== 0;
    this.#generation = generation;
    if (!isKnown) return;
    this.#closeInbound();
    this.#raft.clear();
    if (this.#dialer.isOpen) this.#dialer.restart();
    if (this.#state === "up") {
      this.#change("down", "restarted");
      this.#state = "connecting";
      this.#detector.restart(this.#nowMs());
    }
  }

  #goDown(cause: PeerChangeCause): void {
    this.#dialer.reset();
    this.#closeInbound();
    this.#raft.clear();
    // Calls that wait for a connection that is being made; others fail with theirs.
    this.#calls.fail(() => this.#unreachable(`it is down (${cause})`));
    this.#change("down", cause);
  }

  #change(state: "up" | "down", cause: PeerChangeCause): void {
    this.#state = state;
    const { nodeId, generation } = this;
    this.#environment.peerChanged({ nodeId, isAlive: state === "up", cause, generation });
  }

  #closeInbound(): void {
    const inbound = [...this.#inbound];
    this.#inbound.clear();
    this.#inboundRaft = undefined;
    for (const stream of inbound) stream.close();
  }

  #receiveCalls(bytes: Uint8Array): void {
    try {
      this.#calls.receive(bytes);
    } catch (error) {
      this.#environment.logger.error("Reply of a node is not readable", {
        nodeId: this.nodeId,
        error,
      });
      this.#dialer.reset();
    }
  }

  #sendPing(nowMs: number): void {
    const nowUs = Math.round(nowMs * 1000);
    const last = this.#lastPing;
    writePing(this.#raft.writer, {
      sentAtUs: nowUs,
      echoedUs: last?.sentAtUs ?? 0,
      heldUs: last === undefined ? 0 : nowUs - last.receivedAtUs,
    });
    this.#raft.added(0);
    this.#raft.flush();
  }

  #receivePing({ sentAtUs, echoedUs, heldUs }: Ping): void {
    const nowUs = Math.round(this.#nowMs() * 1000);
    this.#lastPing = { sentAtUs, receivedAtUs: nowUs };
    // An echo of what an earlier incarnation of this node sent is in another clock's time.
    if (echoedUs === 0 || echoedUs > nowUs) return;
    this.#detector.echo(echoedUs / 1000);
    this.#rttMs = Math.max(nowUs - echoedUs - heldUs, 0) / 1000;
  }

  #unreachable(reason: string): ClusterError {
    return unreachable(`node ${this.nodeId}`, reason);
  }

  #nowMs(): number {
    return this.#environment.clock.monotonicMs();
  }
}
