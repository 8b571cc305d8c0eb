import { describeRole } from "./describe.ts";
import { campaign, recordVote } from "./election.ts";
import { stepAppend, stepHeartbeat, stepSnapshot } from "./follower.ts";
import { becomeLeader, type ProposalOutcome } from "./leader.ts";
import { type Message, NO_NODE } from "./messages.ts";
import { hex, type Raft } from "./raft.ts";
import { broadcastAppend } from "./replication.ts";

/** Handles a message that the term rules let through to a candidate or pre-candidate. */
export function stepCandidate(raft: Raft, message: Message): ProposalOutcome {
  switch (message.type) {
    case "propose":
      raft.logSink?.info(`${hex(raft.id)} no leader at term ${raft.term}; dropping proposal`);
      return "dropped";
    case "append":
      raft.becomeFollower(message.term, message.from);
      stepAppend(raft, message);
      break;
    case "heartbeat":
      raft.becomeFollower(message.term, message.from);
      stepHeartbeat(raft, message);
      break;
    case "snapshot":
      raft.becomeFollower(message.term, message.from);
      stepSnapshot(raft, message);
      break;
    case "vote-response":
    case "pre-vote-response":
      stepVoteResponse(raft, message);
      break;
    case "timeout-now":
      raft.logSink?.debug(
        `${hex(raft.id)} [term ${raft.term} state ${describeRole(raft.role)}] ` +
          `ignored MsgTimeoutNow from ${hex(message.from)}`,
      );
      break;
    default:
      // There is no leader to pass requests to.
      break;
  }
  return "accepted";
}

function stepVoteResponse(raft: Raft, message: Message): void {
  const isPreElection = raft.role === "pre-candidate";
  // Late answers to the pre-election do not count in the election that followed it.
  if (isPreElection !== (message.type === "pre-vote-response")) return;
  const { result } = recordVote(raft, message);
  if (result === "won") {
    if (isPreElection) {
      campaign(raft, "election");
    } else {
      becomeLeader(raft);
      broadcastAppend(raft);
    }
  } else if (result === "lost") {
    raft.becomeFollower(raft.term, NO_NODE);
  }
}
