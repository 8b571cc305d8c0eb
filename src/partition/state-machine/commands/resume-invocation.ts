import { assertNever } from "#base/assert";
import type { Pin } from "#model";
import type { CommandOf, PinChange } from "../command.ts";
import { reply } from "../messages.ts";
import { resume } from "../notifications.ts";
import type { PartitionReply } from "../partition-reply.ts";
import type { Turn } from "../turn.ts";

/** Hands a paused or suspended invocation back to the invoker, perhaps on another deployment. */
export function applyResumeInvocation(turn: Turn, command: CommandOf<"resume-invocation">): void {
  reply(turn, command.requestId, resumeByOperator(turn, command));
}

/**
 *   paused, suspended   -> invoked  with a fresh retry budget
 *   invoked             -> (same)   a retry that waits is made at once
 *   scheduled, inboxed  -> (same)   refused: it has not started
 *   completed, free     -> (same)   refused
 */
function resumeByOperator(turn: Turn, command: CommandOf<"resume-invocation">): PartitionReply {
  const { invocationId: id, pinChange } = command;
  const status = turn.state.invocation(id);
  if (status === undefined) return { kind: "not-found" };
  switch (status.kind) {
    case "paused":
    case "suspended": {
      const pin = changedPin(status.pin, pinChange);
      if ("refusal" in pin) return pin.refusal;
      resume(turn, id, { ...status, pin: pin.pin });
      return { kind: "done" };
    }
    case "invoked":
      if (pinChange.kind === "move") {
        return { kind: "refused", reason: { kind: "deployment-not-changeable" } };
      }
      turn.effects.push({ kind: "retry-now", invocationId: id });
      return { kind: "done" };
    case "scheduled":
    case "inboxed":
      return { kind: "refused", reason: { kind: "not-started" } };
    case "completed":
      return { kind: "already-completed" };
    default:
      return assertNever(status);
  }
}

/** Pin after the change, or why it is refused. The protocol version never changes. */
export function changedPin(
  pin: Pin | undefined,
  change: PinChange,
): { readonly pin: Pin | undefined } | { readonly refusal: PartitionReply } {
  if (change.kind === "keep") return { pin };
  if (change.kind === "unpin") return { pin: undefined };
  if (pin === undefined) {
    if (change.lenient) return { pin };
    return { refusal: { kind: "refused", reason: { kind: "deployment-not-changeable" } } };
  }
  const { protocolVersion: version } = pin;
  const { minProtocolVersion: min, maxProtocolVersion: max, deploymentId } = change;
  if (version < min || version > max) {
    const range = `[${min}, ${max}]`;
    const kind = "protocol-version-unsupported";
    return { refusal: { kind: "refused", reason: { kind, version, deploymentId, range } } };
  }
  return { pin: { deploymentId, protocolVersion: version } };
}
