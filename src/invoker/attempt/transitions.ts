import type { AttemptFailure } from "#model";
import type { Attempt, AttemptAction, AttemptOutcome } from "./attempt.ts";

/** No action; shared, since most events of a busy stream cause none. */
export const NOTHING: readonly AttemptAction[] = [];

/** Ends the request side: a wish that the handler suspends. */
export function halfClose(attempt: Attempt): readonly AttemptAction[] {
  if (attempt.phase !== "live") return NOTHING;
  attempt.phase = "half-closed";
  return [{ kind: "half-close" }];
}

/** Ends the attempt with what the handler decided; the rest of the response is drained. */
export function finish(attempt: Attempt, outcome: AttemptOutcome): readonly AttemptAction[] {
  const closing = halfClose(attempt);
  attempt.phase = "over";
  return [...closing, { kind: "finish", outcome }];
}

/**
 * Ends the attempt with a failure that may be retried.
 *
 * @param options `isReset` cuts the stream, for when the peer must stop what it is doing
 */
export function fail(
  attempt: Attempt,
  cause: AttemptFailure,
  options: { readonly isReset?: boolean; readonly retryDelayMs?: number | undefined } = {},
): readonly AttemptAction[] {
  attempt.phase = "over";
  const { isReset = false, retryDelayMs } = options;
  return [{ kind: "finish", outcome: { kind: "failed", cause, retryDelayMs, isReset } }];
}
