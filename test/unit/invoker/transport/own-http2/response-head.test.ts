import { describe, expect, test } from "vitest";

import { HeadDecoder } from "../../../../../src/invoker/transport/own-http2/response-head.ts";

function literal(prefix: number, name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([prefix, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

const STATUS_200 = Buffer.from([0x88]);

function decode(decoder: HeadDecoder, ...parts: readonly Buffer[]) {
  const block = Buffer.concat(parts);
  return decoder.decode(block, 0, block.length);
}

describe("blocks", () => {
  test("that repeat are decoded once, others each for themselves", () => {
    const decoder = new HeadDecoder({ headerListBytesMax: 1000 });
    const first = decode(decoder, STATUS_200, literal(0, "x-a", "1"));
    const other = decode(decoder, STATUS_200, literal(0, "x-a", "2"));
    expect(decode(decoder, STATUS_200, literal(0, "x-a", "1"))).toBe(first);
    expect(other.headers.get("x-a")).toBe("2");
    expect(first.headers.get("x-a")).toBe("1");
  });

  test("stay cached only for as long as there are few of them", () => {
    const decoder = new HeadDecoder({ headerListBytesMax: 1000 });
    const first = decode(decoder, STATUS_200, literal(0, "x-a", "0"));
    for (let i = 1; i <= 8; i += 1) decode(decoder, STATUS_200, literal(0, "x-a", String(i)));
    const again = decode(decoder, STATUS_200, literal(0, "x-a", "0"));
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });

  test("that fill the dynamic table are not cached: the same bytes may mean something else", () => {
    const decoder = new HeadDecoder({ headerListBytesMax: 1000 });
    const indexing = [STATUS_200, literal(0x40, "x-a", "1")];
    const first = decode(decoder, ...indexing);
    expect(decode(decoder, ...indexing)).not.toBe(first);
    expect(decode(decoder, STATUS_200, Buffer.from([0xbe])).headers.get("x-a")).toBe("1");
    decode(decoder, STATUS_200, literal(0x40, "x-b", "2"));
    const indexed = decode(decoder, STATUS_200, Buffer.from([0xbe]));
    expect([...indexed.headers]).toEqual([["x-b", "2"]]);
  });

  test("without a status are trailers", () => {
    const decoder = new HeadDecoder({ headerListBytesMax: 1000 });
    expect(decode(decoder, literal(0, "x-t", "1"))).toMatchObject({ status: 0, fault: undefined });
  });

  test("declare their content length", () => {
    const decoder = new HeadDecoder({ headerListBytesMax: 1000 });
    const head = decode(decoder, STATUS_200, literal(0, "content-length", "12"));
    expect(head.contentLength).toBe(12);
    expect(decode(decoder, STATUS_200).contentLength).toBe(-1);
  });
});
