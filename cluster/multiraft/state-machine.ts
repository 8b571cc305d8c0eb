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

/** A consistent image of a state machine, to be read once. */
export interface SnapshotSource {
  /** The applied index that the image is of: everything up to it is in, nothing above. */
  readonly index: number;
  /** The image in pieces of any size; the receiver must not change them. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Releases what the image holds; called exactly once, after an error too. */
  close(): Promise<void>;
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
  /**
   * Takes a consistent image of the state for another replica.
   *
   * Called between batches. Batches go on while the image is read, and must not change it. Several
   * images may be open at once. A rejection means: not now, it is tried again.
   */
  snapshot(): Promise<SnapshotSource>;
  /**
   * Replaces the whole state by an image that was taken at `index`; resolves when that is durable.
   *
   * No batch is applied meanwhile. Crash safe: unless it has resolved, `appliedIndex` must be below
   * `index` at the next start, whatever was written by then; the same image is then offered again.
   * A rejection stops the partition on this node until it restarts.
   *
   * @param chunks to be read once, in order; how they are cut has no meaning
   */
  restore(chunks: AsyncIterable<Uint8Array>, index: number): Promise<void>;
}
