import { z } from "zod";
import { formatDuration } from "#base/duration";
import { formatByteSize, parseByteSize } from "./byte-size.ts";
import { parseDurationMs } from "./duration.ts";
import { ValueError } from "./value-error.ts";

// One codec per kind of value: decoding reads what people write in files, variables and flags;
// encoding gives it back for `--dump-config`. Variables and flags are text, so all kinds read text.

type Leaf<T> = z.ZodCodec<z.ZodUnknown, z.ZodType<T>>;

/** Inclusive bounds of a number. */
interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** A length of time; milliseconds inside. */
export function duration(bounds: Bounds = {}): Leaf<number> {
  return leaf(
    (value) => within(parseDurationMs(value), value, bounds, formatDuration),
    formatDuration,
  );
}

/** An amount of memory or disk; bytes inside. */
export function byteSize(bounds: Bounds = {}): Leaf<number> {
  return leaf(
    (value) => within(parseByteSize(value), value, bounds, formatByteSize),
    formatByteSize,
  );
}

/** A whole number. */
export function integer(bounds: Bounds = {}): Leaf<number> {
  return leaf((value) => {
    const number = toNumber(value);
    if (!Number.isSafeInteger(number)) throw new ValueError("a whole number", value);
    return within(number, value, bounds, String);
  });
}

/** A number that may have a fraction. */
export function decimal(bounds: Bounds = {}): Leaf<number> {
  return leaf((value) => {
    const number = toNumber(value);
    if (!Number.isFinite(number)) throw new ValueError("a number", value);
    return within(number, value, bounds, String);
  });
}

/** A whole number, or the word `unlimited`, which is `undefined` inside an object. */
export function integerOrUnlimited(bounds: Bounds = {}): Leaf<number> {
  const bounded = integer(bounds);
  return leaf(
    (value) => (value === "unlimited" ? Number.POSITIVE_INFINITY : bounded.parse(value)),
    (value) => (value === Number.POSITIVE_INFINITY ? "unlimited" : value),
  );
}

/** A word that names a folder as well: no separators, and not the folder itself or its parent. */
export function folderName(): Leaf<string> {
  return leaf((value) => {
    const isName = typeof value === "string" && /^(?!\.\.?$)[A-Za-z0-9._-]+$/.test(value);
    if (!isName) throw new ValueError("letters, digits, dots, dashes and underscores", value);
    return value;
  });
}

/** `true` or `false`. */
export function toggle(): Leaf<boolean> {
  return leaf((value) => {
    if (value === true || value === "true") return true;
    if (value === false || value === "false") return false;
    throw new ValueError("true or false", value);
  });
}

/** Any text that is not empty. */
export function text(): Leaf<string> {
  return leaf((value) => {
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    if (typeof value !== "string" || value === "") throw new ValueError("a text", value);
    return value;
  });
}

/** One of a few words. */
export function choice<const Word extends string>(words: readonly Word[]): Leaf<Word> {
  return leaf((value) => {
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) throw new ValueError(`one of ${words.join(", ")}`, value);
    return word;
  });
}

/** A list; a single value is not taken for one, since a forgotten bracket is a likely mistake. */
export function list<T>(item: Leaf<T>): Leaf<readonly T[]> {
  return leaf((value) => {
    if (!Array.isArray(value)) throw new ValueError("a list, such as [a, b]", value);
    return value.map((element) => item.parse(element));
  });
}

/** A list of addresses; text may name several, separated by commas. */
export function addresses(): Leaf<readonly string[]> {
  const several = list(text());
  return leaf((value) =>
    typeof value === "string"
      ? value.split(",").map((address) => text().parse(address.trim()))
      : several.parse(value),
  );
}

/** A table of texts, such as headers. */
export function textMap(): Leaf<Readonly<Record<string, string>>> {
  return leaf((value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new ValueError("a table of names and texts", value);
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name.toLowerCase(), text().parse(item)]),
    );
  });
}

/** Wraps a parser and its inverse; `ValueError` becomes an issue of the schema. */
export function leaf<T>(
  parse: (value: unknown) => T,
  print: (value: T) => unknown = (value) => value,
): Leaf<T> {
  return z.codec(z.unknown(), z.custom<T>(), {
    decode(value, payload) {
      try {
        return parse(value);
      } catch (error) {
        payload.issues.push({ code: "custom", input: value, message: messageOf(error) });
        return z.NEVER;
      }
    },
    encode: print,
  });
}

function messageOf(error: unknown): string {
  if (error instanceof ValueError) return error.message;
  if (error instanceof z.ZodError) return error.issues.map((issue) => issue.message).join("; ");
  throw error;
}

function toNumber(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^[+-]?[\d.]/.test(value) ? Number(value) : Number.NaN;
}

function within(
  number: number,
  value: unknown,
  bounds: Bounds,
  print: (bound: number) => unknown,
): number {
  if (bounds.min !== undefined && number < bounds.min) {
    throw new ValueError(`at least ${print(bounds.min)}`, value);
  }
  if (bounds.max !== undefined && number > bounds.max) {
    throw new ValueError(`at most ${print(bounds.max)}`, value);
  }
  return number;
}
