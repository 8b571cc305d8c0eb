import type { ScheduledCall } from "#base/clock";
import type { ConfState, RawNode } from "#raft";
import type { ReplicaHost } from "./replica-host.ts";

/** What is known of the group whose leader is gone. */
export interface LostLeader {
  readonly group: number;
  readonly replicaId: number;
  readonly node: RawNode;
  readonly members: ConfState;
  /** The replica that led; 0 for none. */
  readonly leaderId: number;
  /** Called after the core has been told to campaign. */
  onCampaign(): void;
}

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
  #timer: ScheduledCall | undefined;

  constructor(host: ReplicaHost) {
    this.#host = host;
  }

  /** Starts; an earlier start is forgotten. */
  start(lost: LostLeader): void {
    this.cancel();
    const rank = rankOf(lost);
    if (rank !== undefined) this.#schedule(lost, { rank, attempt: 0 });
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(lost: LostLeader, turn: { readonly rank: number; readonly attempt: number }): void {
    const { rank, attempt } = turn;
    const wait = rank * STAGGER_MS + this.#host.random.nextBelow(SPREAD_MS);
    this.#timer = this.#host.after(wait + (attempt === 0 ? 0 : RETRY_MS), () => {
      this.#timer = undefined;
      if (lost.node.leaderId !== 0) return;
      lost.node.campaign();
      lost.onCampaign();
      if (attempt + 1 < ATTEMPTS_MAX) this.#schedule(lost, { rank, attempt: attempt + 1 });
    });
  }
}

/** Place of this replica among those that could lead; `undefined` when it could not. */
function rankOf({ group, replicaId, members, leaderId }: LostLeader): number | undefined {
  const candidates = members.voters.filter((id) => id !== leaderId);
  const position = candidates.indexOf(replicaId);
  return position === -1 ? undefined : (position + group) % candidates.length;
}
