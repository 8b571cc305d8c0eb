import { instanceOf, NOTIFICATION_TYPES } from "#model";
import type { Turn } from "../turn.ts";
import type { Issuer, JournalCommandOf } from "./issuer.ts";

/** Completes at once from the current state, this invocation's own writes included. */
export function applyGetLazyState(
  turn: Turn,
  { status, draft }: Issuer,
  { key, completionId }: JournalCommandOf<"get-lazy-state">,
): void {
  const value = turn.state.stateValues(instanceOf(status.metadata.target)).get(key);
  draft.appendCompletion(
    NOTIFICATION_TYPES.getLazyState,
    completionId,
    value === undefined ? { kind: "void" } : { kind: "success", value },
  );
}

/** Completes at once with all keys, in byte order. */
export function applyGetLazyStateKeys(
  turn: Turn,
  { status, draft }: Issuer,
  { completionId }: JournalCommandOf<"get-lazy-state-keys">,
): void {
  const keys = [...turn.state.stateValues(instanceOf(status.metadata.target)).keys()];
  draft.appendCompletion(NOTIFICATION_TYPES.getLazyStateKeys, completionId, {
    kind: "state-keys",
    keys: keys.sort(compareCodePoints),
  });
}

/** Writes one value; visible to shared handlers from here on. */
export function applySetState(
  turn: Turn,
  { status }: Issuer,
  { key, value }: JournalCommandOf<"set-state">,
): void {
  turn.state.setStateValue(instanceOf(status.metadata.target), key, value);
}

/** Removes one value. */
export function applyClearState(
  turn: Turn,
  { status }: Issuer,
  { key }: JournalCommandOf<"clear-state">,
): void {
  turn.state.setStateValue(instanceOf(status.metadata.target), key, undefined);
}

/** Removes all values of the key. */
export function applyClearAllState(turn: Turn, { status }: Issuer): void {
  turn.state.clearState(instanceOf(status.metadata.target));
}

/** Order of the UTF-8 forms, which is the order of code points and not of UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    const leftIsSurrogate = left >= 0xd800 && left <= 0xdfff;
    const rightIsSurrogate = right >= 0xd800 && right <= 0xdfff;
    if (leftIsSurrogate !== rightIsSurrogate) return leftIsSurrogate ? 1 : -1;
    return left - right;
  }
  return a.length - b.length;
}
