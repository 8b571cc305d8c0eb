import { assert, assertNever } from "#base/assert";
import {
  decodeNotification,
  type InvocationId,
  type InvocationResult,
  KILLED,
  NOTIFICATION_TYPES,
} from "#model";
import { hasRun } from "../admission.ts";
import type { CommandOf } from "../command.ts";
import { complete, completeUnstarted, type StartedStatus } from "../completion.ts";
import { reply, send } from "../messages.ts";
import type { PartitionReply } from "../partition-reply.ts";
import type { Turn } from "../turn.ts";

const KILLED_RESULT: InvocationResult = { kind: "failure", failure: KILLED };

/** Ends an invocation without asking its handler, for an operator. */
export function applyKillInvocation(turn: Turn, command: CommandOf<"kill-invocation">): void {
  reply(turn, command.requestId, kill(turn, command.invocationId));
}

/**
 * Ends an invocation and, through the outbox, everything that it called.
 *
 *   scheduled, inboxed          -> free        waiting callers get KILLED, nothing is retained
 *   invoked, suspended, paused  -> completed   with KILLED; its callees are killed too
 *   completed, free             -> (same)      only answer
 */
export function kill(turn: Turn, id: InvocationId): PartitionReply {
  const status = turn.state.invocation(id);
  if (status === undefined) {
    // An attempt may outlive its invocation: aborting one that does not exist is harmless.
    turn.effects.push({ kind: "abort", invocationId: id });
    return { kind: "not-found" };
  }
  switch (status.kind) {
    case "scheduled":
      completeUnstarted(turn, id, status, KILLED_RESULT);
      return { kind: "done" };
    case "inboxed": {
      if (!hasRun(status)) {
        completeUnstarted(turn, id, status, KILLED_RESULT);
        return { kind: "done" };
      }
      turn.state.removeLimitWaiter(status.metadata.target.scope as string, status.queue.sequence);
      const { metadata, sinks, modifiedAtMs, resumed } = status;
      killStarted(turn, id, { kind: "paused", metadata, sinks, modifiedAtMs, ...resumed });
      return { kind: "done" };
    }
    case "invoked":
    case "suspended":
    case "paused":
      killStarted(turn, id, status);
      return { kind: "done" };
    case "completed":
      return { kind: "already-completed" };
    default:
      return assertNever(status);
  }
}

function killStarted(turn: Turn, id: InvocationId, status: StartedStatus): void {
  for (const { type, body } of turn.state.journal(id).entries) {
    if (type !== NOTIFICATION_TYPES.callInvocationId) continue;
    const { result } = decodeNotification(body);
    assert(result.kind === "invocation-id", "this completion names the callee");
    send(turn, { kind: "kill", targetId: result.invocationId as InvocationId });
  }
  const { journal, pin } = status;
  complete(turn, { id, status, journal, pin, result: KILLED_RESULT });
  turn.effects.push({ kind: "abort", invocationId: id });
}
