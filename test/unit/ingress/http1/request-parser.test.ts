// Method: byte streams are pushed in random pieces. Compared are the events, which must not depend
// on how the stream was cut. Garbage must end in an error or in waiting, in no other exception.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FramingError } from "../../../../src/ingress/http1/framing-error.ts";
import type { RequestHead } from "../../../../src/ingress/http1/request-head.ts";
import {
  HEAD_BYTES_MAX,
  RequestParser,
  type RequestParserEvents,
} from "../../../../src/ingress/http1/request-parser.ts";

interface Parsed {
  readonly head: RequestHead;
  body: string;
  complete: boolean;
}

/** Collects requests; optionally pauses after each. */
class Collector implements RequestParserEvents {
  readonly requests: Parsed[] = [];
  error: FramingError | undefined;
  pauses: RequestParser | undefined;

  onHead(head: RequestHead): void {
    this.requests.push({ head, body: "", complete: false });
  }

  onBody(part: Buffer): void {
    const current = this.requests.at(-1) as Parsed;
    expect(current.complete).toBe(false);
    expect(part.length).toBeGreaterThan(0);
    current.body += part.toString("latin1");
  }

  onBodyEnd(): void {
    (this.requests.at(-1) as Parsed).complete = true;
    this.pauses?.pause();
  }

  onError(error: FramingError): void {
    expect(this.error).toBeUndefined();
    this.error = error;
  }

  get summary(): unknown {
    return { requests: this.requests, status: this.error?.status };
  }
}

function parse(text: string, cuts: readonly number[] = []): Collector {
  const collector = new Collector();
  const parser = new RequestParser(collector);
  const bytes = Buffer.from(text, "latin1");
  let start = 0;
  for (const end of [...cuts, bytes.length]) {
    // A copy of its own, so that reading past the piece would be noticed.
    if (end > start) parser.push(Buffer.from(bytes.subarray(start, end)));
    start = Math.max(start, end);
  }
  return collector;
}

function statusOf(text: string): number | undefined {
  return parse(text).error?.status;
}

