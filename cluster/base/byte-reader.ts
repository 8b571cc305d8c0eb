const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SHORT_STRING_LENGTH = 48;

/** Bytes that do not follow the format: corruption, or a newer format than this build reads. */
export class WireFormatError extends Error {
  override readonly name = "WireFormatError";
}

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new WireFormatError("A string is not valid UTF-8", { cause: error });
  }
}

/** Reads protobuf primitives from a buffer that it does not copy. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #position: number;

  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = bytes;
    this.#position = start;
  }

  /** Index of the next byte. */
  get position(): number {
    return this.#position;
  }

  /** Reads an unsigned varint; throws `WireFormatError` above the safe integers. */
  readVarint(): number {
    const bytes = this.#bytes;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = bytes[this.#position++];
      if (byte === undefined) throw new WireFormatError("A varint ends early");
      if (byte < 0x80) {
        value += byte * scale;
        if (!Number.isSafeInteger(value)) {
          throw new WireFormatError("A varint is not a safe integer");
        }
        return value;
      }
      value += (byte & 0x7f) * scale;
      scale *= 128;
    }
    throw new WireFormatError("A varint is longer than ten bytes");
  }

  /** Reads eight little-endian bytes as a double. */
  readDouble(): number {
    const start = this.#position;
    this.#advance(8);
    const { buffer, byteOffset } = this.#bytes;
    return new DataView(buffer, byteOffset).getFloat64(start, true);
  }

  /** Reads a length and returns a view of that many bytes. */
  readBytes(): Uint8Array {
    const length = this.readVarint();
    const start = this.#position;
    this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Reads a length and decodes that many bytes as UTF-8. */
  readString(): string {
    const length = this.readVarint();
    const start = this.#position;
    this.#advance(length);
    const end = start + length;
    if (length <= SHORT_STRING_LENGTH) {
      let text = "";
      for (let i = start; i < end; i++) {
        const byte = this.#bytes[i] as number;
        if (byte >= 0x80) return decodeText(this.#bytes.subarray(start, end));
        text += String.fromCharCode(byte);
      }
      return text;
    }
    return decodeText(this.#bytes.subarray(start, end));
  }

  /** Reads a length and returns the position where its content ends. */
  readEnd(): number {
    const length = this.readVarint();
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new WireFormatError("A message ends early");
    return end;
  }

  /** Skips a field of the given protobuf wire type. */
  skip(wireType: number): void {
    if (wireType === 0) this.readVarint();
    else if (wireType === 1) this.#advance(8);
    else if (wireType === 2) this.#advance(this.readVarint());
    else if (wireType === 5) this.#advance(4);
    else throw new WireFormatError(`Unknown wire type ${wireType}`);
  }

  #advance(count: number): void {
    this.#position += count;
    if (this.#position > this.#bytes.length) throw new WireFormatError("A field ends early");
  }
}
