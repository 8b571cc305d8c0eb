import { describeConfState } from "./describe.ts";
import { startElection } from "./election.ts";
import type { ProposalOutcome } from "./leader.ts";
import { restoreMembership } from "./membership.ts";
import { createMessage, type Message, type MessageDraft, NO_NODE } from "./messages.ts";
import { hex, type Raft } from "./raft.ts";
import type { Snapshot } from "./snapshot.ts";

/** Handles a message that the term rules let through to a follower. */
export function stepFollower(raft: Raft, message: Message): ProposalOutcome {
  switch (message.type) {
    case "propose":
      return stepProposal(raft, message);
    case "append":
      hearLeader(raft, message.from);
      stepAppend(raft, message);
      break;
    case "heartbeat":
      hearLeader(raft, message.from);
      stepHeartbeat(raft, message);
      break;
    case "snapshot":
      hearLeader(raft, message.from);
      stepSnapshot(raft, message);
      break;
    case "transfer-leader":
      stepTransferRequest(raft, message);
      break;
    case "forget-leader":
      stepForgetLeader(raft);
      break;
    case "timeout-now":
      raft.logSink?.info(
        `${hex(raft.id)} [term ${raft.term}] received MsgTimeoutNow from ${hex(message.from)} ` +
          "and starts an election to get leadership.",
      );
      // No pre-vote: the leader itself asks for this, so nobody needs to be asked whether it is
      // time for an election.
      startElection(raft, "transfer");
      break;
    case "read-index":
      stepReadRequest(raft, message);
      break;
    case "read-index-response":
      stepReadResponse(raft, message);
      break;
    default:
      // Answers to elections that are over, and reports that concern a leader.
      break;
  }
  return "accepted";
}

/** Takes the entries of a leader, or tells it where the logs part. */
export function stepAppend(raft: Raft, message: Message): void {
  const { log } = raft;
  const response = createMessage("append-response", message.from);
  if (message.index < log.committed) {
    // What is committed here is in the log of the leader too: tell it to continue from there.
    response.index = log.committed;
    raft.send(response);
    return;
  }
  if (message.index === 0 && raft.tracker.peers.length === 0) {
    // The first members of a group are in no entry. A replica that was created without them would
    // count wrong ones: it refuses the start of the log, which tells the leader to send a snapshot.
    response.reject = true;
    raft.send(response);
    return;
  }
  const matched = log.maybeAppend({
    previousIndex: message.index,
    previousTerm: message.logTerm,
    entries: message.entries,
    leaderCommit: message.commit,
  });
  if (matched !== -1) {
    response.index = matched;
    raft.send(response);
    return;
  }
  raft.logSink?.debug(
    `${hex(raft.id)} [logterm: ${log.termOrZero(message.index)}, index: ${message.index}] ` +
      `rejected MsgApp [logterm: ${message.logTerm}, index: ${message.index}] ` +
      `from ${hex(message.from)}`,
  );
  const start = Math.min(message.index, log.lastIndex());
  const hint = log.findConflictByTerm(start, message.logTerm);
  response.index = message.index;
  response.reject = true;
  response.rejectHint = hint.index;
  response.logTerm = hint.term;
  raft.send(response);
}

/** Takes the commit index of a leader, and returns the read position it sent. */
export function stepHeartbeat(raft: Raft, message: Message): void {
  raft.log.commitTo(message.commit);
  const response = createMessage("heartbeat-response", message.from);
  response.context = message.context;
  raft.send(response);
}

/** Takes a snapshot in place of entries that the leader no longer has. */
export function stepSnapshot(raft: Raft, message: Message): void {
  const { log } = raft;
  const { snapshot } = message;
  const response = createMessage("append-response", message.from);
  const restored = snapshot !== undefined && restoreSnapshot(raft, snapshot);
  raft.logSink?.info(
    `${hex(raft.id)} [commit: ${log.committed}] ${restored ? "restored" : "ignored"} snapshot ` +
      `[index: ${snapshot?.index ?? 0}, term: ${snapshot?.term ?? 0}]`,
  );
  response.index = restored ? log.lastIndex() : log.committed;
  raft.send(response);
}

