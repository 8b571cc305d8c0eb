/** Wire form of the journal commands that the server itself writes or reads back. */
import type { InvocationResult } from "./failure.ts";
import {
  readFailure,
  readStringPair,
  readValue,
  stringPairSize,
  valueSize,
  writeStringPair,
  writeValue,
} from "./failure-codec.ts";
import type { Header } from "./journal-entry.ts";
import { COMMAND_TYPES } from "./message-type.ts";
import { MessageFormatError, ProtobufReader } from "./protobuf-reader.ts";
import { lengthDelimitedSize, ProtobufWriter } from "./protobuf-writer.ts";

const HEADERS = 0x0a;
const NAME = 0x62;
const VALUE = 0x72;
const FAILURE = 0x7a;
/** Field 10 of calls, `invocation_id_notification_idx`. */
const INVOCATION_ID_COMPLETION = 0x50;
/** Field 11 of all commands that have a result. */
const RESULT_COMPLETION = 0x58;
const EMPTY = new Uint8Array(0);

/** Encodes the body of the Input command, journal entry 0; the caller owns it. */
export function encodeInput(headers: readonly Header[], payload: Uint8Array): Uint8Array {
  let size = lengthDelimitedSize(valueSize(payload));
  const headerSizes = headers.map(([name, value]) => stringPairSize(name, value));
  for (const headerSize of headerSizes) size += lengthDelimitedSize(headerSize);
  const writer = new ProtobufWriter(size);
  for (const [i, [name, value]] of headers.entries()) {
    writer.varintField(HEADERS, headerSizes[i] as number);
    writeStringPair(writer, name, value);
  }
  writer.varintField(VALUE, valueSize(payload));
  writeValue(writer, payload);
  return writer.finish();
}

/** Decodes the body of the Input command; the payload is a view of it. */
export function decodeInput(body: Uint8Array): {
  readonly headers: readonly Header[];
  readonly payload: Uint8Array;
} {
  const reader = new ProtobufReader(body);
  const headers: Header[] = [];
  let payload: Uint8Array = EMPTY;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === HEADERS) headers.push(readStringPair(reader));
    else if (tag === VALUE) payload = readValue(reader);
    else reader.skip(tag);
  }
  return { headers, payload };
}

/** Decodes the body of an Output command; the value is a view of it. */
export function decodeOutput(body: Uint8Array): InvocationResult {
  const reader = new ProtobufReader(body);
  let result: InvocationResult | undefined;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === VALUE) result = { kind: "success", value: readValue(reader) };
    else if (tag === FAILURE) result = { kind: "failure", failure: readFailure(reader) };
    else reader.skip(tag);
  }
  if (result === undefined) throw new MessageFormatError("missing field 'result'");
  return result;
}

/** Completion ids that a command of the given type waits for: none, one, or two (calls). */
export function completionIdsOfCommand(type: number, body: Uint8Array): readonly number[] {
  const isCall = type === COMMAND_TYPES.call || type === COMMAND_TYPES.oneWayCall;
  const ids: number[] = [];
  const reader = new ProtobufReader(body);
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === RESULT_COMPLETION) ids.push(reader.readUint32());
    else if (isCall && tag === INVOCATION_ID_COMPLETION) ids.push(reader.readUint32());
    else reader.skip(tag);
  }
  return ids;
}

/** Label that the user gave a command; empty if there is none. Also of SendSignal. */
export function nameOfCommand(body: Uint8Array): string {
  const reader = new ProtobufReader(body);
  let name = "";
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === NAME) name = reader.readString();
    else reader.skip(tag);
  }
  return name;
}
