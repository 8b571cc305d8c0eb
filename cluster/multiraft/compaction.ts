import type { ProgressStatus } from "#raft";
import type { GroupLog } from "../log-store/group-log.ts";
import type { LogStore } from "../log-store/log-store.ts";
import type { ReplicaLimits } from "./replica-host.ts";

/** What cutting a log asks of the replica. */
export interface CompactionHost {
  readonly store: LogStore;
  readonly log: GroupLog;
  readonly limits: Pick<ReplicaLimits, "keptTailBytes" | "keptForFollowersBytesMax">;
  /** Other members that answer, if this replica leads; `undefined` if it is the only member. */
  liveFollowers(): readonly ProgressStatus[] | undefined;
}

/**
 * Decides how far a log is cut, of what its state machine holds durably.
 *
 * The only member keeps nothing. In a group of several a short tail stays, for whoever leads next
 * and finds a member a little behind. A leader keeps what a live member lacks, up to a bound, since
 * beyond it a snapshot is cheaper. For members whose node does not answer nothing is kept.
 */
export class Compaction {
  readonly #host: CompactionHost;
  /** The state machine holds everything up to here durably. */
  #flushedIndex = 0;
  /** Bytes up to there that stay for others. */
  #heldBytes = 0;
  #isHolding = false;

  constructor(host: CompactionHost) {
    this.#host = host;
  }

  /** True while something stays that can go when a member has caught up or its node is lost. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Payload bytes that the state machine could make superfluous by flushing. */
  get pendingBytes(): number {
    const { store, log } = this.#host;
    // A group that pins old segments for others is not helped by a flush.
    if (this.#heldBytes === 0) return store.bytesToCompact(log);
    return Math.max(0, log.appendedBytes - this.#heldBytes);
  }

  /** Notes what is durable, and cuts; true if something went. */
  flushed(index: number): boolean {
    this.#flushedIndex = Math.max(this.#flushedIndex, index);
    return this.cut();
  }

  /** Cuts what has become superfluous since; true if something went. */
  cut(): boolean {
    const { store, log } = this.#host;
    const limit = this.#limit();
    this.#heldBytes =
      limit < this.#flushedIndex
        ? log.recordBytesUpTo(this.#flushedIndex) - log.recordBytesUpTo(limit)
        : 0;
    if (limit <= log.compacted.index) return false;
    store.compact(log, limit);
    return true;
  }

  #limit(): number {
    const { log, limits } = this.#host;
    const followers = this.#host.liveFollowers();
    this.#isHolding = false;
    if (followers === undefined) return this.#flushedIndex;
    let limit = Math.min(this.#flushedIndex, log.indexBelowNewest(limits.keptTailBytes));
    const boundary = log.indexBelowNewest(limits.keptForFollowersBytesMax);
    for (const { match, pendingSnapshot } of followers) {
      const needed = Math.max(match, pendingSnapshot, boundary);
      if (needed >= limit) continue;
      limit = needed;
      this.#isHolding = true;
    }
    return limit;
  }
}
