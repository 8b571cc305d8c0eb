import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatFriendlyDuration,
  formatNanoTimestamp,
  parseFriendlyDuration,
} from "../../../src/admin/friendly-duration.ts";

describe("friendly durations", () => {
  test.each([
    ["0", 0],
    ["5 hours", 18_000_000],
    ["1h 30m", 5_400_000],
    ["1h30m", 5_400_000],
    ["1.5s", 1_500],
    ["1s500ms", 1_500],
    ["2 weeks, 1 day", 1_296_000_000],
    ["PT3H", 10_800_000],
    ["P1DT0.5S", 86_400_500],
    ["P1W", 604_800_000],
  ])("%s", (text, durationMs) => {
    expect(parseFriendlyDuration(text)).toEqual({ ok: true, durationMs });
  });

  test.each([
    ["1 month", "please use units of days or smaller"],
    ["P1M", "please use units of days or smaller"],
    ["P1Y", "please use units of days or smaller"],
    ["nope", "no integer was found"],
    ["5", "expected to find unit designator suffix"],
    ["5 parsecs", "unknown unit designator"],
    ["PT", "failed to parse ISO 8601"],
    ["-5s", "negative signed durations"],
    ["", "an empty string is not a valid duration"],
  ])("%j is refused", (text, reason) => {
    expect(parseFriendlyDuration(text)).toEqual({
      ok: false,
      problem: expect.stringContaining(reason) as unknown,
    });
  });

  test.each([
    [0, "0s"],
    [1_500, "1s 500ms"],
    [90_061_000, "1d 1h 1m 1s"],
    [34_560_000_000, "400d"],
  ])("%i is printed as %s", (durationMs, text) => {
    expect(formatFriendlyDuration(durationMs)).toBe(text);
  });

  test("what is printed reads back as the same duration", () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 12 }), (durationMs) => {
        expect(parseFriendlyDuration(formatFriendlyDuration(durationMs))).toEqual({
          ok: true,
          durationMs,
        });
      }),
    );
  });

  test("timestamps have nine fraction digits", () => {
    expect(formatNanoTimestamp(0)).toBe("1970-01-01T00:00:00.000000000Z");
    expect(formatNanoTimestamp(1_467)).toBe("1970-01-01T00:00:01.467000000Z");
  });
});
