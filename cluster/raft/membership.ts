import { assert } from "#base/assert";
import type { ConfChange } from "./conf-change.ts";
import {
  type ConfigurationResult,
  changeConfiguration,
  restoreConfiguration,
} from "./configuration-change.ts";
import { describeConfiguration } from "./describe.ts";
import { releaseConfirmedReads } from "./leader-reads.ts";
import { NO_NODE } from "./messages.ts";
import { hex, type Raft } from "./raft.ts";
import { broadcastAppend, broadcastPending, maybeCommit } from "./replication.ts";
import { type ConfState, isSameConfState } from "./snapshot.ts";

/** Puts a committed membership change into effect; returns the membership that results. */
export function applyConfChange(raft: Raft, change: ConfChange): ConfState {
  const result = changeConfiguration(raft.tracker.configuration, change);
  assert(result.ok, `a committed membership change can be applied: ${describeRefusal(result)}`);
  return switchConfiguration(raft, result);
}

/** Replaces the membership by a stored one, at start and when a snapshot is restored. */
export function restoreMembership(raft: Raft, confState: ConfState): void {
  raft.tracker.clear();
  const result = restoreConfiguration(confState);
  assert(result.ok, `a stored membership can be restored: ${describeRefusal(result)}`);
  // Every member is new to this replica, even one it knew before.
  const restored = switchConfiguration(raft, result);
  assert(isSameConfState(restored, confState), "restoring a membership loses nothing");
}

function switchConfiguration(
  raft: Raft,
  { configuration, fresh }: Extract<ConfigurationResult, { ok: true }>,
): ConfState {
  const { tracker, logSink } = raft;
  tracker.adopt(configuration, fresh, raft.log.lastIndex());
  logSink?.info(
    `${hex(raft.id)} switched to configuration ${describeConfiguration(configuration)}`,
  );
  const confState = raft.confState();
  if (raft.role !== "leader") return confState;

  const own = tracker.progressOf(raft.id);
  if (own === undefined || own.isLearner) {
    if (raft.settings.stepDownOnRemoval) raft.becomeFollower(raft.term, NO_NODE);
    return confState;
  }
  // A smaller quorum may already have what the larger one did not.
  if (maybeCommit(raft)) broadcastAppend(raft);
  else broadcastPending(raft);
  releaseConfirmedReads(raft);
  if (raft.transferTarget !== NO_NODE && !tracker.isVoter(raft.transferTarget)) {
    raft.transferTarget = NO_NODE;
  }
  return confState;
}

function describeRefusal(result: ConfigurationResult): string {
  return result.ok ? "" : result.reason;
}
