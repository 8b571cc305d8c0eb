// Method: durations that the original accepted or refused, recorded on the wire. Accepted ones are
// compared in milliseconds, refused ones by their reason.
import { describe, expect, test } from "vitest";
import { parseDelayMs, parseExecutionTime } from "../../../../src/ingress/http/delay.ts";
import recorded from "../recorded-delays.json" with { type: "json" };
import { NOW_MS } from "../support.ts";

interface Recorded {
  readonly delay: string;
  readonly milliseconds?: number;
  readonly reason?: string;
}

function outcomeOf(delay: string): unknown {
  try {
    return { milliseconds: parseDelayMs(delay) };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

describe("delay", () => {
  for (const { delay, ...expected } of recorded as readonly Recorded[]) {
    test(`${JSON.stringify(delay)} is read as the original reads it`, () => {
      expect(outcomeOf(delay)).toEqual(expected);
    });
  }

  test("parts of a millisecond are rounded up, so that nothing starts early", () => {
    expect(parseDelayMs("1ns")).toBe(1);
    expect(parseDelayMs("PT0.0010001S")).toBe(2);
  });

  test("a time after the year 9999 is refused", () => {
    expect(() => parseExecutionTime("7304484d", NOW_MS)).toThrow("year 9999");
  });

  test("the reason is given after the text that the reference lists", () => {
    expect(() => parseExecutionTime("10", NOW_MS)).toThrow(
      'bad delay query parameter, must be a ISO8601 duration: failed to parse input in the "fri',
    );
  });
});
