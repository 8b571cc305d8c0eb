import { assert, assertPresent } from "#base/assert";
import type { Logger } from "#base/logger";
import {
  APPEND_THREAD,
  APPLY_THREAD,
  type ConfChange,
  decodeConfChange,
  type Entry,
  type Message,
  type RawNode,
  type Ready,
  type Snapshot,
} from "#raft";
import type { GroupLog } from "../log-store/group-log.ts";
import { AppendTracker } from "./append-tracker.ts";
import { Applier } from "./applier.ts";
import { Compaction } from "./compaction.ts";
import { createCore } from "./core.ts";
import { GroupMembers } from "./group-members.ts";
import { LeaderLoss } from "./leader-loss.ts";
import { Leadership } from "./leadership.ts";
import type { PartitionLog, ProposeResult } from "./partition-log.ts";
import { ProposalQueue } from "./proposal-queue.ts";
import { Quiescence } from "./quiescence.ts";
import { ElectionWatch } from "./raft-metrics.ts";
import { notLeader, ReadWaiters } from "./read-waiters.ts";
import type { ReplicaHost } from "./replica-host.ts";
import { coreStatusOf, type ReplicaStatus } from "./replica-status.ts";
import { refused, SnapshotExchange } from "./snapshot-exchange.ts";
import { splitResponses, takeOver } from "./snapshot-takeover.ts";
import type { StateMachine } from "./state-machine.ts";

