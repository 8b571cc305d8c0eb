import { assertPresent } from "#base/assert";
import { ByteReader } from "#base/byte-reader";
import { ByteWriter } from "#base/byte-writer";
import { ClusterError } from "#base/cluster-error";
import type { Message } from "#raft";
import type {
  NodeCallHandler,
  NodeCallOptions,
  NodeCalls,
  NodePeers,
  PeerChange,
  PeerChangeCause,
  PeerStatus,
  RaftMessageHandler,
  RaftTransport,
  SnapshotHandler,
  SnapshotTarget,
  SnapshotTransport,
} from "#transport";
import { readRaftEnvelope, writeRaftEnvelope } from "../../cluster/transport/raft-codec.ts";
import type { SimNetwork } from "./sim-network.ts";
import type { SimProcess } from "./sim-world.ts";

/** Ends the calls and snapshots that wait for a peer. */
type Abort = (error: ClusterError) => void;

/** A snapshot on its way into a node. */
interface Inflow {
  /** By position: a later one may arrive first. */
  readonly chunks: Map<number, Uint8Array>;
  /** Number of chunks, once known. */
  count: number | undefined;
  error: ClusterError | undefined;
  wake: (() => void) | undefined;
}

/** What one run of a node says to others, over the simulated network. */
export class SimTransport implements RaftTransport, SnapshotTransport, NodeCalls, NodePeers {
  readonly nodeId: number;
  readonly #network: SimNetwork;
  readonly #process: SimProcess;
  readonly #generations = new Map<number, number>();
  readonly #alive = new Set<number>();
  readonly #listeners = new Set<(change: PeerChange) => void>();
  readonly #handlers = new Map<string, NodeCallHandler>();
  readonly #pending = new Map<number, Set<Abort>>();
  readonly #inflows = new Set<{ readonly from: number; readonly inflow: Inflow }>();
  #onMessage: RaftMessageHandler | undefined;
  #onSnapshot: SnapshotHandler | undefined;

  constructor(
    network: SimNetwork,
    process: SimProcess,
    node: { readonly nodeId: number; readonly generation: number },
  ) {
    this.nodeId = node.nodeId;
    this.#network = network;
    this.#process = process;
    network.attach(node.nodeId, { transport: this, process, generation: node.generation });
  }

  send(nodeId: number, group: number, message: Message): void {
    const writer = new ByteWriter();
    writeRaftEnvelope(writer, group, message);
    const bytes = writer.finish();
    this.#network.deliver(this.nodeId, nodeId, (target) => target.#takeMessage(bytes, this.nodeId));
  }

  onMessage(handler: RaftMessageHandler): void {
    this.#onMessage = handler;
  }

