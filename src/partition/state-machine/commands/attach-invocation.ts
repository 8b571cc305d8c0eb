import { attach } from "../accept-request.ts";
import type { CommandOf } from "../command.ts";
import { reply } from "../messages.ts";
import type { Turn } from "../turn.ts";

/** Makes a client wait for the result of an invocation, or answers at once if it is there. */
export function applyAttachInvocation(turn: Turn, command: CommandOf<"attach-invocation">): void {
  const { invocationId: id, requestId } = command;
  const status = turn.state.invocation(id);
  if (status === undefined) {
    reply(turn, requestId, { kind: "not-found" });
    return;
  }
  attach(turn, { id, status, sink: { kind: "request", ...requestId } });
}
