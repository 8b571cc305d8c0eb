import type { InvocationId } from "#model";
import { NOTIFICATION_TYPES } from "#model";
import { send } from "../messages.ts";
import type { Turn } from "../turn.ts";
import type { Issuer, JournalCommandOf } from "./issuer.ts";

/** Sends a signal; nothing comes back, and nobody needs to be there. */
export function applySendSignal(turn: Turn, command: JournalCommandOf<"send-signal">): void {
  const { targetId, signal, result } = command;
  send(turn, { kind: "signal", targetId, signal, result });
}

/** Completes with the result of another invocation, when it has one. */
export function applyAttach(
  turn: Turn,
  issuer: Issuer,
  { targetId, completionId }: JournalCommandOf<"attach-invocation">,
): void {
  const notificationType = NOTIFICATION_TYPES.attachInvocation;
  attachTo(turn, issuer, { targetId, completionId, notificationType });
}

/** Completes with the result of another invocation, or with void if it has none yet. */
export function applyGetOutput(
  turn: Turn,
  issuer: Issuer,
  { targetId, completionId }: JournalCommandOf<"get-invocation-output">,
): void {
  const notificationType = NOTIFICATION_TYPES.getInvocationOutput;
  attachTo(turn, issuer, { targetId, completionId, notificationType });
}

function attachTo(
  turn: Turn,
  { id: invocationId, status }: Issuer,
  {
    targetId,
    completionId,
    notificationType,
  }: {
    readonly targetId: InvocationId;
    readonly completionId: number;
    readonly notificationType: number;
  },
): void {
  const { incarnation } = status.metadata;
  const kind = "invocation";
  const sink = { kind, invocationId, completionId, notificationType, incarnation } as const;
  const blocking = notificationType === NOTIFICATION_TYPES.attachInvocation;
  send(turn, { kind: "attach", targetId, sink, blocking });
}
