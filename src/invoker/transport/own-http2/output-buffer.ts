/**
 * Gathers the frames of one event-loop turn, so that they leave in one write.
 *
 * Small frames are copied side by side into a block; large payloads are referenced. A DATA frame
 * that still lies in the block can grow (the next write of the same stream is appended to it) and
 * can be given its END_STREAM flag afterwards, which saves the peer most of its frames.
 *
 * At most one `take` may be outstanding: the memory it returned is reused after `release`.
 */

import { FLAG, FRAME, FRAME_HEADER_BYTES, FRAME_PAYLOAD_BYTES_MAX } from "./protocol.ts";

const BLOCK_BYTES = 32 * 1024;
/** Payloads from this size on are referenced: a copy would cost more than one more vector. */
const REFERENCE_BYTES_MIN = 8 * 1024;
/** Blocks kept for reuse per connection. */
const FREE_BLOCKS_MAX = 3;

/** The place of a frame header, valid until the next `take`. */
export interface FramePlace {
  block: Buffer | undefined;
  offset: number;
  epoch: number;
}

/** Bytes of a source. */
export interface ByteRange {
  readonly source: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export class OutputBuffer {
  #block: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  /** Bytes of the block before this are already in `#chunks` or taken. */
  #start = 0;
  #position = 0;
  #chunks: Uint8Array[] = [];
  #chunkBytes = 0;
  #free: Buffer[] = [];
  /** Full blocks that `#chunks` refers to, and those that the outstanding take refers to. */
  #retired: Buffer[] = [];
  #taken: Buffer[] = [];
  /** The DATA frame at the very end of the block, if the last thing written was a copied one. */
  #tailStreamId = 0;
  #tailOffset = 0;
  #tailEnd = -1;
  #epoch = 0;

  /** Bytes waiting to be taken. */
  get bytes(): number {
    return this.#chunkBytes + this.#position - this.#start;
  }

  /** Writes a frame with a payload that is copied; at most `FRAME_PAYLOAD_BYTES_MAX` bytes. */
  writeFrame(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    const offset = this.#writeHeader({ type, flags, streamId, bytes: payload.length });
    this.#block.set(payload, offset + FRAME_HEADER_BYTES);
  }

  /** Writes a frame whose payload is one 32-bit number. */
  writeNumberFrame(type: number, streamId: number, value: number): void {
    const offset = this.#writeHeader({ type, flags: 0, streamId, bytes: 4 });
    this.#block.writeUInt32BE(value, offset + FRAME_HEADER_BYTES);
  }

  /** Writes bytes that are not a frame: the connection preface. */
  writeRaw(bytes: Uint8Array): void {
    const offset = this.#reserve(bytes.length);
    this.#block.set(bytes, offset);
  }

  /** Writes a HEADERS frame, and CONTINUATION frames if the block is too large for one. */
  writeHeaders(streamId: number, fields: Buffer, place: FramePlace): void {
    let end = Math.min(fields.length, FRAME_PAYLOAD_BYTES_MAX);
    let flags = end === fields.length ? FLAG.END_HEADERS : 0;
    this.writeFrame(FRAME.HEADERS, flags, streamId, fields.subarray(0, end));
    this.#setPlace(place, this.#position - end - FRAME_HEADER_BYTES);
    while (end < fields.length) {
      const start = end;
      end = Math.min(fields.length, start + FRAME_PAYLOAD_BYTES_MAX);
      flags = end === fields.length ? FLAG.END_HEADERS : 0;
      this.writeFrame(FRAME.CONTINUATION, flags, streamId, fields.subarray(start, end));
    }
  }

  /**
   * Writes body bytes: at most `FRAME_PAYLOAD_BYTES_MAX`, as one frame or as part of the previous.
   *
   * @param place is set to where the frame's header lies, for `endStream`
   */
  writeData(streamId: number, range: ByteRange, place: FramePlace): void {
    const { source, start, end } = range;
    const bytes = end - start;
    const payload = bytes === source.length ? source : source.subarray(start, end);
    if (bytes >= REFERENCE_BYTES_MIN) {
      this.#setPlace(place, this.#writeHeader({ type: FRAME.DATA, flags: 0, streamId, bytes }, 0));
      this.#sealBlock();
      this.#chunks.push(payload);
      this.#chunkBytes += bytes;
      return;
    }
    if (this.#growTail(streamId, payload)) return;
    const offset = this.#writeHeader({ type: FRAME.DATA, flags: 0, streamId, bytes });
    this.#block.set(payload, offset + FRAME_HEADER_BYTES);
    this.#tailStreamId = streamId;
    this.#tailOffset = offset;
    this.#tailEnd = this.#position;
    this.#setPlace(place, offset);
  }

  /** Ends the request: on the frame at `place` if it is still here, else with an empty frame. */
  endStream(streamId: number, place: FramePlace): void {
    const { block, offset, epoch } = place;
    if (block !== undefined && epoch === this.#epoch) {
      block[offset + 4] = (block[offset + 4] ?? 0) | FLAG.END_STREAM;
      this.#tailEnd = -1;
      return;
    }
    this.#writeHeader({ type: FRAME.DATA, flags: FLAG.END_STREAM, streamId, bytes: 0 });
  }

  /** Takes everything gathered, in order. The caller calls `release` when it has been written. */
  take(): readonly Uint8Array[] {
    this.#sealBlock();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#chunkBytes = 0;
    this.#taken = this.#retired;
    this.#retired = [];
    this.#tailEnd = -1;
    this.#epoch += 1;
    return chunks;
  }

  /** What the last `take` returned is written: its memory may be reused. */
  release(): void {
    for (const block of this.#taken) {
      if (this.#free.length < FREE_BLOCKS_MAX) this.#free.push(block);
    }
    this.#taken = [];
    if (this.#start === this.#position && this.#chunks.length === 0) {
      this.#start = 0;
      this.#position = 0;
    }
  }

  #growTail(streamId: number, payload: Uint8Array): boolean {
    if (this.#tailEnd !== this.#position || this.#tailStreamId !== streamId) return false;
    const block = this.#block;
    const payloadBytes = this.#position - this.#tailOffset - FRAME_HEADER_BYTES + payload.length;
    if (payloadBytes > FRAME_PAYLOAD_BYTES_MAX) return false;
    if (this.#position + payload.length > BLOCK_BYTES) return false;
    block.set(payload, this.#position);
    this.#position += payload.length;
    this.#tailEnd = this.#position;
    block[this.#tailOffset + 1] = payloadBytes >>> 8;
    block[this.#tailOffset + 2] = payloadBytes & 0xff;
    return true;
  }

  #setPlace(place: FramePlace, offset: number): void {
    place.block = this.#block;
    place.offset = offset;
    place.epoch = this.#epoch;
  }

  /** Writes a frame header and makes room for `roomBytes` of payload behind it. */
  #writeHeader(
    frame: { type: number; flags: number; streamId: number; bytes: number },
    roomBytes = frame.bytes,
  ): number {
    const offset = this.#reserve(FRAME_HEADER_BYTES + roomBytes);
    const block = this.#block;
    block[offset] = 0;
    block[offset + 1] = frame.bytes >>> 8;
    block[offset + 2] = frame.bytes & 0xff;
    block[offset + 3] = frame.type;
    block[offset + 4] = frame.flags;
    const id = frame.streamId;
    block[offset + 5] = id >>> 24;
    block[offset + 6] = (id >>> 16) & 0xff;
    block[offset + 7] = (id >>> 8) & 0xff;
    block[offset + 8] = id & 0xff;
    return offset;
  }

  /** Makes room for bytes side by side; a frame always fits into an empty block. */
  #reserve(bytes: number): number {
    if (this.#position + bytes > BLOCK_BYTES) {
      this.#sealBlock();
      this.#retired.push(this.#block);
      this.#block = this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#start = 0;
      this.#position = 0;
      this.#tailEnd = -1;
    }
    const offset = this.#position;
    this.#position += bytes;
    return offset;
  }

  /** Moves what the block holds to the chunks. The memory stays writable until taken. */
  #sealBlock(): void {
    if (this.#start === this.#position) return;
    this.#chunks.push(this.#block.subarray(this.#start, this.#position));
    this.#chunkBytes += this.#position - this.#start;
    this.#start = this.#position;
  }
}
