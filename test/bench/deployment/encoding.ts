/** Protobuf and frames of the service protocol, as few instructions as a deployment needs. */

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;

/** Message type codes that the light deployment sends or understands. */
export const MESSAGE = {
  start: 0x0000,
  suspension: 0x0001,
  error: 0x0002,
  end: 0x0003,
  proposeRunCompletion: 0x0005,
  proposeRunCompletionAck: 0x0007,
  input: 0x0400,
  output: 0x0401,
  setState: 0x0403,
  getEagerState: 0x0407,
  call: 0x040d,
  oneWayCall: 0x040e,
  run: 0x0411,
  callCompletion: 0x800d,
  runCompletion: 0x8011,
} as const;

/** Asks for an acknowledgement in place of the whole completion (version 7). */
export const REQUIRES_ACK = 0x8000;

/** Bytes before the body of a message. */
export const MESSAGE_HEADER_BYTES = 8;

/** A varint field. */
export function varintField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8 + WIRE_VARINT), varint(value)]);
}

/** A field of bytes: bytes, string or nested message. */
export function bytesField(number: number, value: Uint8Array | string): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([varint(number * 8 + WIRE_BYTES), varint(bytes.length), bytes]);
}

/** A whole message: header and body. */
export function message(type: number, fields: readonly Uint8Array[], flags = 0): Buffer {
  const body = Buffer.concat(fields);
  const header = Buffer.alloc(MESSAGE_HEADER_BYTES);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(flags, 2);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** Walks over the fields of a message without allocating. */
export class FieldReader {
  /** Number of the current field. */
  field = 0;
  /** Value of the current field if it is a varint; exact up to 2^53. */
  value = 0;
  /** Range of the current field if it is bytes. */
  start = 0;
  end = 0;
  #source: Buffer = Buffer.alloc(0);
  #position = 0;
  #limit = 0;

  reset(source: Buffer, start: number, end: number): void {
    this.#source = source;
    this.#position = start;
    this.#limit = end;
  }

  /** Moves to the next field; false at the end. */
  next(): boolean {
    if (this.#position >= this.#limit) return false;
    const tag = this.#readVarint();
    this.field = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (wireType === WIRE_VARINT) {
      this.value = this.#readVarint();
    } else if (wireType === WIRE_BYTES) {
      const length = this.#readVarint();
      this.start = this.#position;
      this.end = this.start + length;
      this.#position = this.end;
    } else {
      this.#position += wireType === WIRE_FIXED64 ? 8 : 4;
    }
    return true;
  }

  #readVarint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#source[this.#position++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
  }
}
