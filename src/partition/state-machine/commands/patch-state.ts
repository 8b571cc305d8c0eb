import type { CommandOf } from "../command.ts";
import { reply } from "../messages.ts";
import { mutatedInstance, replaceState } from "../replace-state.ts";
import type { Turn } from "../turn.ts";

/** Replaces the state of a keyed instance, after the exclusive work that is queued before it. */
export function applyPatchState(turn: Turn, command: CommandOf<"patch-state">): void {
  const { mutation, requestId } = command;
  const instance = mutatedInstance(mutation);
  if (mutation.serviceType === "virtual-object" && turn.state.lock(instance) !== undefined) {
    const sequence = turn.state.nextSequence();
    turn.state.addInboxItem(instance, sequence, { kind: "mutation", mutation });
  } else {
    replaceState(turn, mutation);
  }
  reply(turn, requestId, { kind: "accepted" });
}
