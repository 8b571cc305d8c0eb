import { decodeNotification } from "#model";
import type { NotificationKey, NotificationOutcome } from "./partition-state.ts";

/** What a notification answers, and whether it counts as a failure when futures are resolved. */
export interface NotificationHead {
  readonly key: NotificationKey;
  readonly outcome: NotificationOutcome;
}

/** Reads the head of a journaled notification; the body was checked when it entered. */
export function readNotificationHead(body: Uint8Array): NotificationHead {
  const { id, result } = decodeNotification(body);
  return {
    key: id.kind === "completion" ? id.completionId : signalKey(id.signal),
    outcome: result.kind === "failure" ? "failure" : "success",
  };
}

/** Key of a signal: names stand for themselves, indexes are negated to differ from completions. */
export function signalKey(signal: number | string): NotificationKey {
  return typeof signal === "number" ? -signal : signal;
}
