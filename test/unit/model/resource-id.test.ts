import { describe, expect, test } from "vitest";
import {
  deploymentIdFromUlid,
  formatAwakeableId,
  formatUlid,
  type InvocationId,
  parseAwakeableId,
  parseDeploymentId,
  parseResourceId,
  ulidFromParts,
} from "#model";

const INVOCATION = "inv_1l7U6dQLVpBK77GV65ay3rp5Q82l7ZP6Jx" as InvocationId;

describe("deployment ids", () => {
  test("a ULID survives the way through text", () => {
    const ulid = ulidFromParts(1_700_000_000_000, new Uint8Array(10).fill(255));

    const id = deploymentIdFromUlid(ulid);

    expect(id).toMatch(/^dp_1[0-9a-zA-Z]{22}$/);
    expect(parseDeploymentId(id)).toEqual({ ok: true, value: id });
    expect(parseResourceId("dp", id)).toEqual({ ok: true, value: ulid });
    expect(parseResourceId("sub", id)).toEqual({
      ok: false,
      error: "id doesn't match the expected type",
    });
  });

  // Observed on the original server.
  test.each([
    ["foo", "bad format"],
    ["dp_1", "bad length"],
    ["dp_1abc", "bad length"],
    ["dp_1aaaaaaaaaaaaaaaaaaaaaa", "base62 decode error"],
    ["inv_1abc", "id doesn't match the expected type"],
  ])("%s: %s", (text, error) => {
    expect(parseDeploymentId(text)).toEqual({ ok: false, error });
  });
});

test("a ULID is printed as its specification prints it", () => {
  expect(formatUlid(ulidFromParts(1_469_918_176_385, new Uint8Array(10)))).toBe(
    "01ARYZ6S410000000000000000",
  );
  expect(formatUlid(new Uint8Array(16).fill(255))).toBe("7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
});

describe("awakeable ids", () => {
  test("an id names its invocation and its signal", () => {
    const id = formatAwakeableId(INVOCATION, 17);

    expect(id).toBe("sign_1cEyc2JTEFfa3s-ChFY7khYinGXW1EhPqAAAAEQ");
    expect(parseAwakeableId(id)).toEqual({
      ok: true,
      value: { kind: "signal", invocationId: INVOCATION, index: 17 },
    });
    expect(parseAwakeableId(id.replace("sign", "prom"))).toMatchObject({
      ok: true,
      value: { kind: "legacy", index: 17 },
    });
  });

  // The SDK for Java pads; observed on the original server.
  test.each(["", "=", "=="])("an id that ends with '%s' is the same id", (padding) => {
    const id = formatAwakeableId(INVOCATION, 17);

    expect(parseAwakeableId(id + padding)).toEqual(parseAwakeableId(id));
    expect(parseAwakeableId(`${id}===`)).toMatchObject({ ok: false });
  });

  // Observed on the original server.
  test.each([
    ["foo", "bad format"],
    ["sign", "bad format"],
    ["x_y", "unrecognized resource type: x"],
    ["sign_", "bad length"],
    ["sign_2abc", "unrecognized codec version"],
    ["sign_1", "id doesn't match the expected type"],
    ["sign_1abc", "id doesn't match the expected type"],
    ["sign_1!!!!", "id doesn't match the expected type"],
    [INVOCATION, "id doesn't match the expected type"],
    ["prom_1abc", "bad length"],
    [`prom_1${"A".repeat(37)}`, "base62 decode error"],
  ])("%s: %s", (text, error) => {
    expect(parseAwakeableId(text)).toEqual({ ok: false, error });
  });
});
