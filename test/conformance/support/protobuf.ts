/** A minimal, table-driven protobuf codec: enough for the service protocol, nothing more. */

/** Wire representation of a field. A message field carries the fields of the nested message. */
export type FieldType =
  | "uint32"
  | "uint64"
  | "bool"
  | "string"
  | "bytes"
  | { readonly message: MessageFields };

/** One field of a message. */
export interface Field {
  readonly number: number;
  readonly type: FieldType;
  readonly repeated?: boolean;
}

/** Fields of a message by name; a thunk, because messages may nest themselves. */
export type MessageFields = () => Readonly<Record<string, Field>>;

/** Field values by name. */
export interface MessageValue {
  [field: string]: FieldValue | undefined;
}

/** A value of one field. `uint64` reads as bigint. */
export type FieldValue =
  | number
  | bigint
  | boolean
  | string
  | Uint8Array
  | MessageValue
  | readonly FieldValue[];

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;

/** Encodes `value` with the given fields; an absent field is left out, a present one is written. */
export function encodeMessage(fields: MessageFields, value: MessageValue): Uint8Array {
  const table = fields();
  const parts: Uint8Array[] = [];
  for (const [name, fieldValue] of Object.entries(value)) {
    if (fieldValue === undefined) continue;
    const field = table[name];
    if (field === undefined) throw new Error(`Unknown field ${name}`);
    const values = field.repeated === true ? (fieldValue as readonly FieldValue[]) : [fieldValue];
    for (const single of values) parts.push(encodeField(field, single));
  }
  return concat(parts);
}

/** Decodes a message; unknown fields are skipped, absent ones undefined, absent lists empty. */
export function decodeMessage(fields: MessageFields, bytes: Uint8Array): MessageValue {
  const table = fields();
  const byNumber = new Map(Object.entries(table).map(([name, field]) => [field.number, name]));
  const value: MessageValue = {};
  for (const [name, field] of Object.entries(table)) if (field.repeated === true) value[name] = [];
  const reader = new Reader(bytes);
  while (!reader.done) {
    const tag = Number(reader.varint());
    const name = byNumber.get(tag >>> 3);
    const raw = reader.value(tag & 7);
    if (name === undefined) continue;
    const field = table[name] as Field;
    if (field.repeated !== true) {
      value[name] = decodeField(field, raw);
    } else if (field.type === "uint32" && raw instanceof Uint8Array) {
      const packed = new Reader(raw);
      while (!packed.done) (value[name] as FieldValue[]).push(Number(packed.varint()));
    } else {
      (value[name] as FieldValue[]).push(decodeField(field, raw));
    }
  }
  return value;
}

/** Encodes an unsigned integer as a varint. */
export function encodeVarint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}

/** Joins byte arrays. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** UTF-8 bytes of `text`. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Text of UTF-8 bytes. */
export function fromUtf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function encodeField(field: Field, value: FieldValue): Uint8Array {
  const isVarint = field.type === "uint32" || field.type === "uint64" || field.type === "bool";
  const tag = encodeVarint((field.number << 3) | (isVarint ? WIRE_VARINT : WIRE_BYTES));
  if (isVarint)
    return concat([
      tag,
      encodeVarint(
        Number.isInteger(value)
          ? (value as number)
          : typeof value === "bigint"
            ? value
            : value === true
              ? 1
              : 0,
      ),
    ]);
  const body = encodeBody(field.type, value);
  return concat([tag, encodeVarint(body.length), body]);
}

function encodeBody(type: FieldType, value: FieldValue): Uint8Array {
  if (typeof type === "object") return encodeMessage(type.message, value as MessageValue);
  return typeof value === "string" ? utf8(value) : (value as Uint8Array);
}

function decodeField(field: Field, raw: bigint | Uint8Array): FieldValue {
  if (typeof raw === "bigint") {
    if (field.type === "bool") return raw !== 0n;
    return field.type === "uint64" ? raw : Number(raw);
  }
  if (typeof field.type === "object") return decodeMessage(field.type.message, raw);
  return field.type === "string" ? fromUtf8(raw) : raw;
}

class Reader {
  #offset = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.#offset++];
      if (byte === undefined) throw new Error("Truncated varint");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  value(wireType: number): bigint | Uint8Array {
    if (wireType === WIRE_VARINT) return this.varint();
    if (wireType === WIRE_FIXED64) return this.#take(8);
    if (wireType === WIRE_FIXED32) return this.#take(4);
    if (wireType === WIRE_BYTES) return this.#take(Number(this.varint()));
    throw new Error(`Unsupported wire type ${wireType}`);
  }

  #take(length: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.#offset, this.#offset + length);
    if (bytes.length < length) throw new Error("Truncated field");
    this.#offset += length;
    return bytes;
  }
}
