import type { CommandOf } from "../command.ts";
import { reply } from "../messages.ts";
import { appendNotification } from "../notifications.ts";
import type { Turn } from "../turn.ts";

/**
 * Appends a signal that came from outside, such as the result of an awakeable. The sender succeeds
 * whether or not anybody takes it.
 */
export function applyAppendSignal(turn: Turn, command: CommandOf<"append-signal">): void {
  const { invocationId, signal, result, requestId } = command;
  appendNotification(turn, invocationId, { kind: "signal", signal, result });
  reply(turn, requestId, { kind: "done" });
}
