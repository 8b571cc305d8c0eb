import { parseDuration } from "#base/duration";
import { DurationError } from "#base/duration-error";
import { IngressError } from "../ingress-error.ts";

const NS_PER_MS = 1_000_000n;
/** Last millisecond of the year 9999, the last that RFC 3339 can print. */
const TIME_MS_MAX = 253_402_300_799_999;

/**
 * Time at which a delayed send is due, in milliseconds since the Unix epoch. Never early: parts of
 * a millisecond are rounded up.
 *
 * @param delay ISO 8601 duration or "friendly" notation (ingress reference section 5)
 * @throws IngressError with the reason
 */
export function parseExecutionTime(delay: string, nowMs: number): number {
  try {
    const executionTimeMs = nowMs + parseDelayMs(delay);
    if (executionTimeMs <= TIME_MS_MAX) return executionTimeMs;
    throw new DurationError("the delay ends after the year 9999");
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    throw new IngressError(
      400,
      `bad delay query parameter, must be a ISO8601 duration: ${error.message}`,
    );
  }
}

/**
 * Parses a duration into milliseconds, rounded up.
 *
 * @throws DurationError
 */
export function parseDelayMs(text: string): number {
  return Number((parseDuration(text) + NS_PER_MS - 1n) / NS_PER_MS);
}
