/** One committed record of a partition's log. */
export interface CommittedEntry {
  readonly index: number;
  readonly term: number;
  /** The proposed bytes. Immutable; the receiver may keep slices of it. */
  readonly data: Uint8Array;
}

/** Who leads a partition, as told to its state machine. */
export interface LeadershipChange {
  /** True once this replica leads and has applied every entry of earlier terms. */
  readonly isLeader: boolean;
  readonly term: number;
  /** Node id of the leader, when one is known. */
  readonly leaderNode: number | undefined;
}

/**
 * What a partition's log drives: implemented by the product, called by the cluster.
 *
 * Calls for one partition never overlap. An exception from `applyBatch` stops the partition on this
 * node: it is a defect, since a committed entry can be neither refused nor skipped.
 */
export interface StateMachine {
  /** Index up to which the store already holds the effects; read once, when the group starts. */
  readonly appliedIndex: number;
  /**
   * Applies entries in order, each exactly once per run of the process.
   *
   * May return a promise when rows have to be loaded: the next batch waits for it. Returning
   * nothing is the hot path.
   *
   * @param entries   proposals only; empty and configuration entries are left out, so gaps in the
   *                  indexes are normal and the array may be empty
   * @param lastIndex how far the log has come with this batch, left-out entries included
   */
  applyBatch(entries: readonly CommittedEntry[], lastIndex: number): void | Promise<void>;
  /** Tells of a leadership change; `isLeader` only after all earlier entries are applied. */
  onLeadership(change: LeadershipChange): void;
  /** Serializes the state at some applied index for another replica. */
  snapshot(): Promise<Uint8Array>;
  /** Replaces the state by a snapshot that was taken at `index`. */
  restore(data: Uint8Array, index: number): Promise<void>;
}
