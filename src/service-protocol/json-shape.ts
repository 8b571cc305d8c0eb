import { MessageFormatError } from "#model";

/** A JSON object whose fields are taken out one by one; what is left over is unknown. */
export class JsonShape {
  readonly #fields: Map<string, unknown>;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new MessageFormatError(`${path} is not an object`);
    }
    this.#fields = new Map(Object.entries(value));
    this.#path = path;
  }

  /** Takes a field of any type; null counts as absent. */
  take(name: string): unknown {
    const value = this.#fields.get(name);
    this.#fields.delete(name);
    return value === null ? undefined : value;
  }

  /** Takes a field that must be there. */
  takeRequired<T>(name: string, read: (value: unknown, path: string) => T): T {
    const value = this.take(name);
    if (value === undefined) throw new MessageFormatError(`missing field \`${name}\``);
    return read(value, this.pathOf(name));
  }

  /** Takes a field that may be absent. */
  takeOptional<T>(name: string, read: (value: unknown, path: string) => T): T | undefined {
    const value = this.take(name);
    return value === undefined ? undefined : read(value, this.pathOf(name));
  }

  /** Refuses fields that nobody took. */
  finish(): void {
    const [unknown] = this.#fields.keys();
    if (unknown !== undefined) {
      throw new MessageFormatError(`unknown field \`${unknown}\` of ${this.#path}`);
    }
  }

  /** Path of a field, for error messages. */
  pathOf(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}

/** Reads a string. */
export function readText(value: unknown, path: string): string {
  if (typeof value !== "string") throw new MessageFormatError(`${path} is not a string`);
  return value;
}

/** Reads a boolean. */
export function readFlag(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") throw new MessageFormatError(`${path} is not a boolean`);
  return value;
}

/** Reads an integer of at least 0, such as milliseconds. */
export function readCount(value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw new MessageFormatError(`${path} is not an integer of at least 0`);
  }
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

/** Reads an integer of at least 1. */
export function readPositive(value: unknown, path: string): number {
  if (readCount(value, path) === 0) throw new MessageFormatError(`${path} is 0, not at least 1`);
  return value as number;
}

/** Reads any finite number. */
export function readNumber(value: unknown, path: string): number {
  if (typeof value !== "number") throw new MessageFormatError(`${path} is not a number`);
  return value;
}

/** Reads an object whose values are strings. */
export function readTextMap(value: unknown, path: string): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new MessageFormatError(`${path} is not an object`);
  }
  const entries = Object.entries(value).map(([key, item]) => [key, readText(item, path)] as const);
  return Object.fromEntries(entries);
}

/** Reads a list. */
export function readList<T>(
  value: unknown,
  path: string,
  readItem: (item: unknown, path: string) => T,
): readonly T[] {
  if (!Array.isArray(value)) throw new MessageFormatError(`${path} is not a list`);
  return value.map((item, index) => readItem(item, `${path}[${index}]`));
}

/** Makes a reader of one of a few words, each with its meaning. */
export function oneOf<T>(words: Readonly<Record<string, T>>): (value: unknown, path: string) => T {
  return (value, path) => {
    if (typeof value === "string" && Object.hasOwn(words, value)) return words[value] as T;
    const expected = Object.keys(words).join(", ");
    throw new MessageFormatError(`${path} is ${JSON.stringify(value)}, not one of ${expected}`);
  };
}
