import type { Random } from "#base/random";

/** How often, and how long after each other, a request is tried. */
export interface RequestRetryPolicy {
  readonly initialIntervalMs: number;
  readonly factor: number;
  readonly intervalMsMax: number;
  /** The first one included. */
  readonly attemptsMax: number;
}

/** Pause after the attempt with this number, from one; up to half of it is left to chance. */
export function retryPauseMs(
  { initialIntervalMs, factor, intervalMsMax }: RequestRetryPolicy,
  attempt: number,
  random: Random,
): number {
  const pauseMs = Math.min(intervalMsMax, initialIntervalMs * factor ** (attempt - 1));
  return Math.round(pauseMs * (0.5 + random.nextBelow(1_000) / 2_000));
}
