import { DurationCursor } from "./duration-cursor.ts";
import { DurationError } from "./duration-error.ts";
import {
  DurationComponents,
  type DurationUnit,
  FRIENDLY_UNITS,
  type ParsedDuration,
  UNITS,
} from "./duration-units.ts";

const BILLION = 1_000_000_000n;
const UNIT_NAME = /\s*([a-z\u00b5]+)/y;

/**
 * Parses the "friendly" notation: numbers with units from large to small (`1h 30m`, `2 days`),
 * `hh:mm:ss` at the end, `ago` for negative durations.
 *
 * @throws DurationError
 */
export function parseFriendlyDuration(text: string): ParsedDuration {
  const cursor = new DurationCursor(text);
  const sign = cursor.take(/[+-]/y);
  const components = new DurationComponents();
  while (parseComponent(cursor, components)) {
    if (!takeSeparator(cursor)) break;
  }
  if (components.isEmpty) {
    throw new DurationError(
      "expected duration to start with a unit value (a decimal integer) after an optional sign, " +
        "but no integer was found",
    );
  }
  const ago = cursor.take(/\s*ago(?=$|\s)/y) !== undefined;
  cursor.take(/\s*/y);
  cursor.refuseRest(components);
  return { components, negative: sign === "-" || ago };
}

/** Parses one component; false if there is no number, or if nothing may follow the component. */
function parseComponent(cursor: DurationCursor, components: DurationComponents): boolean {
  const value = cursor.takeNumber();
  if (value === undefined) return false;
  if (cursor.next === ":") {
    parseClock(cursor, value, components);
    return false;
  }
  const fraction = cursor.takeFraction();
  const unit = takeUnit(cursor);
  if (fraction === undefined) {
    components.add(unit, value, 0n);
    return true;
  }
  if (unit.rank >= UNITS.day.rank || unit === UNITS.nanosecond) {
    throw new DurationError(`fractional ${unit.name}s are not supported`);
  }
  components.add(unit, value, (fraction * (unit.nanoseconds ?? 0n)) / BILLION);
  return false;
}

/** Parses `:mm:ss` after the hours, with an optional fraction of the seconds. */
function parseClock(cursor: DurationCursor, hours: bigint, components: DurationComponents): void {
  components.add(UNITS.hour, hours, 0n);
  components.add(UNITS.minute, takeClockPart(cursor, "minutes"), 0n);
  const seconds = takeClockPart(cursor, "seconds");
  components.add(UNITS.second, seconds, cursor.takeFraction() ?? 0n);
}

function takeClockPart(cursor: DurationCursor, label: string): bigint {
  const value = cursor.take(/:/y) === undefined ? undefined : cursor.takeNumber();
  if (value !== undefined && value < 60n) return value;
  throw new DurationError(`expected ${label} from 0 to 59 in the HH:MM:SS format`);
}

function takeUnit(cursor: DurationCursor): DurationUnit {
  // The longest unit name wins; anything after it is the rest of the text (`1h30m`, `1sx`).
  const word = cursor.take(UNIT_NAME)?.trimStart() ?? "";
  for (let length = word.length; length > 0; length--) {
    const unit = FRIENDLY_UNITS.get(word.slice(0, length));
    if (unit === undefined) continue;
    cursor.back(word.length - length);
    return unit;
  }
  throw new DurationError(
    "expected to find unit designator suffix (e.g., `years` or `secs`) after parsing integer",
  );
}

/** Consumes what may stand between two components; true if another one follows. */
function takeSeparator(cursor: DurationCursor): boolean {
  if (cursor.take(/,/y) !== undefined && cursor.take(/\s+/y) === undefined) {
    const found = cursor.next === "" ? "end of input" : `\`${cursor.next}\``;
    throw new DurationError(`expected whitespace after comma, but found ${found}`);
  }
  return cursor.take(/\s*(?=[0-9])/y) !== undefined;
}
