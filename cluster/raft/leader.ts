import { assert } from "#base/assert";
import { type ConfChange, decodeConfChange, isLeaveJoint } from "./conf-change.ts";
import { isJoint } from "./configuration.ts";
import { changeConfiguration } from "./configuration-change.ts";
import { describeConfChange, describeConfiguration, describeProgress } from "./describe.ts";
import { EMPTY_BYTES, type Entry } from "./entry.ts";
import { releasePostponedReads, stepReadConfirmation, stepReadIndex } from "./leader-reads.ts";
import { createMessage, type Message, NO_NODE } from "./messages.ts";
import type { Progress } from "./progress.ts";
import { hex, type Raft } from "./raft.ts";
import {
  broadcastAppend,
  broadcastHeartbeat,
  maybeCommit,
  maybeSendAppend,
  sendAppend,
} from "./replication.ts";

/** Outcome of a proposal. "accepted" means appended or forwarded, not committed. */
export type ProposalOutcome = "accepted" | "dropped";

/** What a proposal consists of; the leader assigns term and index. */
export type ProposedEntry = Pick<Entry, "type" | "data">;

/** Takes the leadership of the present term, which a quorum has granted. */
export function becomeLeader(raft: Raft): void {
  assert(raft.role === "candidate", "only a candidate becomes leader");
  raft.reset(raft.term);
  raft.leaderId = raft.id;
  raft.role = "leader";
  const own = raft.tracker.memberProgress(raft.id);
  own.becomeReplicate();
  own.recentActive = true;
  // An older membership change may be anywhere in the uncommitted tail.
  raft.pendingConfIndex = raft.log.lastIndex();
  // Entries of older terms commit only together with one of this term.
  const accepted = appendEntries(raft, [{ type: "normal", data: EMPTY_BYTES }]);
  assert(accepted, "an empty entry always fits");
  raft.logSink?.info(`${hex(raft.id)} became leader at term ${raft.term}`);
}

/** Appends proposals to the log of the leader and sends them out. */
export function proposeEntries(raft: Raft, proposed: readonly ProposedEntry[]): ProposalOutcome {
  assert(proposed.length > 0, "a proposal has at least one entry");
  if (raft.tracker.progressOf(raft.id) === undefined) return "dropped";
  if (raft.transferTarget !== NO_NODE) {
    raft.logSink?.debug(
      `${hex(raft.id)} [term ${raft.term}] transfer leadership to ` +
        `${hex(raft.transferTarget)} is in progress; dropping proposal`,
    );
    return "dropped";
  }
  if (!appendEntries(raft, validateConfChanges(raft, proposed))) return "dropped";
  broadcastAppend(raft);
  return "accepted";
}

/** Handles a message that the term rules let through to a leader. */
export function stepLeader(raft: Raft, message: Message): ProposalOutcome {
  switch (message.type) {
    case "beat":
      broadcastHeartbeat(raft);
      return "accepted";
    case "check-quorum":
      checkQuorum(raft);
      return "accepted";
    case "propose":
      return proposeEntries(raft, message.entries);
    case "read-index":
      stepReadIndex(raft, message);
      return "accepted";
    case "forget-leader":
      return "accepted";
    default:
      stepFromPeer(raft, message);
      return "accepted";
  }
}

function stepFromPeer(raft: Raft, message: Message): void {
  const peer = raft.tracker.progressOf(message.from);
  if (peer === undefined) {
    raft.logSink?.debug(`${hex(raft.id)} no progress available for ${hex(message.from)}`);
    return;
  }
  switch (message.type) {
    case "append-response":
      peer.recentActive = true;
      if (message.reject) stepAppendRejected(raft, peer, message);
      else stepAppendAccepted(raft, peer, message.index);
      break;
    case "heartbeat-response":
      stepHeartbeatResponse(raft, peer, message);
      break;
    case "snapshot-status":
      stepSnapshotStatus(raft, peer, message.reject);
      break;
    case "unreachable":
      // Appends sent ahead were probably lost; find out from where to send them again.
      if (peer.state === "replicate") peer.becomeProbe();
      raft.logSink?.debug(
        `${hex(raft.id)} failed to send message to ${hex(peer.id)} ` +
          `because it is unreachable [${describeProgress(peer.status())}]`,
      );
      break;
    case "transfer-leader":
      stepTransferLeader(raft, peer);
      break;
    default:
      // Answers to elections that are over, and messages for other roles.
      break;
  }
}

