import { describe, expect, test } from "vitest";
import { formatDuration } from "#base/duration";
import { parseDurationMs } from "../../../src/config/duration.ts";

describe("a duration", () => {
  test.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["30 s", 30_000],
    ["1m 30s", 90_000],
    ["1h, 30m", 5_400_000],
    ["1 hour", 3_600_000],
    ["90sec", 90_000],
    ["1.5s", 1_500],
    ["250us", 0.25],
    ["7days", 604_800_000],
    ["PT30S", 30_000],
    ["P1DT2H3M4.5S", 93_784_500],
    ["0s", 0],
  ])("%s is %d ms", (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });

  test.each(["5000", 5000, "", "s", "1x", "1m30", "PT", "-1s", "P", true])(
    "%j is refused",
    (text) => {
      expect(() => parseDurationMs(text)).toThrow("Expected a duration with a unit");
    },
  );

  test.each(["0s", "1s 500ms", "1d 2h 3m 4s", "250us"])(
    "%s is printed as it is written",
    (text) => {
      expect(formatDuration(parseDurationMs(text))).toBe(text);
    },
  );
});
