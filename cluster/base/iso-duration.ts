import { DurationCursor } from "./duration-cursor.ts";
import { DurationError } from "./duration-error.ts";
import {
  DurationComponents,
  type DurationUnit,
  type ParsedDuration,
  UNITS,
} from "./duration-units.ts";

const BILLION = 1_000_000_000n;

interface Part {
  readonly label: "date" | "time";
  readonly units: ReadonlyMap<string, DurationUnit>;
  readonly suffixes: string;
}

const DATE: Part = {
  label: "date",
  units: new Map([
    ["Y", UNITS.year],
    ["M", UNITS.month],
    ["W", UNITS.week],
    ["D", UNITS.day],
  ]),
  suffixes: "(`Y`, `M`, `W` or `D`)",
};

const TIME: Part = {
  label: "time",
  units: new Map([
    ["H", UNITS.hour],
    ["M", UNITS.minute],
    ["S", UNITS.second],
  ]),
  suffixes: "(`H`, `M` or `S`)",
};

/**
 * Parses an ISO 8601 duration such as `P1DT2H` or `PT1.5S`; letters in either case.
 *
 * @param text starts with `P`, possibly after a sign
 * @throws DurationError
 */
export function parseIsoDuration(text: string): ParsedDuration {
  const cursor = new DurationCursor(text);
  const negative = cursor.take(/[+-]/y) === "-";
  cursor.take(/[Pp]/y);
  const components = new DurationComponents();
  parseComponents(cursor, DATE, components);
  if (cursor.take(/[Tt]/y) !== undefined && parseComponents(cursor, TIME, components) === 0) {
    throw new DurationError(
      "found a time designator (`T` or `t`) in an ISO 8601 duration string, " +
        "but did not find any time units",
    );
  }
  if (components.isEmpty) throw new DurationError("no parsed duration components");
  cursor.refuseRest(components);
  return { components, negative };
}

/** Parses the components of one part and returns their count. A fraction ends the part. */
function parseComponents(
  cursor: DurationCursor,
  part: Part,
  components: DurationComponents,
): number {
  for (let count = 0; ; count++) {
    const value = cursor.takeNumber();
    if (value === undefined) return count;
    const fraction = part === TIME ? cursor.takeFraction() : undefined;
    const unit = takeUnit(cursor, part);
    const fractionNs =
      fraction === undefined ? 0n : (fraction * (unit.nanoseconds ?? 0n)) / BILLION;
    components.add(unit, value, fractionNs);
    if (fraction !== undefined) return count + 1;
  }
}

function takeUnit(cursor: DurationCursor, part: Part): DurationUnit {
  const found = cursor.next;
  const unit = part.units.get(found.toUpperCase());
  if (unit !== undefined) {
    cursor.take(/[a-zA-Z]/y);
    return unit;
  }
  const expected = `expected to find ${part.label} unit designator suffix ${part.suffixes}`;
  if (found === "") throw new DurationError(`${expected}, but found end of input`);
  throw new DurationError(`${expected}, but found \`${found}\` instead`);
}
