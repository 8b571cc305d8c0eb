import { assert } from "#base/assert";
import { voterIds } from "./configuration.ts";
import { describeMessageType } from "./describe.ts";
import { createMessage, type Message, type MessageType } from "./messages.ts";
import { hex, type Raft } from "./raft.ts";
import type { VoteTally } from "./tracker.ts";

/** Why a replica campaigns: to ask first, for real, or because the leader told it to. */
export type CampaignKind = "pre-election" | "election" | "transfer";

/** Mark of vote requests that follow a leadership transfer: it overrides the lease. */
const TRANSFER_MARK: Uint8Array = Uint8Array.from("CampaignTransfer", (character) =>
  character.charCodeAt(0),
);

/** Starts an election unless this replica must not lead. */
export function startElection(raft: Raft, kind: CampaignKind): void {
  const { logSink } = raft;
  const self = hex(raft.id);
  if (raft.role === "leader") {
    logSink?.debug(`${self} ignoring MsgHup because already leader`);
    return;
  }
  if (!raft.isPromotable()) {
    logSink?.warn(`${self} is unpromotable and can not campaign`);
    return;
  }
  if (hasUnappliedConfChange(raft)) {
    logSink?.warn(
      `${self} cannot campaign at term ${raft.term} since there are still pending ` +
        "configuration changes to apply",
    );
    return;
  }
  logSink?.info(`${self} is starting a new election at term ${raft.term}`);
  campaign(raft, kind);
}

/** Takes the role of a (pre-)candidate and asks every voter, itself included. */
export function campaign(raft: Raft, kind: CampaignKind): void {
  const { logSink, log } = raft;
  if (!raft.isPromotable()) {
    // A snapshot may have arrived between the pre-election and its last vote.
    logSink?.warn(`${hex(raft.id)} is unpromotable; campaign() should have been called`);
  }
  const isPreElection = kind === "pre-election";
  if (isPreElection) raft.becomePreCandidate();
  else raft.becomeCandidate();
  // A pre-election asks about the next term without entering it.
  const term = isPreElection ? raft.term + 1 : raft.term;
  const type: MessageType = isPreElection ? "pre-vote" : "vote";
  for (const id of voterIds(raft.tracker.configuration)) {
    if (id === raft.id) {
      // The own vote counts when it is durable, like everybody else's.
      const own = createMessage(voteResponseType(type), id);
      own.term = term;
      raft.send(own);
      continue;
    }
    const request = createMessage(type, id);
    request.term = term;
    request.index = log.lastIndex();
    request.logTerm = log.lastTerm();
    if (kind === "transfer") request.context = TRANSFER_MARK;
    logSink?.info(
      `${hex(raft.id)} [logterm: ${request.logTerm}, index: ${request.index}] sent ` +
        `${describeMessageType(type)} request to ${hex(id)} at term ${raft.term}`,
    );
    raft.send(request);
  }
}

/** Counts one answer to a vote request. */
export function recordVote(raft: Raft, message: Message): VoteTally {
  const name = describeMessageType(message.type);
  const rejection = message.reject ? " rejection" : "";
  raft.logSink?.info(
    `${hex(raft.id)} received ${name}${rejection} from ${hex(message.from)} ` +
      `at term ${raft.term}`,
  );
  raft.tracker.recordVote(message.from, !message.reject);
  const tally = raft.tracker.tallyVotes();
  raft.logSink?.info(
    `${hex(raft.id)} has received ${tally.granted} ${name} votes ` +
      `and ${tally.rejected} vote rejections`,
  );
  return tally;
}

/**
 * Answers a vote or pre-vote request of this term, or a pre-vote request for a later one.
 *
 * Learners vote too: the candidate may know of a promotion that has not reached this replica.
 */
export function stepVoteRequest(raft: Raft, message: Message): void {
  const { log } = raft;
  const isFree = raft.vote === 0 && raft.leaderId === 0;
  const isFuture = message.type === "pre-vote" && message.term > raft.term;
  const mayVote = raft.vote === message.from || isFree || isFuture;
  const granted = mayVote && log.isUpToDate({ index: message.index, term: message.logTerm });
  raft.logSink?.info(
    `${describeVoter(raft)} ${granted ? "cast" : "rejected"} ` +
      `${describeRequest(message, granted ? "for" : "from")} at term ${raft.term}`,
  );
  const response = createMessage(voteResponseType(message.type), message.from);
  // A candidate discards answers of other terms; to one that is behind, the own term is the news.
  response.term = granted ? message.term : raft.term;
  response.reject = !granted;
  raft.send(response);
  if (granted && message.type === "vote") {
    raft.electionElapsed = 0;
    raft.vote = message.from;
  }
}

/**
 * True if a request for a higher term is to be ignored because a leader is alive.
 *
 * Otherwise a replica that was cut off could depose a leader whom everyone else hears.
 */
export function isIgnoredInLease(raft: Raft, message: Message): boolean {
  const { electionTicks, checkQuorum } = raft.settings;
  const inLease = checkQuorum && raft.leaderId !== 0 && raft.electionElapsed < electionTicks;
  if (!inLease || isTransferMark(message.context)) return false;
  raft.logSink?.info(
    `${describeVoter(raft)} ignored ${describeRequest(message, "from")} at term ${raft.term}: ` +
      `lease is not expired (remaining ticks: ${electionTicks - raft.electionElapsed})`,
  );
  return true;
}

/** Refuses a pre-vote request of a lower term, so that the sender learns of the higher one. */
export function rejectOutdatedPreVote(raft: Raft, message: Message): void {
  raft.logSink?.info(
    `${describeVoter(raft)} rejected ${describeRequest(message, "from")} at term ${raft.term}`,
  );
  const response = createMessage("pre-vote-response", message.from);
  response.term = raft.term;
  response.reject = true;
  raft.send(response);
}

function voteResponseType(type: MessageType): MessageType {
  assert(type === "vote" || type === "pre-vote", "only vote requests have vote responses");
  return type === "vote" ? "vote-response" : "pre-vote-response";
}

function describeVoter(raft: Raft): string {
  const { log } = raft;
  return (
    `${hex(raft.id)} [logterm: ${log.lastTerm()}, index: ${log.lastIndex()}, ` +
    `vote: ${hex(raft.vote)}]`
  );
}

function describeRequest(message: Message, preposition: "for" | "from"): string {
  return (
    `${describeMessageType(message.type)} ${preposition} ` +
    `${hex(message.from)} [logterm: ${message.logTerm}, index: ${message.index}]`
  );
}

function isTransferMark(context: Uint8Array): boolean {
  return (
    context.length === TRANSFER_MARK.length &&
    context.every((byte, position) => byte === TRANSFER_MARK[position])
  );
}

/**
 * True if a committed membership change waits to be applied.
 *
 * A leader elected meanwhile would decide with an outdated set of voters.
 */
function hasUnappliedConfChange(raft: Raft): boolean {
  const { log } = raft;
  let next = log.applied + 1;
  // Page by page: the unapplied part may be larger than what should be in memory at once.
  while (next <= log.committed) {
    const page = log.slice(next, log.committed + 1, log.applyingBytesMax);
    // Applied and compacted already, but the acknowledgement is still on its way: wait for it.
    if (typeof page === "string") return true;
    assert(page.length > 0, "a page of entries holds at least one");
    if (page.some((entry) => entry.type !== "normal")) return true;
    next += page.length;
  }
  return false;
}
