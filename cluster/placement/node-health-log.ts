import type { Clock } from "#base/clock";
import type { NodeInfo } from "../membership/membership.ts";
import type { NodeHealth } from "./decide.ts";

interface Observation {
  isAlive: boolean;
  sinceMs: number;
}

const ALWAYS = Number.NEGATIVE_INFINITY;

/** Since when each node has been dead or alive, as this node sees it. */
export class NodeHealthLog {
  readonly #clock: Clock;
  readonly #observations = new Map<number, Observation>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes the present liveness. A node that is alive at first sight has always been. */
  observe(nodes: readonly NodeInfo[]): void {
    const nowMs = this.#clock.monotonicMs();
    for (const { nodeId, isAlive } of nodes) {
      const known = this.#observations.get(nodeId);
      if (known === undefined) {
        this.#observations.set(nodeId, { isAlive, sinceMs: isAlive ? ALWAYS : nowMs });
      } else if (known.isAlive !== isAlive) {
        known.isAlive = isAlive;
        known.sinceMs = nowMs;
      }
    }
    for (const nodeId of this.#observations.keys()) {
      if (!nodes.some((node) => node.nodeId === nodeId)) this.#observations.delete(nodeId);
    }
  }

  /** Starts over: who has just become responsible knows nothing of the past. */
  reset(nodes: readonly NodeInfo[]): void {
    this.#observations.clear();
    this.observe(nodes);
  }

  /** A node that was never observed counts as dead since now. */
  of(nodeId: number): NodeHealth {
    const known = this.#observations.get(nodeId);
    if (known === undefined) return { isAlive: false, sinceMs: 0 };
    return { isAlive: known.isAlive, sinceMs: this.#clock.monotonicMs() - known.sinceMs };
  }
}
