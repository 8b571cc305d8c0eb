/** What became of a proposal: see `PartitionLog.propose`. */
export type ProposeResult = "accepted" | "not-leader" | "overloaded" | "storage-full";

/** The replicated log of one partition, as this node sees it. */
export interface PartitionLog {
  readonly partitionId: number;
  /** Id of this replica in its group; never used again when the replica is gone. */
  readonly replicaId: number;
  /** True while this replica leads and has applied every entry of earlier terms. */
  readonly isLeader: boolean;
  /** Current Raft term; usable as leader epoch. */
  readonly term: number;
  /** Node id of the leader, when one is known. */
  readonly leaderNode: number | undefined;
  /** Index of the last entry handed to the state machine, or skipped for it. */
  readonly appliedIndex: number;
  /**
   * Asks for an entry; synchronous and without acknowledgement, the commit is the answer.
   *
   * Proposals made in one turn of the event loop share a batch and keep their order. The log owns
   * `data` from now on: the caller must not change it. An accepted proposal may still be lost when
   * leadership is (`onLeadership` then says so); `overloaded` means that the bytes that wait for
   * disk or for the state machine are at their limit, `storage-full` that the disk is full.
   */
  propose(data: Uint8Array): ProposeResult;
  /**
   * Resolves with a linearizable read point once this replica has applied up to it.
   *
   * @throws ClusterError `NOT_LEADER` when leadership is unknown or lost meanwhile
   */
  readIndex(): Promise<number>;
  /** Asks the leader to hand over to the replica on `nodeId`; no effect when it cannot. */
  transferLeadership(nodeId: number): void;
  /** States that the store has durably flushed everything up to `index`: the log below may go. */
  compact(index: number): void;
  /** Payload bytes appended above the last `compact` index. */
  appendedBytesSinceCompaction(): number;
}
