/** Durations as people write and read them: ISO 8601, or numbers with units. */
import { assert } from "./assert.ts";
import { DurationError } from "./duration-error.ts";
import type { ParsedDuration } from "./duration-units.ts";
import { parseFriendlyDuration } from "./friendly-duration.ts";
import { parseIsoDuration } from "./iso-duration.ts";

const ISO_START = /^[+-]?[Pp]/;
const NS_PER_MS = 1_000_000n;
const PRINTED_UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
  ["us", 1e-3],
] as const;
/** What rounding may take off a count of units. */
const ROUNDING = 1e-9;

/**
 * Parses `PT1.5S`, `1h 30m`, `2 days`, `0`.
 *
 * @returns nanoseconds, not negative
 * @throws DurationError
 */
export function parseDuration(text: string): bigint {
  if (text === "") {
    throw new DurationError(
      "an empty string is not a valid duration in either the ISO 8601 format or " +
        'Jiff\'s "friendly" format',
    );
  }
  if (text === "0") return 0n;
  const { components, negative } = ISO_START.test(text)
    ? parseIsoDuration(text)
    : inFriendlyFormat(text);
  const { nanoseconds } = components;
  if (nanoseconds === undefined) throw new DurationError("please use units of days or smaller");
  if (negative && nanoseconds > 0n) {
    throw new DurationError(
      "negative signed durations cannot be converted to an unsigned duration",
    );
  }
  return nanoseconds;
}

/** As `parseDuration`, in milliseconds, possibly with a fraction. */
export function parseDurationMs(text: string): number {
  const nanoseconds = parseDuration(text);
  return Number(nanoseconds / NS_PER_MS) + Number(nanoseconds % NS_PER_MS) / Number(NS_PER_MS);
}

/** Prints milliseconds, microseconds at the least, in a form that is read again: `1m 30s`. */
export function formatDuration(durationMs: number): string {
  assert(durationMs >= 0, "a duration is not negative");
  const parts: string[] = [];
  let restMs = durationMs;
  for (const [unit, unitMs] of PRINTED_UNITS) {
    const count = Math.floor(restMs / unitMs + ROUNDING);
    if (count === 0) continue;
    parts.push(`${count}${unit}`);
    restMs -= count * unitMs;
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}

function inFriendlyFormat(text: string): ParsedDuration {
  try {
    return parseFriendlyDuration(text);
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    throw new DurationError(
      `failed to parse input in the "friendly" duration format: ${error.message}`,
    );
  }
}
