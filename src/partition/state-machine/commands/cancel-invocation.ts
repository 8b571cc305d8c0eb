import { assertNever } from "#base/assert";
import { CANCEL_SIGNAL, CANCELED, type InvocationId } from "#model";
import { hasRun } from "../admission.ts";
import type { CommandOf } from "../command.ts";
import { completeUnstarted } from "../completion.ts";
import { reply } from "../messages.ts";
import { appendNotification } from "../notifications.ts";
import type { PartitionReply } from "../partition-reply.ts";
import type { Turn } from "../turn.ts";

/** Asks an invocation to stop, for an operator. */
export function applyCancelInvocation(turn: Turn, command: CommandOf<"cancel-invocation">): void {
  reply(turn, command.requestId, cancel(turn, command.invocationId));
}

/**
 * Asks an invocation to stop. It ends by itself, at its next await point, after it has run its
 * compensations; `kill` is for what does not wait.
 *
 *   scheduled, inboxed          -> free     it never started: waiting callers get CANCELED
 *   invoked, suspended, paused  -> (same)   append the cancel signal, waking it
 *   completed, free             -> (same)   only answer
 */
export function cancel(turn: Turn, id: InvocationId): PartitionReply {
  const status = turn.state.invocation(id);
  if (status === undefined) return { kind: "not-found" };
  switch (status.kind) {
    case "scheduled":
    case "inboxed":
      if (status.kind === "inboxed" && hasRun(status)) return signalCancel(turn, id);
      completeUnstarted(turn, id, status, { kind: "failure", failure: CANCELED });
      return { kind: "done" };
    case "invoked":
    case "suspended":
    case "paused":
      return signalCancel(turn, id);
    case "completed":
      return { kind: "already-completed" };
    default:
      return assertNever(status);
  }
}

function signalCancel(turn: Turn, id: InvocationId): PartitionReply {
  const result = { kind: "void" } as const;
  appendNotification(turn, id, { kind: "signal", signal: CANCEL_SIGNAL, result });
  return { kind: "accepted" };
}
