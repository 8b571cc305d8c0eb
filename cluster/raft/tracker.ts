import { assert, assertPresent } from "#base/assert";
import { type Configuration, EMPTY_CONFIGURATION, isJoint, memberIds } from "./configuration.ts";
import { Progress, type WindowLimits } from "./progress.ts";
import {
  type AckedIndex,
  jointCommittedIndex,
  jointVoteResult,
  type VoteResult,
} from "./quorum.ts";

/** Votes counted so far. */
export interface VoteTally {
  readonly granted: number;
  readonly rejected: number;
  readonly result: VoteResult;
}

/** Configuration of a group, what is known of every member, and the votes of an election. */
export class ProgressTracker {
  /** Members in ascending order of id: the order of every broadcast. */
  peers: readonly Progress[] = [];
  #configuration: Configuration = EMPTY_CONFIGURATION;
  #byId = new Map<number, Progress>();
  readonly #votes = new Map<number, boolean>();
  readonly #limits: WindowLimits;
  readonly #matchOf: AckedIndex = (id) => this.#byId.get(id)?.match;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  get configuration(): Configuration {
    return this.#configuration;
  }

  progressOf(id: number): Progress | undefined {
    return this.#byId.get(id);
  }

  /**
   * Takes over a changed configuration.
   *
   * @param fresh     members whose progress starts from nothing
   * @param lastIndex where probing of new members starts
   */
  adopt(configuration: Configuration, fresh: ReadonlySet<number>, lastIndex: number): void {
    const learners = new Set(configuration.learners);
    const byId = new Map<number, Progress>();
    for (const id of memberIds(configuration)) {
      const known = fresh.has(id) ? undefined : this.#byId.get(id);
      const progress = known ?? this.#createProgress(id, lastIndex);
      progress.isLearner = learners.has(id);
      byId.set(id, progress);
    }
    this.#configuration = configuration;
    this.#byId = byId;
    this.peers = [...byId.values()];
  }

  /** Forgets all members, before a snapshot defines them anew. */
  clear(): void {
    this.#configuration = EMPTY_CONFIGURATION;
    this.#byId = new Map();
    this.peers = [];
  }

  /** True if one voter decides everything. */
  isSingleton(): boolean {
    const { incoming } = this.#configuration.voters;
    return incoming.length === 1 && !isJoint(this.#configuration);
  }

  /** True if this member votes in either half. */
  isVoter(id: number): boolean {
    const { incoming, outgoing } = this.#configuration.voters;
    return incoming.includes(id) || outgoing.includes(id);
  }

  /** Highest index that a quorum has made durable. */
  committedIndex(): number {
    return jointCommittedIndex(this.#configuration.voters, this.#matchOf);
  }

  /** Highest value that a quorum has acknowledged, for values kept outside the progress. */
  quorumOf(acked: AckedIndex): number {
    return jointCommittedIndex(this.#configuration.voters, acked);
  }

  /** True if a quorum was heard from since the last check. */
  isQuorumActive(): boolean {
    const votes = new Map<number, boolean>();
    for (const peer of this.peers) {
      if (!peer.isLearner) votes.set(peer.id, peer.recentActive);
    }
    return jointVoteResult(this.#configuration.voters, votes) === "won";
  }

  resetVotes(): void {
    this.#votes.clear();
  }

  /** Records a vote; the first one of each member counts. */
  recordVote(id: number, granted: boolean): void {
    if (!this.#votes.has(id)) this.#votes.set(id, granted);
  }

  tallyVotes(): VoteTally {
    let granted = 0;
    let rejected = 0;
    for (const peer of this.peers) {
      const vote = peer.isLearner ? undefined : this.#votes.get(peer.id);
      if (vote === true) granted += 1;
      else if (vote === false) rejected += 1;
    }
    const result = jointVoteResult(this.#configuration.voters, this.#votes);
    return { granted, rejected, result };
  }

  /** The progress of a member that is known to exist. */
  memberProgress(id: number): Progress {
    return assertPresent(this.#byId.get(id), "the replica is a member");
  }

  #createProgress(id: number, lastIndex: number): Progress {
    assert(id > 0, "a member has an id");
    const progress = new Progress(id, Math.max(lastIndex, 1), this.#limits);
    // Counts as heard from, or the next quorum check would fail before it could answer.
    progress.recentActive = true;
    return progress;
  }
}