  async sendSnapshot(target: SnapshotTarget, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { nodeId, group } = target;
    const inflow: Inflow = {
      chunks: new Map(),
      count: undefined,
      error: undefined,
      wake: undefined,
    };
    let failure: ClusterError | undefined;
    const done = this.#until(nodeId, (resolve, reject) => {
      const message = copyOf(group, target.message);
      this.#network.transfer(this.nodeId, nodeId, (receiver) => {
        receiver.#takeSnapshot({ fromNode: this.nodeId, group, message, inflow }).then(
          () => this.#network.transfer(nodeId, this.nodeId, () => resolve(undefined)),
          (error: ClusterError) => this.#network.transfer(nodeId, this.nodeId, () => reject(error)),
        );
      });
    });
    done.catch((error: ClusterError) => {
      failure = error;
    });
    let count = 0;
    for await (const chunk of chunks) {
      await this.#pause();
      if (failure !== undefined) break;
      const copy = chunk.slice();
      const position = count++;
      this.#network.transfer(this.nodeId, nodeId, () => {
        inflow.chunks.set(position, copy);
        inflow.wake?.();
      });
    }
    this.#network.transfer(this.nodeId, nodeId, () => {
      if (failure === undefined) inflow.count = count;
      else inflow.error = new ClusterError("SNAPSHOT_ABORTED", "The sender has given up");
      inflow.wake?.();
    });
    await done;
  }

  onSnapshot(handler: SnapshotHandler): void {
    this.#onSnapshot = handler;
  }

  register(service: string, handler: NodeCallHandler): void {
    this.#handlers.set(service, handler);
  }

  call(
    target: { readonly nodeId: number; readonly service: string },
    payload: Uint8Array,
    { timeoutMs }: NodeCallOptions,
  ): Promise<Uint8Array> {
    const { nodeId, service } = target;
    const answer = this.#until<Uint8Array>(nodeId, (resolve, reject) => {
      const run = (receiver: SimTransport): void => {
        receiver.#answer(service, payload.slice(), this.nodeId).then(
          (reply) => this.#network.transfer(nodeId, this.nodeId, () => resolve(reply)),
          (error: ClusterError) => this.#network.transfer(nodeId, this.nodeId, () => reject(error)),
        );
      };
      if (nodeId === this.nodeId) run(this);
      else this.#network.transfer(this.nodeId, nodeId, run);
      if (timeoutMs === undefined) return;
      this.#process.after(timeoutMs, () => {
        reject(new ClusterError("CALL_TIMED_OUT", `Call of "${service}" timed out`));
      });
    });
    return answer;
  }

  setPeer(): void {
    // Every node knows every other.
  }

  removePeer(): void {
    // Nothing is kept per peer that would have to go.
  }

  isAlive(nodeId: number): boolean {
    return nodeId === this.nodeId || this.#alive.has(nodeId);
  }

  peers(): readonly PeerStatus[] {
    return [];
  }

  onPeerChange(callback: (change: PeerChange) => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  /** Called by the network: pings pass again, maybe to another run of the node. */
  noteUp(nodeId: number, generation: number): void {
    const before = this.#generations.get(nodeId);
    const hasRestarted = before !== undefined && before !== generation;
    if (this.#alive.has(nodeId) && !hasRestarted) return;
    this.#generations.set(nodeId, generation);
    if (hasRestarted) this.#abortAll(nodeId);
    this.#alive.add(nodeId);
    this.#tell(nodeId, true, hasRestarted ? "restarted" : "connected");
  }

  /** Called by the network: pings are not answered any more. */
  noteDown(nodeId: number, cause: PeerChangeCause): void {
    if (!this.#alive.delete(nodeId)) return;
    this.#abortAll(nodeId);
    this.#tell(nodeId, false, cause);
  }

  #tell(nodeId: number, isAlive: boolean, cause: PeerChangeCause): void {
    const generation = this.#generations.get(nodeId) ?? 0;
    for (const listener of this.#listeners) listener({ nodeId, isAlive, cause, generation });
  }

  #takeMessage(bytes: Uint8Array, fromNode: number): void {
    const { group, message } = readRaftEnvelope(new ByteReader(bytes));
    this.#onMessage?.(group, message, fromNode);
  }

  async #takeSnapshot(snapshot: {
    readonly fromNode: number;
    readonly group: number;
    readonly message: Message;
    readonly inflow: Inflow;
  }): Promise<void> {
    const { fromNode, group, message, inflow } = snapshot;
    const known = { from: fromNode, inflow };
    this.#inflows.add(known);
    try {
      const handler = assertPresent(this.#onSnapshot, "a running node takes snapshots");
      await handler({ fromNode, group, message, chunks: drain(inflow) });
    } finally {
      this.#inflows.delete(known);
    }
  }

  async #answer(service: string, payload: Uint8Array, from: number): Promise<Uint8Array> {
    const handler = this.#handlers.get(service);
    if (handler === undefined) {
      throw new ClusterError("SERVICE_UNKNOWN", `No service "${service}" here`);
    }
    return handler(payload, from, { onAbandoned: () => undefined });
  }

  /** A promise that fails when the peer goes down. */
  #until<T>(
    nodeId: number,
    start: (resolve: (value: T) => void, reject: Abort) => void,
  ): Promise<T> {
    const waiting = this.#pending.get(nodeId) ?? new Set();
    this.#pending.set(nodeId, waiting);
    return new Promise<T>((resolve, reject) => {
      if (!this.isAlive(nodeId)) {
        reject(unreachable(nodeId));
        return;
      }
      waiting.add(reject);
      const settle = (): void => {
        waiting.delete(reject);
      };
      start(
        (value) => {
          settle();
          resolve(value);
        },
        (error) => {
          settle();
          reject(error);
        },
      );
    });
  }

  #abortAll(nodeId: number): void {
    const error = unreachable(nodeId);
    for (const abort of this.#pending.get(nodeId) ?? []) abort(error);
    this.#pending.get(nodeId)?.clear();
    for (const { from, inflow } of this.#inflows) {
      if (from !== nodeId) continue;
      inflow.error = new ClusterError("SNAPSHOT_ABORTED", "The connection is lost");
      inflow.wake?.();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#process.after(this.#network.delayMs(), resolve);
    });
  }
}

function copyOf(group: number, message: Message): Message {
  const writer = new ByteWriter();
  writeRaftEnvelope(writer, group, message);
  return readRaftEnvelope(new ByteReader(writer.finish())).message;
}

async function* drain(inflow: Inflow): AsyncIterable<Uint8Array> {
  let position = 0;
  for (;;) {
    const chunk = inflow.chunks.get(position);
    if (inflow.error !== undefined) throw inflow.error;
    if (chunk !== undefined) {
      inflow.chunks.delete(position++);
      yield chunk;
      continue;
    }
    if (position === inflow.count) return;
    await new Promise<void>((resolve) => {
      inflow.wake = resolve;
    });
    inflow.wake = undefined;
  }
}

function unreachable(nodeId: number): ClusterError {
  return new ClusterError("NODE_UNREACHABLE", `No connection to node ${nodeId}`);
}
