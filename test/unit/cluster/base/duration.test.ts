// Accepted and refused texts of the original are in ../../ingress/recorded-delays.json.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration, parseDurationMs } from "#base/duration";

describe("a duration", () => {
  test.each([
    ["0", 0],
    ["5 hours", 18_000_000],
    ["1h 30m", 5_400_000],
    ["1h30m", 5_400_000],
    ["1.5s", 1_500],
    ["1s500ms", 1_500],
    ["250us", 0.25],
    ["01:30:00", 5_400_000],
    ["2 weeks, 1 day", 1_296_000_000],
    ["PT3H", 10_800_000],
    ["P1DT0.5S", 86_400_500],
    ["P1W", 604_800_000],
  ])("%s is %d ms", (text, durationMs) => {
    expect(parseDurationMs(text)).toBe(durationMs);
  });

  test("is exact to the nanosecond", () => {
    expect(parseDuration("7304484d")).toBe(7_304_484n * 86_400_000_000_000n);
    expect(parseDuration("PT0.000000001S")).toBe(1n);
  });

  test.each([
    ["1 month", "please use units of days or smaller"],
    ["P1M", "please use units of days or smaller"],
    ["P1Y", "please use units of days or smaller"],
    ["nope", "no integer was found"],
    ["5", "expected to find unit designator suffix"],
    ["5 parsecs", "expected to find unit designator suffix"],
    ["PT", "did not find any time units"],
    ["-5s", "negative signed durations"],
    ["", "an empty string is not a valid duration"],
  ])("%j is refused", (text, reason) => {
    expect(() => parseDuration(text)).toThrow(reason);
  });

  test.each([
    [0, "0s"],
    [1_500, "1s 500ms"],
    [90_061_000, "1d 1h 1m 1s"],
    [34_560_000_000, "400d"],
    [0.25, "250us"],
  ])("%d ms are printed as %s", (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  test("what is printed reads back as the same duration", () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 12 }), (durationMs) => {
        expect(parseDurationMs(formatDuration(durationMs))).toBe(durationMs);
      }),
    );
  });
});
