import { assertNever } from "#base/assert";
import {
  CANCEL_SIGNAL,
  type InvocationResult,
  NOT_FOUND,
  NOTIFICATION_TYPES,
  type NotificationResult,
} from "#model";
import { acceptRequest, attach } from "../accept-request.ts";
import { releaseLock, startWaiters } from "../admission.ts";
import type { CommandOf } from "../command.ts";
import { answer, send } from "../messages.ts";
import { appendNotification } from "../notifications.ts";
import type { OutboxMessage } from "../outbox-message.ts";
import { answerPage, forgetPage } from "../sinks.ts";
import type { Turn } from "../turn.ts";
import { cancel } from "./cancel-invocation.ts";
import { continueKill, kill } from "./kill-invocation.ts";

/** Applies messages of another partition's outbox, each once, by sequence. */
export function applyDeliver(turn: Turn, command: CommandOf<"deliver">): void {
  const { producer, items } = command;
  let last = turn.state.deduplicationSequence(producer);
  for (const { sequence, message } of items) {
    if (sequence <= last) continue;
    applyMessage(turn, message);
    last = sequence;
  }
  turn.state.setDeduplicationSequence(producer, last);
}

/** Applies one message from another invocation, of this partition or another. */
export function applyMessage(turn: Turn, message: OutboxMessage): void {
  switch (message.kind) {
    case "invoke":
      acceptRequest(turn, message.request, message.sink);
      return;
    case "complete": {
      const { targetId, completionId, notificationType: type, result, incarnation } = message;
      const kind = "completion";
      appendNotification(turn, targetId, { kind, type, completionId, result, incarnation });
      return;
    }
    case "signal": {
      const { targetId, signal, result } = message;
      if (signal === CANCEL_SIGNAL) cancel(turn, targetId);
      else appendNotification(turn, targetId, { kind: "signal", signal, result });
      return;
    }
    case "kill":
      kill(turn, message.targetId, { requestId: undefined });
      return;
    case "attach":
      applyAttach(turn, message);
      return;
    case "answer-page": {
      const { targetId: invocationId, page, target, result } = message;
      if (result === undefined) forgetPage(turn, invocationId, page);
      else answerPage(turn, page, { invocationId, target, result });
      return;
    }
    case "continue-kill":
      continueKill(turn, message);
      return;
    case "release-lock":
      if (turn.state.lock(message.instance) === message.targetId) {
        releaseLock(turn, message.instance);
      }
      return;
    case "start-waiters":
      startWaiters(turn);
      return;
    default:
      assertNever(message);
  }
}

function applyAttach(turn: Turn, message: OutboxMessage & { readonly kind: "attach" }): void {
  const { targetId, sink, blocking } = message;
  const status = turn.state.invocation(targetId);
  if (status === undefined) {
    const result: InvocationResult = { kind: "failure", failure: NOT_FOUND };
    answer(turn, sink, { invocationId: targetId, target: undefined, result });
    return;
  }
  if (blocking) {
    attach(turn, { id: targetId, status, sink });
    return;
  }
  const result: NotificationResult = status.kind === "completed" ? status.result : { kind: "void" };
  send(turn, {
    kind: "complete",
    targetId: sink.invocationId,
    completionId: sink.completionId,
    notificationType: NOTIFICATION_TYPES.getInvocationOutput,
    result,
    incarnation: sink.incarnation,
  });
}
