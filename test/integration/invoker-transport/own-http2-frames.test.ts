// Our HTTP/2 client against a server that sends exact frames: what the client sends, and what a
// peer may do that is unusual and legal. One connection per case.
import { afterEach, describe, expect, test } from "vitest";

import {
  FLAG,
  FRAME,
  HTTP2_ERROR,
  SETTING,
} from "../../../src/invoker/transport/own-http2/protocol.ts";
import { patternBytes, Recorder, until } from "./peers.ts";
import { errorCodeOf, start, startStream, stop } from "./raw-client.ts";
import {
  literal,
  type RawConnection,
  type SeenFrame,
  STATUS_200,
  settings,
  uint32,
} from "./raw-http2.ts";

afterEach(stop);

const { END_STREAM, END_HEADERS, ACK, PADDED, PRIORITY } = FLAG;

describe("what the client sends", () => {
  test("opens with its settings and a larger connection window", async () => {
    const { connection } = await startStream();
    const announced = await connection.ofType(FRAME.SETTINGS);
    expect(announced.payload).toEqual(
      settings(
        [SETTING.HEADER_TABLE_SIZE, 0],
        [SETTING.ENABLE_PUSH, 0],
        [SETTING.INITIAL_WINDOW_SIZE, 2 * 1024 * 1024],
        [SETTING.MAX_HEADER_LIST_SIZE, 64 * 1024],
      ),
    );
    const update = await connection.ofType(FRAME.WINDOW_UPDATE);
    expect(update.payload.readUInt32BE(0)).toBe(5 * 1024 * 1024 - 65_535);
    await connection.frame(({ type, flags }) => type === FRAME.SETTINGS && flags === ACK);
  });

  test("writes of one turn share a frame, and the end rides on it", async () => {
    const { open, peer: raw } = await start();
    const { stream } = open();
    stream.write([Buffer.from("a"), Buffer.from("b")]);
    stream.write(Buffer.from("c"));
    stream.end();
    const connection = await raw.connection(0);
    const data = await connection.onStream(1, FRAME.DATA);
    expect(data.payload.toString()).toBe("abc");
    expect(data.flags).toBe(END_STREAM);
  });

  test("a request without a body ends with its head", async () => {
    const { open, peer: raw } = await start();
    open().stream.end();
    const connection = await raw.connection(0);
    const head = await connection.onStream(1, FRAME.HEADERS);
    expect(head.flags).toBe(END_STREAM | END_HEADERS);
  });

  test("an end in a later turn is an empty DATA frame", async () => {
    const { stream, connection } = await startStream();
    stream.write(Buffer.from("a"));
    await connection.onStream(1, FRAME.DATA);
    stream.end();
    const end = await connection.frame(({ type, flags }) => type === 0 && flags === END_STREAM);
    expect(end.payload.length).toBe(0);
  });

  test("a head beyond one frame continues, and its fields arrive whole", async () => {
    const started = await start();
    const headers = Array.from({ length: 60 }, (_, i) => [`x-${i}`, "v".repeat(600)] as const);
    started.transport.open({ method: "POST", path: "/", headers }, new Recorder());
    const connection = await started.peer.connection(0);
    const last = await connection.frame(
      ({ type, flags }) => type === FRAME.CONTINUATION && flags === END_HEADERS,
    );
    const parts = connection.frames.filter(({ streamId }) => streamId === 1);
    expect(parts.map(({ type }) => type)).toEqual([
      FRAME.HEADERS,
      FRAME.CONTINUATION,
      FRAME.CONTINUATION,
    ]);
    expect(parts.at(-1)).toBe(last);
    const block = Buffer.concat(parts.map(({ payload }) => payload));
    // The first block says that no dynamic table is used.
    expect(block[0]).toBe(0x20);
    expect(block.toString("latin1").split("v".repeat(600))).toHaveLength(61);
  });

  test("a reset is RST_STREAM with CANCEL, and frees the slot", async () => {
    const { stream, connection, transport: opened, recorder } = await startStream();
    stream.reset();
    expect(errorCodeOf(await connection.onStream(1, FRAME.RST_STREAM))).toBe(HTTP2_ERROR.CANCEL);
    expect(opened.stats().streamsActive).toBe(0);
    connection.send(FRAME.HEADERS, END_HEADERS, 1, STATUS_200);
    connection.send(FRAME.PING, 0, 0, Buffer.alloc(8));
    await connection.ofType(FRAME.PING);
    expect(recorder.events).toEqual([]);
  });

  test.each([
    ["a line break in a value", "x-a", "b\r\nx-c: d"],
    ["an upper-case name", "X-A", "b"],
    ["a connection field", "connection", "close"],
  ])("%s is refused before anything is sent", async (_name, name, value) => {
    const started = await start();
    const recorder = new Recorder();
    const request = { method: "POST", path: "/", headers: [[name, value]] } as const;
    started.transport.open(request, recorder);
    await recorder.over();
    expect(recorder.error?.code).toBe("INVALID_REQUEST");
    const { recorder: other } = started.open();
    const connection = await started.peer.connection(0);
    await connection.onStream(1, FRAME.HEADERS);
    connection.send(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200);
    await other.over();
    expect(other.events).toEqual(["head", "end"]);
  });
});

