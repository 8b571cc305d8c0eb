import { assert, assertPresent } from "#base/assert";
import { ClusterError } from "#base/cluster-error";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import {
  APPEND_THREAD,
  APPLY_THREAD,
  type ConfState,
  decodeConfChange,
  type Entry,
  type Message,
  RawNode,
  type Ready,
} from "#raft";
import type { GroupLog } from "../log-store/group-log.ts";
import type { LogStore } from "../log-store/log-store.ts";
import type { PartitionLog, ProposeResult } from "./partition-log.ts";
import { ReadWaiters } from "./read-waiters.ts";
import type { LeadershipChange, StateMachine } from "./state-machine.ts";

/** What a replica asks of the node it runs on. */
export interface ReplicaHost {
  readonly store: LogStore;
  readonly random: Random;
  readonly logger: Logger;
  /** True while proposals may be taken: the disk has space and the node is not stopping. */
  readonly isAccepting: boolean;
  /** Bytes of accepted proposals, over all groups, that are not applied yet. */
  pendingBytes: number;
  /** Totals since the process started, over all groups. */
  proposedRecords: number;
  proposedBytes: number;
  appliedRecords: number;
  appliedBytes: number;
  readonly limits: ReplicaLimits;
  /** Sees to it that `collect` is called in this turn of the event loop or the next. */
  schedule(replica: Replica): void;
  /** As `schedule`, but what arrives while the log writes waits for that write and is batched. */
  scheduleBatched(replica: Replica): void;
  /** Sees to it that `finishAppends` is called when batch `sequence` is durable. */
  awaitDurable(replica: Replica, sequence: number): void;
  /** Sends a message to another replica of the group. */
  send(replica: Replica, message: Message): void;
  /** Node that holds a replica; `undefined` when unknown. */
  nodeOf(group: number, replicaId: number): number | undefined;
  /** Replica of the group that a node holds; `undefined` when unknown. */
  replicaOn(group: number, nodeId: number): number | undefined;
}

/** Bounds of the work that waits. */
export interface ReplicaLimits {
  /** Payload bytes of one group that wait for disk or state machine. */
  readonly pendingBytesMax: number;
  /** As above, over all groups of the node. */
  readonly nodePendingBytesMax: number;
  /** Entry bytes handed to a state machine at once. */
  readonly applyingBytesMax: number;
  /** Entry bytes of one message to a follower. */
  readonly messageBytesMax: number;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
}

/** Messages to deliver once a batch is durable. */
interface PendingResponses {
  readonly sequence: number;
  readonly responses: readonly Message[];
}

/** Payload bytes that one group adds to a batch at once, so that others have their turn. */
const PROPOSED_BYTES_MAX = 1024 * 1024;
/** Entries that followers may still need stay in memory up to this. */
const CACHED_BYTES_MAX = 1024 * 1024;

/**
 * One replica of a group: connects the pure core with log, transport and state machine.
 *
 * `collect` carries out what the core has decided: appends go to the shared log, messages that
 * claim nothing about the disk leave at once, committed entries (durable by then) are applied.
 * `finishAppends` tells the core when appends are durable. An exception inside stops this replica
 * and no other.
 */
export class Replica implements PartitionLog {
  readonly group: number;
  readonly replicaId: number;
  readonly log: GroupLog;
  readonly #host: ReplicaHost;
  readonly #logger: Logger;
  readonly #reads = new ReadWaiters();
  #node: RawNode | undefined;
  #machine: StateMachine | undefined;
  #isStopped = false;
  /** True while the replica is in its host's list of work. */
  isScheduled = false;
  #isLeader = false;
  #announced: LeadershipChange = { isLeader: false, term: 0, leaderNode: undefined };
  /** Term in which this replica leads; zero when it does not. */
  #leaderTerm = 0;
  /** First index of that leadership: everything below is of earlier terms. */
  #leaderSince = Number.POSITIVE_INFINITY;
  #isSingleVoter = false;
  #proposals: Uint8Array[] = [];
  #pendingBytes = 0;
  #lastSequence = 0;
  #pendingAppends: PendingResponses[] = [];
  #applyQueue: Message[] = [];
  /** The batch that the state machine has not finished. */
  #applying: Promise<void> | undefined;
  #appliedIndex = 0;

