/** An HTTP/2 server without rules: sends any frame, records every frame it gets. */

import type { Socket } from "node:net";

import { FrameParser } from "../../../src/invoker/transport/own-http2/frame-parser.ts";
import { CONNECTION_PREFACE, FRAME } from "../../../src/invoker/transport/own-http2/protocol.ts";
import { type Peer, startRaw } from "./peers.ts";

export interface SeenFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** One frame as bytes. */
export function frameBytes(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, i * 4);
  return bytes;
}

/** Payload of a SETTINGS frame. */
export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  return Buffer.concat(
    pairs.map(([id, value]) => {
      const bytes = Buffer.alloc(6);
      bytes.writeUInt16BE(id, 0);
      bytes.writeUInt32BE(value, 2);
      return bytes;
    }),
  );
}

/** A literal field without indexing; short strings only. */
export function literal(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name, "latin1"),
    Buffer.from([value.length]),
    Buffer.from(value, "latin1"),
  ]);
}

/** `:status: 200` */
export const STATUS_200 = Buffer.from([0x88]);

export class RawConnection {
  readonly frames: SeenFrame[] = [];
  readonly socket: Socket;
  #waiters: { readonly test: (frame: SeenFrame) => boolean; resolve(frame: SeenFrame): void }[] =
    [];

  constructor(socket: Socket, onFrame?: (frame: SeenFrame, connection: RawConnection) => void) {
    this.socket = socket;
    let preface = Buffer.alloc(0);
    const parser = new FrameParser(
      {
        onFrame: ({ type, flags, streamId, buffer, start, end }) => {
          const payload = Buffer.from(buffer.subarray(start, end));
          const frame = { type, flags, streamId, payload };
          this.frames.push(frame);
          onFrame?.(frame, this);
          for (const waiter of this.#waiters.splice(0)) {
            if (waiter.test(frame)) waiter.resolve(frame);
            else this.#waiters.push(waiter);
          }
        },
      },
      1 << 24,
    );
    socket.on("data", (data: Buffer) => {
      let rest = data;
      if (preface.length < CONNECTION_PREFACE.length) {
        const missing = CONNECTION_PREFACE.length - preface.length;
        preface = Buffer.concat([preface, data.subarray(0, missing)]);
        rest = data.subarray(missing);
      }
      if (rest.length > 0) parser.push(rest, rest.length);
    });
  }

  send(type: number, flags: number, streamId: number, payload?: Uint8Array): void {
    this.socket.write(frameBytes(type, flags, streamId, payload));
  }

  /** The first frame, past or future, that passes the test. */
  frame(test: (frame: SeenFrame) => boolean): Promise<SeenFrame> {
    const seen = this.frames.find(test);
    if (seen !== undefined) return Promise.resolve(seen);
    const { promise, resolve } = Promise.withResolvers<SeenFrame>();
    this.#waiters.push({ test, resolve });
    return promise;
  }

  ofType(type: number): Promise<SeenFrame> {
    return this.frame((frame) => frame.type === type);
  }

  onStream(streamId: number, type: number): Promise<SeenFrame> {
    return this.frame((frame) => frame.streamId === streamId && frame.type === type);
  }

  /** Resolves when the client closed the connection. */
  closed(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.socket.closed) resolve();
    this.socket.once("close", () => resolve());
    return promise;
  }
}

/** A raw server and its connections, in order of arrival. */
export interface RawPeer extends Peer {
  readonly connections: RawConnection[];
  connection(index: number): Promise<RawConnection>;
}

/** Starts a raw server; it sends its SETTINGS at once unless told otherwise. */
export async function startRawHttp2(
  options: {
    readonly settings?: Buffer | undefined;
    readonly isSilent?: boolean;
    readonly onFrame?: (frame: SeenFrame, connection: RawConnection) => void;
  } = {},
): Promise<RawPeer> {
  const connections: RawConnection[] = [];
  let waiters: (() => void)[] = [];
  const peer = await startRaw((socket) => {
    const connection = new RawConnection(socket, options.onFrame);
    connections.push(connection);
    if (options.isSilent !== true) connection.send(FRAME.SETTINGS, 0, 0, options.settings);
    for (const resolve of waiters) resolve();
    waiters = [];
  });
  const connection = async (index: number): Promise<RawConnection> => {
    for (;;) {
      const existing = connections[index];
      if (existing !== undefined) return existing;
      await new Promise<void>((resolve) => {
        waiters.push(resolve);
      });
    }
  };
  return { ...peer, connections, connection };
}