function appendEntries(raft: Raft, proposed: readonly ProposedEntry[]): boolean {
  const { log, term } = raft;
  let index = log.lastIndex();
  const entries: Entry[] = [];
  for (const { type, data } of proposed) {
    index += 1;
    entries.push({ term, index, type, data });
  }
  if (!raft.reserveUncommitted(entries)) {
    raft.logSink?.warn(
      `${hex(raft.id)} appending new entries to log would exceed uncommitted entry size limit; ` +
        "dropping proposal",
    );
    return false;
  }
  log.append(entries);
  // The leader counts itself only when its own disk has the entries.
  const acknowledgement = createMessage("append-response", raft.id);
  acknowledgement.index = index;
  raft.send(acknowledgement);
  return true;
}

/** Replaces membership changes that must not enter the log by empty entries. */
function validateConfChanges(
  raft: Raft,
  proposed: readonly ProposedEntry[],
): readonly ProposedEntry[] {
  let validated: ProposedEntry[] | undefined;
  for (let position = 0; position < proposed.length; position += 1) {
    const entry = proposed[position] as ProposedEntry;
    if (entry.type === "normal") continue;
    const change = decodeConfChange(entry);
    const refusal = change === undefined ? "malformed conf change" : refusalOf(raft, change);
    const isEnforced = change === undefined || !raft.settings.disableConfChangeValidation;
    if (refusal !== undefined && isEnforced) {
      raft.logSink?.info(
        `${hex(raft.id)} ignoring conf change ` +
          `${change === undefined ? "" : describeConfChange(change)} at config ` +
          `${describeConfiguration(raft.tracker.configuration)}: ${refusal}`,
      );
      validated ??= proposed.slice();
      validated[position] = { type: "normal", data: EMPTY_BYTES };
    } else {
      raft.pendingConfIndex = raft.log.lastIndex() + position + 1;
    }
  }
  return validated ?? proposed;
}

function refusalOf(raft: Raft, change: ConfChange): string | undefined {
  const { applied } = raft.log;
  if (raft.pendingConfIndex > applied) {
    return (
      `possible unapplied conf change at index ${raft.pendingConfIndex} ` +
      `(applied to ${applied})`
    );
  }
  const { configuration } = raft.tracker;
  const joint = isJoint(configuration);
  if (joint && !isLeaveJoint(change)) return "must transition out of joint config first";
  if (!joint && change.operations.length === 0) {
    return "not in joint state; refusing empty conf change";
  }
  // Nothing unapplied precedes the change, so it will meet this very configuration. One that
  // cannot be carried out must not be committed: every replica would stop at it.
  const result = changeConfiguration(configuration, change);
  return result.ok ? undefined : result.reason;
}

function checkQuorum(raft: Raft): void {
  if (!raft.tracker.isQuorumActive()) {
    raft.logSink?.warn(`${hex(raft.id)} stepped down to follower since quorum is not active`);
    raft.becomeFollower(raft.term, NO_NODE);
  }
  for (const peer of raft.tracker.peers) {
    if (peer.id !== raft.id) peer.recentActive = false;
  }
}

function stepAppendRejected(raft: Raft, peer: Progress, message: Message): void {
  const { index, rejectHint, logTerm } = message;
  raft.logSink?.debug(
    `${hex(raft.id)} received MsgAppResp(rejected, hint: (index ${rejectHint}, ` +
      `term ${logTerm})) from ${hex(peer.id)} for index ${index}`,
  );
  if (index === 0) {
    // The start of a log always matches: the follower says that it needs a snapshot.
    if (peer.state === "snapshot" || peer.match > 0) return;
    peer.becomeProbe();
    peer.needsSnapshot = true;
    sendAppend(raft, peer);
    return;
  }
  // Everything above the hint has a lower term over there; skip what has a higher one here.
  const probe = logTerm > 0 ? raft.log.findConflictByTerm(rejectHint, logTerm).index : rejectHint;
  if (!peer.maybeDecrease(index, probe)) return;
  raft.logSink?.debug(
    `${hex(raft.id)} decreased progress of ${hex(peer.id)} ` +
      `to [${describeProgress(peer.status())}]`,
  );
  if (peer.state === "replicate") peer.becomeProbe();
  sendAppend(raft, peer);
}

