// Random sequences of writes, takes and releases. What was taken is kept as it was at that moment;
// parsed again, it must hold every stream's bytes in order, ended once, in frames of legal size,
// and the memory of a take must not change before its release.
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { FrameParser } from "../../../../../src/invoker/transport/own-http2/frame-parser.ts";
import {
  type FramePlace,
  OutputBuffer,
} from "../../../../../src/invoker/transport/own-http2/output-buffer.ts";
import { FLAG, FRAME } from "../../../../../src/invoker/transport/own-http2/protocol.ts";

type Action =
  | { readonly kind: "data"; readonly stream: number; readonly bytes: number }
  | { readonly kind: "end"; readonly stream: number }
  | { readonly kind: "headers"; readonly stream: number; readonly bytes: number }
  | { readonly kind: "control" }
  | { readonly kind: "take" };

const stream = fc.constantFrom(1, 3, 5);
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("data" as const),
      stream,
      bytes: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 16_384 })),
    }),
  },
  fc.record({ kind: fc.constant("end" as const), stream }),
  fc.record({
    kind: fc.constant("headers" as const),
    stream,
    bytes: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 40_000 })),
  }),
  { weight: 2, arbitrary: fc.constant({ kind: "control" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "take" as const }) },
);

interface StreamModel {
  readonly place: FramePlace;
  readonly written: Buffer[];
  ended: boolean;
  opened: boolean;
}

function newPlace(): FramePlace {
  return { block: undefined, offset: 0, epoch: -1 };
}

function checkStreams(wire: Buffer, models: ReadonlyMap<number, StreamModel>): number {
  const bodies = new Map<number, Buffer[]>();
  const ends = new Map<number, number>();
  let controlFrames = 0;
  const parser = new FrameParser(
    {
      onFrame: ({ type, flags, streamId, buffer, start, end }) => {
        if (type === FRAME.PING) controlFrames += 1;
        if (type !== FRAME.DATA && type !== FRAME.HEADERS) return;
        if ((flags & FLAG.END_STREAM) !== 0) ends.set(streamId, (ends.get(streamId) ?? 0) + 1);
        else expect(ends.has(streamId)).toBe(false);
        if (type !== FRAME.DATA) return;
        const parts = bodies.get(streamId) ?? [];
        parts.push(Buffer.from(buffer.subarray(start, end)));
        bodies.set(streamId, parts);
      },
    },
    16_384,
  );
  parser.push(wire, wire.length);
  for (const [id, model] of models) {
    const body = Buffer.concat(bodies.get(id) ?? []);
    expect(body.equals(Buffer.concat(model.written))).toBe(true);
    expect(ends.get(id) ?? 0).toBe(model.ended ? 1 : 0);
  }
  return controlFrames;
}

function run(actions: readonly Action[]): void {
  const output = new OutputBuffer();
  const models = new Map<number, StreamModel>();
  const wire: Buffer[] = [];
  let controlFrames = 0;
  let fill = 0;
  let outstanding: { readonly chunks: readonly Uint8Array[]; readonly copy: Buffer } | undefined;
  const release = (): void => {
    if (outstanding === undefined) return;
    expect(Buffer.concat(outstanding.chunks).equals(outstanding.copy)).toBe(true);
    outstanding = undefined;
    output.release();
  };
  const take = (): void => {
    release();
    const announced = output.bytes;
    const chunks = output.take();
    const copy = Buffer.concat(chunks);
    expect(copy.length).toBe(announced);
    wire.push(copy);
    outstanding = { chunks, copy };
  };
  for (const action of actions) {
    if (action.kind === "take") take();
    else if (action.kind === "control") {
      output.writeFrame(FRAME.PING, 0, 0, Buffer.alloc(8));
      controlFrames += 1;
    } else {
      const model = models.get(action.stream) ?? {
        place: newPlace(),
        written: [],
        ended: false,
        opened: false,
      };
      models.set(action.stream, model);
      if (model.ended) continue;
      if (action.kind === "end") {
        output.endStream(action.stream, model.place);
        model.ended = true;
      } else if (action.kind === "headers") {
        if (model.opened || model.written.length > 0) continue;
        model.opened = true;
        output.writeHeaders(action.stream, Buffer.alloc(action.bytes), model.place);
      } else {
        fill = (fill + 1) % 251;
        const source = Buffer.alloc(action.bytes, fill);
        model.written.push(source);
        output.writeData(action.stream, { source, start: 0, end: source.length }, model.place);
      }
    }
  }
  take();
  release();
  expect(output.bytes).toBe(0);
  expect(checkStreams(Buffer.concat(wire), models)).toBe(controlFrames);
}

describe("output", () => {
  test("holds every stream's bytes in order, whatever is mixed", () => {
    fc.assert(
      fc.property(fc.array(anyAction, { maxLength: 80 }), (actions) => run(actions)),
      { numRuns: 500 },
    );
  });

  test("merges neighbouring writes of one stream and lets the end ride on them", () => {
    const output = new OutputBuffer();
    const place = newPlace();
    const source = Buffer.from("abc");
    output.writeData(1, { source, start: 0, end: 2 }, place);
    output.writeData(1, { source, start: 2, end: 3 }, place);
    output.endStream(1, place);
    const expected = [0, 0, 3, FRAME.DATA, FLAG.END_STREAM, 0, 0, 0, 1, 0x61, 0x62, 0x63];
    expect([...Buffer.concat(output.take())]).toEqual(expected);
  });

  test("references large payloads instead of copying them", () => {
    const output = new OutputBuffer();
    const source = Buffer.alloc(16_384);
    output.writeData(1, { source, start: 0, end: source.length }, newPlace());
    expect(output.take()[1]).toBe(source);
  });
});
