import { expect, test } from "vitest";
import { formatNanoTimestamp } from "../../../src/admin/nano-timestamp.ts";

test("timestamps have nine fraction digits", () => {
  expect(formatNanoTimestamp(0)).toBe("1970-01-01T00:00:00.000000000Z");
  expect(formatNanoTimestamp(1_467)).toBe("1970-01-01T00:00:01.467000000Z");
});