describe("unusual but legal responses", () => {
  test("padding, priority, continuation, interim heads and trailers", async () => {
    const { recorder, connection } = await startStream();
    const interim = Buffer.from([0x08, 3, 0x31, 0x30, 0x33]);
    connection.send(FRAME.HEADERS, END_HEADERS, 1, interim);
    const fields = Buffer.concat([STATUS_200, literal("x-a", "one"), literal("x-a", "two")]);
    const first = Buffer.concat([Buffer.from([2]), uint32(0), Buffer.from([7]), fields]);
    connection.send(
      FRAME.HEADERS,
      PADDED | PRIORITY,
      1,
      Buffer.concat([first.subarray(0, 9), Buffer.alloc(2)]),
    );
    for (const byte of first.subarray(9)) {
      connection.send(FRAME.CONTINUATION, 0, 1, Buffer.from([byte]));
    }
    connection.send(FRAME.CONTINUATION, END_HEADERS, 1);
    const padded = Buffer.concat([Buffer.from([3]), Buffer.from("body"), Buffer.alloc(3)]);
    connection.send(FRAME.DATA, PADDED, 1, padded);
    connection.send(0xbe, 0xff, 1, Buffer.from("an extension"));
    connection.send(FRAME.PRIORITY, 0, 1, Buffer.alloc(5));
    connection.send(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, literal("x-trailer", "t"));
    await recorder.over();
    expect(recorder.events).toEqual(["head", "data", "end"]);
    expect(recorder.status).toBe(200);
    expect(recorder.headers.get("x-a")).toBe("one, two");
    expect(recorder.body.toString()).toBe("body");
  });

  test("a dynamic table that we asked not to use", async () => {
    const { recorder, connection, open } = await startStream();
    const indexing = Buffer.from(literal("x-a", "kept"));
    indexing[0] = 0x40;
    connection.send(
      FRAME.HEADERS,
      END_HEADERS | END_STREAM,
      1,
      Buffer.concat([STATUS_200, indexing]),
    );
    await recorder.over();
    for (const streamId of [3, 5]) {
      const { recorder: next } = open();
      await connection.onStream(streamId, FRAME.HEADERS);
      const block = Buffer.concat([STATUS_200, Buffer.from([0x80 | 62])]);
      connection.send(FRAME.HEADERS, END_HEADERS | END_STREAM, streamId, block);
      await next.over();
      expect(next.headers.get("x-a")).toBe("kept");
    }
  });

  test("a reset with NO_ERROR behind a complete response is not an error", async () => {
    const { recorder, stream, connection } = await startStream();
    stream.pauseReading();
    connection.send(FRAME.HEADERS, END_HEADERS, 1, STATUS_200);
    connection.send(FRAME.DATA, END_STREAM, 1, Buffer.from("done"));
    connection.send(FRAME.RST_STREAM, 0, 1, uint32(HTTP2_ERROR.NO_ERROR));
    connection.send(FRAME.PING, 0, 0, Buffer.alloc(8));
    await connection.ofType(FRAME.PING);
    stream.resumeReading();
    await recorder.over();
    expect(recorder.events).toEqual(["head", "data", "end"]);
  });

  test("a ping is answered with its payload", async () => {
    const { connection } = await startStream();
    connection.send(FRAME.PING, 0, 0, Buffer.from("12345678"));
    const pong = await connection.ofType(FRAME.PING);
    expect(pong.flags).toBe(ACK);
    expect(pong.payload.toString()).toBe("12345678");
  });
});

