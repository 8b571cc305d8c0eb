import { RETRY_DELAY_MS_MAX } from "./retry-policy.ts";

/**
 * Reads a `Retry-After` header: whole seconds, or a date.
 *
 * @returns milliseconds from now, between 0 and a year; undefined if it says nothing usable
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, RETRY_DELAY_MS_MAX);
  // Anything that Date.parse takes for a date but that starts with a digit or a sign is not one.
  if (!/^[A-Za-z]{3}|^\d{1,2} [A-Za-z]{3}/.test(text)) return undefined;
  const dateMs = Date.parse(text);
  if (Number.isNaN(dateMs)) return undefined;
  return Math.min(Math.max(0, dateMs - nowMs), RETRY_DELAY_MS_MAX);
}
