/**
 * Codecs of persisted records, declared once per type, in protobuf's wire format.
 *
 * A declaration names each field with its number; numbers are never reused. Reading tolerates
 * unknown fields, so an older build reads what a newer one added. Tagged unions use the number of
 * their case as the field number of a nested message.
 */
import { ByteReader, WireFormatError } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

/** Writes and reads one type; `wireType` is protobuf's. */
export interface Codec<T> {
  readonly wireType: 0 | 1 | 2;
  write(writer: ByteWriter, value: T): void;
  read(reader: ByteReader): T;
}

/** A numbered field: how it is written, and what stands for its absence. */
export interface Field<T> {
  readonly number: number;
  write(writer: ByteWriter, value: T): void;
  /** Reads one occurrence; `previous` is the value so far, for repeated fields. */
  read(reader: ByteReader, previous: T): T;
  initial(): T;
}

/** Unsigned safe integer. */
export const uint: Codec<number> = {
  wireType: 0,
  write: (writer, value) => writer.writeVarint(value),
  read: (reader) => reader.readVarint(),
};

/** Boolean. */
export const bool: Codec<boolean> = {
  wireType: 0,
  write: (writer, value) => writer.writeVarint(value ? 1 : 0),
  read: (reader) => reader.readVarint() !== 0,
};

/** Double. */
export const double: Codec<number> = {
  wireType: 1,
  write: (writer, value) => writer.writeDouble(value),
  read: (reader) => reader.readDouble(),
};

/** UTF-8 string. */
export const string: Codec<string> = {
  wireType: 2,
  write: (writer, value) => writer.writeString(value),
  read: (reader) => reader.readString(),
};

/** Bytes; reading returns a view of the source buffer. */
export const bytes: Codec<Uint8Array> = {
  wireType: 2,
  write: (writer, value) => writer.writeBytes(value),
  read: (reader) => reader.readBytes(),
};

/** A string with a narrower type: a brand or a union that was checked before it was written. */
export function text<T extends string>(): Codec<T> {
  return string as unknown as Codec<T>;
}

/** One of a fixed list of words, stored as its position; the list only grows at its end. */
export function word<const T extends string>(...words: readonly T[]): Codec<T> {
  const positions = new Map(words.map((item, position) => [item, position]));
  return {
    wireType: 0,
    write: (writer, value) => writer.writeVarint(positions.get(value) as number),
    read: (reader) => {
      const value = words[reader.readVarint()];
      if (value === undefined) throw new WireFormatError("A word is outside its list");
      return value;
    },
  };
}

/** A field that is always written and must be there when read. */
export function field<T>(number: number, codec: Codec<T>): Field<T> {
  return {
    number,
    write: (writer, value) => {
      writer.writeVarint(number * 8 + codec.wireType);
      codec.write(writer, value);
    },
    read: (reader) => codec.read(reader),
    initial: () => undefined as T,
  };
}

/** A field that is left out when undefined. */
export function optional<T>(number: number, codec: Codec<T>): Field<T | undefined> {
  return {
    number,
    write: (writer, value) => {
      if (value === undefined) return;
      writer.writeVarint(number * 8 + codec.wireType);
      codec.write(writer, value);
    },
    read: (reader) => codec.read(reader),
    initial: () => undefined,
  };
}

/** A list; an empty one takes no bytes. */
export function repeated<T>(number: number, codec: Codec<T>): Field<readonly T[]> {
  return {
    number,
    write: (writer, values) => {
      for (const value of values) {
        writer.writeVarint(number * 8 + codec.wireType);
        codec.write(writer, value);
      }
    },
    read: (reader, previous) => {
      // The array was made by `initial` for this message, so nobody else sees it grow.
      (previous as T[]).push(codec.read(reader));
      return previous;
    },
    initial: () => [],
  };
}

