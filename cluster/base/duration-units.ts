import { DurationError } from "./duration-error.ts";

/** Unit of a duration component, from large to small. */
export interface DurationUnit {
  /** Singular name, as error messages print it. */
  readonly name: string;
  /** Larger units have larger ranks; components must be written from high to low rank. */
  readonly rank: number;
  /** Length in nanoseconds; undefined for units whose length depends on the calendar. */
  readonly nanoseconds: bigint | undefined;
  /** Largest count of the unit on its own. */
  readonly countMax: bigint;
}

const NS_PER_SECOND = 1_000_000_000n;
const SECONDS_MAX = 631_107_417_600n;

function unit(
  name: string,
  rank: number,
  size: { readonly nanoseconds: bigint | undefined; readonly countMax: bigint },
): DurationUnit {
  return { name, rank, ...size };
}

/** Units of both notations. */
export const UNITS = {
  year: unit("year", 9, { nanoseconds: undefined, countMax: 19_998n }),
  month: unit("month", 8, { nanoseconds: undefined, countMax: 239_976n }),
  week: unit("week", 7, { nanoseconds: 604_800n * NS_PER_SECOND, countMax: 1_043_497n }),
  day: unit("day", 6, { nanoseconds: 86_400n * NS_PER_SECOND, countMax: 7_304_484n }),
  hour: unit("hour", 5, { nanoseconds: 3_600n * NS_PER_SECOND, countMax: SECONDS_MAX / 3_600n }),
  minute: unit("minute", 4, { nanoseconds: 60n * NS_PER_SECOND, countMax: SECONDS_MAX / 60n }),
  second: unit("second", 3, { nanoseconds: NS_PER_SECOND, countMax: SECONDS_MAX }),
  millisecond: unit("millisecond", 2, { nanoseconds: 1_000_000n, countMax: SECONDS_MAX * 1_000n }),
  microsecond: unit("microsecond", 1, { nanoseconds: 1_000n, countMax: SECONDS_MAX * 1_000_000n }),
  nanosecond: unit("nanosecond", 0, { nanoseconds: 1n, countMax: 2n ** 63n - 1n }),
} as const;

const FRIENDLY_NAMES: readonly (readonly [DurationUnit, string])[] = [
  [UNITS.year, "years year yrs yr y"],
  [UNITS.month, "months month mos mo"],
  [UNITS.week, "weeks week wks wk w"],
  [UNITS.day, "days day d"],
  [UNITS.hour, "hours hour hrs hr h"],
  [UNITS.minute, "minutes minute mins min m"],
  [UNITS.second, "seconds second secs sec s"],
  [UNITS.millisecond, "milliseconds millisecond millis milli msecs msec ms"],
  [
    UNITS.microsecond,
    "microseconds microsecond micros micro usecs usec us \u00b5s \u00b5secs \u00b5sec",
  ],
  [UNITS.nanosecond, "nanoseconds nanosecond nanos nano nsecs nsec ns"],
];

/** Units of the friendly notation by name; case matters. */
export const FRIENDLY_UNITS: ReadonlyMap<string, DurationUnit> = new Map(
  FRIENDLY_NAMES.flatMap(([unitOfNames, names]) =>
    names.split(" ").map((name) => [name, unitOfNames] as const),
  ),
);

/** Components of a duration, collected from large to small units. */
export class DurationComponents {
  #nanoseconds = 0n;
  #calendar = false;
  #last: DurationUnit | undefined;
  #printed: string[] = [];

  /** True until the first component. */
  get isEmpty(): boolean {
    return this.#last === undefined;
  }

  /** Total length, or undefined if months or years occur. */
  get nanoseconds(): bigint | undefined {
    return this.#calendar ? undefined : this.#nanoseconds;
  }

  /**
   * Adds `count` units and a fraction of the unit, in nanoseconds.
   *
   * @throws DurationError if the unit does not follow the previous one or the count is out of range
   */
  add(componentUnit: DurationUnit, count: bigint, fractionNs: bigint): void {
    const { name, nanoseconds, countMax } = componentUnit;
    if (this.#last !== undefined && this.#last.rank <= componentUnit.rank) {
      throw new DurationError(
        `found value with unit ${name} after unit ${this.#last.name}, but units must be ` +
          "written from largest to smallest (and they can't be repeated)",
      );
    }
    if (count > INT64_MAX) {
      throw new DurationError(
        `value for ${name}s is too big (or small) to fit into a signed 64-bit integer`,
      );
    }
    if (count > countMax) {
      throw new DurationError(
        `failed to set value for ${name} unit on span: ` +
          `parameter '${name}s' is not in the required range of -${countMax}..=${countMax}`,
      );
    }
    this.#last = componentUnit;
    if (nanoseconds === undefined) {
      this.#calendar ||= count > 0n;
    } else {
      this.#nanoseconds += count * nanoseconds + fractionNs;
    }
    this.#printed.push(printComponent(componentUnit, count));
    if (fractionNs > 0n) this.#printed.push(...printFraction(fractionNs));
  }

  /** ISO 8601 text of what was collected, for error messages. */
  toString(): string {
    const date = this.#printed.filter((part) => !part.startsWith("T"));
    const time = this.#printed.filter((part) => part.startsWith("T")).map((part) => part.slice(1));
    return `P${date.join("")}${time.length > 0 ? `T${time.join("")}` : ""}`;
  }
}

/** A duration that was read, before the checks that both notations share. */
export interface ParsedDuration {
  readonly components: DurationComponents;
  readonly negative: boolean;
}

const INT64_MAX = 2n ** 63n - 1n;

function printComponent({ name, rank }: DurationUnit, count: bigint): string {
  if (rank >= UNITS.day.rank) return `${count}${name.charAt(0).toUpperCase()}`;
  return `T${count}${name.charAt(0).toUpperCase()}`;
}

function printFraction(fractionNs: bigint): string[] {
  const parts: string[] = [];
  const minutes = fractionNs / 60_000_000_000n;
  const seconds = Number(fractionNs % 60_000_000_000n) / 1e9;
  if (minutes > 0n) parts.push(`T${minutes}M`);
  if (seconds > 0) parts.push(`T${seconds}S`);
  return parts;
}
