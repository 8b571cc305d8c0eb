import { assertNever } from "#base/assert";
import { COMMAND_TYPES, type JournalEntry, NOTIFICATION_TYPES, ProtobufReader } from "#model";
import { admit } from "../admission.ts";
import type { CommandOf, Timer } from "../command.ts";
import { appendNotification, takesNotifications } from "../notifications.ts";
import type { Turn } from "../turn.ts";

/** Field 1 of the Sleep command, `wake_up_time`. */
const WAKE_UP_TIME = 0x08;
/** Field 11 of the Sleep command, `result_completion_id`. */
const RESULT_COMPLETION = 0x58;

/**
 * Fires due timers. A timer of an invocation that has gone, or that was fired before, does nothing:
 * completions are dropped by id, starts by status. An id may run again while a timer of its earlier
 * run is still set; that one finds no sleep of its time.
 */
export function applyFireTimers(turn: Turn, command: CommandOf<"fire-timers">): void {
  for (const timer of command.timers) fire(turn, timer);
}

function fire(turn: Turn, timer: Timer): void {
  turn.state.removeTimer(timer);
  switch (timer.kind) {
    case "sleep": {
      if (!isAwaited(turn, timer)) return;
      appendNotification(turn, timer.invocationId, {
        kind: "completion",
        type: NOTIFICATION_TYPES.sleep,
        completionId: timer.completionId,
        result: { kind: "void" },
      });
      return;
    }
    case "start": {
      const status = turn.state.invocation(timer.invocationId);
      if (status?.kind !== "scheduled") return;
      if (status.metadata.executionTimeMs !== timer.timeMs) return;
      const { metadata, sinks } = status;
      const id = timer.invocationId;
      admit(turn, { id, metadata, sinks, resumed: undefined, inboxedAtMs: undefined });
      return;
    }
    default:
      assertNever(timer);
  }
}

/** True if the invocation has a sleep of this completion id and time. */
function isAwaited(turn: Turn, timer: Timer & { readonly kind: "sleep" }): boolean {
  const status = turn.state.invocation(timer.invocationId);
  if (status === undefined || !takesNotifications(status)) return false;
  const { entries } = turn.state.journal(timer.invocationId);
  // What waits is mostly near the end.
  for (let index = entries.length - 1; index >= 0; index--) {
    const { type, body } = entries[index] as JournalEntry;
    if (type === COMMAND_TYPES.sleep && isSleepOf(body, timer)) return true;
  }
  return false;
}

function isSleepOf(body: Uint8Array, timer: Timer & { readonly kind: "sleep" }): boolean {
  const reader = new ProtobufReader(body);
  let wakeUpTimeMs = 0;
  let completionId: number | undefined;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === WAKE_UP_TIME) wakeUpTimeMs = reader.readUint64();
    else if (tag === RESULT_COMPLETION) completionId = reader.readUint32();
    else reader.skip(tag);
  }
  return completionId === timer.completionId && wakeUpTimeMs === timer.timeMs;
}
