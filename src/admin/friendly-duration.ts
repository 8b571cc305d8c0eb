const UNIT_NAMES: readonly (readonly [ms: number, names: string])[] = [
  [86_400_000, "d day days"],
  [3_600_000, "h hr hrs hour hours"],
  [60_000, "m min mins minute minutes"],
  [1_000, "s sec secs second seconds"],
  [1, "ms msec msecs milli millis millisecond milliseconds"],
  [1e-3, "us µs μs usec usecs micro micros microsecond microseconds"],
  [1e-6, "ns nsec nsecs nano nanos nanosecond nanoseconds"],
  [604_800_000, "w wk wks week weeks"],
];
const UNIT_MS = new Map(
  UNIT_NAMES.flatMap(([ms, names]) => names.split(" ").map((name) => [name, ms] as const)),
);
const LONG_UNITS = new Set("y yr yrs year years mo mos month months".split(" "));
const PRINTED_UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;
const ISO_DATE = String.raw`(?:([\d.]+)Y)?(?:([\d.]+)M)?(?:([\d.]+)W)?(?:([\d.]+)D)?`;
const ISO_TIME = String.raw`(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?`;
const ISO_8601 = new RegExp(`^P${ISO_DATE}${ISO_TIME}$`, "i");
const PARSE_FAILED = 'failed to parse input in the "friendly" duration format: ';
const TOO_LONG = "please use units of days or smaller";

/** A duration, or why there is none. */
export type ParsedDuration =
  | { readonly ok: true; readonly durationMs: number }
  | { readonly ok: false; readonly problem: string };

/** Parses `5 hours`, `1h 30m`, `0` or ISO 8601 such as `PT1.5S`, in days at most. */
export function parseFriendlyDuration(text: string): ParsedDuration {
  const trimmed = text.trim();
  if (trimmed === "") {
    return problem(
      "an empty string is not a valid duration in either the ISO 8601 format or Jiff's " +
        '"friendly" format',
    );
  }
  if (trimmed === "0") return { ok: true, durationMs: 0 };
  if (trimmed.startsWith("-")) {
    return problem("negative signed durations cannot be converted to an unsigned duration");
  }
  return /^p/i.test(trimmed) ? parseIso(trimmed) : parseUnits(trimmed);
}

function parseIso(text: string): ParsedDuration {
  const match = ISO_8601.exec(text);
  if (match === null || !/\d/.test(text) || /T$/i.test(text)) {
    return problem("failed to parse ISO 8601 duration string into `SignedDuration`");
  }
  const [, years, months, weeks, days, hours, minutes, seconds] = match;
  if (years !== undefined || months !== undefined) return problem(TOO_LONG);
  return {
    ok: true,
    durationMs:
      Number(weeks ?? 0) * 604_800_000 +
      Number(days ?? 0) * 86_400_000 +
      Number(hours ?? 0) * 3_600_000 +
      Number(minutes ?? 0) * 60_000 +
      Number(seconds ?? 0) * 1_000,
  };
}

function parseUnits(text: string): ParsedDuration {
  if (!/^\d/.test(text)) {
    return problem(
      `${PARSE_FAILED}expected duration to start with a unit value (a decimal integer) after an ` +
        "optional sign, but no integer was found",
    );
  }
  if (/^\d+$/.test(text)) {
    return problem(
      `${PARSE_FAILED}expected to find unit designator suffix (e.g., \`years\` or \`secs\`) ` +
        "after parsing integer",
    );
  }
  if (!/^(?:\d+(?:\.\d+)?\s*[a-zµμ]+[\s,]*)+$/iu.test(text)) {
    return problem(`${PARSE_FAILED}unrecognized text in "${text}"`);
  }
  let totalMs = 0;
  for (const [, amount = "", unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-zµμ]+)/giu)) {
    const unitMs = UNIT_MS.get(unit.toLowerCase());
    if (LONG_UNITS.has(unit.toLowerCase())) return problem(TOO_LONG);
    if (unitMs === undefined) return problem(`${PARSE_FAILED}unknown unit designator "${unit}"`);
    totalMs += Number(amount) * unitMs;
  }
  return { ok: true, durationMs: totalMs };
}

function problem(text: string): ParsedDuration {
  return { ok: false, problem: text };
}

/** Prints milliseconds as `1d 1h`, `1s 500ms`, `0s`. */
export function formatFriendlyDuration(durationMs: number): string {
  const parts: string[] = [];
  let restMs = Math.floor(durationMs);
  for (const [unit, unitMs] of PRINTED_UNITS) {
    const count = Math.floor(restMs / unitMs);
    if (count === 0) continue;
    parts.push(`${count}${unit}`);
    restMs -= count * unitMs;
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}

/** Prints milliseconds since the Unix epoch as RFC 3339 with nine fraction digits. */
export function formatNanoTimestamp(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("Z", "000000Z");
}
