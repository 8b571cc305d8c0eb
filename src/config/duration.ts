import { parseDurationMs as parseMs } from "#base/duration";
import { DurationError } from "#base/duration-error";
import { ValueError } from "./value-error.ts";

/**
 * Parses a duration as people write it: `30s`, `1m 30s`, `1.5 hours`, or ISO 8601 such as `PT30S`.
 *
 * @returns milliseconds, possibly with a fraction
 * @throws {ValueError} on anything else; a number without a unit is refused, since a wrong guess
 *   would be off by a factor of 1000
 */
export function parseDurationMs(value: unknown): number {
  const refusal = () =>
    new ValueError("a duration with a unit, such as 500ms, 30s or 1h 30m", value);
  if (typeof value !== "string") throw refusal();
  try {
    return parseMs(value.trim());
  } catch (error) {
    throw error instanceof DurationError ? refusal() : error;
  }
}
