import { assert } from "#base/assert";
import { writeUtf8 } from "./utf8.ts";

/** Bytes that a varint takes; `value` is an unsigned safe integer. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < 0x10000000) return 4;
  let size = 5;
  for (let rest = Math.floor(value / 0x800000000); rest > 0; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Bytes of a length-delimited field with a one-byte tag and `length` bytes of content. */
export function lengthDelimitedSize(length: number): number {
  return 1 + varintSize(length) + length;
}

/**
 * Writes protobuf fields into a buffer of exactly the final size.
 *
 * Sizes are computed first, so that lengths are canonical and nothing is copied twice.
 */
export class ProtobufWriter {
  readonly #bytes: Uint8Array;
  #position: number;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.#position = 0;
  }

  /** Leaves `count` bytes to the caller, who fills the returned view. */
  reserve(count: number): Uint8Array {
    const start = this.#position;
    this.#position += count;
    return this.#bytes.subarray(start, this.#position);
  }

  /** Writes a varint, or a tag. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#position++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#position++] = rest;
  }

  /** Writes bytes without tag or length. */
  raw(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#position);
    this.#position += bytes.length;
  }

  /** Writes a tag, a length and the bytes. */
  bytesField(tag: number, bytes: Uint8Array): void {
    this.varint(tag);
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** Writes a tag, a length and a string; `byteLength` is its size as UTF-8. */
  stringField(tag: number, text: string, byteLength: number): void {
    this.varint(tag);
    this.varint(byteLength);
    this.#position = writeUtf8(text, this.#bytes, this.#position);
  }

  /** Writes a tag and a varint. */
  varintField(tag: number, value: number): void {
    this.varint(tag);
    this.varint(value);
  }

  /** Writes a 64-bit varint that is given in halves. */
  varint64(high: number, low: number): void {
    let restHigh = high;
    let restLow = low;
    while (restHigh > 0 || restLow >= 0x80) {
      this.#bytes[this.#position++] = (restLow & 0x7f) | 0x80;
      restLow = ((restLow >>> 7) | (restHigh << 25)) >>> 0;
      restHigh >>>= 7;
    }
    this.#bytes[this.#position++] = restLow;
  }

  /** Returns the buffer, which must be full. */
  finish(): Uint8Array {
    assert(this.#position === this.#bytes.length, "an encoded message has its computed size");
    return this.#bytes;
  }
}
