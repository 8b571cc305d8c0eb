import { NOTIFICATION_TYPES } from "#model";
import type { Turn } from "../turn.ts";
import type { Issuer, JournalCommandOf } from "./issuer.ts";

/** Sets a timer, or completes at once if its time has come. */
export function applySleep(
  turn: Turn,
  { id, status, draft }: Issuer,
  { wakeUpTimeMs, completionId }: JournalCommandOf<"sleep">,
): void {
  if (wakeUpTimeMs <= turn.nowMs) {
    draft.appendCompletion(NOTIFICATION_TYPES.sleep, completionId, { kind: "void" });
    return;
  }
  const { incarnation } = status.metadata;
  const kind = "sleep";
  const timer = {
    kind,
    timeMs: wakeUpTimeMs,
    invocationId: id,
    completionId,
    incarnation,
  } as const;
  turn.state.addTimer(timer);
  turn.effects.push({ kind: "set-timer", timer });
}
