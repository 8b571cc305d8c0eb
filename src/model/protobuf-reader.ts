const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SHORT_STRING_LENGTH = 48;

/** A message from outside that is not valid protobuf, or lacks what it must have. */
export class MessageFormatError extends Error {
  override readonly name = "MessageFormatError";
}

/**
 * Reads protobuf messages of the service protocol without copying them.
 *
 * More tolerant than `ByteReader` of `cluster/base`, since it reads what others wrote: 64-bit
 * values are clamped to the safe integers, 32-bit values are cut as every protobuf library does.
 * All methods throw `MessageFormatError`.
 */
export class ProtobufReader {
  readonly #bytes: Uint8Array;
  #position: number;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#position = 0;
    this.#end = bytes.length;
  }

  /** True while fields are left in the current message. */
  get hasMore(): boolean {
    return this.#position < this.#end;
  }

  /** Reads a tag: field number times eight, plus the wire type. */
  readTag(): number {
    const tag = this.readUint32();
    if (tag < 8) throw new MessageFormatError("A field number is zero");
    return tag;
  }

  /** Reads a varint and keeps its lower 32 bits. */
  readUint32(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new MessageFormatError("A varint is longer than ten bytes");
  }

  /** Reads an unsigned varint; what is above the safe integers becomes the largest of them. */
  readUint64(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return Math.min(value, Number.MAX_SAFE_INTEGER);
      scale *= 128;
    }
    throw new MessageFormatError("A varint is longer than ten bytes");
  }

  /** Reads a boolean. */
  readBool(): boolean {
    return this.readUint64() !== 0;
  }

  /** Reads a length and returns a view of that many bytes. */
  readBytes(): Uint8Array {
    const start = this.#advanceByLength();
    return this.#bytes.subarray(start, this.#position);
  }

  /** Reads a length and decodes that many bytes as strict UTF-8. */
  readString(): string {
    const start = this.#advanceByLength();
    const end = this.#position;
    if (end - start <= SHORT_STRING_LENGTH) {
      let text = "";
      for (let i = start; ; i++) {
        if (i === end) return text;
        const byte = this.#bytes[i] as number;
        if (byte >= 0x80) break;
        text += String.fromCharCode(byte);
      }
    }
    return decodeUtf8(this.#bytes.subarray(start, end));
  }

  /** Enters a nested message; pass the result to `leave` after its last field. */
  enter(): number {
    const outerEnd = this.#end;
    const length = this.readUint32();
    const end = this.#position + length;
    if (end > outerEnd) throw new MessageFormatError("A nested message ends early");
    this.#end = end;
    return outerEnd;
  }

  /** Returns to the message around the one that was entered. */
  leave(outerEnd: number): void {
    this.#position = this.#end;
    this.#end = outerEnd;
  }

  /** Skips the value of an unknown field. */
  skip(tag: number): void {
    const wireType = tag & 7;
    if (wireType === 0) this.readUint64();
    else if (wireType === 1) this.#advance(8);
    else if (wireType === 2) this.#advanceByLength();
    else if (wireType === 5) this.#advance(4);
    else throw new MessageFormatError(`Invalid wire type ${wireType}`);
  }

  #byte(): number {
    if (this.#position >= this.#end) throw new MessageFormatError("A field ends early");
    return this.#bytes[this.#position++] as number;
  }

  #advanceByLength(): number {
    const length = this.readUint32();
    const start = this.#position;
    this.#advance(length);
    return start;
  }

  #advance(count: number): void {
    this.#position += count;
    if (this.#position > this.#end) throw new MessageFormatError("A field ends early");
  }
}

/** Decodes strict UTF-8; throws `MessageFormatError`. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new MessageFormatError("A string is not valid UTF-8", { cause: error });
  }
}
