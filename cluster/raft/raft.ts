import { assert } from "#base/assert";
import { toConfState } from "./configuration.ts";
import type { Entry } from "./entry.ts";
import { payloadSizeOf } from "./entry.ts";
import { RaftLog } from "./log.ts";
import { isHeldUntilDurable } from "./message-kinds.ts";
import { type Message, type MessageDraft, NO_NODE } from "./messages.ts";
import type { RaftLogSink, RaftSettings } from "./options.ts";
import { ReadOnlyQueue, type ReadState } from "./read-only.ts";
import type { HardState } from "./snapshot.ts";
import { ProgressTracker } from "./tracker.ts";

/** What a replica is in its present term. Being a learner is a property of membership instead. */
export type Role = "follower" | "pre-candidate" | "candidate" | "leader";

/**
 * State of one replica of a group. The functions in the files of this folder work on it.
 *
 *   from           to             when                                        function
 *   follower       pre-candidate  election timeout, with pre-vote             campaign
 *   follower       candidate      election timeout without pre-vote, transfer campaign
 *   pre-candidate  candidate      a quorum would grant                        stepCandidate
 *   pre-candidate  follower       a quorum would refuse                       stepCandidate
 *   candidate      leader         a quorum granted                            stepCandidate
 *   candidate      follower       a quorum refused                            stepCandidate
 *   candidates     follower       a leader of the same term speaks            stepCandidate
 *   leader         follower       no quorum heard from, or removed            stepLeader,
 *                                                                             switchConfiguration
 *   any            follower       a message with a higher term                step
 *
 *   R1  the term never decreases, and at most one vote is given in a term
 *   R2  a leader never truncates its own log, and commits by counting only entries of its term
 *   R3  messages that claim durability wait in `heldMessages` until the caller wrote everything
 *       that came before them
 */
export class Raft {
  readonly id: number;
  readonly settings: RaftSettings;
  readonly log: RaftLog;
  readonly tracker: ProgressTracker;
  readonly logSink: RaftLogSink | undefined;

  term = 0;
  /** Id voted for in `term`; 0 for none. */
  vote: number = NO_NODE;
  role: Role = "follower";
  leaderId: number = NO_NODE;

  /** Ticks since the last sign of a leader; for a leader, since the last quorum check. */
  electionElapsed = 0;
  heartbeatElapsed = 0;
  randomizedElectionTicks = 0;

  /** Target of a leadership transfer in progress; 0 for none. */
  transferTarget: number = NO_NODE;
  /** A leader takes no membership change while the applied index is below this. */
  pendingConfIndex = 0;
  /** Estimate of the payload bytes in the uncommitted tail of a leader. */
  uncommittedBytes = 0;

  readonly readOnly = new ReadOnlyQueue();
  /** Read requests that came before the first commit of this leadership. */
  postponedReads: Message[] = [];
  readStates: ReadState[] = [];

  /** Messages that may leave at once. */
  messages: Message[] = [];
  /** Messages that may leave, or take effect here, once earlier writes are durable. */
  heldMessages: Message[] = [];

  constructor(settings: RaftSettings) {
    this.id = settings.id;
    this.settings = settings;
    this.logSink = settings.logSink;
    this.log = new RaftLog(settings);
    this.tracker = new ProgressTracker(settings);
  }

  /** Takes over what was persisted before a restart. */
  loadHardState(state: HardState): void {
    if (state.term === 0 && state.vote === NO_NODE && state.commit === 0) return;
    assert(state.commit >= this.log.committed, "the persisted commit is not below the log");
    assert(state.commit <= this.log.lastIndex(), "the persisted commit is in the log");
    this.log.committed = state.commit;
    this.term = state.term;
    this.vote = state.vote;
  }