describe("flow control", () => {
  test("a body waits for the stream's window, the connection's, and a shrinking one", async () => {
    const window = settings([SETTING.INITIAL_WINDOW_SIZE, 10]);
    const { stream, connection } = await startStream({}, { settings: window });
    const sent = (): number =>
      connection.frames
        .filter(({ type }) => type === FRAME.DATA)
        .reduce((total, { payload }) => total + payload.length, 0);
    const settle = async (): Promise<void> => {
      const payload = Buffer.from(`mark${String(connection.frames.length).padStart(4, "0")}`);
      connection.send(FRAME.PING, 0, 0, payload);
      await connection.frame((frame) => frame.type === FRAME.PING && frame.payload.equals(payload));
    };
    const body = patternBytes(100_000);
    stream.write(body);
    stream.end();
    await settle();
    expect(sent()).toBe(10);
    // The new initial window is smaller than what is already used: the window turns negative.
    connection.send(FRAME.SETTINGS, 0, 0, settings([SETTING.INITIAL_WINDOW_SIZE, 4]));
    connection.send(FRAME.WINDOW_UPDATE, 0, 1, uint32(6));
    await settle();
    expect(sent()).toBe(10);
    connection.send(FRAME.WINDOW_UPDATE, 0, 1, uint32(1));
    await settle();
    expect(sent()).toBe(11);
    connection.send(FRAME.WINDOW_UPDATE, 0, 1, uint32(1_000_000));
    await settle();
    expect(sent()).toBe(65_535);
    connection.send(FRAME.WINDOW_UPDATE, 0, 0, uint32(1_000_000));
    await connection.frame(({ type, flags }) => type === FRAME.DATA && flags === END_STREAM);
    const parts = connection.frames.filter(({ type }) => type === FRAME.DATA);
    expect(Buffer.concat(parts.map(({ payload }) => payload)).equals(body)).toBe(true);
    expect(Math.max(...parts.map(({ payload }) => payload.length))).toBeLessThanOrEqual(16_384);
  });

  test("streams that wait for the connection's window share it", async () => {
    const { stream, connection, open } = await startStream();
    stream.write(Buffer.alloc(65_535));
    const others = [open(), open()];
    for (const other of others) other.stream.write(Buffer.alloc(100));
    await connection.onStream(5, FRAME.HEADERS);
    connection.send(FRAME.WINDOW_UPDATE, 0, 0, uint32(200));
    const first = await connection.onStream(3, FRAME.DATA);
    const second = await connection.onStream(5, FRAME.DATA);
    expect([first.payload.length, second.payload.length]).toEqual([100, 100]);
    expect(others.map((other) => other.stream.bufferedBytes)).toEqual([0, 0]);
  });

  test("windows are replenished by halves, and not for what a paused stream holds", async () => {
    const windows = { streamWindowBytes: 1000, connectionWindowBytes: 70_000 };
    const { recorder, stream, connection } = await startStream(windows);
    connection.send(FRAME.HEADERS, END_HEADERS, 1, STATUS_200);
    connection.send(FRAME.DATA, 0, 1, Buffer.alloc(499));
    await recorder.received(499);
    stream.pauseReading();
    connection.send(FRAME.DATA, 0, 1, Buffer.alloc(501));
    connection.send(FRAME.PING, 0, 0, Buffer.alloc(8));
    await connection.ofType(FRAME.PING);
    expect(connection.frames.filter(({ type }) => type === FRAME.WINDOW_UPDATE)).toHaveLength(1);
    stream.resumeReading();
    const update = await connection.onStream(1, FRAME.WINDOW_UPDATE);
    expect(update.payload.readUInt32BE(0)).toBe(1000);
    expect(recorder.bodyBytes).toBe(1000);
  });

  test("padding counts for both windows", async () => {
    const windows = { streamWindowBytes: 1000, connectionWindowBytes: 65_535 };
    const { recorder, connection } = await startStream(windows);
    connection.send(FRAME.HEADERS, END_HEADERS, 1, STATUS_200);
    const padded = Buffer.concat([Buffer.from([250]), Buffer.alloc(249), Buffer.alloc(250)]);
    connection.send(FRAME.DATA, PADDED, 1, padded);
    const update = await connection.onStream(1, FRAME.WINDOW_UPDATE);
    expect(update.payload.readUInt32BE(0)).toBe(500);
    expect(recorder.bodyBytes).toBe(249);
  });

  test("held data returns to both windows when it is read at last", async () => {
    const windows = { streamWindowBytes: 65_535, connectionWindowBytes: 65_535 };
    const { recorder, stream, connection } = await startStream(windows);
    stream.pauseReading();
    connection.send(FRAME.HEADERS, END_HEADERS, 1, STATUS_200);
    for (let i = 0; i < 4; i += 1) connection.send(FRAME.DATA, 0, 1, Buffer.alloc(10_000));
    connection.send(FRAME.PING, 0, 0, Buffer.alloc(8));
    await connection.ofType(FRAME.PING);
    expect(recorder.events).toEqual(["head"]);
    stream.resumeReading();
    const onConnection = await connection.frame(
      ({ type, streamId }) => type === FRAME.WINDOW_UPDATE && streamId === 0,
    );
    const onStream = await connection.onStream(1, FRAME.WINDOW_UPDATE);
    expect(recorder.bodyBytes).toBe(40_000);
    expect(onConnection.payload.readUInt32BE(0)).toBe(40_000);
    expect(onStream.payload.readUInt32BE(0)).toBe(40_000);
  });

  test("a larger initial window releases what waits", async () => {
    const window = settings([SETTING.INITIAL_WINDOW_SIZE, 0]);
    const { stream, connection } = await startStream({}, { settings: window });
    stream.write(Buffer.from("patient"));
    stream.end();
    expect(stream.bufferedBytes).toBe(7);
    connection.send(FRAME.SETTINGS, 0, 0, settings([SETTING.INITIAL_WINDOW_SIZE, 100]));
    const body = await connection.onStream(1, FRAME.DATA);
    expect(body.payload.toString()).toBe("patient");
    expect(body.flags).toBe(END_STREAM);
  });

  test("with windows open wide, bodies leave at the pace of the socket", async () => {
    const window = settings([SETTING.INITIAL_WINDOW_SIZE, 0x7fff_ffff]);
    const { stream, recorder, connection, open } = await startStream({}, { settings: window });
    connection.send(FRAME.WINDOW_UPDATE, 0, 0, uint32(0x7fff_0000));
    connection.send(FRAME.PING, 0, 0, Buffer.alloc(8));
    await connection.ofType(FRAME.PING);
    const body = patternBytes(6 * 1024 * 1024);
    expect(stream.write(body)).toBe(false);
    expect(stream.bufferedBytes).toBeGreaterThanOrEqual(5 * 1024 * 1024);
    const other = open();
    other.stream.write(Buffer.from("small"));
    await recorder.drained();
    stream.end();
    await connection.frame((frame) => frame.streamId === 1 && frame.flags === END_STREAM);
    const parts = connection.frames.filter(({ type, streamId }) => type === 0 && streamId === 1);
    expect(Buffer.concat(parts.map(({ payload }) => payload)).equals(body)).toBe(true);
    expect((await connection.onStream(3, FRAME.DATA)).payload.toString()).toBe("small");
  });

  test("held data that is never read returns to the connection's window", async () => {
    const windows = { streamWindowBytes: 65_535, connectionWindowBytes: 65_535 };
    const { stream, connection } = await startStream(windows);
    stream.pauseReading();
    connection.send(FRAME.HEADERS, END_HEADERS, 1, STATUS_200);
    for (let i = 0; i < 4; i += 1) connection.send(FRAME.DATA, 0, 1, Buffer.alloc(10_000));
    connection.send(FRAME.PING, 0, 0, Buffer.alloc(8));
    await connection.ofType(FRAME.PING);
    stream.reset();
    const update = await connection.frame(
      ({ type, streamId }) => type === FRAME.WINDOW_UPDATE && streamId === 0,
    );
    expect(update.payload.readUInt32BE(0)).toBe(40_000);
  });

  test("a body beyond the bound of the send queue fails the stream", async () => {
    const limits = { sendQueueBytesMax: 100_000 };
    const { stream, recorder, connection } = await startStream(limits);
    expect(stream.write(Buffer.alloc(65_535 + 100_000))).toBe(false);
    stream.write(Buffer.alloc(1));
    await recorder.over();
    expect(recorder.error?.code).toBe("SEND_QUEUE_FULL");
    await connection.onStream(1, FRAME.RST_STREAM);
  });
});

