/**
 * Wire form of notifications (service protocol section 5.5), hand-written: the state machine
 * builds them as journal entries, and reads them back to resolve what is awaited.
 */
import { assert, assertNever } from "#base/assert";
import type { NotificationResult, SignalId } from "./command.ts";
import {
  failureSize,
  readFailure,
  readValue,
  valueSize,
  writeFailure,
  writeValue,
} from "./failure-codec.ts";
import { NOTIFICATION_TYPES } from "./message-type.ts";
import { MessageFormatError, ProtobufReader } from "./protobuf-reader.ts";
import { lengthDelimitedSize, ProtobufWriter, varintSize } from "./protobuf-writer.ts";
import { utf8Length } from "./utf8.ts";

const COMPLETION_ID = 0x08;
const SIGNAL_INDEX = 0x10;
const SIGNAL_NAME = 0x1a;
const VOID = 0x22;
const VALUE = 0x2a;
const FAILURE = 0x32;
const INVOCATION_ID = 0x82;
const STATE_KEYS = 0x8a;

/** What a notification is about, and its result. */
export interface DecodedNotification {
  readonly id:
    | { readonly kind: "completion"; readonly completionId: number }
    | { readonly kind: "signal"; readonly signal: SignalId };
  readonly result: NotificationResult;
}

/** Encodes the body of a completion notification; the caller owns it. */
export function encodeCompletion(
  type: number,
  completionId: number,
  result: NotificationResult,
): Uint8Array {
  assert(type > 0x8000 && type < NOTIFICATION_TYPES.signal, "a completion has a completion type");
  const contentSize = resultContentSize(result);
  const size = 1 + varintSize(completionId) + resultSize(result, contentSize);
  const writer = new ProtobufWriter(size);
  writer.varintField(COMPLETION_ID, completionId);
  writeResult(writer, result, contentSize);
  return writer.finish();
}

/** Encodes the body of a signal notification; the caller owns it. */
export function encodeSignal(signal: SignalId, result: NotificationResult): Uint8Array {
  const contentSize = resultContentSize(result);
  const nameBytes = typeof signal === "string" ? utf8Length(signal) : 0;
  const idSize =
    typeof signal === "number" ? 1 + varintSize(signal) : lengthDelimitedSize(nameBytes);
  const writer = new ProtobufWriter(idSize + resultSize(result, contentSize));
  if (typeof signal === "number") writer.varintField(SIGNAL_INDEX, signal);
  else writer.stringField(SIGNAL_NAME, signal, nameBytes);
  writeResult(writer, result, contentSize);
  return writer.finish();
}

/** Decodes the body of any notification. Throws `MessageFormatError`. */
export function decodeNotification(body: Uint8Array): DecodedNotification {
  const reader = new ProtobufReader(body);
  let id: DecodedNotification["id"] | undefined;
  let result: NotificationResult | undefined;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === COMPLETION_ID) id = { kind: "completion", completionId: reader.readUint32() };
    else if (tag === SIGNAL_INDEX) id = { kind: "signal", signal: reader.readUint32() };
    else if (tag === SIGNAL_NAME) id = { kind: "signal", signal: reader.readString() };
    else result = readResult(reader, tag) ?? result;
  }
  if (id === undefined) throw new MessageFormatError("A notification lacks its id");
  if (result === undefined) throw new MessageFormatError("A notification lacks its result");
  return { id, result };
}

function readResult(reader: ProtobufReader, tag: number): NotificationResult | undefined {
  if (tag === VALUE) return { kind: "success", value: readValue(reader) };
  if (tag === FAILURE) return { kind: "failure", failure: readFailure(reader) };
  if (tag === INVOCATION_ID) return { kind: "invocation-id", invocationId: reader.readString() };
  if (tag === STATE_KEYS) return { kind: "state-keys", keys: readStateKeys(reader) };
  reader.skip(tag);
  return tag === VOID ? { kind: "void" } : undefined;
}

function readStateKeys(reader: ProtobufReader): string[] {
  const outerEnd = reader.enter();
  const keys: string[] = [];
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x0a) keys.push(reader.readString());
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  return keys;
}

/** Size of what follows the tag and the length of the result. */
function resultContentSize(result: NotificationResult): number {
  switch (result.kind) {
    case "void":
      return 0;
    case "success":
      return valueSize(result.value);
    case "failure":
      return failureSize(result.failure);
    case "invocation-id":
      return utf8Length(result.invocationId);
    case "state-keys":
      return stateKeysSize(result.keys);
    default:
      return assertNever(result);
  }
}

function stateKeysSize(keys: readonly string[]): number {
  let size = 0;
  for (const key of keys) size += lengthDelimitedSize(utf8Length(key));
  return size;
}

function resultSize(result: NotificationResult, contentSize: number): number {
  const isLateField = result.kind === "invocation-id" || result.kind === "state-keys";
  return lengthDelimitedSize(contentSize) + (isLateField ? 1 : 0);
}

function writeResult(
  writer: ProtobufWriter,
  result: NotificationResult,
  contentSize: number,
): void {
  switch (result.kind) {
    case "void":
      writer.varintField(VOID, 0);
      return;
    case "success":
      writer.varintField(VALUE, contentSize);
      writeValue(writer, result.value);
      return;
    case "failure":
      writer.varintField(FAILURE, contentSize);
      writeFailure(writer, result.failure);
      return;
    case "invocation-id":
      writer.stringField(INVOCATION_ID, result.invocationId, contentSize);
      return;
    case "state-keys":
      writer.varintField(STATE_KEYS, contentSize);
      for (const key of result.keys) writer.stringField(0x0a, key, utf8Length(key));
      return;
    default:
      assertNever(result);
  }
}
