// Our HTTP/2 client against a server that breaks RFC 9113, one rule and one connection per case:
// the fault ends what the RFC says it ends, with the error code of the RFC, and nothing else.
import { afterEach, describe, expect, test } from "vitest";

import { FLAG, FRAME, HTTP2_ERROR } from "../../../src/invoker/transport/own-http2/protocol.ts";
import type { TransportOptions } from "../../../src/invoker/transport/transport-options.ts";
import type { Recorder } from "./peers.ts";
import { errorCodeOf, type Started, start, startStream, stop } from "./raw-client.ts";
import { frameBytes, literal, STATUS_200, settings, uint32 } from "./raw-http2.ts";

afterEach(stop);

const { END_STREAM, END_HEADERS, PADDED, PRIORITY } = FLAG;

describe("a peer that breaks the protocol", () => {
  const data = (flags: number, streamId: number, bytes: number): Buffer =>
    frameBytes(FRAME.DATA, flags, streamId, Buffer.alloc(bytes));
  const head = frameBytes(FRAME.HEADERS, END_HEADERS, 1, STATUS_200);
  const { PROTOCOL_ERROR, FRAME_SIZE_ERROR, FLOW_CONTROL_ERROR } = HTTP2_ERROR;
  const { COMPRESSION_ERROR, ENHANCE_YOUR_CALM } = HTTP2_ERROR;

  test.each([
    ["DATA on stream 0", PROTOCOL_ERROR, data(0, 0, 1)],
    ["DATA on a stream that was not opened", PROTOCOL_ERROR, data(0, 9, 1)],
    ["HEADERS on an even stream", PROTOCOL_ERROR, frameBytes(1, END_HEADERS, 2, STATUS_200)],
    ["padding longer than the frame", PROTOCOL_ERROR, frameBytes(0, PADDED, 1, Buffer.from([9]))],
    ["padding without its length", PROTOCOL_ERROR, frameBytes(0, PADDED, 1)],
    ["HEADERS too short for priority", FRAME_SIZE_ERROR, frameBytes(1, PRIORITY, 1, uint32(0))],
    ["a frame that is too large", FRAME_SIZE_ERROR, data(0, 1, 16_385)],
    ["PUSH_PROMISE", PROTOCOL_ERROR, frameBytes(5, END_HEADERS, 1, uint32(2))],
    ["a stray CONTINUATION", PROTOCOL_ERROR, frameBytes(9, END_HEADERS, 1, STATUS_200)],
    [
      "an interrupted header block",
      PROTOCOL_ERROR,
      Buffer.concat([frameBytes(1, 0, 1, STATUS_200), frameBytes(6, 0, 0, Buffer.alloc(8))]),
    ],
    ["a header block that cannot be decoded", COMPRESSION_ERROR, frameBytes(1, 4, 1, uint32(1))],
    ["SETTINGS of odd size", FRAME_SIZE_ERROR, frameBytes(4, 0, 0, Buffer.alloc(5))],
    ["SETTINGS on a stream", PROTOCOL_ERROR, frameBytes(4, 0, 1)],
    ["an acknowledgement with a payload", FRAME_SIZE_ERROR, frameBytes(4, 1, 0, Buffer.alloc(6))],
    ["ENABLE_PUSH", PROTOCOL_ERROR, frameBytes(4, 0, 0, settings([2, 1]))],
    ["a window setting too large", FLOW_CONTROL_ERROR, frameBytes(4, 0, 0, settings([4, 2 ** 31]))],
    ["a frame size setting too small", PROTOCOL_ERROR, frameBytes(4, 0, 0, settings([5, 100]))],
    ["PING of odd size", FRAME_SIZE_ERROR, frameBytes(6, 0, 0, Buffer.alloc(7))],
    ["PING on a stream", PROTOCOL_ERROR, frameBytes(6, 0, 1, Buffer.alloc(8))],
    ["GOAWAY that is too short", FRAME_SIZE_ERROR, frameBytes(7, 0, 0, Buffer.alloc(7))],
    ["RST_STREAM of odd size", FRAME_SIZE_ERROR, frameBytes(3, 0, 1, Buffer.alloc(5))],
    ["RST_STREAM on an idle stream", PROTOCOL_ERROR, frameBytes(3, 0, 99, uint32(0))],
    ["a window increment of zero", PROTOCOL_ERROR, frameBytes(8, 0, 0, uint32(0))],
    ["a window beyond 2^31", FLOW_CONTROL_ERROR, frameBytes(8, 0, 0, uint32(0x7fff_ffff))],
    [
      "more DATA than the connection's window",
      FLOW_CONTROL_ERROR,
      Buffer.concat([head, ...Array.from({ length: 330 }, () => data(0, 1, 16_384))]),
      { streamWindowBytes: 0x7fff_ffff, connectionWindowBytes: 5 * 1024 * 1024 },
    ],
    [
      "an endless header block",
      ENHANCE_YOUR_CALM,
      Buffer.concat([
        frameBytes(1, 0, 1),
        ...Array.from({ length: 9 }, () => frameBytes(9, 0, 1, Buffer.alloc(16_384))),
      ]),
    ],
    ["a flood of pings", ENHANCE_YOUR_CALM, flood(FRAME.PING, 0, 0, Buffer.alloc(8))],
    ["a flood of settings", ENHANCE_YOUR_CALM, flood(FRAME.SETTINGS, 0, 0)],
    ["a flood of empty DATA", ENHANCE_YOUR_CALM, Buffer.concat([head, flood(FRAME.DATA, 0, 1)])],
    ["a flood of unknown frames", ENHANCE_YOUR_CALM, flood(0x77, 0, 0)],
    ["a flood of window updates", ENHANCE_YOUR_CALM, flood(8, 0, 1, uint32(1))],
  ])("%s ends the connection", async (name, http2Code, bytes, options?: object) => {
    const { recorder, stream, connection } = await startStream(options ?? {});
    // Holding the data back keeps the windows from being replenished.
    stream.pauseReading();
    const isHeld = name.startsWith("more DATA");
    connection.socket.write(bytes);
    expect(errorCodeOf(await connection.ofType(FRAME.GOAWAY))).toBe(http2Code);
    await connection.closed();
    stream.resumeReading();
    await recorder.over();
    expect(recorder.error).toMatchObject({ code: "PROTOCOL_ERROR", http2Code });
    expect(recorder.events.filter((event) => event === "error")).toHaveLength(1);
    if (isHeld) expect(recorder.bodyBytes).toBe(5 * 1024 * 1024);
  });

  function flood(type: number, flags: number, streamId: number, payload?: Buffer): Buffer {
    return Buffer.concat(
      Array.from({ length: 5000 }, () => frameBytes(type, flags, streamId, payload)),
    );
  }

  const withHead = (...fields: Buffer[]): Buffer =>
    frameBytes(1, END_HEADERS, 1, Buffer.concat(fields));
  const declared = (bytes: string): Buffer =>
    withHead(STATUS_200, literal("content-length", bytes));

  test.each([
    ["a head without a status", withHead(literal("x-a", "b"))],
    ["two statuses", withHead(STATUS_200, STATUS_200)],
    ["a status behind a field", withHead(literal("x-a", "b"), STATUS_200)],
    ["a status that is no number", withHead(literal(":status", "2x0"))],
    ["a request's pseudo field", withHead(STATUS_200, literal(":path", "/"))],
    ["an upper-case field name", withHead(STATUS_200, literal("X-A", "b"))],
    ["a connection field", withHead(STATUS_200, literal("connection", "close"))],
    ["a line break in a value", withHead(STATUS_200, literal("x-a", "b\nc"))],
    ["DATA before the head", data(0, 1, 1)],
    ["a second head", Buffer.concat([head, head])],
    ["trailers that do not end", Buffer.concat([head, withHead(literal("x-t", "t"))])],
    ["a body longer than declared", Buffer.concat([declared("2"), data(0, 1, 3)])],
    ["a body shorter than declared", Buffer.concat([declared("2"), data(END_STREAM, 1, 1)])],
    ["an invalid content length", declared("-1")],
    ["an interim head that ends", frameBytes(1, 5, 1, literal(":status", "100"))],
    ["DATA beyond the stream's window", Buffer.concat([head, data(0, 1, 1001)])],
    ["a stream window increment of zero", frameBytes(8, 0, 1, uint32(0))],
    ["a stream window beyond 2^31", frameBytes(8, 0, 1, uint32(0x7fff_ffff))],
    ["PRIORITY of odd size", frameBytes(2, 0, 1, uint32(0))],
    [
      "a head larger than announced",
      withHead(STATUS_200, ...Array.from({ length: 20 }, () => literal("x-a", "v".repeat(120)))),
    ],
  ])("%s ends only its stream", async (_name, bytes) => {
    const limits = { streamWindowBytes: 1000, headerListBytesMax: 2000 };
    const { recorder, connection, open } = await startStream(limits);
    const healthy = open();
    await connection.onStream(3, FRAME.HEADERS);
    connection.socket.write(bytes);
    await recorder.over();
    expect(recorder.error?.code).toBe("PROTOCOL_ERROR");
    await connection.onStream(1, FRAME.RST_STREAM);
    connection.send(FRAME.DATA, 0, 1, Buffer.from("late"));
    connection.send(FRAME.HEADERS, END_HEADERS | END_STREAM, 3, STATUS_200);
    await healthy.recorder.over();
    expect(healthy.recorder.events).toEqual(["head", "end"]);
  });

  test("a peer that speaks HTTP/1 is named as such", async () => {
    const { recorder, peer: raw } = await startSilent();
    (await raw.connection(0)).socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    await recorder.over();
    expect(recorder.error?.message).toBe("Peer speaks HTTP/1, not HTTP/2");
  });

  test("a peer that does not begin with SETTINGS is refused", async () => {
    const { recorder, peer: raw } = await startSilent();
    (await raw.connection(0)).send(FRAME.PING, 0, 0, Buffer.alloc(8));
    await recorder.over();
    expect(recorder.error).toMatchObject({ code: "PROTOCOL_ERROR" });
  });

  test("a peer that never says anything is a connect timeout", async () => {
    const { recorder } = await startSilent({ connectTimeoutMs: 100 });
    await recorder.over();
    expect(recorder.error).toMatchObject({ code: "CONNECT_TIMEOUT", retrySafe: true });
  });

  async function startSilent(
    overrides: Partial<TransportOptions> = {},
  ): Promise<Started & { recorder: Recorder }> {
    const started = await start(overrides, { isSilent: true });
    const { recorder } = started.open();
    return { ...started, recorder };
  }
});
