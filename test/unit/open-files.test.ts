import { expect, test } from "vitest";
import { connectionLimits, parseOpenFilesMax } from "../../src/open-files.ts";

test.each([
  [undefined, 65_536, 4_096],
  [1_048_576, 65_536, 4_096],
  [1_024, 566, 94],
  [128, 28, 8],
  [64, 1, 8],
])(
  "of %s open files, %i are for the ingress and %i for the admin port",
  (files, ingress, admin) => {
    expect(connectionLimits(files)).toEqual({ ingress, admin });
  },
);

test("the limit is read from what Linux prints", () => {
  const text =
    "Limit                     Soft Limit           Hard Limit           Units     \n" +
    "Max processes             95839                95839                processes \n" +
    "Max open files            20000                20000                files     \n";

  expect(parseOpenFilesMax(text)).toBe(20_000);
  expect(parseOpenFilesMax("Max open files            unlimited   unlimited   files")).toBe(
    undefined,
  );
});
