/** What the payload of an entry is; the core reads the payload of configuration entries only. */
export type EntryType = "normal" | "conf-change" | "conf-change-v2";

/** One record of the replicated log. Immutable from the moment it is appended, payload included. */
export interface Entry {
  readonly term: number;
  readonly index: number;
  readonly type: EntryType;
  /** Opaque payload; the log keeps a reference, so nobody may write to it afterwards. */
  readonly data: Uint8Array;
}

/** The shared empty payload. */
export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

/** The shared empty list of entries. */
export const NO_ENTRIES: readonly Entry[] = Object.freeze([]);

/**
 * Bytes an entry counts for in message and apply budgets.
 *
 * This is the size of the record in protobuf form (type, term, index, data), whatever the real
 * encoding is, so that budgets mean the same on every node and in every transport.
 */
export function encodedSize(entry: Entry): number {
  const bytes = entry.data.length;
  const header = 4 + varintLength(entry.term) + varintLength(entry.index);
  return bytes === 0 ? header : header + 1 + varintLength(bytes) + bytes;
}

/** Sum of `encodedSize` over a list. */
export function encodedSizeOf(entries: readonly Entry[]): number {
  let total = 0;
  for (const entry of entries) total += encodedSize(entry);
  return total;
}

/** Sum of payload lengths: the size that counts against the uncommitted limit and the window. */
export function payloadSizeOf(entries: readonly Entry[]): number {
  let total = 0;
  for (const entry of entries) total += entry.data.length;
  return total;
}

/** A run of a list of entries: positions `[from, to)`. */
export interface EntryRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Longest prefix of a range whose encoded size fits `bytesMax`, at least one entry if any.
 *
 * @param entries  the list the range points into; it is not changed
 * @param range    positions in the list, not log indexes
 * @param bytesMax budget in encoded bytes; `Infinity` for no limit
 * @returns a fresh array
 */
export function takeWithin(
  entries: readonly Entry[],
  range: EntryRange,
  bytesMax: number,
): Entry[] {
  const { from, to } = range;
  if (bytesMax === Number.POSITIVE_INFINITY) return entries.slice(from, to);
  let size = 0;
  let end = from;
  while (end < to) {
    size += encodedSize(entries[end] as Entry);
    if (size > bytesMax && end > from) break;
    end += 1;
  }
  return entries.slice(from, end);
}

function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  if (value < 0x1000_0000) return 4;
  let length = 4;
  let rest = value / 0x1000_0000;
  while (rest >= 1) {
    length += 1;
    rest /= 0x80;
  }
  return length;
}
