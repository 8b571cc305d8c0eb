import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type InvocationId,
  invocationIdFromBytes,
  invocationIdToBytes,
  parseInvocationId,
  partitionKeyHigh32,
  partitionKeyOf,
  withUuid,
} from "#model";

const RAW = new Uint8Array(Buffer.from("704c9cd894c415f6b7b3e0a1158ee48588a71975b51213ea", "hex"));
const TEXT = "inv_1l7U6dQLVpBK77GV65ay3rp5Q82l7ZP6Jx";

test("the bytes of the reference have the text of the reference", () => {
  expect(invocationIdFromBytes(RAW)).toBe(TEXT);
  expect(invocationIdToBytes(TEXT as InvocationId)).toEqual(RAW);
  expect(partitionKeyOf(TEXT as InvocationId)).toBe(0x704c9cd894c415f6n);
});

test("any 24 bytes survive the way through text", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 24 }), (bytes) => {
      const id = invocationIdFromBytes(bytes);

      expect(id).toHaveLength(38);
      expect(invocationIdToBytes(id)).toEqual(bytes);
      expect(parseInvocationId(id)).toEqual({ ok: true, value: id });
      expect(BigInt(partitionKeyHigh32(id))).toBe(partitionKeyOf(id) >> 32n);
    }),
  );
});

test("an id with another uuid keeps its partition key", () => {
  const id = withUuid(TEXT as InvocationId, new Uint8Array(16).fill(1));

  expect(partitionKeyOf(id)).toBe(partitionKeyOf(TEXT as InvocationId));
  expect(invocationIdToBytes(id).subarray(8)).toEqual(new Uint8Array(16).fill(1));
});

// Observed on the original server.
describe("errors", () => {
  test.each([
    ["foo", "bad format"],
    ["inv", "bad format"],
    ["foo_", "unrecognized resource type: foo"],
    ["_1abc", "unrecognized resource type: "],
    ["INV_1abc", "unrecognized resource type: INV"],
    ["a_b_c", "unrecognized resource type: a"],
    ["inv_", "bad length"],
    ["inv_1", "bad length"],
    ["inv_1abc", "bad length"],
    ["inv_é", "bad length"],
    ["inv_2abc", "unrecognized codec version"],
    ["inv__1", "unrecognized codec version"],
    ["dp_1abc", "id doesn't match the expected type"],
    ["sign_1abc", "id doesn't match the expected type"],
    ["vq_1abc", "id doesn't match the expected type"],
    [`${TEXT}x`, "bad length"],
    [TEXT.slice(0, -1), "bad length"],
    [TEXT.replace("l7U", "l_U"), "base62 decode error"],
    ["inv_1zzzzzzzzzzz0000000000000000000000", "base62 decode error"],
    [`inv_1${"Z".repeat(11)}${"0".repeat(22)}`, "base62 decode error"],
    [`inv_1${"0".repeat(11)}${"Z".repeat(22)}`, "base62 decode error"],
    [`inv_1${"!".repeat(33)}`, "base62 decode error"],
  ])("%s: %s", (text, error) => {
    expect(parseInvocationId(text)).toEqual({ ok: false, error });
  });
});
