// Which builds may read what: a newer format is read while it only added fields.
import { describe, expect, test } from "vitest";
import { ClusterError } from "#base/cluster-error";
import { requireReadable } from "#base/format-version";

const reader = { what: "The store", formatVersion: 3 };

describe("stored data", () => {
  test.each([
    ["of an older format", { formatVersion: 1, minReaderVersion: 1 }],
    ["of the same format", { formatVersion: 3, minReaderVersion: 3 }],
    ["of a newer format that this build can still read", { formatVersion: 9, minReaderVersion: 3 }],
  ])("%s is read", (_what, stored) => {
    expect(() => requireReadable(stored, reader)).not.toThrow();
  });

  test("that needs a newer build is refused with both versions and what to do", () => {
    const refused = errorOf(() =>
      requireReadable({ formatVersion: 5, minReaderVersion: 4 }, reader),
    );

    expect({ ...refused, message: refused.message }).toMatchObject({
      code: "FORMAT_UNSUPPORTED",
      details: { formatVersion: 5, minReaderVersion: 4, knownFormatVersion: 3 },
      message:
        "The store is in format 5, for builds that know format 4 or later; this one knows format " +
        "3. Start the newer build again, or restore what was there before it was started",
    });
  });
});

function errorOf(run: () => void): ClusterError {
  try {
    run();
  } catch (error) {
    if (error instanceof ClusterError) return error;
  }
  throw new Error("Nothing was refused");
}
