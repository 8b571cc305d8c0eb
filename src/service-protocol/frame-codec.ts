/**
 * Frames of the service protocol (section 4): type, flags and length in eight bytes, then the body.
 */
import type { JournalEntry } from "#model";

/** Bytes before the body. */
export const FRAME_HEADER_BYTES = 8;

/** Bodies up to this size share a buffer with their neighbours; larger ones are referenced. */
const PACKED_BODY_BYTES_MAX = 16 * 1024;
const FIRST_ALLOCATION_BYTES = 64 * 1024;

/** A received message. */
export interface Frame {
  readonly kind: "frame";
  readonly type: number;
  readonly flags: number;
  /** Owned by the receiver of the frame. */
  readonly body: Uint8Array;
}

/** A message whose announced body is above the limit; nothing after it can be read. */
export interface OversizeFrame {
  readonly kind: "oversize";
  readonly type: number;
  readonly bodyBytes: number;
}

/**
 * Cuts a byte stream into frames, however it was chunked.
 *
 * Memory is taken as bytes arrive, not as a header announces them.
 */
export class FrameDecoder {
  readonly #bodyBytesMax: number;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerLength = 0;
  #partialBody: Uint8Array | undefined;
  #partialLength = 0;
  #chunk: Uint8Array = EMPTY;
  #position = 0;

  constructor(bodyBytesMax: number) {
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** Memory taken for a body that has not arrived completely. */
  get bufferedBytes(): number {
    return this.#partialBody?.length ?? 0;
  }

  /** Hands over a chunk. Call `next` until it returns undefined, before the chunk changes. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#position = 0;
  }

  /** The next complete frame of what was pushed. */
  next(): Frame | OversizeFrame | undefined {
    if (!this.#fillHeader()) return undefined;
    const header = this.#header;
    const type = (header[0] as number) * 256 + (header[1] as number);
    const flags = (header[2] as number) * 256 + (header[3] as number);
    const length =
      (header[4] as number) * 0x1000000 +
      (((header[5] as number) << 16) | ((header[6] as number) << 8) | (header[7] as number));
    if (length > this.#bodyBytesMax) return { kind: "oversize", type, bodyBytes: length };
    const body = this.#takeBody(length);
    if (body === undefined) return undefined;
    this.#headerLength = 0;
    return { kind: "frame", type, flags, body };
  }

  #fillHeader(): boolean {
    while (this.#headerLength < FRAME_HEADER_BYTES) {
      const byte = this.#chunk[this.#position];
      if (byte === undefined) return false;
      this.#header[this.#headerLength++] = byte;
      this.#position++;
    }
    return true;
  }

  #takeBody(length: number): Uint8Array | undefined {
    const start = this.#position;
    const available = this.#chunk.length - start;
    const missing = length - this.#partialLength;
    if (this.#partialBody === undefined) {
      if (available >= length) {
        this.#position = start + length;
        return length === 0 ? EMPTY : copyOf(this.#chunk, start, start + length);
      }
      if (available === 0) return undefined;
      const firstBytes = Math.max(available, FIRST_ALLOCATION_BYTES);
      this.#partialBody = new Uint8Array(Math.min(length, firstBytes));
    }
    const taken = Math.min(missing, available);
    this.#reserve(this.#partialLength + taken, length);
    this.#partialBody.set(this.#chunk.subarray(start, start + taken), this.#partialLength);
    this.#position = start + taken;
    this.#partialLength += taken;
    if (this.#partialLength < length) return undefined;
    const body = this.#partialBody.subarray(0, length);
    this.#partialBody = undefined;
    this.#partialLength = 0;
    return body;
  }

  #reserve(needed: number, length: number): void {
    const partial = this.#partialBody as Uint8Array;
    if (needed <= partial.length) return;
    const grown = new Uint8Array(Math.min(length, Math.max(needed, partial.length * 2)));
    grown.set(partial.subarray(0, this.#partialLength));
    this.#partialBody = grown;
  }
}

const EMPTY = new Uint8Array(0);

/** A copy, also if the chunk is a Buffer, whose `slice` would return a view. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  copy.set(bytes.subarray(start, end));
  return copy;
}

/** Writes a frame header without flags: the server never sets any. */
export function writeFrameHeader(
  target: Uint8Array,
  offset: number,
  { type, bodyBytes }: { readonly type: number; readonly bodyBytes: number },
): void {
  target[offset] = type >>> 8;
  target[offset + 1] = type;
  target[offset + 2] = 0;
  target[offset + 3] = 0;
  target[offset + 4] = bodyBytes >>> 24;
  target[offset + 5] = bodyBytes >>> 16;
  target[offset + 6] = bodyBytes >>> 8;
  target[offset + 7] = bodyBytes;
}

/** Encodes one message with its header; the body is copied. */
export function encodeFrame(type: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + body.length);
  writeFrameHeader(frame, 0, { type, bodyBytes: body.length });
  frame.set(body, FRAME_HEADER_BYTES);
  return frame;
}

/**
 * Encodes messages as few buffers: small bodies are copied together, large ones are referenced.
 *
 * @param messages bodies must not change until the buffers are sent
 */
export function encodeFrames(
  messages: readonly Pick<JournalEntry, "type" | "body">[],
): Uint8Array[] {
  const buffers: Uint8Array[] = [];
  let first = 0;
  while (first < messages.length) {
    let end = first;
    let packedBytes = 0;
    let large: Uint8Array | undefined;
    while (end < messages.length && large === undefined) {
      const { body } = messages[end++] as Pick<JournalEntry, "body">;
      packedBytes += FRAME_HEADER_BYTES;
      if (body.length > PACKED_BODY_BYTES_MAX) large = body;
      else packedBytes += body.length;
    }
    buffers.push(packFrames(messages, { first, end, packedBytes }));
    if (large !== undefined) buffers.push(large);
    first = end;
  }
  return buffers;
}

function packFrames(
  messages: readonly Pick<JournalEntry, "type" | "body">[],
  range: { readonly first: number; readonly end: number; readonly packedBytes: number },
): Uint8Array {
  const packed = new Uint8Array(range.packedBytes);
  let position = 0;
  for (let i = range.first; i < range.end; i++) {
    const { type, body } = messages[i] as Pick<JournalEntry, "type" | "body">;
    writeFrameHeader(packed, position, { type, bodyBytes: body.length });
    position += FRAME_HEADER_BYTES;
    if (body.length > PACKED_BODY_BYTES_MAX) continue;
    packed.set(body, position);
    position += body.length;
  }
  return packed;
}
