import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "#model";

test("inputs around the block borders hash as the platform does", () => {
  for (const length of [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000]) {
    const input = Uint8Array.from({ length }, (_, i) => i * 7);

    expect(sha256(input)).toEqual(new Uint8Array(createHash("sha256").update(input).digest()));
  }
});
