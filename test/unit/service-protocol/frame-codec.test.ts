/** Any cutting of a byte stream gives the frames that were encoded. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, encodeFrames, type Frame, FrameDecoder } from "#service-protocol";

function decodeAll(decoder: FrameDecoder, chunks: readonly Uint8Array[]): Frame[] {
  const frames: Frame[] = [];
  for (const chunk of chunks) {
    // The receive buffer is reused: what the decoder keeps must be its own.
    const lent = Buffer.from(chunk);
    decoder.push(lent);
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
      if (frame.kind === "oversize") throw new Error("oversize");
      frames.push(frame);
    }
    lent.fill(0xee);
  }
  return frames;
}

function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let start = 0;
  for (let i = 0; start < bytes.length; i++) {
    const end = start + (lengths[i % lengths.length] as number);
    chunks.push(bytes.subarray(start, end));
    start = end;
  }
  return chunks;
}

test("frames survive any chunking", () => {
  const message = fc.record({
    type: fc.integer({ min: 0, max: 0xffff }),
    body: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
      (messages, lengths) => {
        const bytes = Buffer.concat(messages.map(({ type, body }) => encodeFrame(type, body)));

        const frames = decodeAll(new FrameDecoder(1000), cut(bytes, lengths));

        expect(frames.map(({ type, body }) => ({ type, body }))).toEqual(messages);
      },
    ),
  );
});

test("a body above the first allocation is put together", () => {
  const body = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
  const bytes = encodeFrame(0x0401, body);

  const [frame] = decodeAll(new FrameDecoder(1_000_000), cut(bytes, [70_000, 1, 9]));

  expect(Buffer.compare(frame?.body ?? new Uint8Array(0), body)).toBe(0);
});

describe("limits", () => {
  test("a body at the limit is read, one byte more is refused before it arrives", () => {
    const decoder = new FrameDecoder(10);
    decoder.push(encodeFrame(0x0401, new Uint8Array(10)));
    expect(decoder.next()).toMatchObject({ kind: "frame" });

    decoder.push(encodeFrame(0x0401, new Uint8Array(11)).subarray(0, 8));

    expect(decoder.next()).toEqual({ kind: "oversize", type: 0x0401, bodyBytes: 11 });
  });

  test("a length above 2^31 is a length, not a negative number", () => {
    const decoder = new FrameDecoder(10);

    decoder.push(Uint8Array.of(4, 1, 0, 0, 0xff, 0xff, 0xff, 0xff));

    expect(decoder.next()).toEqual({ kind: "oversize", type: 0x0401, bodyBytes: 0xffffffff });
  });

  test("flags are given as they came", () => {
    const decoder = new FrameDecoder(10);

    decoder.push(Uint8Array.of(4, 1, 0x80, 0x03, 0, 0, 0, 0));

    expect(decoder.next()).toMatchObject({ type: 0x0401, flags: 0x8003, body: new Uint8Array(0) });
  });
});

test("small bodies share a buffer, large ones are referenced", () => {
  const large = new Uint8Array(20_000).fill(7);
  const small = Uint8Array.of(1, 2);
  const messages = [small, large, small, small].map((body) => ({ type: 0x0400, body }));

  const buffers = encodeFrames(messages);

  expect(buffers).toHaveLength(3);
  expect(buffers[1]).toBe(large);
  const expected = Buffer.concat(messages.map(({ type, body }) => encodeFrame(type, body)));
  expect(Buffer.compare(Buffer.concat(buffers), expected)).toBe(0);
});