  /** Queues a message, filling in sender and term. Replies that claim durability are held. */
  send(message: MessageDraft): void {
    if (message.from === NO_NODE) message.from = this.id;
    switch (message.type) {
      case "vote":
      case "vote-response":
      case "pre-vote":
      case "pre-vote-response":
        // The term of an election is not always the term of the sender, so it is set before.
        assert(message.term !== 0, "an election message carries a term");
        break;
      case "propose":
      case "read-index":
        // These count as local to whoever receives them, whatever its term.
        assert(message.term === 0, "a forwarded request carries no term");
        break;
      default:
        assert(message.term === 0, "the term of a message is set when it is sent");
        message.term = this.term;
    }
    if (isHeldUntilDurable(message.type)) {
      this.heldMessages.push(message);
    } else {
      assert(message.to !== this.id, "a replica only sends itself what waits for durability");
      this.messages.push(message);
    }
  }

  becomeFollower(term: number, leaderId: number): void {
    this.reset(term);
    this.leaderId = leaderId;
    this.role = "follower";
    this.logSink?.info(`${hex(this.id)} became follower at term ${this.term}`);
  }

  becomeCandidate(): void {
    assert(this.role !== "leader", "a leader does not campaign");
    this.reset(this.term + 1);
    this.vote = this.id;
    this.role = "candidate";
    this.logSink?.info(`${hex(this.id)} became candidate at term ${this.term}`);
  }

  /** Unlike the other roles this one keeps term, vote and timers: asking changes nothing. */
  becomePreCandidate(): void {
    assert(this.role !== "leader", "a leader does not campaign");
    this.tracker.resetVotes();
    this.leaderId = NO_NODE;
    this.role = "pre-candidate";
    this.logSink?.info(`${hex(this.id)} became pre-candidate at term ${this.term}`);
  }

  /** Clears what belongs to one term or one role. The vote stays unless the term changes. */
  reset(term: number): void {
    assert(term >= this.term, "the term never decreases");
    if (this.term !== term) {
      this.term = term;
      this.vote = NO_NODE;
    }
    this.leaderId = NO_NODE;
    this.electionElapsed = 0;
    this.heartbeatElapsed = 0;
    this.drawElectionTimeout();
    this.transferTarget = NO_NODE;
    this.tracker.resetVotes();
    const last = this.log.lastIndex();
    for (const peer of this.tracker.peers) {
      peer.reset(last + 1);
      if (peer.id === this.id) peer.match = last;
    }
    this.pendingConfIndex = 0;
    this.uncommittedBytes = 0;
    this.readOnly.reset();
    this.postponedReads = [];
  }

  drawElectionTimeout(): void {
    const { electionTicks, random } = this.settings;
    this.randomizedElectionTicks = electionTicks + random.nextBelow(electionTicks);
  }

  /** True if this replica may become leader: a voter whose log is not about to be replaced. */
  isPromotable(): boolean {
    const own = this.tracker.progressOf(this.id);
    return own !== undefined && !own.isLearner && this.log.unstable.snapshot === undefined;
  }

  /** True once this leader knows which older entries are committed. */
  hasCommittedInTerm(): boolean {
    return this.log.termOrZero(this.log.committed) === this.term;
  }

  /** Counts entries against the limit; false if they would exceed it. */
  reserveUncommitted(entries: readonly Entry[]): boolean {
    if (this.settings.uncommittedBytesMax === Number.POSITIVE_INFINITY) return true;
    const bytes = payloadSizeOf(entries);
    const total = this.uncommittedBytes + bytes;
    // The first entries beyond an empty tail always fit, or a large one could never pass. Empty
    // ones always fit too, so that a new leader and the end of a joint state are never refused.
    const isOver = total > this.settings.uncommittedBytesMax;
    if (isOver && this.uncommittedBytes > 0 && bytes > 0) return false;
    this.uncommittedBytes = total;
    return true;
  }

  releaseUncommitted(entries: readonly Entry[]): void {
    if (this.uncommittedBytes === 0) return;
    this.uncommittedBytes = Math.max(0, this.uncommittedBytes - payloadSizeOf(entries));
  }

  hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.committed };
  }

  confState(): ReturnType<typeof toConfState> {
    return toConfState(this.tracker.configuration);
  }
}

/** Ids in log lines are hexadecimal. */
export function hex(id: number): string {
  return id.toString(16);
}
