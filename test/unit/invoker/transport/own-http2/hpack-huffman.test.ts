// RFC 7541, appendix B. The code is rebuilt here from its published corner entries, not from the
// decoder's own table, so that an error in the lengths shows.
import fc from "fast-check";
import { expect, test } from "vitest";

import { decodeHuffman } from "../../../../../src/invoker/transport/own-http2/hpack-huffman.ts";

function decodeHex(hex: string): string {
  const source = Buffer.from(hex.replaceAll(" ", ""), "hex");
  return decodeHuffman(source, 0, source.length);
}

/** Packs bit strings, padded with ones. */
function pack(codes: readonly string[]): Buffer {
  const bits = codes.join("");
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, "1");
  return Buffer.from((padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

function code(value: number, bits: number): string {
  return value.toString(2).padStart(bits, "0");
}

// First and last code of every length, as printed in the appendix, and some in between.
const ENTRIES: readonly (readonly [symbol: number, value: number, bits: number])[] = [
  [48, 0x0, 5],
  [116, 0x9, 5],
  [32, 0x14, 6],
  [117, 0x2d, 6],
  [58, 0x5c, 7],
  [122, 0x7b, 7],
  [38, 0xf8, 8],
  [90, 0xfd, 8],
  [33, 0x3f8, 10],
  [63, 0x3fc, 10],
  [39, 0x7fa, 11],
  [124, 0x7fc, 11],
  [35, 0xffa, 12],
  [62, 0xffb, 12],
  [0, 0x1ff8, 13],
  [126, 0x1ffd, 13],
  [94, 0x3ffc, 14],
  [125, 0x3ffd, 14],
  [60, 0x7ffc, 15],
  [123, 0x7ffe, 15],
  [92, 0x7fff0, 19],
  [208, 0x7fff2, 19],
  [128, 0xfffe6, 20],
  [226, 0xfffed, 20],
  [153, 0x1fffdc, 21],
  [230, 0x1fffe8, 21],
  [129, 0x3fffd2, 22],
  [233, 0x3fffeb, 22],
  [1, 0x7fffd8, 23],
  [239, 0x7ffff4, 23],
  [9, 0xffffea, 24],
  [237, 0xfffff5, 24],
  [199, 0x1ffffec, 25],
  [235, 0x1ffffef, 25],
  [192, 0x3ffffe0, 26],
  [255, 0x3ffffee, 26],
  [203, 0x7ffffde, 27],
  [254, 0x7fffff0, 27],
  [2, 0xfffffe2, 28],
  [249, 0xffffffe, 28],
  [10, 0x3ffffffc, 30],
  [22, 0x3ffffffe, 30],
];

test.each([
  ["f1e3 c2e5 f23a 6ba0 ab90 f4ff", "www.example.com"],
  ["a8eb 1064 9cbf", "no-cache"],
  ["25a8 49e9 5bb8 e8b4 bf", "custom-value"],
  ["6402", "302"],
  ["d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff", "Mon, 21 Oct 2013 20:13:21 GMT"],
  ["", ""],
])("%s decodes to %s", (hex, text) => {
  expect(decodeHex(hex)).toBe(text);
});

test("sequences of the published codes decode to their symbols", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...ENTRIES), { maxLength: 40 }), (entries) => {
      const source = pack(entries.map(([, value, bits]) => code(value, bits)));
      const expected = String.fromCharCode(...entries.map(([symbol]) => symbol));
      expect(decodeHuffman(source, 0, source.length)).toBe(expected);
    }),
  );
});

test("a code longer than the scratch memory decodes", () => {
  const source = Buffer.alloc(10_000, pack(Array.from({ length: 8 }, () => code(0x0, 5))));
  expect(decodeHuffman(source, 0, source.length)).toBe("0".repeat(16_000));
});

test.each(["ff", "1fff", "1fffff", "ff9fffffff", "00", "fffffffffc"])(
  "%s is refused: padding or EOS",
  (hex) => {
    expect(() => decodeHex(hex)).toThrow(/Huffman/);
  },
);