function hearLeader(raft: Raft, leaderId: number): void {
  raft.electionElapsed = 0;
  raft.leaderId = leaderId;
}

function stepProposal(raft: Raft, message: Message): ProposalOutcome {
  const { logSink, leaderId } = raft;
  if (leaderId === NO_NODE) {
    logSink?.info(`${hex(raft.id)} no leader at term ${raft.term}; dropping proposal`);
    return "dropped";
  }
  if (raft.settings.disableProposalForwarding) {
    logSink?.info(
      `${hex(raft.id)} not forwarding to leader ${hex(leaderId)} at term ${raft.term}; ` +
        "dropping proposal",
    );
    return "dropped";
  }
  forward(raft, message);
  return "accepted";
}

function stepTransferRequest(raft: Raft, message: Message): void {
  if (raft.leaderId === NO_NODE) {
    raft.logSink?.info(
      `${hex(raft.id)} no leader at term ${raft.term}; dropping leader transfer msg`,
    );
    return;
  }
  forward(raft, message);
}

function stepReadRequest(raft: Raft, message: Message): void {
  if (raft.leaderId === NO_NODE) {
    raft.logSink?.info(
      `${hex(raft.id)} no leader at term ${raft.term}; dropping index reading msg`,
    );
    return;
  }
  forward(raft, message);
}

function stepReadResponse(raft: Raft, message: Message): void {
  const entry = message.entries[0];
  if (entry === undefined || message.entries.length !== 1) {
    raft.logSink?.error(
      `${hex(raft.id)} invalid format of MsgReadIndexResp from ${hex(message.from)}, ` +
        `entries count: ${message.entries.length}`,
    );
    return;
  }
  raft.readStates.push({ index: message.index, context: entry.data });
}

function stepForgetLeader(raft: Raft): void {
  if (raft.settings.readOnlyOption === "lease-based") {
    // Voting for another while the leader counts on its lease could make its reads stale.
    raft.logSink?.error("ignoring MsgForgetLeader due to ReadOnlyLeaseBased");
    return;
  }
  if (raft.leaderId === NO_NODE) return;
  raft.logSink?.info(
    `${hex(raft.id)} forgetting leader ${hex(raft.leaderId)} at term ${raft.term}`,
  );
  raft.leaderId = NO_NODE;
}

/** Passes a request on to the leader; the answer goes to whoever asked first. */
function forward(raft: Raft, message: Message): void {
  const copy: MessageDraft = { ...message, to: raft.leaderId, term: 0 };
  raft.send(copy);
}

function restoreSnapshot(raft: Raft, snapshot: Snapshot): boolean {
  const { log, logSink } = raft;
  const { index, term, confState } = snapshot;
  if (index <= log.committed) return false;
  if (raft.role !== "follower") {
    logSink?.warn(`${hex(raft.id)} attempted to restore snapshot as leader; should never happen`);
    raft.becomeFollower(raft.term + 1, NO_NODE);
    return false;
  }
  const { voters, learners, votersOutgoing } = confState;
  const isMember = [voters, learners, votersOutgoing].some((ids) => ids.includes(raft.id));
  if (!isMember) {
    logSink?.warn(
      `${hex(raft.id)} attempted to restore snapshot but it is not in the ConfState ` +
        `${describeConfState(confState)}; should never happen`,
    );
    return false;
  }
  if (log.matchTerm(index, term)) {
    // The log has all of it already; only the knowledge that it is committed is new.
    logSink?.info(
      `${describePosition(raft)} fast-forwarded commit to ${describeSnapshot(snapshot)}`,
    );
    log.commitTo(index);
    return false;
  }
  log.restore(snapshot);
  restoreMembership(raft, confState);
  logSink?.info(`${describePosition(raft)} restored ${describeSnapshot(snapshot)}`);
  return true;
}

function describePosition(raft: Raft): string {
  const { log } = raft;
  return (
    `${hex(raft.id)} [commit: ${log.committed}, lastindex: ${log.lastIndex()}, ` +
    `lastterm: ${log.lastTerm()}]`
  );
}

function describeSnapshot({ index, term }: Snapshot): string {
  return `snapshot [index: ${index}, term: ${term}]`;
}
