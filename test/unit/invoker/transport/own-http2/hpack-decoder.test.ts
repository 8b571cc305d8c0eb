// RFC 7541, appendix C: every decoding example, with the dynamic table compared after each block.
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { HpackDecoder } from "../../../../../src/invoker/transport/own-http2/hpack-decoder.ts";
import { HpackEncoder } from "../../../../../src/invoker/transport/own-http2/hpack-encoder.ts";
import { ConnectionFault } from "../../../../../src/invoker/transport/own-http2/protocol.ts";

type Pairs = readonly (readonly [string, string])[];

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(/\s/g, ""), "hex");
}

function decode(decoder: HpackDecoder, block: Buffer): Pairs {
  const { pairs } = decoder.decode(block, 0, block.length);
  return Array.from({ length: pairs.length / 2 }, (_, i) => [
    pairs[i * 2] ?? "",
    pairs[i * 2 + 1] ?? "",
  ]);
}

function newDecoder(tableBytesMax = 4096): HpackDecoder {
  return new HpackDecoder({ listBytesMax: 64 * 1024, tableBytesMax });
}

/** The dynamic table, newest first, read through indexed fields. */
function tableOf(decoder: HpackDecoder): Pairs {
  const block = Buffer.from(Array.from({ length: decoder.entryCount }, (_, i) => 0x80 | (62 + i)));
  return decode(decoder, block);
}

interface Step {
  readonly block: string;
  readonly fields: Pairs;
  readonly table: Pairs;
  readonly tableBytes: number;
}

const CUSTOM_HEADER = "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572";
const EXAMPLE_URL = "https://www.example.com";
const DATE_21 = "Mon, 21 Oct 2013 20:13:21 GMT";
const DATE_22 = "Mon, 21 Oct 2013 20:13:22 GMT";
const COOKIE = "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";

const REQUESTS: readonly Omit<Step, "block">[] = [
  {
    fields: [
      [":method", "GET"],
      [":scheme", "http"],
      [":path", "/"],
      [":authority", "www.example.com"],
    ],
    table: [[":authority", "www.example.com"]],
    tableBytes: 57,
  },
  {
    fields: [
      [":method", "GET"],
      [":scheme", "http"],
      [":path", "/"],
      [":authority", "www.example.com"],
      ["cache-control", "no-cache"],
    ],
    table: [
      ["cache-control", "no-cache"],
      [":authority", "www.example.com"],
    ],
    tableBytes: 110,
  },
  {
    fields: [
      [":method", "GET"],
      [":scheme", "https"],
      [":path", "/index.html"],
      [":authority", "www.example.com"],
      ["custom-key", "custom-value"],
    ],
    table: [
      ["custom-key", "custom-value"],
      ["cache-control", "no-cache"],
      [":authority", "www.example.com"],
    ],
    tableBytes: 164,
  },
];

const RESPONSES: readonly Omit<Step, "block">[] = [
  {
    fields: [
      [":status", "302"],
      ["cache-control", "private"],
      ["date", DATE_21],
      ["location", EXAMPLE_URL],
    ],
    table: [
      ["location", EXAMPLE_URL],
      ["date", DATE_21],
      ["cache-control", "private"],
      [":status", "302"],
    ],
    tableBytes: 222,
  },
  {
    fields: [
      [":status", "307"],
      ["cache-control", "private"],
      ["date", DATE_21],
      ["location", EXAMPLE_URL],
    ],
    table: [
      [":status", "307"],
      ["location", EXAMPLE_URL],
      ["date", DATE_21],
      ["cache-control", "private"],
    ],
    tableBytes: 222,
  },
  {
    fields: [
      [":status", "200"],
      ["cache-control", "private"],
      ["date", DATE_22],
      ["location", EXAMPLE_URL],
      ["content-encoding", "gzip"],
      ["set-cookie", COOKIE],
    ],
    table: [
      ["set-cookie", COOKIE],
      ["content-encoding", "gzip"],
      ["date", DATE_22],
    ],
    tableBytes: 215,
  },
];

function series(expected: readonly Omit<Step, "block">[], blocks: readonly string[]): Step[] {
  return expected.map((step, i) => ({ ...step, block: blocks[i] ?? "" }));
}

