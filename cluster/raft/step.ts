import { assert } from "#base/assert";
import { stepCandidate } from "./candidate.ts";
import { confChangeEntryType, encodeConfChange, LEAVE_JOINT } from "./conf-change.ts";
import { describeConfiguration, describeMessageType } from "./describe.ts";
import {
  isIgnoredInLease,
  rejectOutdatedPreVote,
  startElection,
  stepVoteRequest,
} from "./election.ts";
import { type Entry, encodedSizeOf } from "./entry.ts";
import { stepFollower } from "./follower.ts";
import { type ProposalOutcome, proposeEntries, stepLeader } from "./leader.ts";
import { createMessage, type Message, NO_NODE } from "./messages.ts";
import { hex, type Raft } from "./raft.ts";
import type { Snapshot } from "./snapshot.ts";

/** Handles one message: first the rules about terms, then what its kind asks for. */
export function step(raft: Raft, message: Message): ProposalOutcome {
  const { term } = message;
  if (term !== 0 && term !== raft.term) {
    if (term > raft.term) {
      if (!acceptHigherTerm(raft, message)) return "accepted";
    } else {
      stepLowerTerm(raft, message);
      return "accepted";
    }
  }
  switch (message.type) {
    case "hup":
      startElection(raft, raft.settings.preVote ? "pre-election" : "election");
      return "accepted";
    case "vote":
    case "pre-vote":
      stepVoteRequest(raft, message);
      return "accepted";
    case "storage-append-response":
      stepStored(raft, message);
      return "accepted";
    case "storage-apply-response":
      entriesApplied(raft, message.entries);
      return "accepted";
    default:
      return stepByRole(raft, message);
  }
}

/** Notes that committed entries have been applied by the application. */
export function entriesApplied(raft: Raft, entries: readonly Entry[]): void {
  const last = entries[entries.length - 1];
  if (last === undefined) return;
  const bounded = raft.log.applyingBytesMax !== Number.POSITIVE_INFINITY;
  appliedTo(raft, last.index, bounded ? encodedSizeOf(entries) : 0);
  raft.releaseUncommitted(entries);
}

/** One unit of logical time. */
export function tick(raft: Raft): void {
  if (raft.role === "leader") tickLeader(raft);
  else tickFollower(raft);
}

function stepByRole(raft: Raft, message: Message): ProposalOutcome {
  switch (raft.role) {
    case "leader":
      return stepLeader(raft, message);
    case "follower":
      return stepFollower(raft, message);
    case "candidate":
    case "pre-candidate":
      return stepCandidate(raft, message);
  }
}

/** Enters a higher term unless the message must not cause that; false if it is to be ignored. */
function acceptHigherTerm(raft: Raft, message: Message): boolean {
  const { type } = message;
  const isRequest = type === "vote" || type === "pre-vote";
  if (isRequest && isIgnoredInLease(raft, message)) return false;
  // Asking about a later term does not start it, and neither does the permission to start it.
  if (type === "pre-vote" || (type === "pre-vote-response" && !message.reject)) return true;
  raft.logSink?.info(
    `${hex(raft.id)} [term: ${raft.term}] received a ${describeMessageType(type)} message with ` +
      `higher term from ${hex(message.from)} [term: ${message.term}]`,
  );
  const isLeader = type === "append" || type === "heartbeat" || type === "snapshot";
  raft.becomeFollower(message.term, isLeader ? message.from : NO_NODE);
  return true;
}

function stepLowerTerm(raft: Raft, message: Message): void {
  const { type, term, from } = message;
  const { checkQuorum, preVote } = raft.settings;
  if ((checkQuorum || preVote) && (type === "heartbeat" || type === "append")) {
    // This replica may be stuck at a term that nobody else accepts, because everybody hears the
    // leader. Its answer brings the leader to the higher term and the group together again.
    raft.send(createMessage("append-response", from));
  } else if (type === "pre-vote") {
    rejectOutdatedPreVote(raft, message);
  } else if (type === "storage-append-response") {
    if (message.index !== 0) {
      // The entries may have been overwritten since, and written again, while storage still has
      // the version in between to go through. A later response will release them.
      raft.logSink?.info(
        `${hex(raft.id)} [term: ${raft.term}] ignored entry appends from a ` +
          `${describeMessageType(type)} message with lower term [term: ${term}]`,
      );
    }
    // A snapshot holds committed state only, so it is valid in every term.
    if (message.snapshot !== undefined) snapshotApplied(raft, message.snapshot);
  } else {
    raft.logSink?.info(
      `${hex(raft.id)} [term: ${raft.term}] ignored a ${describeMessageType(type)} message with ` +
        `lower term from ${hex(from)} [term: ${term}]`,
    );
  }
}

function stepStored(raft: Raft, message: Message): void {
  if (message.index !== 0) raft.log.unstable.stableTo(message.index, message.logTerm);
  if (message.snapshot !== undefined) snapshotApplied(raft, message.snapshot);
}

function snapshotApplied(raft: Raft, snapshot: Snapshot): void {
  raft.log.unstable.stableSnapshotTo(snapshot.index);
  appliedTo(raft, snapshot.index, 0);
}

function appliedTo(raft: Raft, index: number, size: number): void {
  const applied = Math.max(index, raft.log.applied);
  raft.log.appliedTo(applied, size);
  const { configuration } = raft.tracker;
  if (!configuration.autoLeave || raft.role !== "leader") return;
  if (applied < raft.pendingConfIndex) return;
  // Never too large, but refused while leadership is being transferred. Either the target leaves
  // the joint state, or the next applied entry brings us here again.
  const outcome = proposeEntries(raft, [
    { type: confChangeEntryType(LEAVE_JOINT), data: encodeConfChange(LEAVE_JOINT) },
  ]);
  const text = describeConfiguration(configuration);
  if (outcome === "accepted") {
    raft.logSink?.info(`initiating automatic transition out of joint configuration ${text}`);
  } else {
    raft.logSink?.debug(
      `not initiating automatic transition out of joint configuration ${text}: ` +
        "raft proposal dropped",
    );
  }
}

function tickFollower(raft: Raft): void {
  raft.electionElapsed += 1;
  if (raft.electionElapsed < raft.randomizedElectionTicks || !raft.isPromotable()) return;
  raft.electionElapsed = 0;
  step(raft, localMessage("hup", raft.id));
}

function tickLeader(raft: Raft): void {
  const { electionTicks, heartbeatTicks, checkQuorum } = raft.settings;
  raft.heartbeatElapsed += 1;
  raft.electionElapsed += 1;
  if (raft.electionElapsed >= electionTicks) {
    raft.electionElapsed = 0;
    if (checkQuorum) step(raft, localMessage("check-quorum", raft.id));
    // Stepping down may have ended the leadership, and the transfer with it.
    raft.transferTarget = NO_NODE;
    if ((raft.role as string) !== "leader") return;
  }
  if (raft.heartbeatElapsed < heartbeatTicks) return;
  raft.heartbeatElapsed = 0;
  step(raft, localMessage("beat", raft.id));
}

function localMessage(type: "hup" | "beat" | "check-quorum", id: number): Message {
  assert(id > 0, "a replica has an id");
  const message = createMessage(type, id);
  message.from = id;
  return message;
}
