import { expect, test } from "vitest";
import { formatTimeout } from "../../../../src/invoker/attempt/format-timeout.ts";

test.each([
  [0, "0s"],
  [1500, "1s 500ms"],
  [600_000, "10m"],
  [90_061_001, "1d 1h 1m 1s 1ms"],
])("%i ms is printed as %s", (durationMs, text) => {
  expect(formatTimeout(durationMs)).toBe(text);
});