const EXAMPLES: readonly { name: string; tableBytesMax: number; steps: readonly Step[] }[] = [
  {
    name: "C.3 requests without Huffman codes",
    tableBytesMax: 4096,
    steps: series(REQUESTS, [
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "8286 84be 5808 6e6f 2d63 6163 6865",
      "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ]),
  },
  {
    name: "C.4 requests with Huffman codes",
    tableBytesMax: 4096,
    steps: series(REQUESTS, [
      "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
      "8286 84be 5886 a8eb 1064 9cbf",
      "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ]),
  },
  {
    name: "C.5 responses without Huffman codes, with evictions",
    tableBytesMax: 256,
    steps: series(RESPONSES, [
      `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133
       2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70
       6c65 2e63 6f6d`,
      "4803 3330 37c1 c0bf",
      `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d
       54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049
       5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e
       3d31`,
    ]),
  },
  {
    name: "C.6 responses with Huffman codes, with evictions",
    tableBytesMax: 256,
    steps: series(RESPONSES, [
      `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6
       2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
      "4883 640e ffc1 c0bf",
      `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab
       77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f
       9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
    ]),
  },
];

describe("the examples of RFC 7541", () => {
  test.each([
    ["C.2.1 literal with indexing", CUSTOM_HEADER, ["custom-key", "custom-header"], 1],
    ["C.2.2 without", "040c 2f73 616d 706c 652f 7061 7468", [":path", "/sample/path"], 0],
    ["C.2.3 never", "1008 7061 7373 776f 7264 0673 6563 7265 74", ["password", "secret"], 0],
    ["C.2.4 indexed", "82", [":method", "GET"], 0],
  ] as const)("%s", (_name, hex, field, entryCount) => {
    const decoder = newDecoder();
    expect(decode(decoder, bytes(hex))).toEqual([field]);
    expect(decoder.entryCount).toBe(entryCount);
  });

  test.each(EXAMPLES)("$name", ({ tableBytesMax, steps }) => {
    const decoder = newDecoder(tableBytesMax);
    for (const step of steps) {
      expect(decode(decoder, bytes(step.block))).toEqual(step.fields);
      expect(tableOf(decoder)).toEqual(step.table);
      expect(decoder.tableBytes).toBe(step.tableBytes);
    }
  });
});

describe("malformed blocks are compression errors", () => {
  test.each([
    ["index zero", "80"],
    ["an index beyond both tables", "be"],
    ["an integer that is cut off", "ff"],
    ["an integer that never ends", "ff 8080 8080 8080 8080 8080"],
    ["a string that is cut off", "4003 6162"],
    ["a missing string", "40"],
    ["Huffman padding of more than seven bits", "4081 ff 0161"],
    ["Huffman padding of a whole byte after a symbol", "4082 1fff 0161"],
    ["Huffman padding that is not all ones", "4081 00 0161"],
    ["the EOS symbol inside a Huffman code", "4085 ffff fffffc 0161"],
    ["a table size update behind a field", "82 20"],
    ["a table size update beyond the limit", "3fe2 1f"],
  ])("%s", (_name, hex) => {
    const block = bytes(hex);
    expect(() => newDecoder().decode(block, 0, block.length)).toThrow(ConnectionFault);
  });

  test("arbitrary bytes either decode or are a compression error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (raw) => {
        const block = Buffer.from(raw);
        try {
          newDecoder().decode(block, 0, block.length);
        } catch (error) {
          expect(error).toBeInstanceOf(ConnectionFault);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("limits", () => {
  test("a size update to zero empties the table, and later fields are not kept", () => {
    const decoder = newDecoder();
    decode(decoder, bytes(CUSTOM_HEADER));
    expect(decoder.entryCount).toBe(1);
    decode(decoder, bytes("20 4001 61 01 62"));
    expect(decoder.entryCount).toBe(0);
    const { changes } = decoder;
    decode(decoder, bytes("20 4001 61 01 62"));
    expect(decoder.changes).toBe(changes);
  });

  test("a list beyond its limit is cut, and the table is kept in step all the same", () => {
    const decoder = new HpackDecoder({ listBytesMax: 50 });
    const block = bytes("4001 61 01 62 4001 63 01 64");
    expect(decoder.decode(block, 0, block.length)).toEqual({ pairs: ["a", "b"], truncated: true });
    expect(decoder.entryCount).toBe(2);
  });

  test("many evictions leave indexes right", () => {
    const decoder = newDecoder(100);
    for (let i = 0; i < 500; i += 1) {
      const value = String(i).padStart(3, "0");
      decode(decoder, Buffer.concat([bytes("4001 61 03"), Buffer.from(value)]));
      expect(tableOf(decoder)[0]).toEqual(["a", value]);
      expect(decoder.tableBytes).toBeLessThanOrEqual(100);
    }
  });
});

test("what the encoder writes, the decoder reads", () => {
  const encoder = new HpackEncoder({ scheme: "http", authority: "127.0.0.1:9080" });
  const value = fc.string({ unit: fc.constantFrom(..."abc/+= \u00e9\u00ff~") });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("accept", "x-custom", "authorization", "date"), value)),
      fc.constantFrom("/invoke/A/b", "/discover"),
      (headers, path) => {
        const block = encoder.encode({ method: "POST", path, headers });
        expect(decode(newDecoder(), block)).toEqual([
          [":method", "POST"],
          [":scheme", "http"],
          [":authority", "127.0.0.1:9080"],
          [":path", path],
          ...headers,
        ]);
      },
    ),
  );
});
