import { startWaiters } from "../admission.ts";
import type { CommandOf } from "../command.ts";
import type { Turn } from "../turn.ts";

/** Takes a new rule book and starts whoever it lets run. Running invocations are not stopped. */
export function applyUpdateRules(turn: Turn, command: CommandOf<"update-rules">): void {
  turn.state.setRules(command.rules);
  startWaiters(turn);
}
