/** Wire form of control messages (service protocol sections 5.1 and 5.2), hand-written. */
import {
  clampFailureCode,
  decodeUtf8,
  type Future,
  type InvocationResult,
  MessageFormatError,
  ProtobufReader,
  ProtobufWriter,
  readFailure,
  varintSize,
} from "#model";
import { CONTROL_TYPES } from "./control-type.ts";
import { FRAME_HEADER_BYTES, writeFrameHeader } from "./frame-codec.ts";
import { isEmptyFuture, readFuture, readFutureLeaf, TOO_DEEP } from "./future-codec.ts";

/** What an SDK asks for after an error. */
export type ErrorBehavior = "retry" | "pause" | "fail";

/** An ErrorMessage: the attempt failed. */
export interface ErrorMessage {
  readonly code: number;
  readonly message: string;
  readonly stacktrace: string | undefined;
  readonly relatedCommandIndex: number | undefined;
  readonly relatedCommandName: string | undefined;
  readonly relatedCommandType: number | undefined;
  /** Milliseconds; undefined leaves the delay to the retry policy. */
  readonly nextRetryDelayMs: number | undefined;
  readonly behavior: ErrorBehavior;
}

/** A ProposeRunCompletion message. */
export interface RunProposal {
  readonly completionId: number;
  readonly result: InvocationResult;
}

/** What a Suspension message says, or why it says nothing. */
export type DecodedSuspension =
  | { readonly kind: "future"; readonly future: Future }
  | { readonly kind: "empty"; readonly reason: string }
  | { readonly kind: "too-deep" };

/** Decodes an ErrorMessage. Throws `MessageFormatError`. */
export function decodeErrorMessage(body: Uint8Array): ErrorMessage {
  const reader = new ProtobufReader(body);
  const error = {
    code: 0,
    message: "",
    stacktrace: undefined as string | undefined,
    relatedCommandIndex: undefined as number | undefined,
    relatedCommandName: undefined as string | undefined,
    relatedCommandType: undefined as number | undefined,
    nextRetryDelayMs: undefined as number | undefined,
    behavior: "retry" as ErrorBehavior,
  };
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x08) error.code = clampFailureCode(reader.readUint32());
    else if (tag === 0x12) error.message = readLossyString(reader);
    else if (tag === 0x1a) error.stacktrace = readLossyString(reader) || undefined;
    else if (tag === 0x20) error.relatedCommandIndex = reader.readUint32();
    else if (tag === 0x2a) error.relatedCommandName = reader.readString();
    else if (tag === 0x30) error.relatedCommandType = reader.readUint32();
    else if (tag === 0x40) error.nextRetryDelayMs = reader.readUint64();
    else if (tag === 0x48) error.behavior = behaviorOf(reader.readUint32());
    else reader.skip(tag);
  }
  return error;
}

/** Messages for people: a broken character must not hide the failure behind another one. */
function readLossyString(reader: ProtobufReader): string {
  const bytes = reader.readBytes();
  try {
    return decodeUtf8(bytes);
  } catch {
    return String.fromCharCode(...bytes.subarray(0, 1024));
  }
}

function behaviorOf(value: number): ErrorBehavior {
  if (value === 1) return "pause";
  return value === 2 ? "fail" : "retry";
}

/** Decodes a ProposeRunCompletion; the value is a view. Throws `MessageFormatError`. */
export function decodeRunProposal(body: Uint8Array): RunProposal {
  const reader = new ProtobufReader(body);
  let completionId = 0;
  let result: InvocationResult | undefined;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x08) completionId = reader.readUint32();
    else if (tag === 0x72) result = { kind: "success", value: reader.readBytes() };
    else if (tag === 0x7a) result = { kind: "failure", failure: readFailure(reader) };
    else reader.skip(tag);
  }
  if (result === undefined) {
    throw new MessageFormatError("malformed ProposeRunCompletionMessage, missing result field");
  }
  return { completionId, result };
}

/** Decodes an AwaitingOn message (v7); undefined if it awaits nothing, or too deep a tree. */
export function decodeAwaitingOn(body: Uint8Array, depthMax: number): Future | undefined {
  const reader = new ProtobufReader(body);
  let future: Future | typeof TOO_DEEP | undefined;
  while (reader.hasMore && future !== TOO_DEEP) {
    const tag = reader.readTag();
    if (tag === 0x0a) future = readFuture(reader, depthMax);
    else reader.skip(tag);
  }
  return future === TOO_DEEP ? undefined : future;
}

/**
 * Decodes a Suspension message, whose layout depends on the version (section 10.1).
 *
 * @param depthMax levels that a future tree may have
 */
export function decodeSuspension(
  version: number,
  body: Uint8Array,
  depthMax: number,
): DecodedSuspension {
  return version >= 7 ? decodeTreeSuspension(body, depthMax) : decodeListSuspension(body);
}

function decodeListSuspension(body: Uint8Array): DecodedSuspension {
  const reader = new ProtobufReader(body);
  const completions: number[] = [];
  const signals: number[] = [];
  const namedSignals: string[] = [];
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (!readFutureLeaf(reader, tag, { completions, signals, namedSignals })) reader.skip(tag);
  }
  const future: Future = {
    combinator: "unknown",
    completions,
    signals,
    namedSignals,
    nested: [],
  };
  return nonEmpty(future);
}

function decodeTreeSuspension(body: Uint8Array, depthMax: number): DecodedSuspension {
  const reader = new ProtobufReader(body);
  let future: Future | undefined;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x22) {
      const read = readFuture(reader, depthMax);
      if (read === TOO_DEEP) return { kind: "too-deep" };
      future = read;
    } else reader.skip(tag);
  }
  if (future === undefined) return { kind: "empty", reason: "got empty SuspensionMessage" };
  return nonEmpty(future);
}

function nonEmpty(future: Future): DecodedSuspension {
  return isEmptyFuture(future)
    ? { kind: "empty", reason: "UnresolvedFuture cannot be empty" }
    : { kind: "future", future };
}

/** Encodes a CommandAck as a complete frame. */
export function encodeCommandAck(commandIndex: number): Uint8Array {
  return encodeNumberFrame(CONTROL_TYPES.commandAck, commandIndex);
}

/** Encodes a ProposeRunCompletionAck (v7) as a complete frame. */
export function encodeRunAck(completionId: number): Uint8Array {
  return encodeNumberFrame(CONTROL_TYPES.proposeRunCompletionAck, completionId);
}

function encodeNumberFrame(type: number, value: number): Uint8Array {
  const bodyBytes = value === 0 ? 0 : 1 + varintSize(value);
  const writer = new ProtobufWriter(FRAME_HEADER_BYTES + bodyBytes);
  writeFrameHeader(writer.reserve(FRAME_HEADER_BYTES), 0, { type, bodyBytes });
  if (value !== 0) writer.varintField(0x08, value);
  return writer.finish();
}