const token = fc.stringMatching(/^[a-zA-Z!#$%&'*+.^_|~-]{1,12}$/);
const value = fc.stringMatching(/^([!-~\u0080-\u00ff]([ -~\t\u0080-\u00ff]{0,20}[!-~])?)?$/);
const framingNames = new Set([
  "content-length",
  "transfer-encoding",
  "connection",
  "host",
  "expect",
]);
const headers = fc.array(
  fc.tuple(
    token.filter((name) => !framingNames.has(name.toLowerCase())),
    value,
  ),
  { maxLength: 8 },
);
const body = fc.string({ maxLength: 60, unit: "binary-ascii" });
const chunks = fc.array(fc.string({ minLength: 1, maxLength: 30, unit: "binary-ascii" }), {
  maxLength: 4,
});
const request = fc
  .record({
    method: token,
    path: fc.stringMatching(/^[!-~]{0,20}$/),
    headers,
    framing: fc.oneof(
      fc.constant({ kind: "none" } as const),
      body.map((text) => ({ kind: "fixed", text }) as const),
      chunks.map((parts) => ({ kind: "chunked", parts }) as const),
    ),
  })
  .map(({ method, path, headers: pairs, framing }) => {
    const lines = pairs.map(([name, text]) => `${name}: ${text}\r\n`).join("");
    const start = `${method} /${path} HTTP/1.1\r\n${lines}`;
    switch (framing.kind) {
      case "fixed":
        return {
          text: `${start}Content-Length:${framing.text.length}\r\n\r\n${framing.text}`,
          body: framing.text,
        };
      case "chunked": {
        const parts = framing.parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
        const text = `${start}Transfer-Encoding: chunked\r\n\r\n${parts.join("")}0\r\n\r\n`;
        return { text, body: framing.parts.join("") };
      }
      default:
        return { text: `${start}\r\n`, body: "" };
    }
  });

function cutsOf(length: number): fc.Arbitrary<number[]> {
  return fc
    .array(fc.nat({ max: length }), { maxLength: 40 })
    .map((cuts) => cuts.toSorted((a, b) => a - b));
}

describe("any cutting of a stream", () => {
  const stream = fc
    .array(request, { minLength: 1, maxLength: 4 })
    .chain((requests) =>
      fc.tuple(fc.constant(requests), cutsOf(requests.map(({ text }) => text).join("").length)),
    );

  test("yields the same requests", () => {
    fc.assert(
      fc.property(stream, ([requests, cuts]) => {
        const text = requests.map((it) => it.text).join("");

        const whole = parse(text);
        const cut = parse(text, cuts);

        expect(cut.summary).toEqual(whole.summary);
        expect(whole.error).toBeUndefined();
        expect(whole.requests.map((it) => [it.body, it.complete])).toEqual(
          requests.map((it) => [it.body, true]),
        );
      }),
      { numRuns: 400 },
    );
  });

  test("yields the same when the parser pauses after every request", () => {
    fc.assert(
      fc.property(stream, ([requests, cuts]) => {
        const text = requests.map((it) => it.text).join("");
        const collector = new Collector();
        const parser = new RequestParser(collector);
        collector.pauses = parser;
        let start = 0;
        for (const end of [...cuts, text.length]) {
          if (end > start) parser.push(Buffer.from(text.slice(start, end), "latin1"));
          start = Math.max(start, end);
        }
        for (let i = 0; i < requests.length; i++) parser.resume();

        expect(collector.summary).toEqual(parse(text).summary);
      }),
      { numRuns: 200 },
    );
  });
});

describe("garbage", () => {
  const fragment = fc.oneof(
    fc.constantFrom(
      ...[
        "\r\n",
        "\n",
        "\r",
        "\r\n\r\n",
        ":",
        " ",
        "\t",
        "GET / HTTP/1.1\r\n",
        "POST /a HTTP/1.0\r\n",
      ],
      ...[
        "content-length: 3\r\n",
        "transfer-encoding: chunked\r\n",
        "0\r\n\r\n",
        "5;a=b\r\n",
        "\0",
      ],
      ...["host: x\r\n", "connection: close\r\n", "content-length", "HTTP/1.1", "ffffffff\r\n"],
    ),
    fc.string({ maxLength: 8, unit: "binary-ascii" }),
  );
  const garbage = fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join(""));

  test("never makes the parser throw, and its verdict does not depend on the cuts", () => {
    fc.assert(
      fc.property(
        garbage.chain((text) => fc.tuple(fc.constant(text), cutsOf(text.length))),
        ([text, cuts]) => {
          const whole = parse(text);
          const cut = parse(text, cuts);

          // A bare line feed may be noticed before or after the head is complete: same status.
          expect(cut.error?.status).toBe(whole.error?.status);
          expect(cut.requests).toEqual(whole.requests);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("heads", () => {
  test("names are lower-cased, values trimmed, order and repetition kept", () => {
    const { requests } = parse(
      "GET /a?b HTTP/1.1\r\nHost: x\r\nX-A:\t1 \t\r\nx-a: 2\r\nB:\r\n\r\n",
    );

    expect(requests[0]?.head).toEqual({
      method: "GET",
      target: "/a?b",
      headers: ["host", "x", "x-a", "1", "x-a", "2", "b", ""],
      minorVersion: 1,
      contentLength: undefined,
      chunked: false,
      keepAlive: true,
      expectsContinue: false,
    });
  });

  const TARGETS = [
    ["GET", "http://host:1/a?b", "/a?b"],
    ["GET", "HTTPS://host", "/"],
    ["GET", "http://host?q", "/?q"],
    ["OPTIONS", "*", "*"],
    ["CONNECT", "host:1", ""],
  ] as const;
  for (const [method, sent, target] of TARGETS) {
    test(`the target of ${method} ${sent} is "${target}"`, () => {
      expect(parse(`${method} ${sent} HTTP/1.1\r\n\r\n`).requests[0]?.head.target).toBe(target);
    });
  }

  const KEEP_ALIVE = [
    ["1.1", "", true],
    ["1.1", "connection: close\r\n", false],
    ["1.1", "connection: Upgrade, Close\r\n", false],
    ["1.1", "connection: upgrade\r\n", true],
    ["1.0", "", false],
    ["1.0", "connection: Keep-Alive\r\n", true],
    ["1.0", "connection: keep-alive, close\r\n", false],
  ] as const;
  for (const [version, header, expected] of KEEP_ALIVE) {
    test(`HTTP/${version} with ${JSON.stringify(header)} keeps alive: ${expected}`, () => {
      const { requests } = parse(`GET / HTTP/${version}\r\n${header}\r\n`);

      expect(requests[0]?.head.keepAlive).toBe(expected);
    });
  }

  test("an expectation counts in HTTP/1.1 only", () => {
    const expectation = "expect: 100-Continue\r\ncontent-length: 1\r\n\r\n";

    const current = parse(`POST / HTTP/1.1\r\n${expectation}`);
    const old = parse(`POST / HTTP/1.0\r\n${expectation}`);

    expect(current.requests[0]?.head.expectsContinue).toBe(true);
    expect(old.requests[0]?.head.expectsContinue).toBe(false);
  });

  test("up to two empty lines before a request are skipped", () => {
    expect(parse("\r\n\r\nGET / HTTP/1.1\r\n\r\n").requests).toHaveLength(1);
    expect(statusOf("\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n")).toBe(400);
  });
});

describe("refusals", () => {
  const REFUSED: readonly (readonly [status: number, name: string, text: string])[] = [
    [400, "repeated Content-Length", "content-length: 1\r\ncontent-length: 1"],
    [400, "Content-Length list", "content-length: 1, 1"],
    [400, "signed Content-Length", "content-length: +1"],
    [400, "hexadecimal Content-Length", "content-length: 0x1"],
    [400, "empty Content-Length", "content-length:"],
    [400, "huge Content-Length", "content-length: 9999999999999999"],
    [400, "both framings", "content-length: 1\r\ntransfer-encoding: chunked"],
    [400, "both framings, reversed", "transfer-encoding: chunked\r\ncontent-length: 1"],
    [400, "repeated Transfer-Encoding", "transfer-encoding: chunked\r\ntransfer-encoding: chunked"],
    [501, "other coding", "transfer-encoding: gzip, chunked"],
    [501, "disguised coding", "transfer-encoding: \u000bchunked".replace("\u000b", "x")],
    [400, "space before the colon", "host : x"],
    [400, "folded line", "a: b\r\n c"],
    [400, "line without a colon", "abc"],
    [400, "empty name", ": x"],
    [400, "name outside the token characters", "a(b: x"],
    [400, "name with a high byte", "\u00e9: x"],
    [400, "bare carriage return", "a: b\rc"],
    [400, "bare line feed", "a: b\nc: d"],
    [400, "NUL", "a: b\0"],
    [400, "repeated Host", "host: a\r\nhost: b"],
    [431, "too many headers", "a: b\r\n".repeat(101).slice(0, -2)],
    [431, "too large", `a: ${"b".repeat(HEAD_BYTES_MAX)}`],
  ];
  for (const [status, name, lines] of REFUSED) {
    test(`${name} is refused with ${status}`, () => {
      expect(statusOf(`POST / HTTP/1.1\r\n${lines}\r\n\r\n`)).toBe(status);
    });
  }

  const LINES: readonly (readonly [status: number, line: string])[] = [
    [400, "GET  / HTTP/1.1"],
    [400, "GET / HTTP/1.1 "],
    [400, "GET /"],
    [400, " GET / HTTP/1.1"],
    [400, "G(T / HTTP/1.1"],
    [400, "GET a HTTP/1.1"],
    [400, "GET / HTTP/1.2"],
    [400, "GET / http/1.1"],
    [400, "GET / HTTP/2.0"],
    [414, `GET /${"a".repeat(65_534)} HTTP/1.1`],
  ];
  for (const [status, line] of LINES) {
    test(`${JSON.stringify(line.slice(0, 30))} is refused with ${status}`, () => {
      expect(statusOf(`${line}\r\n\r\n`)).toBe(status);
    });
  }

  test("a chunked HTTP/1.0 request is refused", () => {
    expect(statusOf("POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n")).toBe(400);
  });

  test("a bare line feed is refused before the head is complete", () => {
    expect(statusOf("GET / HTTP/1.1\nhost: x\n\n")).toBe(400);
    expect(statusOf("\n")).toBe(400);
  });

  test("a request line that never ends is refused once it is too long", () => {
    expect(statusOf(`GET /${"a".repeat(HEAD_BYTES_MAX)}`)).toBe(414);
  });

  const CHUNKS: readonly (readonly [status: number, text: string])[] = [
    [400, "x\r\n"],
    [400, "-1\r\n"],
    [400, "0x1\r\n"],
    [400, "\r\n"],
    [400, "1 \r\na\r\n"],
    [400, "100000000\r\n"],
    [400, "1\r\nab\r\n"],
    [400, "1\r\na\n"],
    [400, "1\na"],
    [400, `1;${"a".repeat(300)}\r\n`],
    [400, "0\r\nbad trailer\r\n\r\n"],
    [431, `0\r\n${"a: b\r\n".repeat(1_500)}\r\n`],
  ];
  for (const [status, text] of CHUNKS) {
    test(`the chunked body ${JSON.stringify(text.slice(0, 20))} is refused with ${status}`, () => {
      const head = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";

      expect(statusOf(head + text)).toBe(status);
    });
  }

  test("nothing is parsed after an error", () => {
    const { requests } = parse("bad\r\n\r\nGET / HTTP/1.1\r\n\r\n");

    expect(requests).toEqual([]);
  });
});

describe("bodies", () => {
  test("are slices of what was pushed", () => {
    const bytes = Buffer.from("POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\nab");
    const parts: Buffer[] = [];
    const collector = new Collector();
    collector.onBody = (part) => parts.push(part);

    new RequestParser(collector).push(bytes);

    expect(parts[0]?.buffer).toBe(bytes.buffer);
  });

  test("that are cut off stay incomplete", () => {
    const { requests } = parse("POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nab");

    expect(requests).toMatchObject([{ body: "ab", complete: false }]);
  });
});
