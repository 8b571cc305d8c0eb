import { assert } from "#base/assert";
import { describeProgress } from "./describe.ts";
import { EMPTY_BYTES, NO_ENTRIES, payloadSizeOf } from "./entry.ts";
import { createMessage } from "./messages.ts";
import type { Progress } from "./progress.ts";
import { hex, type Raft } from "./raft.ts";

/**
 * Sends one follower what it misses, unless it is paused.
 *
 * @param sendIfEmpty also send without entries, to convey the commit index or to probe
 * @returns true if something was sent
 */
export function maybeSendAppend(raft: Raft, peer: Progress, sendIfEmpty: boolean): boolean {
  if (peer.isPaused()) return false;
  const { log } = raft;
  if (peer.needsSnapshot) return maybeSendSnapshot(raft, peer);
  const previousIndex = peer.next - 1;
  const previousTerm = log.term(previousIndex);
  if (typeof previousTerm !== "number") return maybeSendSnapshot(raft, peer);

  // On a full window an empty message still goes out now and then: its answer empties the window
  // even if every message in it was lost.
  const isWindowFull = peer.state === "replicate" && peer.inflights.isFull();
  const entries = isWindowFull
    ? NO_ENTRIES
    : log.entriesFrom(peer.next, raft.settings.appendBytesMax);
  if (typeof entries === "string") return maybeSendSnapshot(raft, peer);
  if (entries.length === 0 && !sendIfEmpty) return false;

  const message = createMessage("append", peer.id);
  message.index = previousIndex;
  message.logTerm = previousTerm;
  message.entries = entries;
  message.commit = log.committed;
  raft.send(message);
  peer.sentEntries(entries.length, payloadSizeOf(entries));
  peer.sentCommit = log.committed;
  return true;
}

/** Sends an append to one follower, empty if there is nothing else to say. */
export function sendAppend(raft: Raft, peer: Progress): void {
  maybeSendAppend(raft, peer, true);
}

/** Sends an append to every other member. */
export function broadcastAppend(raft: Raft): void {
  for (const peer of raft.tracker.peers) {
    if (peer.id !== raft.id) maybeSendAppend(raft, peer, true);
  }
}

/** Sends new members and lagging ones what they miss; nothing to the others. */
export function broadcastPending(raft: Raft): void {
  for (const peer of raft.tracker.peers) {
    if (peer.id !== raft.id) maybeSendAppend(raft, peer, false);
  }
}

/** Sends a heartbeat, with the read position if reads wait for confirmation. */
export function broadcastHeartbeat(raft: Raft): void {
  const context = raft.readOnly.position() ?? EMPTY_BYTES;
  for (const peer of raft.tracker.peers) {
    if (peer.id === raft.id) continue;
    const message = createMessage("heartbeat", peer.id);
    // Never beyond what is known to match: the rest of the follower's log may differ.
    message.commit = Math.min(peer.match, raft.log.committed);
    message.context = context;
    raft.send(message);
    peer.sentCommit = message.commit;
  }
}

/** Commits what a quorum has made durable; true if the commit index moved. */
export function maybeCommit(raft: Raft): boolean {
  return raft.log.maybeCommit(raft.tracker.committedIndex(), raft.term);
}

function maybeSendSnapshot(raft: Raft, peer: Progress): boolean {
  const { log, logSink } = raft;
  if (!peer.recentActive) {
    logSink?.debug(`ignore sending snapshot to ${hex(peer.id)} since it is not recently active`);
    return false;
  }
  const snapshot = log.snapshot();
  if (snapshot === "temporarily-unavailable") {
    logSink?.debug(
      `${hex(raft.id)} failed to send snapshot to ${hex(peer.id)} ` +
        "because snapshot is temporarily unavailable",
    );
    return false;
  }
  assert(snapshot.index > 0, "a snapshot to send is not empty");
  logSink?.debug(
    `${hex(raft.id)} [firstindex: ${log.firstIndex()}, commit: ${log.committed}] ` +
      `sent snapshot[index: ${snapshot.index}, term: ${snapshot.term}] ` +
      `to ${hex(peer.id)} [${describeProgress(peer.status())}]`,
  );
  peer.becomeSnapshot(snapshot.index);
  logSink?.debug(
    `${hex(raft.id)} paused sending replication messages to ${hex(peer.id)} ` +
      `[${describeProgress(peer.status())}]`,
  );
  const message = createMessage("snapshot", peer.id);
  message.snapshot = snapshot;
  raft.send(message);
  return true;
}
