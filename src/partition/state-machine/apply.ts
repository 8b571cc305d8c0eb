import { assertNever } from "#base/assert";
import type { Command, LogRecord } from "./command.ts";
import { applyAppendSignal } from "./commands/append-signal.ts";
import { applyAttachInvocation } from "./commands/attach-invocation.ts";
import { applyAttemptEvent } from "./commands/attempt-event.ts";
import { applyCancelInvocation } from "./commands/cancel-invocation.ts";
import { applyDeliver, applyMessage } from "./commands/deliver.ts";
import { applyFireTimers } from "./commands/fire-timers.ts";
import { applyInvoke } from "./commands/invoke.ts";
import { applyKillInvocation } from "./commands/kill-invocation.ts";
import { applyPatchState } from "./commands/patch-state.ts";
import { applyPauseInvocation } from "./commands/pause-invocation.ts";
import { applyPurgeExpired } from "./commands/purge-expired.ts";
import { applyPurgeInvocation, applyPurgeJournal } from "./commands/purge-invocation.ts";
import { applyRestartInvocation } from "./commands/restart-invocation.ts";
import { applyResumeInvocation } from "./commands/resume-invocation.ts";
import { applyUpdateRules } from "./commands/update-rules.ts";
import type { Effect } from "./effect.ts";
import type { OutboxMessage } from "./outbox-message.ts";
import type { PartitionState } from "./partition-state.ts";
import { isAnsweredBefore, rememberAnswer } from "./repeated-request.ts";
import type { Turn } from "./turn.ts";

/** Where a record stands in the log. */
export interface RecordPosition {
  readonly logIndex: number;
  /** Raft term of the record: the leader epoch of its proposer. */
  readonly epoch: number;
}

/**
 * Applies one committed record to the state of a partition.
 *
 * Deterministic and synchronous: the result depends on the arguments alone. Runs on every replica;
 * only the leader carries the effects out.
 *
 * @param effects receives the effects, in order
 */
export function apply(
  state: PartitionState,
  record: LogRecord,
  { position, effects }: { readonly position: RecordPosition; readonly effects: Effect[] },
): void {
  const loopback: OutboxMessage[] = [];
  const { logIndex, epoch } = position;
  const turn: Turn = { state, nowMs: record.timeMs, logIndex, epoch, effects, loopback };
  const { command } = record;
  if (isAnsweredBefore(turn, command)) return;
  const firstEffect = effects.length;
  applyCommand(turn, command);
  rememberAnswer(turn, command, firstEffect);
  // Messages may cause messages; each chain ends, since calls start nothing before an attempt runs.
  for (let i = 0; i < loopback.length; i++) applyMessage(turn, loopback[i] as OutboxMessage);
}

function applyCommand(turn: Turn, command: Command): void {
  switch (command.kind) {
    case "invoke":
      applyInvoke(turn, command);
      return;
    case "attempt-event":
      applyAttemptEvent(turn, command);
      return;
    case "fire-timers":
      applyFireTimers(turn, command);
      return;
    case "deliver":
      applyDeliver(turn, command);
      return;
    case "truncate-outbox":
      turn.state.truncateOutbox(command.upTo);
      return;
    case "attach-invocation":
      applyAttachInvocation(turn, command);
      return;
    case "append-signal":
      applyAppendSignal(turn, command);
      return;
    case "cancel-invocation":
      applyCancelInvocation(turn, command);
      return;
    case "kill-invocation":
      applyKillInvocation(turn, command);
      return;
    case "pause-invocation":
      applyPauseInvocation(turn, command);
      return;
    case "resume-invocation":
      applyResumeInvocation(turn, command);
      return;
    case "restart-invocation":
      applyRestartInvocation(turn, command);
      return;
    case "purge-invocation":
      applyPurgeInvocation(turn, command);
      return;
    case "purge-journal":
      applyPurgeJournal(turn, command);
      return;
    case "purge-expired":
      applyPurgeExpired(turn, command);
      return;
    case "patch-state":
      applyPatchState(turn, command);
      return;
    case "update-rules":
      applyUpdateRules(turn, command);
      return;
    case "check-digest":
      return;
    default:
      assertNever(command);
  }
}
