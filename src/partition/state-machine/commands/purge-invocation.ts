import type { CommandOf } from "../command.ts";
import { purge, purgeJournal } from "../completion.ts";
import { reply } from "../messages.ts";
import type { Turn } from "../turn.ts";

/** Removes a completed invocation before its retention ends. */
export function applyPurgeInvocation(turn: Turn, command: CommandOf<"purge-invocation">): void {
  const { invocationId: id, requestId } = command;
  const status = turn.state.invocation(id);
  if (status === undefined) {
    reply(turn, requestId, { kind: "not-found" });
    return;
  }
  if (status.kind !== "completed") {
    reply(turn, requestId, { kind: "not-completed-yet" });
    return;
  }
  purge(turn, id, status);
  reply(turn, requestId, { kind: "done" });
}

/** Removes the journal of a completed invocation before its retention ends. */
export function applyPurgeJournal(turn: Turn, command: CommandOf<"purge-journal">): void {
  const { invocationId: id, requestId } = command;
  const status = turn.state.invocation(id);
  if (status === undefined) {
    reply(turn, requestId, { kind: "not-found" });
    return;
  }
  if (status.kind !== "completed") {
    reply(turn, requestId, { kind: "not-completed-yet" });
    return;
  }
  purgeJournal(turn, id, status);
  reply(turn, requestId, { kind: "done" });
}
