import { NOTIFICATION_TYPES } from "#model";
import type { Turn } from "../turn.ts";
import type { Issuer, JournalCommandOf } from "./issuer.ts";

/** Sets a timer, or completes at once if its time has come. */
export function applySleep(
  turn: Turn,
  { id, draft }: Issuer,
  { wakeUpTimeMs, completionId }: JournalCommandOf<"sleep">,
): void {
  if (wakeUpTimeMs <= turn.nowMs) {
    draft.appendCompletion(NOTIFICATION_TYPES.sleep, completionId, { kind: "void" });
    return;
  }
  const timer = { kind: "sleep", timeMs: wakeUpTimeMs, invocationId: id, completionId } as const;
  turn.state.addTimer(timer);
  turn.effects.push({ kind: "set-timer", timer });
}
