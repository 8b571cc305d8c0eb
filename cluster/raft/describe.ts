// Text forms used in log lines. The names follow the Raft literature and the public trace files,
// so that traces of different implementations can be compared.

import { type ConfChange, decodeConfChange } from "./conf-change.ts";
import type { Configuration } from "./configuration.ts";
import type { MessageType } from "./messages.ts";
import type { ProgressState, ProgressStatus } from "./progress.ts";
import type { Role } from "./raft.ts";
import type { ConfState } from "./snapshot.ts";

const MESSAGE_NAMES: Readonly<Record<MessageType, string>> = {
  hup: "MsgHup",
  beat: "MsgBeat",
  "check-quorum": "MsgCheckQuorum",
  unreachable: "MsgUnreachable",
  "snapshot-status": "MsgSnapStatus",
  "storage-append": "MsgStorageAppend",
  "storage-append-response": "MsgStorageAppendResp",
  "storage-apply": "MsgStorageApply",
  "storage-apply-response": "MsgStorageApplyResp",
  propose: "MsgProp",
  append: "MsgApp",
  "append-response": "MsgAppResp",
  vote: "MsgVote",
  "vote-response": "MsgVoteResp",
  "pre-vote": "MsgPreVote",
  "pre-vote-response": "MsgPreVoteResp",
  snapshot: "MsgSnap",
  heartbeat: "MsgHeartbeat",
  "heartbeat-response": "MsgHeartbeatResp",
  "transfer-leader": "MsgTransferLeader",
  "timeout-now": "MsgTimeoutNow",
  "read-index": "MsgReadIndex",
  "read-index-response": "MsgReadIndexResp",
  "forget-leader": "MsgForgetLeader",
};

const ROLE_NAMES: Readonly<Record<Role, string>> = {
  follower: "StateFollower",
  "pre-candidate": "StatePreCandidate",
  candidate: "StateCandidate",
  leader: "StateLeader",
};

const PROGRESS_NAMES: Readonly<Record<ProgressState, string>> = {
  probe: "StateProbe",
  replicate: "StateReplicate",
  snapshot: "StateSnapshot",
};

const TRANSITION_NAMES: Readonly<Record<ConfChange["transition"], string>> = {
  auto: "ConfChangeTransitionAuto",
  implicit: "ConfChangeTransitionJointImplicit",
  explicit: "ConfChangeTransitionJointExplicit",
};

const OPERATION_NAMES = {
  "add-voter": "ConfChangeAddNode",
  remove: "ConfChangeRemoveNode",
  update: "ConfChangeUpdateNode",
  "add-learner": "ConfChangeAddLearnerNode",
} as const;

/** Literature name of a message kind, such as `MsgAppResp`. */
export function describeMessageType(type: MessageType): string {
  return MESSAGE_NAMES[type];
}

/** Literature name of a role, such as `StateLeader`. */
export function describeRole(role: Role): string {
  return ROLE_NAMES[role];
}

/** One line about what a leader knows of a replica. */
export function describeProgress(progress: ProgressStatus): string {
  let text = `${PROGRESS_NAMES[progress.state]} match=${progress.match} next=${progress.next}`;
  if (progress.isLearner) text += " learner";
  if (progress.isPaused) text += " paused";
  if (progress.pendingSnapshot > 0) text += ` pendingSnap=${progress.pendingSnapshot}`;
  if (!progress.recentActive) text += " inactive";
  if (progress.inflightCount > 0) {
    text += ` inflight=${progress.inflightCount}${progress.isInflightFull ? "[full]" : ""}`;
  }
  return text;
}

/** One line about a membership, such as `voters=(1 2)&&(1) learners=(3) autoleave`. */
export function describeConfiguration(configuration: Configuration): string {
  const { voters, learners, learnersNext } = configuration;
  let text = `voters=(${hexList(voters.incoming)})`;
  if (voters.outgoing.length > 0) text += `&&(${hexList(voters.outgoing)})`;
  if (learners.length > 0) text += ` learners=(${hexList(learners)})`;
  if (learnersNext.length > 0) text += ` learners_next=(${hexList(learnersNext)})`;
  return configuration.autoLeave ? `${text} autoleave` : text;
}

/** One line about a stored membership; the ids are decimal here. */
export function describeConfState(confState: ConfState): string {
  return (
    `Voters:[${confState.voters.join(" ")}] ` +
    `VotersOutgoing:[${confState.votersOutgoing.join(" ")}] ` +
    `Learners:[${confState.learners.join(" ")}] ` +
    `LearnersNext:[${confState.learnersNext.join(" ")}] ` +
    `AutoLeave:${confState.autoLeave}`
  );
}

/** One line about a membership change. */
export function describeConfChange(change: ConfChange): string {
  const parts = [`transition:${TRANSITION_NAMES[change.transition]}`];
  for (const { kind, nodeId } of change.operations) {
    parts.push(`changes:{type:${OPERATION_NAMES[kind]} node_id:${nodeId}}`);
  }
  if (change.context.length > 0) parts.push(`context:${quoteBytes(change.context)}`);
  return parts.join(" ");
}

/** Operations of a configuration entry, such as `v1 r2 l3 u4`. */
export function describeOperations(entry: Parameters<typeof decodeConfChange>[0]): string {
  const letters = { "add-voter": "v", remove: "r", update: "u", "add-learner": "l" } as const;
  const operations = decodeConfChange(entry)?.operations ?? [];
  return operations.map(({ kind, nodeId }) => `${letters[kind]}${nodeId}`).join(" ");
}

/** Bytes as a double-quoted string; what is not printable ASCII is escaped. */
export function quoteBytes(bytes: Uint8Array): string {
  let text = '"';
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += ESCAPES[byte] ?? `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return `${text}"`;
}

const ESCAPES: Readonly<Record<number, string>> = {
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
};

function hexList(ids: readonly number[]): string {
  return ids.map((id) => id.toString(16)).join(" ");
}
