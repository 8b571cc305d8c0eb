/**
 * Cuts a byte stream into HTTP/2 frames (RFC 9113, section 4.1), in place: only a frame that is
 * split over two chunks is copied, into one buffer that is reused.
 */

import { ConnectionFault, FRAME_HEADER_BYTES, HTTP2_ERROR, UINT31_MAX } from "./protocol.ts";

/** Receives frames; the payload is `buffer[start..end)` and valid only during the call. */
export interface FrameSink {
  onFrame(frame: Frame): void;
}

/** One frame. The parser reuses the object: read it during the call, do not keep it. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

export class FrameParser {
  readonly #sink: FrameSink;
  readonly #payloadBytesMax: number;
  readonly #frame = {
    type: 0,
    flags: 0,
    streamId: 0,
    buffer: Buffer.alloc(0) as Buffer,
    start: 0,
    end: 0,
  };
  #carry: Buffer | undefined;
  #carryBytes = 0;
  #stopped = false;

  constructor(sink: FrameSink, payloadBytesMax: number) {
    this.#sink = sink;
    this.#payloadBytesMax = payloadBytesMax;
  }

  /** No frame is delivered any more, not even from the chunk that is being parsed. */
  stop(): void {
    this.#stopped = true;
    this.#carry = undefined;
  }

  /**
   * Delivers the frames that end in `chunk[0..length)`; the chunk may be reused afterwards.
   *
   * @throws ConnectionFault FRAME_SIZE_ERROR if a frame is longer than allowed; and whatever the
   *   sink throws
   */
  push(chunk: Buffer, length: number): void {
    let position = this.#carryBytes > 0 ? this.#pushCarry(chunk, length) : 0;
    while (!this.#stopped && length - position >= FRAME_HEADER_BYTES) {
      const end = position + FRAME_HEADER_BYTES + this.#payloadBytes(chunk, position);
      if (end > length) break;
      const start = position;
      // Moves on before the call, so that a throwing sink does not see the frame again.
      position = end;
      this.#deliver(chunk, start, end);
    }
    if (!this.#stopped && position < length) this.#keep(chunk, position, length);
  }

  /** Completes the frame that an earlier chunk began; returns how much of the chunk it took. */
  #pushCarry(chunk: Buffer, length: number): number {
    let position = this.#keepUpTo(FRAME_HEADER_BYTES, chunk, { start: 0, end: length });
    const carry = this.#carry;
    if (carry === undefined || this.#carryBytes < FRAME_HEADER_BYTES) return position;
    const frameBytes = FRAME_HEADER_BYTES + this.#payloadBytes(carry, 0);
    position = this.#keepUpTo(frameBytes, chunk, { start: position, end: length });
    if (this.#carryBytes === frameBytes) {
      this.#carryBytes = 0;
      this.#deliver(carry, 0, frameBytes);
    }
    return position;
  }

  #keepUpTo(bytes: number, chunk: Buffer, range: { start: number; end: number }): number {
    const missing = Math.max(bytes - this.#carryBytes, 0);
    const end = Math.min(range.start + missing, range.end);
    this.#keep(chunk, range.start, end);
    return end;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    this.#carry ??= Buffer.allocUnsafeSlow(FRAME_HEADER_BYTES + this.#payloadBytesMax);
    this.#carryBytes += chunk.copy(this.#carry, this.#carryBytes, start, end);
  }

  #payloadBytes(source: Buffer, at: number): number {
    const bytes =
      (source[at] ?? 0) * 0x1_0000 + (source[at + 1] ?? 0) * 0x100 + (source[at + 2] ?? 0);
    if (bytes > this.#payloadBytesMax) {
      throw new ConnectionFault(
        HTTP2_ERROR.FRAME_SIZE_ERROR,
        `Frame of ${bytes} bytes is larger than ${this.#payloadBytesMax} bytes`,
      );
    }
    return bytes;
  }

  #deliver(buffer: Buffer, at: number, end: number): void {
    const frame = this.#frame;
    frame.type = buffer[at + 3] ?? 0;
    frame.flags = buffer[at + 4] ?? 0;
    frame.streamId = buffer.readUInt32BE(at + 5) & UINT31_MAX;
    frame.buffer = buffer;
    frame.start = at + FRAME_HEADER_BYTES;
    frame.end = end;
    this.#sink.onFrame(frame);
  }
}