/** Declares the fields of a message; property order is the order of the declaration. */
export function message<T extends object>(fields: { [K in keyof T]-?: Field<T[K]> }): Codec<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  const list = names.map((name) => fields[name] as Field<unknown>);
  const byNumber = new Map(list.map((item, position) => [item.number, position]));
  return {
    wireType: 2,
    write: (writer, value) => {
      const mark = writer.beginLength();
      for (let i = 0; i < list.length; i++) {
        (list[i] as Field<unknown>).write(writer, value[names[i] as keyof T]);
      }
      writer.endLength(mark);
    },
    read: (reader) => {
      const end = reader.readEnd();
      const values = list.map((item) => item.initial());
      while (reader.position < end) {
        const tag = reader.readVarint();
        const position = byNumber.get(tag >>> 3);
        if (position === undefined) reader.skip(tag & 7);
        else values[position] = (list[position] as Field<unknown>).read(reader, values[position]);
      }
      const result = {} as T;
      for (let i = 0; i < names.length; i++) {
        result[names[i] as keyof T] = values[i] as T[keyof T];
      }
      return result;
    },
  };
}

/** Like `message`, of an object whose discriminant `kind` is written by the union around it. */
export function variant<T extends { readonly kind: string }>(
  kind: T["kind"],
  fields: { [K in Exclude<keyof T, "kind">]-?: Field<T[K]> },
): Codec<T> {
  const constant: Field<string> = {
    number: 0,
    write: () => undefined,
    read: (_, previous) => previous,
    initial: () => kind,
  };
  return message<T>({ kind: constant, ...fields } as unknown as {
    [K in keyof T]-?: Field<T[K]>;
  });
}

/** A union discriminated by `kind`: each case has a number and the codec of its variant. */
export function union<T extends { readonly kind: string }>(
  cases: {
    [K in T["kind"]]: readonly [number: number, codec: Codec<Extract<T, { readonly kind: K }>>];
  },
): Codec<T> {
  const entries = Object.entries(cases) as [string, readonly [number, Codec<T>]][];
  const byKind = new Map(entries);
  const byNumber = new Map(entries.map(([, [number, codec]]) => [number, codec]));
  return {
    wireType: 2,
    write: (writer, value) => {
      const [number, codec] = byKind.get(value.kind) as readonly [number, Codec<T>];
      const mark = writer.beginLength();
      writer.writeVarint(number * 8 + 2);
      codec.write(writer, value);
      writer.endLength(mark);
    },
    read: (reader) => {
      const end = reader.readEnd();
      const codec = byNumber.get(reader.readVarint() >>> 3);
      if (codec === undefined) throw new WireFormatError("A union holds an unknown case");
      const value = codec.read(reader);
      if (reader.position !== end) throw new WireFormatError("A union holds one case");
      return value;
    },
  };
}

/** A pair, written as a message with the fields 1 and 2. */
export function pair<A, B>(first: Codec<A>, second: Codec<B>): Codec<readonly [A, B]> {
  const codec = message<{ readonly a: A; readonly b: B }>({
    a: field(1, first),
    b: field(2, second),
  });
  return {
    wireType: 2,
    write: (writer, [a, b]) => codec.write(writer, { a, b }),
    read: (reader) => {
      const { a, b } = codec.read(reader);
      return [a, b];
    },
  };
}

/** Declares a codec that refers to itself. */
export function lazy<T>(make: () => Codec<T>): Codec<T> {
  let made: Codec<T> | undefined;
  const codec = () => {
    made ??= make();
    return made;
  };
  return {
    wireType: 2,
    write: (writer, value) => codec().write(writer, value),
    read: (reader) => codec().read(reader),
  };
}

const sharedWriter = new ByteWriter(64 * 1024);

/** Encodes one value; the caller owns the result. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  codec.write(sharedWriter, value);
  return sharedWriter.finish();
}

const sharingWriter = new ByteWriter(64 * 1024);

/**
 * Encodes one value into memory that it shares with other results: faster than `encode`, for what
 * is dropped soon. A result that is kept keeps up to 64 KiB.
 */
export function encodeShared<T>(codec: Codec<T>, value: T): Uint8Array {
  codec.write(sharingWriter, value);
  return sharingWriter.finishShared();
}

/** Decodes one value; byte fields are views of `source`. Throws `WireFormatError`. */
export function decode<T>(codec: Codec<T>, source: Uint8Array): T {
  return codec.read(new ByteReader(source));
}
