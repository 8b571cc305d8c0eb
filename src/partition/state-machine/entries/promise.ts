import { instanceOf, NOTIFICATION_TYPES, PROMISE_ALREADY_COMPLETED } from "#model";
import { send } from "../messages.ts";
import type { Turn } from "../turn.ts";
import type { Issuer, JournalCommandOf } from "./issuer.ts";

/** Completes with the promise, now or when somebody completes it. */
export function applyGetPromise(
  turn: Turn,
  { id, status, draft }: Issuer,
  { key, completionId }: JournalCommandOf<"get-promise">,
): void {
  const instance = instanceOf(status.metadata.target);
  const promise = turn.state.promise(instance, key);
  if (promise?.result !== undefined) {
    draft.appendCompletion(NOTIFICATION_TYPES.getPromise, completionId, promise.result);
    return;
  }
  const listener = { invocationId: id, completionId };
  const listeners = [...(promise?.listeners ?? []), listener];
  turn.state.setPromise(instance, key, { result: undefined, listeners });
}

/** Completes at once; void if nobody has completed the promise. */
export function applyPeekPromise(
  turn: Turn,
  { status, draft }: Issuer,
  { key, completionId }: JournalCommandOf<"peek-promise">,
): void {
  const promise = turn.state.promise(instanceOf(status.metadata.target), key);
  const result = promise?.result ?? ({ kind: "void" } as const);
  draft.appendCompletion(NOTIFICATION_TYPES.peekPromise, completionId, result);
}

/** Completes a promise once and tells everyone who waits; later attempts fail with 409. */
export function applyCompletePromise(
  turn: Turn,
  { status, draft }: Issuer,
  { key, result, completionId }: JournalCommandOf<"complete-promise">,
): void {
  const type = NOTIFICATION_TYPES.completePromise;
  const instance = instanceOf(status.metadata.target);
  const promise = turn.state.promise(instance, key);
  if (promise?.result !== undefined) {
    const failure = PROMISE_ALREADY_COMPLETED;
    draft.appendCompletion(type, completionId, { kind: "failure", failure });
    return;
  }
  turn.state.setPromise(instance, key, { result, listeners: [] });
  draft.appendCompletion(type, completionId, { kind: "void" });
  for (const listener of promise?.listeners ?? []) {
    // Listeners live in this partition: they belong to the same workflow key. The message is
    // applied after this command, so that a workflow may complete a promise that it awaits itself.
    send(turn, {
      kind: "complete",
      targetId: listener.invocationId,
      completionId: listener.completionId,
      notificationType: NOTIFICATION_TYPES.getPromise,
      result,
    });
  }
}
