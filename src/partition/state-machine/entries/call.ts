import type { InvocationRequest, ResolvedCall } from "#model";
import { NOTIFICATION_TYPES } from "#model";
import { send } from "../messages.ts";
import type { Turn } from "../turn.ts";
import type { Issuer, JournalCommandOf } from "./issuer.ts";

/** Calls another handler; its result completes the command later. */
export function applyCall(
  turn: Turn,
  issuer: Issuer,
  { call, invocationIdCompletionId, completionId }: JournalCommandOf<"call">,
): void {
  announceCallee(issuer, call, invocationIdCompletionId);
  send(turn, {
    kind: "invoke",
    request: requestOf(issuer, call, undefined),
    sink: {
      kind: "invocation",
      invocationId: issuer.id,
      completionId,
      notificationType: NOTIFICATION_TYPES.call,
      incarnation: issuer.status.metadata.incarnation,
    },
  });
}

/** Sends to another handler, now or later; nothing comes back but the id. */
export function applyOneWayCall(
  turn: Turn,
  issuer: Issuer,
  { call, invocationIdCompletionId, invokeTimeMs }: JournalCommandOf<"one-way-call">,
): void {
  announceCallee(issuer, call, invocationIdCompletionId);
  const executionTimeMs = invokeTimeMs > turn.nowMs ? invokeTimeMs : undefined;
  const request = requestOf(issuer, call, executionTimeMs);
  send(turn, { kind: "invoke", request, sink: undefined });
}

function announceCallee({ draft }: Issuer, { calleeId }: ResolvedCall, completionId: number): void {
  draft.appendCompletion(NOTIFICATION_TYPES.callInvocationId, completionId, {
    kind: "invocation-id",
    invocationId: calleeId,
  });
}

function requestOf(
  { id, status }: Issuer,
  call: ResolvedCall,
  executionTimeMs: number | undefined,
): InvocationRequest {
  const { target, traceParent } = status.metadata;
  return {
    id: call.calleeId,
    target: call.target,
    headers: call.headers,
    payload: call.payload,
    idempotencyKey: call.idempotencyKey,
    limitKey: call.limitKey,
    executionTimeMs,
    retention: call.retention,
    invokedBy: { kind: "service", invocationId: id, target },
    traceParent,
  };
}
