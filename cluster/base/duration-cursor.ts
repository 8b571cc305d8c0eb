import { DurationError } from "./duration-error.ts";
import type { DurationComponents } from "./duration-units.ts";

const NUMBER_DIGITS_MAX = 20;
const UINT64_MAX = 2n ** 64n - 1n;

/** Position in a duration text. */
export class DurationCursor {
  readonly #text: string;
  #index = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#index >= this.#text.length;
  }

  get rest(): string {
    return this.#text.slice(this.#index);
  }

  /** Next character, or the empty string at the end. */
  get next(): string {
    return this.#text.charAt(this.#index);
  }

  /** Consumes what the sticky expression matches here; undefined if it does not. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#index;
    const match = pattern.exec(this.#text)?.[0];
    if (match !== undefined) this.#index += match.length;
    return match;
  }

  /** Consumes the digits here; undefined if there are none. */
  takeNumber(): bigint | undefined {
    const digits = this.take(/[0-9]+/y);
    if (digits === undefined) return undefined;
    const value = digits.length > NUMBER_DIGITS_MAX ? undefined : BigInt(digits);
    if (value === undefined || value > UINT64_MAX) {
      throw new DurationError("number too big to parse into 64-bit integer");
    }
    return value;
  }

  /**
   * Consumes a decimal point or comma and up to nine digits.
   *
   * @returns billionths of the unit; undefined if there is no fraction
   */
  takeFraction(): bigint | undefined {
    if (this.take(/[.,](?=[^\s,]|$)/y) === undefined) return undefined;
    const digits = this.take(/[0-9]{1,9}/y);
    if (digits === undefined) {
      throw new DurationError(
        "found decimal after seconds component, but did not find any digits after decimal",
      );
    }
    return BigInt(digits.padEnd(9, "0"));
  }

  /** Gives back the last `count` characters. */
  back(count: number): void {
    this.#index -= count;
  }

  /** Refuses what is left of the text after a complete duration. */
  refuseRest(components: DurationComponents): void {
    if (this.atEnd) return;
    throw new DurationError(
      `parsed value '${components}', but unparsed input ${JSON.stringify(this.rest)} remains ` +
        "(expected no unparsed input)",
    );
  }
}
