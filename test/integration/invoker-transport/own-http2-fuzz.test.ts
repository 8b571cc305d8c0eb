// A hostile server: after a proper start it sends random frames (plausible ones, mutated ones and
// plain noise), cut at random. Whatever comes, the process survives, every stream hears at most
// one terminal event, and none is left over once the connection is closed.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { createTransport } from "../../../src/invoker/transport/create-transport.ts";
import { FRAME } from "../../../src/invoker/transport/own-http2/protocol.ts";
import { Recorder } from "./peers.ts";
import {
  frameBytes,
  literal,
  type RawPeer,
  STATUS_200,
  settings,
  startRawHttp2,
  uint32,
} from "./raw-http2.ts";

const STREAMS = 4;

let peer: RawPeer;
/** What the next connection is sent once all its requests are there. */
let attack: readonly Buffer[] = [];

beforeAll(async () => {
  peer = await startRawHttp2({
    onFrame: (frame, connection) => {
      if (frame.type !== FRAME.HEADERS || frame.streamId !== STREAMS * 2 - 1) return;
      for (const chunk of attack) connection.socket.write(chunk);
      connection.socket.end();
    },
  });
});

afterAll(() => peer.stop());

const streamId = fc.constantFrom(0, 1, 1, 3, 3, 5, 7, 7, 9, 2, 0x7fff_ffff);
const flags = fc.constantFrom(0, 1, 4, 4, 5, 5, 8, 0x20, 0x2c, 0xff);
const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((raw) => Buffer.from(raw));

const plausible = fc.oneof(
  fc.tuple(streamId, flags, bytes(300)).map(([id, bits, body]) => frameBytes(0, bits, id, body)),
  fc
    .tuple(streamId, flags, fc.constantFrom(STATUS_200, literal("x-a", "b"), Buffer.from([0xbe])))
    .map(([id, bits, body]) => frameBytes(1, bits, id, body)),
  streamId.map((id) => frameBytes(1, 4, id, STATUS_200)),
  streamId.map((id) => frameBytes(1, 5, id, STATUS_200)),
  fc.tuple(streamId, fc.nat(14)).map(([id, code]) => frameBytes(3, 0, id, uint32(code))),
  fc
    .tuple(fc.nat(8), fc.constantFrom(0, 1, 16_384, 65_535, 0x7fff_ffff, 0xffff_ffff))
    .map(([id, value]) => frameBytes(4, 0, 0, settings([id, value]))),
  fc.constantFrom(frameBytes(4, 1, 0), frameBytes(6, 0, 0, Buffer.alloc(8))),
  fc.constantFrom(0, 1, 3, 0x7fff_ffff).map((last) => frameBytes(7, 0, 0, uint32(last, 0))),
  fc
    .tuple(streamId, fc.constantFrom(0, 1, 65_535, 0x7fff_ffff))
    .map(([id, increment]) => frameBytes(8, 0, id, uint32(increment))),
  fc.tuple(streamId, flags, bytes(40)).map(([id, bits, body]) => frameBytes(9, bits, id, body)),
);

const mutated = fc.tuple(plausible, fc.nat(), fc.nat(255)).map(([frame, place, value]) => {
  const copy = Buffer.from(frame);
  copy[place % copy.length] = value;
  return copy;
});

const anyChunks = fc
  .tuple(
    fc.array(fc.oneof({ weight: 8, arbitrary: plausible }, mutated, bytes(60)), { maxLength: 30 }),
    fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }),
  )
  .map(([parts, sizes]) => {
    const all = Buffer.concat(parts);
    const chunks: Buffer[] = [];
    for (let at = 0, i = 0; at < all.length; i += 1) {
      const size = sizes[i % sizes.length] ?? 1;
      chunks.push(all.subarray(at, at + size));
      at += size;
    }
    return chunks;
  });

test("random frames never crash, and every stream ends exactly once", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(anyChunks, fc.boolean(), async (chunks, isPaused) => {
      attack = chunks;
      const uri = `http://127.0.0.1:${peer.port}`;
      const transport = createTransport({ uri, protocol: "h2" });
      const exchanges = Array.from({ length: STREAMS }, () => {
        const recorder = new Recorder();
        const request = { method: "POST", path: "/", headers: [] } as const;
        const stream = transport.open(request, recorder);
        stream.write(Buffer.alloc(30_000));
        if (isPaused) stream.pauseReading();
        return { recorder, stream };
      });
      if (isPaused) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        for (const { stream } of exchanges) stream.resumeReading();
      }
      for (const { recorder } of exchanges) await recorder.over();
      await transport.close();
      for (const { recorder } of exchanges) {
        const terminal = recorder.events.filter((event) => event === "end" || event === "error");
        expect(terminal).toHaveLength(1);
        expect(recorder.events.at(-1)).toBe(terminal[0]);
      }
      const { connections, connecting, streamsActive, streamsQueued } = transport.stats();
      expect([connections, connecting, streamsActive, streamsQueued]).toEqual([0, 0, 0, 0]);
    }),
    { numRuns: 400 },
  );
});