/** What a replica consists of once it has started. */
interface RunningParts {
  readonly node: RawNode;
  readonly applier: Applier;
  readonly leadership: Leadership;
  readonly snapshots: SnapshotExchange;
}

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
  /** True while the replica is in its host's list of work. */
  isScheduled = false;
  readonly #host: ReplicaHost;
  readonly #logger: Logger;
  readonly #reads: ReadWaiters;
  readonly #members: GroupMembers;
  readonly #proposals: ProposalQueue;
  readonly #appends: AppendTracker;
  readonly #quiescence: Quiescence;
  readonly #compaction: Compaction;
  readonly #leaderLoss: LeaderLoss;
  readonly #elections: ElectionWatch;
  #machine: StateMachine | undefined;
  #parts: RunningParts | undefined;
  /** The core of `#parts`, for the hot path. */
  #node: RawNode | undefined;
  /** Takes over a staged snapshot before the core starts. */
  #recovering: Promise<void> | undefined;
  #isStopped = false;
  #failure: Error | undefined;
  #lastSequence = 0;

  constructor(host: ReplicaHost, log: GroupLog, replicaId: number) {
    this.#host = host;
    this.group = log.group;
    this.replicaId = replicaId;
    this.log = log;
    this.#logger = host.logger.child({ group: log.group });
    this.#reads = new ReadWaiters(host.random.nextBytes(8));
    this.#appends = new AppendTracker(host, this);
    this.#members = new GroupMembers(host, log.group, replicaId);
    this.#proposals = new ProposalQueue(host);
    this.#leaderLoss = new LeaderLoss(host, this);
    this.#elections = new ElectionWatch(host.metrics, log.group);
    this.#quiescence = new Quiescence({
      quietTicks: host.limits.quietTicks,
      livePeers: () => this.#members.livePeers(),
      send: (message) => this.#send(message),
      onWake: () => host.schedule(this),
    });
    this.#compaction = new Compaction({
      store: host.store,
      log,
      limits: host.limits,
      liveFollowers: () => this.#members.liveFollowers(this.#node),
    });
  }

  get partitionId(): number {
    return this.group - 1;
  }

  get isLeader(): boolean {
    return this.#parts?.leadership.isLeader === true;
  }

  get term(): number {
    return this.#node?.term ?? 0;
  }

  get leaderNode(): number | undefined {
    const leaderId = this.#node?.leaderId ?? 0;
    return leaderId === 0 ? undefined : this.nodeOf(leaderId);
  }

  get appliedIndex(): number {
    return this.#parts?.applier.appliedIndex ?? this.#machine?.appliedIndex ?? 0;
  }

  /** True when this replica does nothing any more, until the process restarts. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** True while ticks change nothing: a lone leader, a resting group, or no member. */
  get isQuiescent(): boolean {
    const node = this.#node;
    if (this.#isStopped || node === undefined) return true;
    if (!this.#reads.isEmpty || !this.#proposals.isEmpty) return false;
    if (this.#quiescence.isResting) return true;
    // A lease that was given to a leader runs out by ticks.
    if (!this.#members.isMember) return node.role === "follower" && !node.isInLease;
    return this.#members.peers.length === 0 && node.role === "leader";
  }

  /** Node that holds a member. */
  nodeOf(replicaId: number): number | undefined {
    return this.#members.nodeOf(replicaId);
  }

  /** Images of the state for followers; `undefined` while the replica does not run. */
  get snapshots(): SnapshotExchange | undefined {
    return this.#isStopped ? undefined : this.#parts?.snapshots;
  }

  status(): ReplicaStatus {
    const { applier } = this.#parts ?? {};
    return {
      ...coreStatusOf(this.log, this.#node),
      group: this.group,
      replicaId: this.replicaId,
      leaderNode: this.leaderNode,
      applied: this.appliedIndex,
      confState: this.#members.confState,
      isQuiescent: this.isQuiescent,
      isRestoring: this.#recovering !== undefined || applier?.isRestoring === true,
      isStopped: this.#isStopped,
      failure: this.#failure,
    };
  }

  /**
   * Starts taking part in the group. A lone voter elects itself at once. A snapshot that the state
   * machine had not taken over when the process ended is taken over first.
   */
  start(machine: StateMachine): void {
    assert(this.#machine === undefined, "a replica starts once");
    this.#machine = machine;
    const { staging } = this.#host;
    const { index } = this.log.compacted;
    const staged = machine.appliedIndex < index ? staging.find(this.group, index) : undefined;
    staging.discardOthers(this.group, staged?.index, this.#logger);
    if (staged === undefined) {
      this.#startCore(machine);
      return;
    }
    this.#logger.info("Taking over the snapshot that was received before", { index });
    this.#recovering = this.#takeOver(machine, index).then(
      () => {
        this.#recovering = undefined;
        this.#guard(() => this.#startCore(machine));
      },
      (error: unknown) => this.#fail(error),
    );
  }

  propose(data: Uint8Array): ProposeResult {
    if (this.#parts?.leadership.isLeader !== true) {
      this.#host.metrics.proposals.notLeader.add();
      return "not-leader";
    }
    const result = this.#proposals.push(data);
    if (result === "accepted" && !this.isScheduled) this.#host.scheduleBatched(this);
    return result;
  }

  /**
   * Asks for a membership change. What became of it is seen in the membership: one that is not
   * possible now, for instance while another is under way, is accepted and has no effect.
   */
  proposeConfChange(change: ConfChange): ProposeResult {
    const node = this.#node;
    if (node === undefined || !this.isLeader) return "not-leader";
    if (!this.#host.isAccepting) return "overloaded";
    this.#quiescence.wake(node);
    const outcome = node.proposeConfChange(change);
    this.#host.schedule(this);
    return outcome === "accepted" ? "accepted" : "overloaded";
  }

  readIndex(): Promise<number> {
    const node = this.#node;
    if (node === undefined || this.#isStopped || node.leaderId === 0) {
      return Promise.reject(notLeader(this.group));
    }
    this.#host.metrics.reads.add();
    const promise = this.#reads.add();
    this.#host.schedule(this);
    return promise;
  }

  transferLeadership(nodeId: number): void {
    const node = this.#node;
    const target = this.#members.on(nodeId) ?? this.#host.replicaOn(this.group, nodeId);
    if (node === undefined || target === undefined || target === this.replicaId) return;
    this.#quiescence.wake(node);
    node.transferLeader(target);
    this.#host.schedule(this);
  }

  compact(index: number): void {
    const isCut = this.#compaction.flushed(Math.min(index, this.appliedIndex));
    if (!isCut) return;
    this.#host.metrics.logTruncations.add();
    this.#host.schedule(this);
  }

  appendedBytesSinceCompaction(): number {
    return this.#compaction.pendingBytes;
  }

  /** One unit of logical time. */
  tick(): void {
    this.#guard(() => {
      const parts = this.#parts;
      if (parts === undefined) return;
      const { node, snapshots } = parts;
      // Requests that wait are ticked while the group rests; a follower must not count the silence.
      if (!this.#quiescence.isResting) node.tick();
      snapshots.tick();
      this.#reads.tick(2 * this.#host.limits.electionTicks, () => notLeader(this.group));
      if (node.role === "leader") {
        if (this.#compaction.isHolding) this.#compaction.cut();
        this.#quiescence.tickLeader(node, !this.#proposals.isEmpty || !this.#reads.isEmpty);
      }
      this.#host.schedule(this);
    });
  }

  /** Takes a message from another replica, which `fromNode` sent. */
  step(message: Message, fromNode?: number): void {
    if (message.to !== this.replicaId) return;
    this.#guard(() => {
      const node = this.#node;
      if (node === undefined) return;
      if (fromNode !== undefined) this.#members.learn(message, fromNode);
      const isVoteRequest = message.type === "pre-vote" || message.type === "vote";
      // While the group rests its members are known: one that was removed gets no vote here.
      const isStranger = isVoteRequest && !this.#members.peers.includes(message.from);
      if (isStranger && this.#quiescence.isResting) return;
      // Who asks for votes does not lead any more: it has restarted.
      if (isVoteRequest && message.from === node.leaderId) node.forgetLeader();
      if (!this.#quiescence.step(node, message)) node.step(message);
      this.#host.schedule(this);
    });
  }

  /** Starts an election, unless most others hear from a leader. */
  campaign(): void {
    this.#guard(() => this.#node?.campaign());
    this.#host.schedule(this);
  }

  /** A node answers again, or for the first time: a leader has to tell it what it misses. */
  peerUp(nodeId: number): void {
    const node = this.#node;
    if (node !== undefined && this.#members.on(nodeId) !== undefined) this.#quiescence.wake(node);
  }

  /** A node does not answer any more: its process has ended, or it has been silent for long. */
  peerDown(nodeId: number): void {
    this.#guard(() => {
      const node = this.#node;
      const peerId = this.#members.on(nodeId);
      if (node === undefined || peerId === undefined) return;
      this.#quiescence.wake(node);
      if (node.role === "leader") node.reportUnreachable(peerId);
      else if (node.leaderId === peerId) {
        // Others may still hear from it: they refuse before anything is disturbed.
        node.forgetLeader();
        this.#leaderLoss.start(node, this.#members.confState, peerId);
      }
      this.#host.schedule(this);
    });
  }

  /** Carries out what the core has decided. */
  collect(): void {
    this.#guard(() => {
      const parts = this.#parts;
      if (parts === undefined) return;
      const { node } = parts;
      this.#startReads(node);
      this.#proposeCollected(node);
      while (!this.#isStopped && node.hasReady()) this.#carryOut(parts, node.ready());
    });
  }

  /** Tells the core that all appends up to batch `sequence` are durable. */
  finishAppends(sequence: number): void {
    this.#appends.release(sequence);
    this.#guard(() => {
      for (const { responses, snapshot } of this.#appends.take(sequence)) {
        if (snapshot === undefined) this.#deliver(responses);
        else this.#install(responses, snapshot);
      }
      this.#host.schedule(this);
    });
  }

  /** Tells the core what became of a snapshot that it asked for by `message`. */
  reportSnapshot(message: Message, isSent: boolean): void {
    this.#guard(() => {
      this.snapshots?.report(message, isSent);
      this.#host.schedule(this);
    });
  }

  /**
   * Receives a snapshot; see `SnapshotExchange.receive`.
   *
   * @throws ClusterError `SNAPSHOT_REFUSED`, or the error of `chunks` or of the disk
   */
  async receiveSnapshot(message: Message, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { snapshots } = this;
    if (snapshots === undefined) throw refused(this.group, "the replica does not run");
    await snapshots.receive(message, chunks);
  }

  /**
   * Ends this replica's part: pending reads fail, nothing is proposed or applied any more. Resolves
   * when the state machine has finished what it had begun.
   */
  async stop(): Promise<void> {
    this.#end();
    this.#appends.abandon();
    await this.#recovering;
    await this.#parts?.applier.stop();
  }

  /**
   * Ends this replica for good: its log goes, and neither it nor an older replica of the group can
   * be added on this node again. Resolves when that is durable; the caller then removes the state.
   */
  async destroy(): Promise<void> {
    await this.stop();
    const { store, staging } = this.#host;
    const sequence = store.destroyReplica(this.group, this.replicaId);
    this.#host.metrics.replicasDestroyed.add();
    this.#host.removeReplica(this);
    await this.#appends.whenDurable(sequence);
    await staging.removeAll(this.group);
  }

  #startCore(machine: StateMachine): void {
    const { replicaId } = this;
    const node = createCore(this.#host, this.log, { replicaId, applied: machine.appliedIndex });
    const { staging } = this.#host;
    const parts = { replica: this, node, machine, staging };
    const snapshots = new SnapshotExchange(parts, this.#host.limits.electionTicks);
    this.#node = node;
    this.#parts = {
      node,
      applier: this.#createApplier(machine),
      leadership: new Leadership(machine),
      snapshots,
    };
    this.log.snapshotProvider = () => snapshots.offer();
    this.#members.set(node.confState());
    if (this.#members.peers.length === 0) node.campaign();
    // A new group has no leader to wait for.
    else if (node.term === 0) this.#leaderLoss.start(node, this.#members.confState, 0);
    this.#host.schedule(this);
  }

  #createApplier(machine: StateMachine): Applier {
    return new Applier(machine, {
      applyChange: (entry) => this.#applyConfChange(entry),
      finishApply: (message) => this.#finishApply(message),
      onPause: () => this.#announce(),
      resume: (run) => {
        this.#guard(() => {
          run();
          this.#host.schedule(this);
        });
      },
      fail: (error) => this.#fail(error),
      nowMs: () => this.#host.nowMs(),
      onApplied: (count, committedMs, startMs) => {
        const { commitToApply, applyBatchEntries, applyDuration } = this.#host.metrics;
        const waited = this.isLeader ? commitToApply.leader : commitToApply.follower;
        waited.observe((startMs - committedMs) / 1_000);
        applyBatchEntries.observe(count);
        applyDuration.observe((this.#host.nowMs() - startMs) / 1_000);
      },
    });
  }

  #startReads(node: RawNode): void {
    const context = this.#reads.startRound();
    if (context === undefined) return;
    this.#quiescence.wake(node);
    node.readIndex(context);
  }

  #proposeCollected(node: RawNode): void {
    if (this.#proposals.isEmpty) return;
    this.#quiescence.wake(node);
    const proposals = this.#proposals.next();
    if (node.proposeBatch(proposals) === "accepted") {
      this.#proposals.accept(proposals, node.lastIndex);
      // The rest comes after what other groups have for this batch.
      if (!this.#proposals.isEmpty) this.#host.schedule(this);
      return;
    }
    // Still the leader, so a transfer is under way: it ends with a new leader, or they go through
    // when it is given up after one election timeout.
    if (node.role !== "leader") this.#proposals.drop();
  }

  #carryOut({ node, applier, leadership }: RunningParts, ready: Ready): void {
    for (const message of ready.messages) {
      if (message.to === APPEND_THREAD) this.#append(message);
      else if (message.to === APPLY_THREAD) {
        this.#proposals.committed(message.entries.at(-1)?.index ?? 0);
        applier.push(message);
      } else if (message.type === "snapshot") this.#host.sendSnapshot(this, message);
      else this.#send(this.#quiescence.outgoing(node, message));
    }
    const mayHaveChanged = ready.softState !== undefined || ready.hardState !== undefined;
    if (mayHaveChanged) this.#elections.note(node);
    if (mayHaveChanged && leadership.note(node)) this.#proposals.drop();
    if (mayHaveChanged && node.leaderId === 0) this.#reads.rejectAll(() => notLeader(this.group));
    for (const { context, index } of ready.readStates) this.#reads.confirm(context, index);
    this.#reads.release(applier.appliedIndex);
    applier.run();
  }

  #append(message: Message): void {
    const { store } = this.#host;
    const { term, vote, commit, entries, responses, snapshot } = message;
    const hardState = term === 0 ? undefined : { term, vote, commit };
    if (snapshot !== undefined) {
      this.#lastSequence = store.reset(this.log, snapshot, snapshot.confState);
      this.#members.set(snapshot.confState);
    }
    const sequence = store.append(this.log, entries, hardState);
    if (entries.length > 0) this.#host.metrics.entriesStored.add(entries.length);
    // Responses must not overtake an earlier append of this group.
    this.#lastSequence = Math.max(this.#lastSequence, sequence);
    if (responses.length === 0) return;
    if (this.#lastSequence <= store.durableSequence) {
      this.#deliver(responses);
      return;
    }
    this.#appends.push({ sequence: this.#lastSequence, responses, snapshot });
  }

  /**
   * A snapshot is durable here, and so is the log that continues after it. Other replicas may know;
   * the core hears of it when the state machine has taken it over, and does not campaign before.
   */
  #install(responses: readonly Message[], snapshot: Snapshot): void {
    const { index } = snapshot;
    const { written, installed } = splitResponses(responses);
    this.#deliver(written);
    this.#parts?.applier.pushRestore({
      index,
      run: () => this.#takeOver(assertPresent(this.#machine, "a replica has a machine"), index),
      finish: () => {
        this.#node?.step(installed);
        this.#parts?.snapshots.noteApplied(index);
        this.#reads.release(index);
      },
    });
  }

  async #takeOver(machine: StateMachine, index: number): Promise<void> {
    await takeOver(this.#host.staging, machine, { group: this.group, index });
    this.#logger.info("Took over a snapshot", { index });
  }

  #deliver(responses: readonly Message[]): void {
    for (const response of responses) {
      if (response.to === this.replicaId) this.#node?.step(response);
      else this.#send(response);
    }
  }

  #send(message: Message): void {
    const nodeId = this.nodeOf(message.to);
    if (nodeId !== undefined) this.#host.send(nodeId, this.group, message);
  }

  #finishApply(message: Message): void {
    let bytes = 0;
    for (const entry of message.entries) bytes += entry.data.length;
    const { appliedIndex } = this;
    this.#host.appliedRecords += message.entries.length;
    this.#host.appliedBytes += bytes;
    this.#proposals.release(bytes);
    this.#deliver(message.responses);
    this.log.release(appliedIndex, this.#members.peers.length === 0 ? 0 : CACHED_BYTES_MAX);
    this.#reads.release(appliedIndex);
    this.#parts?.snapshots.noteApplied(appliedIndex);
  }

  async #applyConfChange(entry: Entry): Promise<void> {
    const node = assertPresent(this.#node, "a started replica has a core");
    // The membership of a snapshot that is being taken over has it already.
    if (entry.index <= node.pendingSnapshotIndex) return;
    const change = assertPresent(decodeConfChange(entry), "a committed change can be decoded");
    if (node.role === "leader" && this.#members.endsOwnVote(change)) await this.#spreadCommit();
    if (this.#isStopped) return;
    const confState = node.applyConfChange(change);
    this.#host.metrics.confChanges.add();
    this.#members.set(confState);
    const sequence = this.#host.store.saveConfiguration(this.log, entry.index, confState);
    this.#host.schedule(this);
    await this.#appends.whenDurable(sequence);
  }

  /**
   * A leader that is about to lose its vote steps down. Before, a quorum hears that this is
   * committed: otherwise one of two could wait for the vote of the other for ever.
   */
  async #spreadCommit(): Promise<void> {
    const confirmed = this.#reads.addConfirmation();
    this.#host.schedule(this);
    await confirmed.catch(() => undefined);
  }

  /** Tells the state machine what changed, never while it is applying. */
  #announce(): void {
    const parts = this.#parts;
    if (parts === undefined || parts.applier.isBusy || this.#isStopped) return;
    // The core may have changed since its last work was carried out.
    if (parts.leadership.note(parts.node)) this.#proposals.drop();
    parts.leadership.announce(parts.applier.appliedIndex, parts.node.term, this.leaderNode);
  }

  #end(): void {
    this.#isStopped = true;
    this.#leaderLoss.cancel();
    this.log.snapshotProvider = undefined;
    this.#parts?.leadership.suspend();
    this.#parts?.snapshots.stop();
    this.#proposals.drop();
    this.#reads.rejectAll(() => notLeader(this.group));
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
    this.#failure = error instanceof Error ? error : new Error(String(error));
    this.#host.metrics.onFailed(this.group);
    this.#logger.error("The group failed and stops on this node until it restarts", { error });
    this.#end();
    this.#parts?.applier.abandon();
    try {
      this.#parts?.leadership.end(this.term);
    } catch (secondError) {
      this.#logger.error("The failed group could not be told", { error: secondError });
    }
  }
}
