/** Wire form of failures and values inside messages of the service protocol (section 5.3). */
import type { Failure } from "./failure.ts";
import type { ProtobufReader } from "./protobuf-reader.ts";
import { lengthDelimitedSize, type ProtobufWriter, varintSize } from "./protobuf-writer.ts";
import { utf8Length } from "./utf8.ts";

/** Codes above are not representable as an HTTP status or an error code; they become 500. */
const FAILURE_CODE_MAX = 65535;

/** Size of the body of a Value message. */
export function valueSize(content: Uint8Array): number {
  return content.length === 0 ? 0 : lengthDelimitedSize(content.length);
}

/** Writes the body of a Value message. */
export function writeValue(writer: ProtobufWriter, content: Uint8Array): void {
  if (content.length > 0) writer.bytesField(0x0a, content);
}

/** Reads a Value message; the content is a view of the source. */
export function readValue(reader: ProtobufReader): Uint8Array {
  const outerEnd = reader.enter();
  let content: Uint8Array = EMPTY;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x0a) content = reader.readBytes();
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  return content;
}

const EMPTY = new Uint8Array(0);

/** Size of the body of a Failure message. The stack trace does not travel. */
export function failureSize(failure: Failure): number {
  let size = failure.code === 0 ? 0 : 1 + varintSize(failure.code);
  const messageBytes = utf8Length(failure.message);
  if (messageBytes > 0) size += lengthDelimitedSize(messageBytes);
  for (const [key, value] of failure.metadata ?? []) {
    size += lengthDelimitedSize(stringPairSize(key, value));
  }
  return size;
}

/** Writes the body of a Failure message. */
export function writeFailure(writer: ProtobufWriter, failure: Failure): void {
  if (failure.code !== 0) writer.varintField(0x08, failure.code);
  const messageBytes = utf8Length(failure.message);
  if (messageBytes > 0) writer.stringField(0x12, failure.message, messageBytes);
  for (const [key, value] of failure.metadata ?? []) {
    writer.varintField(0x1a, stringPairSize(key, value));
    writeStringPair(writer, key, value);
  }
}

/** Reads a Failure message. */
export function readFailure(reader: ProtobufReader): Failure {
  const outerEnd = reader.enter();
  let code = 0;
  let message = "";
  let metadata: [string, string][] | undefined;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x08) code = reader.readUint32();
    else if (tag === 0x12) message = reader.readString();
    else if (tag === 0x1a) {
      metadata ??= [];
      metadata.push(readStringPair(reader));
    } else reader.skip(tag);
  }
  reader.leave(outerEnd);
  return { code: clampFailureCode(code), message, metadata, stacktrace: undefined };
}

/** Error codes beyond 65535 count as 500 (service protocol section 11.1). */
export function clampFailureCode(code: number): number {
  return code > FAILURE_CODE_MAX ? 500 : code;
}

/** Size of a message with two strings, the fields 1 and 2: headers and metadata. */
export function stringPairSize(first: string, second: string): number {
  const firstBytes = utf8Length(first);
  const secondBytes = utf8Length(second);
  return (
    (firstBytes === 0 ? 0 : lengthDelimitedSize(firstBytes)) +
    (secondBytes === 0 ? 0 : lengthDelimitedSize(secondBytes))
  );
}

/** Writes the body of a message with two strings. */
export function writeStringPair(writer: ProtobufWriter, first: string, second: string): void {
  const firstBytes = utf8Length(first);
  if (firstBytes > 0) writer.stringField(0x0a, first, firstBytes);
  const secondBytes = utf8Length(second);
  if (secondBytes > 0) writer.stringField(0x12, second, secondBytes);
}

/** Reads a message with two strings. */
export function readStringPair(reader: ProtobufReader): [string, string] {
  const outerEnd = reader.enter();
  let first = "";
  let second = "";
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x0a) first = reader.readString();
    else if (tag === 0x12) second = reader.readString();
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  return [first, second];
}
