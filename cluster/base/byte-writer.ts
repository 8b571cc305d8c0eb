import { assert } from "./assert.ts";

const encoder = new TextEncoder();
const SHORT_STRING_LENGTH = 48;
/** Bytes of a length that is written before its content is known: values below 2^28. */
const RESERVED_LENGTH_BYTES = 4;
const RESERVED_LENGTH_MAX = 2 ** 28 - 1;
const LOW_BITS = 2 ** 32;

/** Memory that short results of `finishShared` are cut from. */
const CHUNK_BYTES = 64 * 1024;
/** With less than this left, the next result begins in a fresh chunk. */
const CHUNK_REST_MIN = 8 * 1024;

/**
 * Grows a byte buffer and writes protobuf primitives into it.
 *
 * Reused between messages: `finish` copies out exactly the bytes written and starts over, `detach`
 * hands the buffer itself over, and `finishShared` a part of it, which other results share.
 */
export class ByteWriter {
  #bytes: Uint8Array;
  /** Where the present message begins: what is before belongs to earlier results. */
  #start = 0;
  #position = 0;

  constructor(initialBytes = 1024) {
    this.#bytes = new Uint8Array(initialBytes);
  }

  /** Bytes written since the last `finish`. */
  get length(): number {
    return this.#position - this.#start;
  }

  /** Writes an unsigned safe integer as a varint. */
  writeVarint(value: number): void {
    assert(value >= 0 && Number.isSafeInteger(value), "a varint is a safe unsigned integer");
    this.#reserve(10);
    const bytes = this.#bytes;
    let rest = value;
    while (rest >= LOW_BITS / 16) {
      bytes[this.#position++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    let small = rest >>> 0;
    while (small >= 0x80) {
      bytes[this.#position++] = (small & 0x7f) | 0x80;
      small >>>= 7;
    }
    bytes[this.#position++] = small;
  }

  /** Writes eight bytes, little-endian, as protobuf's `double`. */
  writeDouble(value: number): void {
    this.#reserve(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#position, value, true);
    this.#position += 8;
  }

  /** Writes raw bytes without a length. */
  writeRaw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#position);
    this.#position += value.length;
  }

  /** Writes a length and the bytes. */
  writeBytes(value: Uint8Array): void {
    this.writeVarint(value.length);
    this.writeRaw(value);
  }

  /** Writes a length and the UTF-8 form of a string. */
  writeString(value: string): void {
    if (value.length <= SHORT_STRING_LENGTH && this.#writeAscii(value)) return;
    this.#reserve(value.length * 3 + RESERVED_LENGTH_BYTES);
    const mark = this.beginLength();
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(this.#position));
    this.#position += written;
    this.endLength(mark);
  }

  /** Leaves room for a length; pass the returned mark to `endLength` after the content. */
  beginLength(): number {
    this.#reserve(RESERVED_LENGTH_BYTES);
    this.#position += RESERVED_LENGTH_BYTES;
    return this.#position - this.#start;
  }

  /** Fills in the length of what was written since `beginLength`; at most 2^28 - 1 bytes. */
  endLength(mark: number): void {
    const end = this.#start + mark;
    const length = this.#position - end;
    assert(length <= RESERVED_LENGTH_MAX, "a nested message fits the reserved length");
    const bytes = this.#bytes;
    bytes[end - 4] = (length & 0x7f) | 0x80;
    bytes[end - 3] = ((length >>> 7) & 0x7f) | 0x80;
    bytes[end - 2] = ((length >>> 14) & 0x7f) | 0x80;
    bytes[end - 1] = (length >>> 21) & 0x7f;
  }

  /** Returns a copy of everything written, and empties the writer. */
  finish(): Uint8Array {
    const result = this.#bytes.slice(this.#start, this.#position);
    this.#position = this.#start;
    return result;
  }

  /**
   * Returns what was written without copying it, and empties the writer. Small results share their
   * memory, so that one which is kept keeps up to 64 KiB: for what is dropped soon.
   */
  finishShared(): Uint8Array {
    const result = this.#bytes.subarray(this.#start, this.#position);
    const isOrdinary = this.#bytes.length === CHUNK_BYTES;
    if (!isOrdinary || CHUNK_BYTES - this.#position < CHUNK_REST_MIN) {
      this.#bytes = new Uint8Array(CHUNK_BYTES);
      this.#position = 0;
    }
    this.#start = this.#position;
    return result;
  }

  /**
   * Returns everything written without a copy, as a view of the buffer, and starts over in another.
   *
   * @param nextBytes size of the other buffer, which grows as needed
   */
  detach(nextBytes: number): Uint8Array {
    const result = this.#bytes.subarray(this.#start, this.#position);
    this.#bytes = new Uint8Array(nextBytes);
    this.#start = 0;
    this.#position = 0;
    return result;
  }

  #writeAscii(value: string): boolean {
    this.#reserve(value.length + 1);
    const bytes = this.#bytes;
    const start = this.#position;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) return false;
      bytes[start + 1 + i] = code;
    }
    bytes[start] = value.length;
    this.#position = start + 1 + value.length;
    return true;
  }

  #reserve(count: number): void {
    if (this.#position + count <= this.#bytes.length) return;
    const { length } = this;
    const grown = new Uint8Array(Math.max(length + count, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(this.#start, this.#position));
    this.#bytes = grown;
    this.#start = 0;
    this.#position = length;
  }
}
