import type { Counter, Summary } from "#base/metric";
import type { Role } from "#raft";

/** Where the groups of a node report what they measure. Durations are in seconds. */
export interface RaftMetrics {
  /** Bytes of each accepted proposal. */
  readonly recordBytes: Summary;
  /** From the first proposal of a batch until the batch is committed. */
  readonly commitDuration: Summary;
  readonly applyBatchEntries: Summary;
  /** Only of batches whose rows were in memory: others wait, too. */
  readonly applyDuration: Summary;
  /** Groups with records in one write of the log. */
  readonly groupsPerWrite: Summary;
  /** Proposals by what became of them. */
  readonly proposals: {
    readonly committed: Counter;
    readonly committedBytes: Counter;
    readonly notLeader: Counter;
    /** Accepted, and given up since leadership was lost. */
    readonly dropped: Counter;
    readonly overloaded: Counter;
    readonly storageFull: Counter;
  };
  readonly electionsWon: Counter;
  readonly electionsLost: Counter;
  readonly logTruncations: Counter;
  readonly reads: Counter;
  readonly confChanges: Counter;
  readonly replicasDestroyed: Counter;
  /** Entries written to the log, of whatever leader. */
  readonly entriesStored: Counter;
  /** From commit until the state machine is given the entries, by whether this replica leads. */
  readonly commitToApply: { readonly leader: Summary; readonly follower: Summary };
  /** A snapshot was sent or received, or could not be. */
  onSnapshot(direction: "sent" | "received", isOk: boolean): void;
  /** A defect has stopped a group on this node. */
  onFailed(group: number): void;
  /** A group has a leader that it did not have before. */
  onLeaderChange(group: number): void;
}

const NO_COUNTER: Counter = { add: () => {} };
const NO_SUMMARY: Summary = { observe: () => {} };

/** Metrics that go nowhere. */
export const NO_RAFT_METRICS: RaftMetrics = {
  recordBytes: NO_SUMMARY,
  commitDuration: NO_SUMMARY,
  applyBatchEntries: NO_SUMMARY,
  applyDuration: NO_SUMMARY,
  groupsPerWrite: NO_SUMMARY,
  proposals: {
    committed: NO_COUNTER,
    committedBytes: NO_COUNTER,
    notLeader: NO_COUNTER,
    dropped: NO_COUNTER,
    overloaded: NO_COUNTER,
    storageFull: NO_COUNTER,
  },
  electionsWon: NO_COUNTER,
  electionsLost: NO_COUNTER,
  logTruncations: NO_COUNTER,
  reads: NO_COUNTER,
  confChanges: NO_COUNTER,
  replicasDestroyed: NO_COUNTER,
  entriesStored: NO_COUNTER,
  commitToApply: { leader: NO_SUMMARY, follower: NO_SUMMARY },
  onSnapshot: () => {},
  onFailed: () => {},
  onLeaderChange: () => {},
};

/** Counts elections and leaders of one group by watching its core. */
export class ElectionWatch {
  readonly #metrics: RaftMetrics;
  readonly #group: number;
  #role: Role = "follower";
  #leaderId = 0;

  constructor(metrics: RaftMetrics, group: number) {
    this.#metrics = metrics;
    this.#group = group;
  }

  /** To be called when role, term or leader may have changed. */
  note({ role, leaderId }: { readonly role: Role; readonly leaderId: number }): void {
    if (role !== this.#role) {
      const wasCandidate = this.#role === "candidate" || this.#role === "pre-candidate";
      if (role === "leader") this.#metrics.electionsWon.add();
      else if (role === "follower" && wasCandidate) this.#metrics.electionsLost.add();
      this.#role = role;
    }
    if (leaderId === this.#leaderId || leaderId === 0) return;
    this.#leaderId = leaderId;
    this.#metrics.onLeaderChange(this.#group);
  }
}
