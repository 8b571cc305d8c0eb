import { isJoint } from "./configuration.ts";
import { NO_NODE } from "./messages.ts";
import type { Raft } from "./raft.ts";

/**
 * True if a leader has nothing left to say: every member has everything, all of it is applied here,
 * and no request waits. Whether the members are alive is for the caller to know.
 */
export function isIdleLeader(raft: Raft): boolean {
  const { log, tracker, readOnly } = raft;
  if (raft.role !== "leader" || raft.transferTarget !== NO_NODE) return false;
  const last = log.lastIndex();
  if (log.applied !== last || raft.heldMessages.length > 0) return false;
  if (readOnly.pendingCount > 0 || raft.postponedReads.length > 0) return false;
  if (isJoint(tracker.configuration)) return false;
  for (const peer of tracker.peers) {
    if (peer.id === raft.id) continue;
    if (peer.match !== last || peer.state !== "replicate") return false;
    // A follower that does not know what is committed could not tell that it has everything.
    if (peer.sentCommit < last) return false;
  }
  return true;
}

/**
 * Starts the timers over after a time without ticks: a leader is given a whole election timeout to
 * hear from its followers and heartbeats at the next tick, a follower waits as if it had just heard
 * from its leader.
 */
export function restartTimers(raft: Raft): void {
  raft.electionElapsed = 0;
  if (raft.role === "leader") raft.heartbeatElapsed = raft.settings.heartbeatTicks;
}
