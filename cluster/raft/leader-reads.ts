import type { Entry } from "./entry.ts";
import { EMPTY_BYTES } from "./entry.ts";
import { createMessage, type Message, NO_NODE } from "./messages.ts";
import { hex, type Raft } from "./raft.ts";
import type { PendingRead } from "./read-only.ts";
import { broadcastHeartbeat } from "./replication.ts";

/**
 * Reads one leader keeps waiting, for confirmation or for its first commit. Beyond this a request
 * is dropped, as if its message had been lost; the caller asks again.
 */
export const PENDING_READS_MAX = 65_536;

/** Takes a read request: answers it, queues it, or postpones it until the first commit. */
export function stepReadIndex(raft: Raft, message: Message): void {
  if (!raft.hasCommittedInTerm()) {
    // Older entries may be committed without this leader knowing it, even in a group of one that
    // restarted with an outdated commit index.
    if (raft.postponedReads.length < PENDING_READS_MAX) raft.postponedReads.push(message);
    return;
  }
  if (acceptRead(raft, message)) broadcastHeartbeat(raft);
}

/** Handles the requests that came before the first commit of this leadership. */
export function releasePostponedReads(raft: Raft): void {
  if (raft.postponedReads.length === 0) return;
  if (!raft.hasCommittedInTerm()) {
    raft.logSink?.error(
      "pending MsgReadIndex should be released only after first commit in current term",
    );
    return;
  }
  const postponed = raft.postponedReads;
  raft.postponedReads = [];
  let needsConfirmation = false;
  for (const message of postponed) {
    if (acceptRead(raft, message)) needsConfirmation = true;
  }
  // One round confirms them all.
  if (needsConfirmation) broadcastHeartbeat(raft);
}

/** Notes the read position that a follower confirmed, and answers what a quorum confirmed. */
export function stepReadConfirmation(raft: Raft, from: number, position: Uint8Array): void {
  if (!raft.readOnly.acknowledge(from, position)) {
    raft.logSink?.debug(`${hex(raft.id)} ignored a malformed read position from ${hex(from)}`);
    return;
  }
  releaseConfirmedReads(raft);
}

/** Answers the reads that a quorum of the present configuration has confirmed. */
export function releaseConfirmedReads(raft: Raft): void {
  const { readOnly } = raft;
  if (readOnly.pendingCount === 0) return;
  const confirmed = raft.tracker.quorumOf(readOnly.ackedOf);
  for (const read of readOnly.release(confirmed)) answer(raft, read);
}

/** Answers a read or queues it; true if it has to be confirmed by a heartbeat round. */
function acceptRead(raft: Raft, message: Message): boolean {
  const read: PendingRead = {
    from: message.from === raft.id ? NO_NODE : message.from,
    context: message.entries[0]?.data ?? EMPTY_BYTES,
    index: raft.log.committed,
  };
  // A removed leader that still leads is not the one voter that decides alone.
  const decidesAlone = raft.tracker.isSingleton() && raft.tracker.isVoter(raft.id);
  if (decidesAlone || raft.settings.readOnlyOption === "lease-based") {
    answer(raft, read);
    return false;
  }
  if (raft.readOnly.pendingCount >= PENDING_READS_MAX) return false;
  raft.readOnly.add(read, raft.id);
  return true;
}

function answer(raft: Raft, read: PendingRead): void {
  const { from, context, index } = read;
  if (from === NO_NODE) {
    raft.readStates.push({ index, context });
    return;
  }
  const message = createMessage("read-index-response", from);
  message.index = index;
  message.entries = [readEntry(context)];
  raft.send(message);
}

/** The context of a read request travels as the payload of a single entry. */
export function readEntry(context: Uint8Array): Entry {
  return { term: 0, index: 0, type: "normal", data: context };
}