describe("resets and GOAWAY", () => {
  test("a refused stream may be retried, a reset one not, and others go on", async () => {
    const { recorder, connection, open } = await startStream();
    const reset = open();
    const healthy = open();
    await connection.onStream(5, FRAME.HEADERS);
    connection.send(FRAME.RST_STREAM, 0, 1, uint32(HTTP2_ERROR.REFUSED_STREAM));
    connection.send(FRAME.RST_STREAM, 0, 3, uint32(HTTP2_ERROR.INTERNAL_ERROR));
    connection.send(FRAME.HEADERS, END_HEADERS | END_STREAM, 5, STATUS_200);
    await healthy.recorder.over();
    expect(healthy.recorder.events).toEqual(["head", "end"]);
    expect(recorder.error).toMatchObject({ code: "STREAM_REFUSED", retrySafe: true });
    expect(reset.recorder.error).toMatchObject({
      code: "STREAM_RESET",
      retrySafe: false,
      http2Code: HTTP2_ERROR.INTERNAL_ERROR,
    });
  });

  test("GOAWAY spares the streams it names, and new ones take another connection", async () => {
    const { recorder, connection, open, peer: raw } = await startStream();
    const above = open();
    await connection.onStream(3, FRAME.HEADERS);
    const goaway = Buffer.concat([uint32(1, HTTP2_ERROR.NO_ERROR), Buffer.from("restart")]);
    connection.send(FRAME.GOAWAY, 0, 0, goaway);
    await above.recorder.over();
    expect(above.recorder.error).toMatchObject({ code: "GOAWAY", retrySafe: true });
    expect(above.recorder.error?.message).toContain("restart");
    const next = open();
    const second = await raw.connection(1);
    await second.onStream(1, FRAME.HEADERS);
    second.send(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200);
    await next.recorder.over();
    expect(next.recorder.events).toEqual(["head", "end"]);
    connection.send(FRAME.HEADERS, END_HEADERS, 1, STATUS_200);
    connection.send(FRAME.DATA, END_STREAM, 1, Buffer.from("still here"));
    await recorder.over();
    expect(recorder.body.toString()).toBe("still here");
    await connection.closed();
  });

  test("a graceful shutdown in two steps fails nothing that was served", async () => {
    const { recorder, connection } = await startStream();
    connection.send(FRAME.GOAWAY, 0, 0, uint32(0x7fff_ffff, 0));
    connection.send(FRAME.GOAWAY, 0, 0, uint32(1, 0));
    connection.send(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200);
    await recorder.over();
    expect(recorder.events).toEqual(["head", "end"]);
  });
});

