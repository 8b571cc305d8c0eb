import { describe, expect, test } from "vitest";
import { formatByteSize, parseByteSize } from "../../../src/config/byte-size.ts";

describe("a size", () => {
  test.each([
    [3_221_225_472, 3_221_225_472],
    ["65536", 65_536],
    ["3 GiB", 3_221_225_472],
    ["3Gi", 3_221_225_472],
    ["3GB", 3_000_000_000],
    ["3k", 3_000],
    ["512mb", 512_000_000],
    ["1.5GiB", 1_610_612_736],
    ["0", 0],
  ])("%j is %d bytes", (text, expected) => {
    expect(parseByteSize(text)).toBe(expected);
  });

  test.each(["", "GiB", "1 XB", "-1", "1.2.3", {}, "1e30"])("%j is refused", (text) => {
    expect(() => parseByteSize(text)).toThrow("Expected a size in bytes");
  });

  test("is printed exactly, with the largest unit that leaves no remainder", () => {
    const printed = [0, 1_023, 65_536, 1_610_612_736, 3_000_000_001].map(formatByteSize);

    expect(printed).toEqual([0, 1_023, "64 KiB", "1536 MiB", 3_000_000_001]);
  });
});
