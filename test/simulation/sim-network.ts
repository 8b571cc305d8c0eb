import type { SimRandom } from "./sim-random.ts";
import type { SimTransport } from "./sim-transport.ts";
import type { SimProcess, SimWorld } from "./sim-world.ts";

/** How all links behave; may be changed at any time. */
export interface SimNetworkFaults {
  /** One in so many Raft messages is lost; 0 for none. */
  lossOneIn: number;
  /** One in so many Raft messages arrives twice; 0 for none. */
  duplicateOneIn: number;
  /** Virtual milliseconds of a transfer, at least and at most: later ones may overtake. */
  delayMs: readonly [number, number];
}

/** A run of a node that takes part in the network. */
interface Attached {
  readonly transport: SimTransport;
  readonly process: SimProcess;
  readonly generation: number;
}

/** Milliseconds of silence after which a peer counts as down. */
const SILENCE_MS = 1_200;
/** Milliseconds until a connection that was lost stands again, at most. */
const RECONNECT_MS = 300;
/** Milliseconds until the end of a process is seen, at most. */
const REFUSED_MS = 60;
const RETRANSMIT_MS = 100;

/**
 * The links between simulated nodes: delays, losses, cuts in one or both directions, and a failure
 * detector that sees what pings would show.
 */
export class SimNetwork {
  readonly faults: SimNetworkFaults = { lossOneIn: 0, duplicateOneIn: 0, delayMs: [0.1, 1] };
  /** Raft messages sent so far. */
  sentCount = 0;
  readonly random: SimRandom;
  readonly #world: SimWorld;
  readonly #nodes = new Map<number, Attached>();
  /** Directions that carry nothing, as `from>to`. */
  readonly #cuts = new Set<string>();

  constructor(world: SimWorld) {
    this.#world = world;
    this.random = world.random.fork();
  }

  /** Connects a run of a node; an earlier one of the same node has ended. */
  attach(nodeId: number, attached: Attached): void {
    this.#nodes.set(nodeId, attached);
    for (const other of this.#nodes.keys()) {
      if (other === nodeId) continue;
      this.#reconnect(nodeId, other);
    }
  }

  /** The process of a node has ended: its peers are refused. */
  detach(nodeId: number): void {
    this.#nodes.delete(nodeId);
    for (const [otherId, { transport, process }] of this.#nodes) {
      const seenMs = this.random.between(1, REFUSED_MS);
      process.after(seenMs, () => {
        if (!this.#nodes.has(nodeId) && this.#isOpen(otherId, nodeId)) {
          transport.noteDown(nodeId, "refused");
        }
      });
    }
    this.#watchAll();
  }

  /** Cuts one direction. */
  cut(from: number, to: number): void {
    this.#cuts.add(linkOf(from, to));
    this.#watch(from, to);
  }

  /** Cuts both directions between two sets of nodes. */
  partition(left: readonly number[], right: readonly number[]): void {
    for (const from of left) {
      for (const to of right) {
        this.cut(from, to);
        this.cut(to, from);
      }
    }
  }

  /** Opens every link. */
  heal(): void {
    this.#cuts.clear();
    for (const left of this.#nodes.keys()) {
      for (const right of this.#nodes.keys()) if (left < right) this.#reconnect(left, right);
    }
  }

  /** Looks again at every pair, after a process was frozen or thawed. */
  recheck(): void {
    this.#watchAll();
    for (const left of this.#nodes.keys()) {
      for (const right of this.#nodes.keys()) if (left < right) this.#reconnect(left, right);
    }
  }

  /** A transfer of Raft messages: may be lost, doubled, overtaken. */
  deliver(from: number, to: number, run: (target: SimTransport) => void): void {
    this.sentCount++;
    const { lossOneIn, duplicateOneIn } = this.faults;
    if (lossOneIn > 0 && this.random.oneIn(lossOneIn)) return;
    this.#deliverOnce(from, to, run);
    if (duplicateOneIn > 0 && this.random.oneIn(duplicateOneIn)) this.#deliverOnce(from, to, run);
  }

  /** A transfer of a connection: late while the link is cut, lost with either of its ends. */
  transfer(from: number, to: number, run: (target: SimTransport) => void): void {
    const sender = this.#nodes.get(from);
    const receiver = this.#nodes.get(to);
    if (sender === undefined || receiver === undefined) return;
    const attempt = (): void => {
      const isWhole = this.#nodes.get(from) === sender && this.#nodes.get(to) === receiver;
      if (!isWhole) return;
      if (this.#isOpen(from, to)) receiver.process.after(0, () => run(receiver.transport));
      else this.#world.after(RETRANSMIT_MS, attempt);
    };
    this.#world.after(this.delayMs(), attempt);
  }

  #deliverOnce(from: number, to: number, run: (target: SimTransport) => void): void {
    const receiver = this.#nodes.get(to);
    if (receiver === undefined || !this.#isOpen(from, to)) return;
    receiver.process.after(this.delayMs(), () => {
      if (this.#isOpen(from, to)) run(receiver.transport);
    });
  }

  delayMs(): number {
    const [least, most] = this.faults.delayMs;
    return least + ((most - least) * this.random.nextBelow(1000)) / 1000;
  }

  /** True if pings pass both ways between two running nodes. */
  isConnected(left: number, right: number): boolean {
    const ends = [this.#nodes.get(left), this.#nodes.get(right)];
    const isRunning = ends.every((end) => end?.process.isAlive === true && !end.process.isFrozen);
    return isRunning && this.#isOpen(left, right) && this.#isOpen(right, left);
  }

  #isOpen(from: number, to: number): boolean {
    return !this.#cuts.has(linkOf(from, to));
  }

  #watchAll(): void {
    for (const left of this.#nodes.keys()) {
      for (const right of this.#nodes.keys()) if (left < right) this.#watch(left, right);
    }
  }

  /** Both ends notice a silence that lasts. */
  #watch(left: number, right: number): void {
    for (const [observer, peer] of [
      [left, right],
      [right, left],
    ] as const) {
      const watching = this.#nodes.get(observer);
      if (watching === undefined || this.isConnected(observer, peer)) continue;
      watching.process.after(SILENCE_MS + this.random.nextBelow(200), () => {
        if (this.isConnected(observer, peer)) return;
        watching.transport.noteDown(peer, "silent");
      });
    }
  }

  #reconnect(left: number, right: number): void {
    this.#world.after(this.random.between(1, RECONNECT_MS), () => {
      if (!this.isConnected(left, right)) return;
      for (const [observer, peer] of [
        [left, right],
        [right, left],
      ] as const) {
        const { transport } = this.#nodes.get(observer) as Attached;
        transport.noteUp(peer, this.#nodes.get(peer)?.generation ?? 0);
      }
    });
  }
}

function linkOf(from: number, to: number): string {
  return `${from}>${to}`;
}
