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
  applyCommand(turn, record.command);
  // Messages may cause messages; each chain ends, since calls start nothing before an attempt runs.
  for (let i = 0; i < loopback.length; i++) applyMessage(turn, loopback[i] as OutboxMessage);
}

function applyCommand(turn: Turn, command: Command): void {
  switch (command.kind) {
    case "invoke":
      return applyInvoke(turn, command);
    case "attempt-event":
      return applyAttemptEvent(turn, command);
    case "fire-timers":
      return applyFireTimers(turn, command);
    case "deliver":
      return applyDeliver(turn, command);
    case "truncate-outbox":
      return turn.state.truncateOutbox(command.upTo);
    case "attach-invocation":
      return applyAttachInvocation(turn, command);
    case "append-signal":
      return applyAppendSignal(turn, command);
    case "cancel-invocation":
      return applyCancelInvocation(turn, command);
    case "kill-invocation":
      return applyKillInvocation(turn, command);
    case "pause-invocation":
      return applyPauseInvocation(turn, command);
    case "resume-invocation":
      return applyResumeInvocation(turn, command);
    case "restart-invocation":
      return applyRestartInvocation(turn, command);
    case "purge-invocation":
      return applyPurgeInvocation(turn, command);
    case "purge-journal":
      return applyPurgeJournal(turn, command);
    case "purge-expired":
      return applyPurgeExpired(turn, command);
    case "patch-state":
      return applyPatchState(turn, command);
    case "update-rules":
      return applyUpdateRules(turn, command);
    default:
      return assertNever(command);
  }
}
