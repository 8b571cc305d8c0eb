const UNITS: readonly (readonly [name: string, milliseconds: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
];

/** Prints a duration for people: `10m`, `1s 500ms`. */
export function formatTimeout(durationMs: number): string {
  let rest = durationMs;
  const parts: string[] = [];
  for (const [name, milliseconds] of UNITS) {
    const count = Math.floor(rest / milliseconds);
    rest -= count * milliseconds;
    if (count > 0) parts.push(`${count}${name}`);
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}
