import { assert } from "#base/assert";
import { ValueError } from "./value-error.ts";

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ...names(1e-6, "ns nsec nsecs nanosecond nanoseconds"),
  ...names(1e-3, "us µs μs usec usecs microsecond microseconds"),
  ...names(1, "ms msec msecs millis millisecond milliseconds"),
  ...names(1_000, "s sec secs second seconds"),
  ...names(60_000, "m min mins minute minutes"),
  ...names(3_600_000, "h hr hrs hour hours"),
  ...names(86_400_000, "d day days"),
  ...names(604_800_000, "w wk wks week weeks"),
]);

const PRINTED_UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
  ["us", 1e-3],
] as const;

const ISO_8601 = /^P(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/i;

/**
 * Parses a duration as people write it: `30s`, `1m 30s`, `1.5 hours`, or ISO 8601 such as `PT30S`.
 *
 * @returns milliseconds, possibly with a fraction
 * @throws {ValueError} on anything else; a number without a unit is refused, since a wrong guess
 *   would be off by a factor of 1000
 */
export function parseDurationMs(value: unknown): number {
  if (typeof value === "string") {
    const durationMs = parseIso(value.trim()) ?? parseFriendly(value.trim());
    if (durationMs !== undefined && Number.isFinite(durationMs)) return durationMs;
  }
  throw new ValueError("a duration with a unit, such as 500ms, 30s or 1h 30m", value);
}

/** Prints milliseconds in the compact form that `parseDurationMs` reads: `1m 30s`. */
export function formatDuration(durationMs: number): string {
  assert(durationMs >= 0, "a duration is not negative");
  const parts: string[] = [];
  let restMs = durationMs;
  for (const [unit, unitMs] of PRINTED_UNITS) {
    const count = Math.floor(restMs / unitMs + 1e-9);
    if (count === 0) continue;
    parts.push(`${count}${unit}`);
    restMs -= count * unitMs;
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}

function parseFriendly(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?\s*[a-zµμ]+[\s,]*)+$/iu.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount = "", unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-zµμ]+)/giu)) {
    const unitMs = UNIT_MS.get(unit.toLowerCase());
    if (unitMs === undefined) return undefined;
    totalMs += Number(amount) * unitMs;
  }
  return totalMs;
}

function parseIso(text: string): number | undefined {
  const match = ISO_8601.exec(text);
  if (match === null || !/\d/.test(text) || /T$/i.test(text)) return undefined;
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (
    (weeks ?? 0) * 604_800_000 +
    (days ?? 0) * 86_400_000 +
    (hours ?? 0) * 3_600_000 +
    (minutes ?? 0) * 60_000 +
    (seconds ?? 0) * 1_000
  );
}

function names(unitMs: number, spellings: string): [string, number][] {
  return spellings.split(" ").map((spelling) => [spelling, unitMs]);
}
