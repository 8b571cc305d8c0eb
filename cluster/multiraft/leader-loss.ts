import type { ScheduledCall } from "#base/clock";
import type { ConfState, RawNode } from "#raft";
import type { Replica } from "./replica.ts";
import type { ReplicaHost } from "./replica-host.ts";

/** Milliseconds between two replicas that could campaign: one asks first, so votes do not split. */
const STAGGER_MS = 60;
/** The first asks within this time, so that many groups do not ask at the same moment. */
const SPREAD_MS = 20;
/** Milliseconds before it is tried again. */
const RETRY_MS = 180;
const ATTEMPTS_MAX = 3;

/**
 * Campaigns without waiting for the election timeout, when something else has shown that there is
 * no leader. Replicas take turns, in an order that differs by group, so that the groups of a lost
 * node spread over the others. After some attempts the election timeout takes over.
 */
export class LeaderLoss {
  readonly #host: ReplicaHost;
  readonly #replica: Replica;
  #timer: ScheduledCall | undefined;

  constructor(host: ReplicaHost, replica: Replica) {
    this.#host = host;
    this.#replica = replica;
  }

  /**
   * Starts; an earlier start is forgotten.
   *
   * @param leaderId the replica that led; 0 for none
   */
  start(node: RawNode, members: ConfState, leaderId: number): void {
    this.cancel();
    const { group, replicaId } = this.#replica;
    const candidates = members.voters.filter((id) => id !== leaderId);
    const position = candidates.indexOf(replicaId);
    if (position === -1) return;
    const rank = (position + group) % candidates.length;
    this.#schedule(node, rank * STAGGER_MS, ATTEMPTS_MAX);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(node: RawNode, waitMs: number, attemptsLeft: number): void {
    const delayMs = waitMs + this.#host.random.nextBelow(SPREAD_MS);
    this.#timer = this.#host.after(delayMs, () => {
      this.#timer = undefined;
      if (node.leaderId !== 0) return;
      this.#replica.campaign();
      if (attemptsLeft > 1) this.#schedule(node, RETRY_MS + delayMs, attemptsLeft - 1);
    });
  }
}
