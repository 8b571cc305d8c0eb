import { assert } from "#base/assert";
import {
  type CompletedStatus,
  type InboxedStatus,
  type InvocationId,
  type InvocationResult,
  type InvokedStatus,
  instanceOf,
  isExclusive,
  isWorkflowRun,
  type JournalPosition,
  type PausedStatus,
  type Pin,
  type ScheduledStatus,
  type SuspendedStatus,
} from "#model";
import { hasRun, releaseLimits, releaseLock } from "./admission.ts";
import { answerAll, forgetLater } from "./sinks.ts";
import type { Turn } from "./turn.ts";

/** An invocation that has run and has not ended. */
export type StartedStatus = InvokedStatus | SuspendedStatus | PausedStatus;

/** How and with what an invocation ends. */
export interface Ending {
  readonly id: InvocationId;
  readonly status: StartedStatus;
  readonly journal: JournalPosition;
  readonly pin: Pin | undefined;
  readonly result: InvocationResult;
}

/**
 * Ends an invocation: answers everyone who waits, keeps what retention asks for, and passes key
 * and concurrency slots on.
 */
export function complete(turn: Turn, ending: Ending): void {
  const { id, status, result } = ending;
  const { metadata, sinks } = status;
  answerAll(turn, sinks, { invocationId: id, target: metadata.target, result });

  if (metadata.retention.completionMs > 0) retain(turn, ending);
  else forget(turn, ending);

  if (status.kind === "invoked") releaseLimits(turn, metadata);
  if (isExclusive(metadata.target)) releaseLock(turn, instanceOf(metadata.target));
}

function retain(turn: Turn, { id, status, journal, pin, result }: Ending): void {
  const { metadata } = status;
  const keepsJournal = metadata.retention.journalMs > 0;
  if (!keepsJournal) deleteJournal(turn, id, journal.eventCount);
  turn.state.putInvocation(id, {
    kind: "completed",
    metadata,
    modifiedAtMs: turn.nowMs,
    completedAtMs: turn.nowMs,
    result,
    pin,
    journalLength: keepsJournal ? journal.length : 0,
    commandCount: keepsJournal ? journal.commandCount : 0,
    eventCount: keepsJournal ? journal.eventCount : 0,
    inboxedAtMs: status.inboxedAtMs,
    runningAtMs: status.runningAtMs,
  });
  const { completionMs, journalMs } = metadata.retention;
  if (keepsJournal && journalMs < completionMs) {
    const timeMs = turn.nowMs + journalMs;
    turn.state.addExpiry({ timeMs, invocationId: id, what: "journal" });
  }
  const timeMs = turn.nowMs + completionMs;
  turn.state.addExpiry({ timeMs, invocationId: id, what: "completion" });
}

function forget(turn: Turn, { id, status, journal }: Ending): void {
  deleteJournal(turn, id, journal.eventCount);
  turn.state.deleteInvocation(id);
  if (isWorkflowRun(status.metadata.target))
    clearInstance(turn, id, instanceOf(status.metadata.target));
}

/** Ends an invocation that never ran; nothing of it is kept. */
export function completeUnstarted(
  turn: Turn,
  id: InvocationId,
  status: ScheduledStatus | InboxedStatus,
  result: InvocationResult,
): void {
  const { metadata, sinks } = status;
  assert(status.kind === "scheduled" || !hasRun(status), "it never ran");
  if (status.kind === "scheduled") {
    const timeMs = metadata.executionTimeMs as number;
    turn.state.removeTimer({ kind: "start", timeMs, invocationId: id });
  } else {
    leaveQueue(turn, id, status);
  }
  turn.state.deleteJournal(id);
  turn.state.deleteInvocation(id);
  answerAll(turn, sinks, { invocationId: id, target: metadata.target, result });
}

/** Takes an invocation out of the queue it waits in; a waiter of a limit also holds its lock. */
export function leaveQueue(turn: Turn, id: InvocationId, status: InboxedStatus): void {
  const { target } = status.metadata;
  if (status.queue.kind === "inbox") {
    turn.state.removeInboxItem(instanceOf(target), status.queue.sequence);
    return;
  }
  turn.state.removeLimitWaiter(target.scope as string, status.queue.sequence);
  if (isExclusive(target) && turn.state.lock(instanceOf(target)) === id) {
    turn.state.deleteInvocation(id);
    releaseLock(turn, instanceOf(target));
  }
}

/** Removes a completed invocation and everything kept with it. */
export function purge(turn: Turn, id: InvocationId, status: CompletedStatus): void {
  const { metadata, completedAtMs } = status;
  if (status.journalLength > 0) deleteJournal(turn, id, status.eventCount);
  turn.state.deleteInvocation(id);
  const { completionMs, journalMs } = metadata.retention;
  const completionTimeMs = completedAtMs + completionMs;
  turn.state.removeExpiry({ timeMs: completionTimeMs, invocationId: id, what: "completion" });
  const journalTimeMs = completedAtMs + journalMs;
  turn.state.removeExpiry({ timeMs: journalTimeMs, invocationId: id, what: "journal" });
  if (isWorkflowRun(metadata.target)) clearInstance(turn, id, instanceOf(metadata.target));
}

/** Removes the journal of a completed invocation; its result stays. */
export function purgeJournal(turn: Turn, id: InvocationId, status: CompletedStatus): void {
  if (status.journalLength === 0) return;
  deleteJournal(turn, id, status.eventCount);
  const timeMs = status.completedAtMs + status.metadata.retention.journalMs;
  turn.state.removeExpiry({ timeMs, invocationId: id, what: "journal" });
  turn.state.putInvocation(id, { ...status, journalLength: 0, commandCount: 0, eventCount: 0 });
}

function deleteJournal(turn: Turn, id: InvocationId, eventCount: number): void {
  turn.state.deleteJournal(id);
  turn.state.deleteEvents(id, eventCount);
}

/** Clears what a workflow leaves; who still waits for one of its promises is never told. */
function clearInstance(turn: Turn, id: InvocationId, instance: string): void {
  turn.state.clearState(instance);
  for (const { listenerPage: page } of turn.state.promises(instance).values()) {
    if (page !== undefined) forgetLater(turn, id, page);
  }
  turn.state.clearPromises(instance);
}
