import { assert } from "#base/assert";
import { ValueError } from "./value-error.ts";

const KIB = 1_024;

/** Decimal units are powers of 1000, the ones with an `i` powers of 1024. */
const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ...["k", "m", "g", "t"].flatMap((prefix, index): [string, number][] => [
    [prefix, 1_000 ** (index + 1)],
    [`${prefix}b`, 1_000 ** (index + 1)],
    [`${prefix}i`, KIB ** (index + 1)],
    [`${prefix}ib`, KIB ** (index + 1)],
  ]),
]);

/**
 * Parses a size: `3221225472`, `64MiB`, `3 Gi`, `512mb`, `1.5GiB`.
 *
 * @returns whole bytes
 * @throws {ValueError} on anything else
 */
export function parseByteSize(value: unknown): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(value).trim());
  const unitBytes = UNIT_BYTES.get(match?.[2]?.toLowerCase() ?? "?");
  const bytes = Math.round(Number(match?.[1]) * (unitBytes ?? Number.NaN));
  if (!Number.isSafeInteger(bytes)) {
    throw new ValueError("a size in bytes, such as 65536, 64KiB or 1.5GiB", value);
  }
  return bytes;
}

/** Prints bytes exactly, with the largest binary unit that leaves no remainder: `64 MiB`. */
export function formatByteSize(bytes: number): string | number {
  assert(Number.isSafeInteger(bytes) && bytes >= 0, "a size is a count of bytes");
  const units = ["TiB", "GiB", "MiB", "KiB"];
  for (const [index, unit] of units.entries()) {
    const unitBytes = KIB ** (units.length - index);
    if (bytes >= unitBytes && bytes % unitBytes === 0) return `${bytes / unitBytes} ${unit}`;
  }
  return bytes;
}