  constructor(host: ReplicaHost, log: GroupLog, replicaId: number) {
    this.#host = host;
    this.group = log.group;
    this.replicaId = replicaId;
    this.log = log;
    this.#logger = host.logger.child({ group: log.group });
  }

  get partitionId(): number {
    return this.group - 1;
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  get term(): number {
    return this.#node?.term ?? 0;
  }

  get leaderNode(): number | undefined {
    const leaderId = this.#node?.leaderId ?? 0;
    return leaderId === 0 ? undefined : this.#host.nodeOf(this.group, leaderId);
  }

  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  /** True when this replica does nothing any more, until the process restarts. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** A lone leader needs no heartbeats: its ticks are skipped. */
  get isQuiescent(): boolean {
    if (this.#isStopped || this.#node === undefined) return true;
    return this.#isSingleVoter && this.#node.role === "leader" && this.#proposals.length === 0;
  }

  /** Starts taking part in the group. A lone voter elects itself at once. */
  start(machine: StateMachine): void {
    assert(this.#node === undefined, "a replica starts once");
    const { limits, random } = this.#host;
    const applied = machine.appliedIndex;
    this.log.startFrom(applied);
    this.#machine = machine;
    this.#appliedIndex = applied;
    const node = new RawNode({
      id: this.replicaId,
      storage: this.log,
      random,
      electionTicks: limits.electionTicks,
      heartbeatTicks: limits.heartbeatTicks,
      applied,
      asyncStorageWrites: true,
      appendBytesMax: limits.messageBytesMax,
      applyingBytesMax: limits.applyingBytesMax,
      disableProposalForwarding: true,
      stepDownOnRemoval: true,
    });
    this.#node = node;
    this.#setMembership(node.confState());
    if (this.#isSingleVoter) node.campaign();
    this.#host.schedule(this);
  }

  propose(data: Uint8Array): ProposeResult {
    if (!this.#isLeader) return "not-leader";
    const host = this.#host;
    const { pendingBytesMax, nodePendingBytesMax } = host.limits;
    const isFull =
      this.#pendingBytes + data.length > pendingBytesMax ||
      host.pendingBytes + data.length > nodePendingBytesMax;
    // A proposal that is larger than the limit itself is taken when nothing else waits.
    if (!host.isAccepting || (isFull && this.#pendingBytes > 0)) return "overloaded";
    this.#pendingBytes += data.length;
    host.pendingBytes += data.length;
    host.proposedRecords++;
    host.proposedBytes += data.length;
    this.#proposals.push(data);
    if (!this.isScheduled) host.scheduleBatched(this);
    return "accepted";
  }

  readIndex(): Promise<number> {
    const node = this.#node;
    if (node === undefined || this.#isStopped || node.leaderId === 0) {
      return Promise.reject(notLeader(this.group));
    }
    const { context, promise } = this.#reads.add();
    node.readIndex(context);
    this.#host.schedule(this);
    return promise;
  }

  transferLeadership(nodeId: number): void {
    const target = this.#host.replicaOn(this.group, nodeId);
    if (target === undefined || target === this.replicaId) return;
    this.#node?.transferLeader(target);
    this.#host.schedule(this);
  }

  compact(index: number): void {
    const limit = Math.min(index, this.#appliedIndex);
    if (limit <= this.log.compacted.index) return;
    this.#host.store.compact(this.log, limit);
    this.#host.schedule(this);
  }

  appendedBytesSinceCompaction(): number {
    return this.#host.store.bytesToCompact(this.log);
  }

  /** One unit of logical time. */
  tick(): void {
    this.#guard(() => {
      this.#node?.tick();
      this.#reads.tick(2 * this.#host.limits.electionTicks, notLeader(this.group));
      this.#host.schedule(this);
    });
  }

  /** Takes a message from another replica. */
  step(message: Message): void {
    if (message.to !== this.replicaId) return;
    this.#guard(() => {
      this.#node?.step(message);
      this.#host.schedule(this);
    });
  }

  /** Carries out what the core has decided. */
  collect(): void {
    this.#guard(() => {
      const node = this.#node;
      if (node === undefined) return;
      this.#proposeCollected(node);
      while (!this.#isStopped && node.hasReady()) this.#carryOut(node, node.ready());
    });
  }

  /** Tells the core that all appends up to batch `sequence` are durable. */
  finishAppends(sequence: number): void {
    this.#guard(() => {
      const pending = this.#pendingAppends;
      let count = 0;
      while (count < pending.length && (pending[count] as PendingResponses).sequence <= sequence) {
        this.#deliver((pending[count] as PendingResponses).responses);
        count++;
      }
      if (count > 0) pending.splice(0, count);
      this.#host.schedule(this);
    });
  }

  /**
   * Ends this replica's part: pending reads fail, nothing is proposed or applied any more. Resolves
   * when the state machine has finished what it had begun.
   */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#isLeader = false;
    this.#dropProposals();
    this.#reads.rejectAll(notLeader(this.group));
    await this.#applying;
  }

