import { Inflights } from "./inflights.ts";

/** How a leader sends to one follower. */
export type ProgressState = "probe" | "replicate" | "snapshot";

/** Limits of the window of one follower. */
export interface WindowLimits {
  readonly inflightAppendsMax: number;
  readonly inflightBytesMax: number;
}

/** A copy of what a leader knows about one replica, for display. */
export interface ProgressStatus {
  readonly id: number;
  readonly state: ProgressState;
  readonly match: number;
  readonly next: number;
  readonly isLearner: boolean;
  readonly isPaused: boolean;
  readonly pendingSnapshot: number;
  readonly recentActive: boolean;
  readonly inflightCount: number;
  readonly isInflightFull: boolean;
}

/**
 * What a leader knows about one replica.
 *
 *   probe      one append at a time, until the position of agreement is found
 *   replicate  appends are sent ahead of their acknowledgements, within the window
 *   snapshot   nothing is sent until the follower has what the log no longer holds
 *
 *   P1  `match < next`
 */
export class Progress {
  readonly id: number;
  state: ProgressState = "probe";
  /** Highest index known to be durable on the replica. */
  match = 0;
  /** First index to send next. */
  next: number;
  /** Highest commit index sent; a hint that avoids empty messages, not a promise. */
  sentCommit = 0;
  /** Index of the snapshot on its way; 0 for none. */
  pendingSnapshot = 0;
  /** Heard from since the last quorum check. */
  recentActive = false;
  isLearner = false;
  /** Set until something is heard from the replica. */
  appendsPaused = false;
  /** The replica knows no members, and takes entries after a snapshot only. */
  needsSnapshot = false;
  readonly inflights: Inflights;

  constructor(id: number, next: number, limits: WindowLimits) {
    this.id = id;
    this.next = next;
    this.inflights = new Inflights(limits.inflightAppendsMax, limits.inflightBytesMax);
  }

  /** Forgets everything but the identity of the replica; done at every change of role. */
  reset(next: number): void {
    this.#enter("probe");
    this.match = 0;
    this.next = next;
    this.sentCommit = 0;
    this.recentActive = false;
    this.needsSnapshot = false;
  }

  becomeProbe(): void {
    // A snapshot that was reported as installed tells more than the last acknowledgement.
    const known = this.state === "snapshot" ? this.pendingSnapshot : 0;
    this.#enter("probe");
    this.next = Math.max(this.match, known) + 1;
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
  }

  becomeReplicate(): void {
    this.#enter("replicate");
    this.next = this.match + 1;
  }

  becomeSnapshot(index: number): void {
    this.#enter("snapshot");
    this.pendingSnapshot = index;
    this.next = index + 1;
    this.sentCommit = index;
  }

  /** Notes that an append with this many entries and payload bytes was sent. */
  sentEntries(count: number, bytes: number): void {
    if (this.state === "replicate") {
      if (count > 0) {
        this.next += count;
        this.inflights.add(this.next - 1, bytes);
      }
      // A message sent on a full window is a probe: wait for a sign of life before the next.
      this.appendsPaused = this.inflights.isFull();
    } else if (count > 0) {
      this.appendsPaused = true;
    }
  }

  /** True if a message now could raise the commit index of the replica. */
  canRaiseCommit(committed: number): boolean {
    return committed > this.sentCommit && this.sentCommit < this.next - 1;
  }

  /** Takes an acknowledgement; false if it says nothing new. */
  maybeUpdate(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.appendsPaused = false;
    this.needsSnapshot = false;
    return true;
  }

  /**
   * Takes a rejection; false if it answers a message that no longer matters.
   *
   * @param rejected index of the entry that did not match
   * @param hint     highest index that may match
   */
  maybeDecrease(rejected: number, hint: number): boolean {
    if (this.state === "replicate") {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
    } else {
      // While probing, one message is out: only the answer to that one counts.
      if (this.next - 1 !== rejected) return false;
      this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);
      this.appendsPaused = false;
    }
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
    return true;
  }

  isPaused(): boolean {
    return this.state === "snapshot" || this.appendsPaused;
  }

  status(): ProgressStatus {
    return {
      id: this.id,
      state: this.state,
      match: this.match,
      next: this.next,
      isLearner: this.isLearner,
      isPaused: this.isPaused(),
      pendingSnapshot: this.pendingSnapshot,
      recentActive: this.recentActive,
      inflightCount: this.inflights.count,
      isInflightFull: this.inflights.isFull(),
    };
  }

  #enter(state: ProgressState): void {
    this.appendsPaused = false;
    this.pendingSnapshot = 0;
    this.state = state;
    this.inflights.reset();
  }
}