function stepAppendAccepted(raft: Raft, peer: Progress, index: number): void {
  // An old acknowledgement still shows that a follower being probed can be replicated to.
  const isNews = peer.maybeUpdate(index) || (peer.match === index && peer.state === "probe");
  if (!isNews) return;
  if (peer.state === "probe") {
    peer.becomeReplicate();
  } else if (peer.state === "replicate") {
    peer.inflights.freeUpTo(index);
  } else if (peer.match + 1 >= raft.log.firstIndex()) {
    // Any snapshot will do that lets the log continue from it, not only the one sent.
    raft.logSink?.debug(
      `${hex(raft.id)} recovered from needing snapshot, resumed sending replication messages ` +
        `to ${hex(peer.id)} [${describeProgress(peer.status())}]`,
    );
    peer.becomeProbe();
    peer.becomeReplicate();
  }
  const isOther = peer.id !== raft.id;
  if (maybeCommit(raft)) {
    releasePostponedReads(raft);
    broadcastAppend(raft);
  } else if (isOther && peer.canRaiseCommit(raft.log.committed)) {
    sendAppend(raft, peer);
  }
  if (!isOther) return;
  // The window has room again, possibly for several messages.
  while (maybeSendAppend(raft, peer, false)) {
    // Ends when the window is full, the follower paused or everything sent.
  }
  if (peer.id === raft.transferTarget && peer.match === raft.log.lastIndex()) {
    raft.logSink?.info(
      `${hex(raft.id)} sent MsgTimeoutNow to ${hex(peer.id)} after received MsgAppResp`,
    );
    raft.send(createMessage("timeout-now", peer.id));
  }
}

function stepHeartbeatResponse(raft: Raft, peer: Progress, message: Message): void {
  peer.recentActive = true;
  peer.appendsPaused = false;
  if (peer.match < raft.log.lastIndex() || peer.state === "probe") sendAppend(raft, peer);
  if (message.context.length > 0) stepReadConfirmation(raft, peer.id, message.context);
}

function stepSnapshotStatus(raft: Raft, peer: Progress, isFailure: boolean): void {
  if (peer.state !== "snapshot") return;
  // A failed snapshot tells nothing about what the follower has.
  if (isFailure) peer.pendingSnapshot = 0;
  peer.becomeProbe();
  raft.logSink?.debug(
    `${hex(raft.id)} snapshot ${isFailure ? "failed" : "succeeded"}, resumed sending ` +
      `replication messages to ${hex(peer.id)} [${describeProgress(peer.status())}]`,
  );
  // Wait for the acknowledgement of the snapshot, or for a heartbeat before the next try.
  peer.appendsPaused = true;
}

function stepTransferLeader(raft: Raft, peer: Progress): void {
  const { logSink, term } = raft;
  const self = hex(raft.id);
  const target = hex(peer.id);
  if (peer.isLearner) {
    logSink?.debug(`${self} is learner. Ignored transferring leadership`);
    return;
  }
  const previous = raft.transferTarget;
  if (previous === peer.id) {
    logSink?.info(
      `${self} [term ${term}] transfer leadership to ${target} is in progress, ` +
        `ignores request to same node ${target}`,
    );
    return;
  }
  if (previous !== NO_NODE) {
    raft.transferTarget = NO_NODE;
    logSink?.info(
      `${self} [term ${term}] abort previous transferring leadership to ${hex(previous)}`,
    );
  }
  if (peer.id === raft.id) {
    logSink?.debug(`${self} is already leader. Ignored transferring leadership to self`);
    return;
  }
  logSink?.info(`${self} [term ${term}] starts to transfer leadership to ${target}`);
  // The transfer has one election timeout, counted from now.
  raft.electionElapsed = 0;
  raft.transferTarget = peer.id;
  if (peer.match === raft.log.lastIndex()) {
    raft.send(createMessage("timeout-now", peer.id));
    logSink?.info(
      `${self} sends MsgTimeoutNow to ${target} immediately as ${target} ` +
        "already has up-to-date log",
    );
  } else {
    sendAppend(raft, peer);
  }
}
