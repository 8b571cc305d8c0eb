import type { Clock, ScheduledCall, Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Replica } from "../multiraft/replica.ts";
import type { ReplicaStatus } from "../multiraft/replica-status.ts";
import { type GroupView, nextGroupStep } from "./group-change.ts";

/** Who is to be a member of a group. */
export interface GroupTarget {
  readonly voters: readonly number[];
  readonly learners: readonly number[];
  /** Differs whenever the target does. */
  readonly version: string;
}

/** What the keeper of a node's groups needs. */
export interface GroupKeeperOptions {
  /** Replicas of this node, the metadata group's included. */
  replicas(): readonly Replica[];
  /** What a group is to be; `undefined` when nobody knows yet. */
  targetOf(status: ReplicaStatus): GroupTarget | undefined;
  isAlive(nodeId: number): boolean;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
}

/** What was last done for a group, so that it is not done twice while it takes effect. */
interface GroupProgress {
  readonly term: number;
  readonly settledVersion: string | undefined;
  readonly asked: { readonly members: string; readonly atMs: number } | undefined;
}

const IDLE_MS = 1_000;
const BUSY_MS = 100;
/** Something that was asked for and has not shown within this time is asked for again. */
const REPEAT_MS = 2_000;

/**
 * Leads the groups that this node leads to the members they are to have.
 *
 * Only a group's leader changes its members, so nobody else has to agree: without leadership a
 * change is refused by the group itself.
 */
export class GroupKeeper {
  readonly #options: GroupKeeperOptions;
  readonly #progress = new Map<number, GroupProgress>();
  #timer: ScheduledCall | undefined;
  #isClosed = false;

  constructor(options: GroupKeeperOptions) {
    this.#options = options;
  }

  /** Looks now, and from then on at intervals. */
  poke(): void {
    this.#schedule(0);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    this.#timer?.cancel();
    this.#timer = this.#options.scheduler.after(delayMs, () => {
      let isBusy = false;
      for (const replica of this.#options.replicas()) {
        if (this.#keep(replica)) isBusy = true;
      }
      this.#schedule(isBusy ? BUSY_MS : IDLE_MS);
    });
  }

  /** Does the next thing for one group; true when it is not what it is to be yet. */
  #keep(replica: Replica): boolean {
    if (!replica.isLeader || replica.isStopped) return false;
    const { group, term } = replica;
    const known = this.#progress.get(group);
    const progress = known?.term === term ? known : undefined;
    const status = replica.status();
    const target = this.#options.targetOf(status);
    if (target === undefined) return false;
    if (progress?.settledVersion === target.version) return false;
    const view = this.#view(replica, status);
    const step = nextGroupStep(target.voters, view, target.learners);
    if (step.kind === "none") {
      this.#progress.set(group, { term, settledVersion: target.version, asked: undefined });
      return false;
    }
    if (step.kind === "wait") return true;
    const members = JSON.stringify([view.voters, view.learners, step]);
    const nowMs = this.#options.clock.monotonicMs();
    const asked = progress?.asked;
    if (asked?.members === members && nowMs - asked.atMs < REPEAT_MS) return true;
    const next = { members, atMs: nowMs };
    this.#progress.set(group, { term, settledVersion: undefined, asked: next });
    this.#options.logger.info("Changing the members of a group", { group, step });
    if (step.kind === "change") replica.proposeConfChange(step.change);
    else this.#transfer(replica, step.replicaId);
    return true;
  }

  #transfer(replica: Replica, replicaId: number): void {
    const nodeId = replica.nodeOf(replicaId);
    if (nodeId !== undefined) replica.transferLeadership(nodeId);
  }

  #view(replica: Replica, status: ReplicaStatus): GroupView {
    const { confState, progress } = status;
    return {
      ownReplica: status.replicaId,
      voters: confState.voters,
      learners: [...confState.learners, ...confState.learnersNext],
      isJoint: confState.votersOutgoing.length > 0,
      isTransferring: status.transferTarget !== 0,
      commit: status.commit,
      progress: progress.map(({ id, match, state }) => {
        const nodeId = replica.nodeOf(id);
        const isReachable = nodeId !== undefined && this.#options.isAlive(nodeId);
        return { replicaId: id, match, isActive: isReachable && state === "replicate" };
      }),
    };
  }
}
