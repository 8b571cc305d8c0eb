import { acceptRequest } from "../accept-request.ts";
import type { CommandOf } from "../command.ts";
import { reply } from "../messages.ts";
import type { Turn } from "../turn.ts";

/** Takes an invocation from a client; a `send` is answered here, a `call` when it ends. */
export function applyInvoke(turn: Turn, command: CommandOf<"invoke">): void {
  const { request, requestId, mode } = command;
  const waits = mode === "call" && requestId !== undefined;
  const sink = waits ? ({ kind: "request", ...requestId } as const) : undefined;
  const { status, executionTimeMs } = acceptRequest(turn, request, sink);
  if (mode === "send") {
    const invocationId = request.id;
    reply(turn, requestId, { kind: "submitted", invocationId, executionTimeMs, status });
  }
}
