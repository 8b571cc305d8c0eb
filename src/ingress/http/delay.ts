import { IngressError } from "../ingress-error.ts";
import { DelayError } from "./delay-error.ts";
import { parseFriendlyDuration } from "./friendly-duration.ts";
import { parseIsoDuration } from "./iso-duration.ts";
import type { ParsedDuration } from "./parsed-duration.ts";

const NS_PER_MS = 1_000_000n;
const ISO_START = /^[+-]?[Pp]/;
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
    throw new DelayError("the delay ends after the year 9999");
  } catch (error) {
    if (!(error instanceof DelayError)) throw error;
    throw new IngressError(
      400,
      `bad delay query parameter, must be a ISO8601 duration: ${error.message}`,
    );
  }
}

/**
 * Parses a duration into milliseconds, rounded up.
 *
 * @throws DelayError with the words of the original
 */
export function parseDelayMs(text: string): number {
  if (text === "") {
    throw new DelayError(
      "an empty string is not a valid duration in either the ISO 8601 format or " +
        'Jiff\'s "friendly" format',
    );
  }
  if (text === "0") return 0;
  const { components, negative } = ISO_START.test(text)
    ? parseIsoDuration(text)
    : inFriendlyFormat(text);
  const nanoseconds = components.nanoseconds;
  if (nanoseconds === undefined) throw new DelayError("please use units of days or smaller");
  if (negative && nanoseconds > 0n) {
    throw new DelayError("negative signed durations cannot be converted to an unsigned duration");
  }
  return Number((nanoseconds + NS_PER_MS - 1n) / NS_PER_MS);
}

function inFriendlyFormat(text: string): ParsedDuration {
  try {
    return parseFriendlyDuration(text);
  } catch (error) {
    if (!(error instanceof DelayError)) throw error;
    throw new DelayError(
      `failed to parse input in the "friendly" duration format: ${error.message}`,
    );
  }
}