describe("the life of a connection", () => {
  test("a peer that does not answer pings is lost", async () => {
    const timing = { keepAliveIntervalMs: 50, keepAliveTimeoutMs: 50 };
    const { recorder, connection } = await startStream(timing);
    await connection.ofType(FRAME.PING);
    await recorder.over();
    expect(recorder.error?.code).toBe("KEEP_ALIVE_TIMEOUT");
  });

  test("a peer that answers pings is kept for as long as the stream takes", async () => {
    const timing = { keepAliveIntervalMs: 20, keepAliveTimeoutMs: 5000 };
    let pings = 0;
    const onFrame = (frame: SeenFrame, connection: RawConnection): void => {
      if (frame.type !== FRAME.PING) return;
      pings += 1;
      connection.send(FRAME.PING, ACK, 0, frame.payload);
    };
    const { recorder, connection } = await startStream(timing, { onFrame });
    await until(() => pings >= 3);
    connection.send(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200);
    await recorder.over();
    expect(recorder.events).toEqual(["head", "end"]);
  });

  test("an idle connection is closed with GOAWAY, and the next request opens another", async () => {
    const timing = { idleCloseMs: 50 };
    const { recorder, connection, open, peer: raw, transport: opened } = await startStream(timing);
    connection.send(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200);
    await recorder.over();
    expect(errorCodeOf(await connection.ofType(FRAME.GOAWAY))).toBe(HTTP2_ERROR.NO_ERROR);
    await connection.closed();
    expect(opened.stats()).toMatchObject({ connections: 0, streamsActive: 0 });
    open();
    await (await raw.connection(1)).onStream(1, FRAME.HEADERS);
    expect(opened.stats()).toMatchObject({ connectionsOpenedTotal: 2, streamsOpenedTotal: 2 });
  });

  test("a full queue refuses, a reset leaves it, and a free slot serves the next", async () => {
    const limits = { connectionsMax: 1, queuedStreamsMax: 2 };
    const peerOptions = { settings: settings([SETTING.MAX_CONCURRENT_STREAMS, 1]) };
    const {
      connection,
      open,
      transport: opened,
      recorder,
    } = await startStream(limits, peerOptions);
    const cancelled = open();
    const waiting = open();
    const refused = open();
    await refused.recorder.over();
    expect(refused.recorder.error).toMatchObject({ code: "QUEUE_FULL", retrySafe: true });
    cancelled.stream.reset();
    expect(opened.stats().streamsQueued).toBe(1);
    waiting.stream.write(Buffer.from("patient"));
    connection.send(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200);
    await recorder.over();
    await connection.onStream(3, FRAME.HEADERS);
    const body = await connection.onStream(3, FRAME.DATA);
    expect(body.payload.toString()).toBe("patient");
    connection.send(FRAME.HEADERS, END_HEADERS | END_STREAM, 3, STATUS_200);
    await waiting.recorder.over();
    expect(waiting.recorder.events).toEqual(["head", "end"]);
    expect(cancelled.recorder.events).toEqual([]);
  });

  test("an added connection that fails is tried again for the stream that waits", async () => {
    const { open, peer: raw } = await start({}, { isSilent: true });
    const oneStream = settings([SETTING.MAX_CONCURRENT_STREAMS, 1]);
    open();
    const waiting = open();
    const connection = await raw.connection(0);
    connection.send(FRAME.SETTINGS, 0, 0, oneStream);
    (await raw.connection(1)).socket.destroy();
    const third = await raw.connection(2);
    third.send(FRAME.SETTINGS, 0, 0, oneStream);
    await third.onStream(1, FRAME.HEADERS);
    third.send(FRAME.HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200);
    await waiting.recorder.over();
    expect(waiting.recorder.events).toEqual(["head", "end"]);
    expect(connection.socket.destroyed).toBe(false);
  });

  test("raising the number of streams lets waiting ones in", async () => {
    const peerOptions = { settings: settings([SETTING.MAX_CONCURRENT_STREAMS, 0]) };
    const started = await start({ connectionsMax: 1 }, peerOptions);
    started.open();
    const connection = await started.peer.connection(0);
    connection.send(FRAME.PING, 0, 0, Buffer.alloc(8));
    await connection.ofType(FRAME.PING);
    expect(started.transport.stats().streamsQueued).toBe(1);
    connection.send(FRAME.SETTINGS, 0, 0, settings([SETTING.MAX_CONCURRENT_STREAMS, 1]));
    await connection.onStream(1, FRAME.HEADERS);
  });
});
