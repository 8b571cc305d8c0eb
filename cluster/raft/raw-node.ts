import { assert } from "#base/assert";
import { type ConfChange, confChangeEntryType, encodeConfChange } from "./conf-change.ts";
import { voterIds } from "./configuration.ts";
import { type Entry, NO_ENTRIES } from "./entry.ts";
import { type ProposalOutcome, type ProposedEntry, proposeEntries } from "./leader.ts";
import { readEntry } from "./leader-reads.ts";
import { applyConfChange, restoreMembership } from "./membership.ts";
import { isLocalType, isResponseType } from "./message-kinds.ts";
import {
  createMessage,
  isStorageThread,
  type Message,
  type MessageDraft,
  NO_NODE,
} from "./messages.ts";
import { type RaftOptions, resolveOptions } from "./options.ts";
import { isIdleLeader, restartTimers } from "./quiescence.ts";
import { hex, Raft, type Role } from "./raft.ts";
import type { ReadState } from "./read-only.ts";
import {
  createStorageAppend,
  createStorageApply,
  createStorageResponse,
  needsStorageAppend,
  needsStorageResponse,
  nextUnstableEntries,
  type Ready,
  type SoftState,
  type StorageWrite,
} from "./ready.ts";
import type { ConfState, HardState } from "./snapshot.ts";
import { type BasicStatus, basicStatusOf, type Status, statusOf } from "./status.ts";
import { entriesApplied, step, tick } from "./step.ts";

/** Outcome of stepping a message; the last two mean that the message is not for this replica. */
export type StepOutcome = ProposalOutcome | "local-message" | "peer-not-found";

const NO_MESSAGES: readonly Message[] = Object.freeze([]);
const NO_READ_STATES: readonly ReadState[] = Object.freeze([]);

/**
 * One replica of a group, driven by its owner: put in ticks, messages and proposals, take out a
 * `Ready`, carry it out, report back.
 *
 * Synchronous and free of effects. A thrown error leaves it half changed: stop the replica.
 */
export class RawNode {
  readonly #raft: Raft;
  readonly #isAsync: boolean;
  #lastLeaderId: number;
  #lastRole: Role;
  #lastTerm: number;
  #lastVote: number;
  #lastCommit: number;
  /** Set between `ready()` and `advance()`. */
  #isAwaitingAdvance = false;
  /** What `advance()` has to deliver, in this order. */
  #ownMessages: Message[] = [];
  #appliedEntries: readonly Entry[] = NO_ENTRIES;

  /** Starts a replica from what its storage holds. */
  constructor(options: RaftOptions) {
    const settings = resolveOptions(options);
    const raft = new Raft(settings);
    const { hardState, confState } = settings.storage.initialState();
    restoreMembership(raft, confState);
    raft.loadHardState(hardState);
    if (settings.applied > 0) raft.log.appliedTo(settings.applied, 0);
    raft.becomeFollower(raft.term, NO_NODE);
    const peers = voterIds(raft.tracker.configuration).map(hex).join(",");
    raft.logSink?.info(
      `newRaft ${hex(raft.id)} [peers: [${peers}], term: ${raft.term}, ` +
        `commit: ${raft.log.committed}, applied: ${raft.log.applied}, ` +
        `lastindex: ${raft.log.lastIndex()}, lastterm: ${raft.log.lastTerm()}]`,
    );
    this.#raft = raft;
    this.#isAsync = settings.asyncStorageWrites;
    this.#lastLeaderId = raft.leaderId;
    this.#lastRole = raft.role;
    this.#lastTerm = raft.term;
    this.#lastVote = raft.vote;
    this.#lastCommit = raft.log.committed;
  }

  get id(): number {
    return this.#raft.id;
  }

  get term(): number {
    return this.#raft.term;
  }

  get role(): Role {
    return this.#raft.role;
  }

  /** 0 if no leader is known. */
  get leaderId(): number {
    return this.#raft.leaderId;
  }

  get commit(): number {
    return this.#raft.log.committed;
  }

  get applied(): number {
    return this.#raft.log.applied;
  }

  get lastIndex(): number {
    return this.#raft.log.lastIndex();
  }

  /** True once this replica leads and has committed an entry of its term, so it can serve reads. */
  get hasCommittedInTerm(): boolean {
    return this.#raft.role === "leader" && this.#raft.hasCommittedInTerm();
  }

  /** Index of a snapshot that has been taken and is not reported as installed; 0 for none. */
  get pendingSnapshotIndex(): number {
    return this.#raft.log.unstable.snapshot?.index ?? 0;
  }