  #proposeCollected(node: RawNode): void {
    if (this.#proposals.length === 0) return;
    const proposals = this.#proposals;
    const count = this.#pendingBytes <= PROPOSED_BYTES_MAX ? proposals.length : fitting(proposals);
    const isAll = count === proposals.length;
    if (node.proposeBatch(isAll ? proposals : proposals.slice(0, count)) === "accepted") {
      this.#proposals = isAll ? [] : proposals.slice(count);
      // The rest comes after what other groups have for this batch.
      if (!isAll) this.#host.schedule(this);
      return;
    }
    // Still the leader, so a transfer is under way: it ends with a new leader, or they go through.
    if (node.role !== "leader") this.#dropProposals();
  }

  #carryOut(node: RawNode, ready: Ready): void {
    assert(ready.snapshot === undefined, "a lone replica never receives a snapshot");
    for (const message of ready.messages) {
      if (message.to === APPEND_THREAD) this.#append(message);
      else if (message.to === APPLY_THREAD) this.#applyQueue.push(message);
      else this.#host.send(this, message);
    }
    if (ready.softState !== undefined || ready.hardState !== undefined) this.#noteLeadership(node);
    for (const { context, index } of ready.readStates) this.#reads.confirm(context, index);
    this.#reads.release(this.#appliedIndex);
    this.#applyNext();
  }

  #append(message: Message): void {
    const { store } = this.#host;
    const { term, vote, commit, entries, responses } = message;
    const hardState = term === 0 ? undefined : { term, vote, commit };
    const sequence = store.append(this.log, entries, hardState);
    // Responses must not overtake an earlier append of this group.
    this.#lastSequence = Math.max(this.#lastSequence, sequence);
    if (responses.length === 0) return;
    if (this.#lastSequence <= store.durableSequence) {
      this.#deliver(responses);
      return;
    }
    this.#pendingAppends.push({ sequence: this.#lastSequence, responses });
    this.#host.awaitDurable(this, this.#lastSequence);
  }

  #deliver(responses: readonly Message[]): void {
    for (const response of responses) {
      if (response.to === this.replicaId) this.#node?.step(response);
      else this.#host.send(this, response);
    }
  }

  #applyNext(): void {
    while (this.#applying === undefined && this.#applyQueue.length > 0 && !this.#isStopped) {
      const message = this.#applyQueue.shift() as Message;
      const last = assertPresent(message.entries.at(-1), "there are entries to apply");
      const machine = assertPresent(this.#machine, "a started replica has a state machine");
      const result = machine.applyBatch(proposalsOf(message.entries), last.index);
      if (result === undefined) {
        this.#finishApply(message);
        continue;
      }
      this.#applying = result.then(
        () => this.#guard(() => this.#finishAsyncApply(message)),
        (error: unknown) => this.#fail(error),
      );
    }
    this.#announce();
  }

  #finishAsyncApply(message: Message): void {
    this.#applying = undefined;
    this.#finishApply(message);
    this.#applyNext();
    this.#host.schedule(this);
  }

  #finishApply(message: Message): void {
    let bytes = 0;
    for (const entry of message.entries) {
      bytes += entry.data.length;
      if (entry.type !== "normal") this.#applyConfChange(entry);
      this.#appliedIndex = entry.index;
    }
    this.#host.appliedRecords += message.entries.length;
    this.#host.appliedBytes += bytes;
    this.#releasePending(bytes);
    this.#deliver(message.responses);
    this.log.release(this.#appliedIndex, this.#isSingleVoter ? 0 : CACHED_BYTES_MAX);
    this.#reads.release(this.#appliedIndex);
  }

  #applyConfChange(entry: Entry): void {
    const node = assertPresent(this.#node, "a started replica has a core");
    const change = assertPresent(decodeConfChange(entry), "a committed change can be decoded");
    const confState = node.applyConfChange(change);
    this.#host.store.saveConfiguration(this.log, entry.index, confState);
    this.#setMembership(confState);
  }

  #setMembership({ voters, votersOutgoing }: ConfState): void {
    this.#isSingleVoter =
      voters.length === 1 && voters[0] === this.replicaId && votersOutgoing.length === 0;
  }

  #noteLeadership(node: RawNode): void {
    const isLeading = node.role === "leader";
    if (isLeading && node.term === this.#leaderTerm) return;
    this.#isLeader = false;
    this.#dropProposals();
    // A new leader has appended its empty entry, and nothing after it: proposals are refused.
    this.#leaderTerm = isLeading ? node.term : 0;
    this.#leaderSince = isLeading ? node.lastIndex : Number.POSITIVE_INFINITY;
    if (node.leaderId === 0) this.#reads.rejectAll(notLeader(this.group));
  }

  /** Tells the state machine what changed, never while it is applying. */
  #announce(): void {
    if (this.#applying !== undefined || this.#node === undefined) return;
    const isLeader = this.#appliedIndex >= this.#leaderSince;
    const { term, leaderNode } = this;
    const known = this.#announced;
    const isSameLeadership = known.isLeader === isLeader && (!isLeader || known.term === term);
    if (isSameLeadership && known.leaderNode === leaderNode) return;
    if (known.isLeader && isLeader) this.#tell({ isLeader: false, term, leaderNode: undefined });
    this.#isLeader = isLeader;
    this.#tell({ isLeader, term, leaderNode });
  }

  #tell(change: LeadershipChange): void {
    this.#announced = change;
    this.#machine?.onLeadership(change);
  }

  #releasePending(bytes: number): void {
    const released = Math.min(bytes, this.#pendingBytes);
    this.#pendingBytes -= released;
    this.#host.pendingBytes -= released;
  }

  #dropProposals(): void {
    this.#proposals = [];
    this.#releasePending(this.#pendingBytes);
  }

  #guard(run: () => void): void {
    if (this.#isStopped) return;
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return;
    this.#logger.error("The group failed and stops on this node until it restarts", { error });
    const wasLeader = this.#isLeader;
    const { term } = this;
    this.#applying = undefined;
    void this.stop();
    if (!wasLeader) return;
    try {
      this.#tell({ isLeader: false, term, leaderNode: undefined });
    } catch (secondError) {
      this.#logger.error("The failed group could not be told", { error: secondError });
    }
  }
}

/** How many of the first proposals fit into one round; at least one. */
function fitting(proposals: readonly Uint8Array[]): number {
  let bytes = 0;
  let count = 0;
  for (const data of proposals) {
    bytes += data.length;
    if (bytes > PROPOSED_BYTES_MAX && count > 0) break;
    count++;
  }
  return count;
}

/** The entries that carry proposals; usually all, and then the same array. */
function proposalsOf(entries: readonly Entry[]): readonly Entry[] {
  for (const { type, data } of entries) {
    if (type !== "normal" || data.length === 0) {
      return entries.filter((entry) => entry.type === "normal" && entry.data.length > 0);
    }
  }
  return entries;
}

function notLeader(group: number): ClusterError {
  return new ClusterError("NOT_LEADER", `Group ${group} has no confirmed leader here`, {
    details: { group },
  });
}
