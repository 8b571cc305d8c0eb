import { describe, expect, test } from "vitest";
import {
  type ConfChange,
  decodeConfChange,
  EMPTY_BYTES,
  encodeConfChange,
  encodedSize,
  LEAVE_JOINT,
  takeWithin,
} from "#raft";
import { bytes, entry } from "./raft-group.ts";

describe("entry size", () => {
  const cases = [
    { term: 1, index: 1, data: "", size: 6 },
    { term: 1, index: 1, data: "a", size: 9 },
    { term: 127, index: 128, data: "", size: 7 },
    { term: 16_383, index: 16_384, data: "", size: 9 },
    { term: 2_097_151, index: 268_435_456, data: "", size: 12 },
    { term: 1, index: Number.MAX_SAFE_INTEGER, data: "", size: 13 },
    { term: 1, index: 1, data: "x".repeat(128), size: 6 + 3 + 128 },
  ];
  for (const { term, index, data, size } of cases) {
    test(`of ${term}/${index} with ${data.length} bytes is ${size}`, () => {
      expect(encodedSize(entry(term, index, data))).toBe(size);
    });
  }

  test("a prefix within a budget holds at least one entry", () => {
    const entries = [entry(1, 1, "aaaa"), entry(1, 2, "bbbb"), entry(1, 3, "cccc")];
    const range = { from: 1, to: 3 };
    const one = encodedSize(entry(1, 2, "bbbb"));

    expect(takeWithin(entries, range, 0)).toEqual([entries[1]]);
    expect(takeWithin(entries, range, one * 2 - 1)).toEqual([entries[1]]);
    expect(takeWithin(entries, range, one * 2)).toEqual([entries[1], entries[2]]);
    expect(takeWithin(entries, { from: 1, to: 1 }, 0)).toEqual([]);
  });
});

describe("membership change payload", () => {
  const changes: ConfChange[] = [
    LEAVE_JOINT,
    { ...LEAVE_JOINT, context: bytes("why") },
    change(1, "auto", [{ kind: "add-voter", nodeId: 1 }]),
    change(2, "explicit", [
      { kind: "remove", nodeId: Number.MAX_SAFE_INTEGER },
      { kind: "add-learner", nodeId: 300 },
      { kind: "update", nodeId: 2 },
    ]),
    change(2, "implicit", []),
  ];
  for (const original of changes) {
    test(`${JSON.stringify(original)} is read back`, () => {
      const type = original.version === 1 ? "conf-change" : "conf-change-v2";

      expect(decodeConfChange({ type, data: encodeConfChange(original) })).toEqual(original);
    });
  }

  test("leaving the joint state is no payload at all", () => {
    expect(encodeConfChange(LEAVE_JOINT)).toHaveLength(0);
  });

  test("a payload that is no membership change is refused", () => {
    const good = encodeConfChange(change(2, "auto", [{ kind: "remove", nodeId: 1 }]));
    const badKind = good.slice();
    badKind[5] = 9;
    const badId = good.slice().fill(255, 6, 14);

    for (const data of [bytes("x"), good.subarray(0, 8), badKind, badId]) {
      expect(decodeConfChange({ type: "conf-change-v2", data })).toBeUndefined();
    }
    expect(decodeConfChange({ type: "normal", data: good })).toBeUndefined();
    expect(decodeConfChange({ type: "conf-change", data: EMPTY_BYTES })).toBeUndefined();
  });
});

function change(
  version: 1 | 2,
  transition: ConfChange["transition"],
  operations: ConfChange["operations"],
): ConfChange {
  return { version, transition, operations, context: bytes("context") };
}