  /** True while votes are refused because a leader was heard from. */
  get isInLease(): boolean {
    const { leaderId, electionElapsed, settings } = this.#raft;
    return leaderId !== NO_NODE && electionElapsed < settings.electionTicks;
  }

  /** True if this replica leads and the group would do nothing but exchange heartbeats. */
  get isIdleLeader(): boolean {
    return isIdleLeader(this.#raft);
  }

  /** Ends a time in which `tick` was not called: what was counted before it means nothing now. */
  restartTimers(): void {
    restartTimers(this.#raft);
  }

  /** One unit of logical time. */
  tick(): void {
    tick(this.#raft);
  }

  /** Starts an election as if the leader had fallen silent. */
  campaign(): void {
    this.#stepLocal(createMessage("hup", this.#raft.id));
  }

  /** Takes a message from a peer, or a response from a storage thread. */
  step(message: Message): StepOutcome {
    const { type, from } = message;
    assert(Number.isSafeInteger(message.term), "the decoder rejects numbers out of range");
    assert(Number.isSafeInteger(message.index), "the decoder rejects numbers out of range");
    if (!isStorageThread(from)) {
      if (isLocalType(type)) return "local-message";
      if (isResponseType(type) && this.#raft.tracker.progressOf(from) === undefined) {
        return "peer-not-found";
      }
    }
    return step(this.#raft, message);
  }

  /** Asks for one entry. The log keeps `data`; the caller must not change it. */
  propose(data: Uint8Array): ProposalOutcome {
    return this.#propose([{ type: "normal", data }]);
  }

  /** Asks for several consecutive entries: all of them or none. */
  proposeBatch(batch: readonly Uint8Array[]): ProposalOutcome {
    if (batch.length === 0) return "accepted";
    const proposed: ProposedEntry[] = [];
    for (const data of batch) proposed.push({ type: "normal", data });
    return this.#propose(proposed);
  }

  /**
   * Asks for a membership change.
   *
   * A change that is not possible now is accepted too, but an empty entry takes its place; only
   * the committed entries tell.
   */
  proposeConfChange(change: ConfChange): ProposalOutcome {
    return this.#propose([{ type: confChangeEntryType(change), data: encodeConfChange(change) }]);
  }

  /** Tells that a committed membership change is being applied; call it in log order. */
  applyConfChange(change: ConfChange): ConfState {
    return applyConfChange(this.#raft, change);
  }

  /** True if `ready()` has something. */
  hasReady(): boolean {
    const raft = this.#raft;
    const { log } = raft;
    return (
      raft.messages.length > 0 ||
      raft.heldMessages.length > 0 ||
      log.committed !== this.#lastCommit ||
      raft.term !== this.#lastTerm ||
      raft.vote !== this.#lastVote ||
      raft.role !== this.#lastRole ||
      raft.leaderId !== this.#lastLeaderId ||
      raft.readStates.length > 0 ||
      log.unstable.hasNextEntries() ||
      log.hasNextCommitted(!this.#isAsync) ||
      log.unstable.nextSnapshot() !== undefined
    );
  }

  /** Takes the work decided on since the last call. See `Ready` for what to do with it. */
  ready(): Ready {
    assert(!this.#isAwaitingAdvance, "advance() is called before the next ready()");
    const raft = this.#raft;
    const entries = nextUnstableEntries(raft);
    const committedEntries = raft.log.nextCommitted(!this.#isAsync);
    const softState = this.#takeSoftState();
    const mustSync =
      entries.length !== 0 || raft.vote !== this.#lastVote || raft.term !== this.#lastTerm;
    const hardState = this.#takeHardState();
    const snapshot = raft.log.unstable.nextSnapshot();
    const messages = this.#isAsync
      ? this.#takeMessagesAsync({ entries, hardState, snapshot }, committedEntries)
      : this.#takeMessages({ entries, hardState, snapshot }, committedEntries);
    const readStates = raft.readStates.length === 0 ? NO_READ_STATES : raft.readStates;
    if (raft.readStates.length > 0) raft.readStates = [];
    raft.log.unstable.acceptInProgress();
    raft.log.acceptApplying(committedEntries, !this.#isAsync);
    return {
      softState,
      hardState,
      readStates,
      entries,
      snapshot,
      committedEntries,
      messages,
      mustSync,
    };
  }

  /** Tells that the last `Ready` is durable and applied. Not used with `asyncStorageWrites`. */
  advance(_ready?: Ready): void {
    assert(!this.#isAsync, "storage messages are answered instead of calling advance()");
    assert(this.#isAwaitingAdvance, "advance() follows ready()");
    this.#isAwaitingAdvance = false;
    const messages = this.#ownMessages;
    const applied = this.#appliedEntries;
    if (messages.length > 0) {
      this.#ownMessages = [];
      for (const message of messages) step(this.#raft, message);
    }
    if (applied.length > 0) {
      this.#appliedEntries = NO_ENTRIES;
      entriesApplied(this.#raft, applied);
    }
  }

  /**
   * Asks for a point from which reads are linearizable; the answer is a `ReadState` with the same
   * context. Requests may be lost, silently, when the leader changes; ask again after a timeout.
   */
  readIndex(context: Uint8Array): void {
    const message = createMessage("read-index", NO_NODE);
    message.entries = [readEntry(context)];
    step(this.#raft, message);
  }

  /** Asks the leader to hand over to another voter. Proposals are dropped meanwhile. */
  transferLeader(targetId: number): void {
    const message = createMessage("transfer-leader", NO_NODE);
    message.from = targetId;
    step(this.#raft, message);
  }

  /** Makes a follower free to vote, when something else has shown that the leader is gone. */
  forgetLeader(): void {
    this.#stepLocal(createMessage("forget-leader", this.#raft.id));
  }

  /** Reports that messages to a peer are being lost. */
  reportUnreachable(peerId: number): void {
    const message = createMessage("unreachable", this.#raft.id);
    message.from = peerId;
    step(this.#raft, message);
  }

  /** Reports, once per snapshot sent, whether the peer has received it. */
  reportSnapshot(peerId: number, ok: boolean): void {
    const message = createMessage("snapshot-status", this.#raft.id);
    message.from = peerId;
    message.reject = !ok;
    step(this.#raft, message);
  }

  basicStatus(): BasicStatus {
    return basicStatusOf(this.#raft);
  }

  status(): Status {
    return statusOf(this.#raft);
  }

  /** Membership as of the last applied change. */
  confState(): ConfState {
    return this.#raft.confState();
  }

  /** Replaces the drawn election timeout until the next change of role; for tests. */
  setRandomizedElectionTicks(ticks: number): void {
    this.#raft.randomizedElectionTicks = ticks;
  }

  #propose(proposed: readonly ProposedEntry[]): ProposalOutcome {
    const raft = this.#raft;
    if (raft.role === "leader") return proposeEntries(raft, proposed);
    const message = createMessage("propose", NO_NODE);
    message.from = raft.id;
    message.entries = proposed.map(({ type, data }) => ({ term: 0, index: 0, type, data }));
    return step(raft, message);
  }

  #stepLocal(message: MessageDraft): void {
    message.from = this.#raft.id;
    step(this.#raft, message);
  }

  #takeSoftState(): SoftState | undefined {
    const { leaderId, role } = this.#raft;
    if (leaderId === this.#lastLeaderId && role === this.#lastRole) return undefined;
    this.#lastLeaderId = leaderId;
    this.#lastRole = role;
    return { leaderId, role };
  }

  #takeHardState(): HardState | undefined {
    const { term, vote, log } = this.#raft;
    const commit = log.committed;
    if (commit === this.#lastCommit && term === this.#lastTerm && vote === this.#lastVote) {
      return undefined;
    }
    this.#lastTerm = term;
    this.#lastVote = vote;
    this.#lastCommit = commit;
    return { term, vote, commit };
  }

  /** Messages to send; what this replica tells itself waits for `advance()`. */
  #takeMessages(write: StorageWrite, committedEntries: readonly Entry[]): readonly Message[] {
    const raft = this.#raft;
    const messages = this.#takeUnheldMessages();
    for (const message of raft.heldMessages) {
      if (message.to === raft.id) this.#ownMessages.push(message);
      else messages.push(message);
    }
    if (raft.heldMessages.length > 0) raft.heldMessages = [];
    if (needsStorageResponse(raft, write)) {
      this.#ownMessages.push(createStorageResponse(raft, write.snapshot));
    }
    this.#appliedEntries = committedEntries;
    this.#isAwaitingAdvance = true;
    return messages.length === 0 ? NO_MESSAGES : messages;
  }

  #takeMessagesAsync(write: StorageWrite, committedEntries: readonly Entry[]): readonly Message[] {
    const raft = this.#raft;
    const messages = this.#takeUnheldMessages();
    if (needsStorageAppend(raft, write)) {
      messages.push(createStorageAppend(raft, write));
      raft.heldMessages = [];
    }
    if (committedEntries.length > 0) messages.push(createStorageApply(raft, committedEntries));
    return messages.length === 0 ? NO_MESSAGES : messages;
  }

  #takeUnheldMessages(): Message[] {
    const { messages } = this.#raft;
    this.#raft.messages = [];
    return messages;
  }
}
