import {
  instanceOf,
  NOTIFICATION_TYPES,
  PROMISE_ALREADY_COMPLETED,
  type ResponseSink,
} from "#model";
import type { PromiseListener, PromiseStatus } from "../partition-state.ts";
import { answerAll, SINKS_MAX, storePage } from "../sinks.ts";
import type { Turn } from "../turn.ts";
import type { Issuer, JournalCommandOf } from "./issuer.ts";

/** Completes with the promise, now or when somebody completes it. */
export function applyGetPromise(
  turn: Turn,
  { id, status, draft }: Issuer,
  { key, completionId }: JournalCommandOf<"get-promise">,
): void {
  const instance = instanceOf(status.metadata.target);
  const promise = turn.state.promises(instance).get(key);
  if (promise?.result !== undefined) {
    draft.appendCompletion(NOTIFICATION_TYPES.getPromise, completionId, promise.result);
    return;
  }
  turn.state.setPromise(instance, key, {
    result: undefined,
    ...addListener(turn, promise, {
      invocationId: id,
      completionId,
      incarnation: status.metadata.incarnation,
    }),
  });
}

/** Adds somebody who waits; those that are full go to a page. */
function addListener(
  turn: Turn,
  promise: PromiseStatus | undefined,
  added: PromiseListener,
): Pick<PromiseStatus, "listeners" | "listenerPage"> {
  const { listeners, listenerPage } = promise ?? { listeners: [], listenerPage: undefined };
  // The page takes a place among the sinks of the next one.
  const count = listeners.length + (listenerPage === undefined ? 0 : 1);
  if (count < SINKS_MAX) return { listeners: [...listeners, added], listenerPage };
  const full = sinksOf({ listeners, listenerPage });
  return { listeners: [added], listenerPage: storePage(turn, full).page };
}

function sinksOf({
  listeners,
  listenerPage: page,
}: Pick<PromiseStatus, "listeners" | "listenerPage">): readonly ResponseSink[] {
  const notificationType = NOTIFICATION_TYPES.getPromise;
  const sinks: ResponseSink[] = page === undefined ? [] : [{ kind: "page", page }];
  for (const listener of listeners) {
    sinks.push({ kind: "invocation", ...listener, notificationType });
  }
  return sinks;
}

/** Completes at once; void if nobody has completed the promise. */
export function applyPeekPromise(
  turn: Turn,
  { status, draft }: Issuer,
  { key, completionId }: JournalCommandOf<"peek-promise">,
): void {
  const promise = turn.state.promises(instanceOf(status.metadata.target)).get(key);
  const result = promise?.result ?? ({ kind: "void" } as const);
  draft.appendCompletion(NOTIFICATION_TYPES.peekPromise, completionId, result);
}

/** Completes a promise once and tells everyone who waits; later attempts fail with 409. */
export function applyCompletePromise(
  turn: Turn,
  { id, status, draft }: Issuer,
  { key, result, completionId }: JournalCommandOf<"complete-promise">,
): void {
  const type = NOTIFICATION_TYPES.completePromise;
  const instance = instanceOf(status.metadata.target);
  const promise = turn.state.promises(instance).get(key);
  if (promise?.result !== undefined) {
    const failure = PROMISE_ALREADY_COMPLETED;
    draft.appendCompletion(type, completionId, { kind: "failure", failure });
    return;
  }
  turn.state.setPromise(instance, key, { result, listeners: [], listenerPage: undefined });
  draft.appendCompletion(type, completionId, { kind: "void" });
  if (promise === undefined) return;
  // Listeners live in this partition: they belong to the same workflow key. They are told after
  // this command, so that a workflow may complete a promise that it awaits itself.
  answerAll(turn, sinksOf(promise), { invocationId: id, target: undefined, result });
}
