import {
  CANCEL_SIGNAL,
  type InvocationId,
  type InvocationStatus,
  type NotificationResult,
  type SignalId,
  type StartedFacts,
} from "#model";
import { hasRun, type ResumedStatus, startOrWait } from "./admission.ts";
import type { StartedStatus } from "./completion.ts";
import { JournalDraft } from "./journal-draft.ts";
import { isResolved } from "./resolve-future.ts";
import type { Turn } from "./turn.ts";

/** A notification for an invocation that may or may not be there to take it. */
export type Notification =
  | {
      readonly kind: "completion";
      readonly type: number;
      readonly completionId: number;
      readonly result: NotificationResult;
      /** Run that asked for it; 0 if that is not known. */
      readonly incarnation: number;
    }
  | { readonly kind: "signal"; readonly signal: SignalId; readonly result: NotificationResult };

/**
 * Appends a notification to a journal and wakes the invocation if that is what it waits for.
 *
 *   free, scheduled, inboxed, completed -> dropped
 *   invoked                             -> appended, pushed on the live attempt
 *   suspended                           -> appended, resumed if the awaited future is resolved
 *   paused                              -> appended; resumed only by the cancel signal
 *
 * A completion that an earlier run under this id asked for is dropped too. Signals are not told
 * apart: their ids are made by handlers, and awakeable ids name the invocation and nothing more.
 *
 * @returns false if it was dropped
 */
export function appendNotification(
  turn: Turn,
  id: InvocationId,
  notification: Notification,
): boolean {
  const status = turn.state.invocation(id);
  if (status === undefined || !takesNotifications(status)) return false;
  if (isOfEarlierRun(notification, status)) return false;
  const started = startedFacts(status);
  const token = status.kind === "invoked" ? status.token : undefined;
  const draft = new JournalDraft(turn, { id, token }, started);
  if (notification.kind === "signal") {
    draft.appendSignal(notification.signal, notification.result);
  } else {
    const { type, completionId, result } = notification;
    if (draft.appendCompletion(type, completionId, result) === undefined) return false;
  }
  settle(turn, id, status, { draft, isCancel: isCancelSignal(notification) });
  return true;
}

/** True if an earlier run under this id asked; its completion ids mean something else now. */
function isOfEarlierRun(notification: Notification, { metadata }: InvocationStatus): boolean {
  if (notification.kind === "signal" || notification.incarnation === 0) return false;
  return notification.incarnation !== metadata.incarnation;
}

function isCancelSignal(notification: Notification): boolean {
  return notification.kind === "signal" && notification.signal === CANCEL_SIGNAL;
}

/** True if notifications are appended to the journal in this status. */
export function takesNotifications(
  status: InvocationStatus,
): status is StartedStatus | ResumedStatus {
  if (status.kind === "inboxed") return hasRun(status);
  return status.kind !== "scheduled" && status.kind !== "completed";
}

/** Journal, pin and times of an invocation that has run. */
function startedFacts(status: StartedStatus | ResumedStatus): StartedFacts {
  return status.kind === "inboxed" ? status.resumed : status;
}

function settle(
  turn: Turn,
  id: InvocationId,
  status: StartedStatus | ResumedStatus,
  { draft, isCancel }: { readonly draft: JournalDraft; readonly isCancel: boolean },
): void {
  const journal = draft.position();
  if (status.kind === "inboxed") {
    const resumed = { ...status.resumed, journal };
    turn.state.putInvocation(id, { ...status, resumed, modifiedAtMs: turn.nowMs });
    return;
  }
  const changed: StartedStatus = { ...status, journal, modifiedAtMs: turn.nowMs };
  const wakes =
    (changed.kind === "paused" && isCancel) ||
    (changed.kind === "suspended" &&
      isResolved(changed.awaiting, turn.state.journal(id).notifications));
  if (wakes) resume(turn, id, changed);
  else turn.state.putInvocation(id, changed);
}

/** Hands a suspended or paused invocation back to the invoker, with a fresh retry budget. */
export function resume(turn: Turn, id: InvocationId, status: StartedStatus): void {
  const { metadata, sinks, journal, pin, inboxedAtMs, runningAtMs } = status;
  startOrWait(turn, {
    id,
    metadata,
    sinks,
    resumed: { journal, pin, inboxedAtMs, runningAtMs },
    inboxedAtMs,
  });
}
