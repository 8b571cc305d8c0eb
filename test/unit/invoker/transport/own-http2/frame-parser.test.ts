// Random frame sequences, cut into random chunks: the parser must deliver the same frames however
// the bytes arrive, from a buffer that is overwritten after every chunk as the socket's is.
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  type Frame,
  FrameParser,
} from "../../../../../src/invoker/transport/own-http2/frame-parser.ts";

interface PlainFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: string;
}

function encode(frame: PlainFrame): Buffer {
  const payload = Buffer.from(frame.payload, "hex");
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(frame.type, 3);
  header.writeUInt8(frame.flags, 4);
  header.writeUInt32BE(frame.streamId, 5);
  return Buffer.concat([header, payload]);
}

function toPlain(frame: Frame): PlainFrame {
  const { type, flags, streamId, buffer, start, end } = frame;
  return { type, flags, streamId, payload: buffer.toString("hex", start, end) };
}

const anyFrame: fc.Arbitrary<PlainFrame> = fc.record({
  type: fc.nat(255),
  flags: fc.nat(255),
  streamId: fc.nat(0x7fff_ffff),
  payload: fc.uint8Array({ maxLength: 64 }).map((raw) => Buffer.from(raw).toString("hex")),
});

function parse(bytes: Buffer, chunkSizes: readonly number[]): PlainFrame[] {
  const frames: PlainFrame[] = [];
  const parser = new FrameParser({ onFrame: (frame) => frames.push(toPlain(frame)) }, 64);
  const receiveBuffer = Buffer.alloc(512);
  let position = 0;
  let turn = 0;
  while (position < bytes.length) {
    const size = Math.min(chunkSizes[turn % chunkSizes.length] ?? 1, 512);
    const copied = bytes.copy(receiveBuffer, 0, position, position + size);
    parser.push(receiveBuffer, copied);
    receiveBuffer.fill(0xee);
    position += copied;
    turn += 1;
  }
  return frames;
}

describe("frames", () => {
  test("are the same however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 10 }),
        (frames, chunkSizes) => {
          expect(parse(Buffer.concat(frames.map(encode)), chunkSizes)).toEqual(frames);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("are the same byte by byte", () => {
    const frames = [
      { type: 0, flags: 1, streamId: 3, payload: "00".repeat(64) },
      { type: 4, flags: 0, streamId: 0, payload: "" },
      { type: 8, flags: 0, streamId: 0x7fff_ffff, payload: "0000000a" },
    ];
    expect(parse(Buffer.concat(frames.map(encode)), [1])).toEqual(frames);
  });

  test("that are too long are refused as soon as their header is complete", () => {
    const parser = new FrameParser({ onFrame: () => {} }, 64);
    const header = encode({ type: 0, flags: 0, streamId: 1, payload: "00".repeat(65) });
    parser.push(header, 8);
    expect(() => parser.push(header.subarray(8), 1)).toThrow(/65 bytes is larger/);
  });

  test("are not delivered any more after a stop from within a frame", () => {
    const seen: number[] = [];
    const parser = new FrameParser(
      {
        onFrame: (frame) => {
          seen.push(frame.streamId);
          parser.stop();
        },
      },
      64,
    );
    const frame = { type: 0, flags: 0, payload: "aa" };
    const bytes = Buffer.concat([
      encode({ ...frame, streamId: 1 }),
      encode({ ...frame, streamId: 3 }),
    ]);
    parser.push(bytes, bytes.length);
    expect(seen).toEqual([1]);
  });

  test("drop the reserved bit of the stream identifier", () => {
    const seen: number[] = [];
    const parser = new FrameParser({ onFrame: (frame) => seen.push(frame.streamId) }, 64);
    const bytes = encode({ type: 0, flags: 0, streamId: 5, payload: "" });
    bytes.writeUInt8(0x80, 5);
    parser.push(bytes, bytes.length);
    expect(seen).toEqual([5]);
  });
});
