import { assertNever } from "#base/assert";
import { NOTIFICATION_TYPES } from "#model";
import { admit } from "../admission.ts";
import type { CommandOf, Timer } from "../command.ts";
import { appendNotification } from "../notifications.ts";
import type { Turn } from "../turn.ts";

/**
 * Fires due timers. A timer of an invocation that has gone, or that was fired before, does nothing:
 * completions are dropped by id and by run, starts by status.
 */
export function applyFireTimers(turn: Turn, command: CommandOf<"fire-timers">): void {
  for (const timer of command.timers) fire(turn, timer);
}

function fire(turn: Turn, timer: Timer): void {
  turn.state.removeTimer(timer);
  switch (timer.kind) {
    case "sleep": {
      appendNotification(turn, timer.invocationId, {
        kind: "completion",
        type: NOTIFICATION_TYPES.sleep,
        completionId: timer.completionId,
        result: { kind: "void" },
        incarnation: timer.incarnation,
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
