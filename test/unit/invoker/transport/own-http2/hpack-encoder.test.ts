import { describe, expect, test } from "vitest";

import { HpackDecoder } from "../../../../../src/invoker/transport/own-http2/hpack-decoder.ts";
import {
  HpackEncoder,
  InvalidHeadError,
} from "../../../../../src/invoker/transport/own-http2/hpack-encoder.ts";
import type { OpenRequest } from "../../../../../src/invoker/transport/transport.ts";

function encode(encoder: HpackEncoder, request: Partial<OpenRequest>): Record<string, string> {
  const block = encoder.encode({ method: "POST", path: "/", headers: [], ...request });
  const { pairs } = new HpackDecoder({ listBytesMax: 1 << 20 }).decode(block, 0, block.length);
  const fields: Record<string, string> = {};
  for (let i = 0; i < pairs.length; i += 2) fields[pairs[i] ?? ""] = pairs[i + 1] ?? "";
  return fields;
}

function newEncoder(): HpackEncoder {
  return new HpackEncoder({ scheme: "https", authority: "h:1" });
}

describe("request heads", () => {
  test("follow method, path and static headers, whatever was encoded before", () => {
    const encoder = newEncoder();
    const one = [["accept", "one"]] as const;
    const two = [["accept", "two"]] as const;
    for (let round = 0; round < 2; round += 1) {
      for (const method of ["GET", "POST"] as const) {
        for (const path of ["/a", "/b"]) {
          for (const staticHeaders of [one, two]) {
            expect(
              encode(encoder, { method, path, staticHeaders, headers: [["x-id", "7"]] }),
            ).toEqual({
              ":method": method,
              ":scheme": "https",
              ":authority": "h:1",
              ":path": path,
              accept: staticHeaders[0][1],
              "x-id": "7",
            });
          }
        }
      }
    }
  });

  test("stay right when more paths are used than are remembered", () => {
    const encoder = newEncoder();
    for (let i = 0; i < 5000; i += 1) encode(encoder, { path: `/${i}` });
    expect(encode(encoder, { path: "/17" })[":path"]).toBe("/17");
  });

  test("mark secrets as never indexed", () => {
    const headers = [["authorization", "s"]] as const;
    const block = newEncoder().encode({ method: "GET", path: "/", headers });
    // 0x1f is "never indexed" with all prefix bits set: index 23 continues in the next byte.
    expect([...block.subarray(-4)]).toEqual([0x1f, 23 - 15, 1, 0x73]);
  });

  test("hold values of every length", () => {
    const encoder = newEncoder();
    for (const length of [0, 1, 126, 127, 128, 254, 255, 16_511, 100_000]) {
      const value = "v".repeat(length);
      expect(encode(encoder, { headers: [["x-v", value]] })["x-v"]).toBe(value);
    }
  });

  test.each<[string, Partial<OpenRequest>]>([
    ["a path without its slash", { path: "a" }],
    ["a path with a space", { path: "/a b" }],
    ["a value with a line break", { headers: [["x", "a\nb"]] }],
    ["a value beyond latin1", { headers: [["x", "\u4e2d"]] }],
    ["a pseudo header field", { headers: [[":path", "/"]] }],
    ["an empty name", { headers: [["", "x"]] }],
    ["a head beyond the limit", { headers: [["x", "v".repeat(300_000)]] }],
  ])("with %s are refused", (_name, request) => {
    expect(() => encode(newEncoder(), request)).toThrow(InvalidHeadError);
  });
});
