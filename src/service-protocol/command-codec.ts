/**
 * Decodes commands of handlers into what they ask for (service protocol sections 5.4 and 8).
 *
 * Everything that the server would stumble over later is refused here, with `MessageFormatError`:
 * broken protobuf, missing results and targets, keys that are not UTF-8. Byte fields of the result
 * are views of the body.
 */
import {
  COMMAND_TYPES,
  type Header,
  type InvocationResult,
  type JournalCommand,
  MessageFormatError,
  type NotificationResult,
  ProtobufReader,
  readFailure,
  readStringPair,
  readValue,
  type SignalId,
} from "#model";

/** Whom a call addresses, before it is resolved against the schema. */
export interface CallRequest {
  readonly service: string;
  readonly handler: string;
  readonly parameter: Uint8Array;
  readonly headers: readonly Header[];
  /** Empty for plain services; may be empty for keyed ones. */
  readonly key: string;
  readonly idempotencyKey: string | undefined;
  readonly scope: string | undefined;
  readonly limitKey: string | undefined;
}

/** Whom AttachInvocation and GetInvocationOutput address. */
export type AttachTarget =
  | { readonly kind: "invocation"; readonly invocationId: string }
  | {
      readonly kind: "idempotent-request";
      readonly service: string;
      readonly key: string | undefined;
      readonly handler: string;
      readonly idempotencyKey: string;
      readonly scope: string | undefined;
    }
  | {
      readonly kind: "workflow";
      readonly workflow: string;
      readonly key: string;
      readonly scope: string | undefined;
    };

type UnresolvedKind =
  | "call"
  | "one-way-call"
  | "send-signal"
  | "attach-invocation"
  | "get-invocation-output";

/** A decoded command; the kinds that name others are not resolved yet. */
export type WireCommand =
  | Exclude<JournalCommand, { readonly kind: UnresolvedKind }>
  | {
      readonly kind: "call";
      readonly request: CallRequest;
      readonly invocationIdCompletionId: number;
      readonly completionId: number;
    }
  | {
      readonly kind: "one-way-call";
      readonly request: CallRequest;
      readonly invocationIdCompletionId: number;
      readonly invokeTimeMs: number;
    }
  | {
      readonly kind: "send-signal";
      readonly targetId: string;
      readonly signal: SignalId;
      readonly result: NotificationResult;
    }
  | {
      readonly kind: "complete-awakeable";
      readonly awakeableId: string;
      readonly result: InvocationResult;
    }
  | {
      readonly kind: "attach-invocation" | "get-invocation-output";
      readonly target: AttachTarget;
      readonly completionId: number;
    };

const EMPTY = new Uint8Array(0);
const COMPLETION = 0x58;

/** Decodes the body of a command that a handler may send; undefined if the type is not one. */
export function decodeCommand(type: number, body: Uint8Array): WireCommand | undefined {
  const reader = new ProtobufReader(body);
  switch (type) {
    case COMMAND_TYPES.output:
      return { kind: "output", result: readResult(reader, RESULT_14) };
    case COMMAND_TYPES.getLazyState:
      return { kind: "get-lazy-state", ...readKeyed(reader) };
    case COMMAND_TYPES.setState:
      return readSetState(reader);
    case COMMAND_TYPES.clearState:
      return { kind: "clear-state", key: readKeyed(reader).key };
    case COMMAND_TYPES.clearAllState:
      skipAll(reader);
      return { kind: "clear-all-state" };
    case COMMAND_TYPES.getLazyStateKeys:
      return { kind: "get-lazy-state-keys", completionId: readKeyed(reader).completionId };
    case COMMAND_TYPES.getEagerState:
    case COMMAND_TYPES.getEagerStateKeys:
    case COMMAND_TYPES.run:
      skipAll(reader);
      return RECORD_ONLY;
    case COMMAND_TYPES.getPromise:
      return { kind: "get-promise", ...readKeyed(reader) };
    case COMMAND_TYPES.peekPromise:
      return { kind: "peek-promise", ...readKeyed(reader) };
    case COMMAND_TYPES.completePromise:
      return readCompletePromise(reader);
    case COMMAND_TYPES.sleep:
      return readSleep(reader);
    default:
      return decodeAddressedCommand(type, reader);
  }
}

const RECORD_ONLY: WireCommand = { kind: "record-only" };

function decodeAddressedCommand(type: number, reader: ProtobufReader): WireCommand | undefined {
  switch (type) {
    case COMMAND_TYPES.call:
      return readCall(reader);
    case COMMAND_TYPES.oneWayCall:
      return readOneWayCall(reader);
    case COMMAND_TYPES.sendSignal:
      return readSendSignal(reader);
    case COMMAND_TYPES.attachInvocation:
      return { kind: "attach-invocation", ...readAttach(reader) };
    case COMMAND_TYPES.getInvocationOutput:
      return { kind: "get-invocation-output", ...readAttach(reader) };
    case COMMAND_TYPES.completeAwakeable:
      return readCompleteAwakeable(reader);
    default:
      return undefined;
  }
}

function skipAll(reader: ProtobufReader): void {
  while (reader.hasMore) reader.skip(reader.readTag());
}

/** Reads `key` (1) and `result_completion_id` (11). State keys must be UTF-8. */
function readKeyed(reader: ProtobufReader): { key: string; completionId: number } {
  let key = "";
  let completionId = 0;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x0a) key = reader.readString();
    else if (tag === COMPLETION) completionId = reader.readUint32();
    else reader.skip(tag);
  }
  return { key, completionId };
}

function readSetState(reader: ProtobufReader): WireCommand {
  let key = "";
  let value: Uint8Array = EMPTY;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x0a) key = reader.readString();
    else if (tag === 0x1a) value = readValue(reader);
    else reader.skip(tag);
  }
  return { kind: "set-state", key, value };
}

function readSleep(reader: ProtobufReader): WireCommand {
  let wakeUpTimeMs = 0;
  let completionId = 0;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x08) wakeUpTimeMs = reader.readUint64();
    else if (tag === COMPLETION) completionId = reader.readUint32();
    else reader.skip(tag);
  }
  return { kind: "sleep", wakeUpTimeMs, completionId };
}

interface ResultTags {
  readonly value: number;
  readonly failure: number;
}

const RESULT_14: ResultTags = { value: 0x72, failure: 0x7a };
const RESULT_2: ResultTags = { value: 0x12, failure: 0x1a };

/** Reads the result only: all other fields are skipped. */
function readResult(reader: ProtobufReader, tags: ResultTags): InvocationResult {
  let result: InvocationResult | undefined;
  while (reader.hasMore) {
    const tag = reader.readTag();
    result = readResultField(reader, tag, tags) ?? result;
  }
  return required(result, "result");
}

/** Reads the field if it belongs to the result, and skips it otherwise. */
function readResultField(
  reader: ProtobufReader,
  tag: number,
  tags: ResultTags,
): InvocationResult | undefined {
  if (tag === tags.value) return { kind: "success", value: readValue(reader) };
  if (tag === tags.failure) return { kind: "failure", failure: readFailure(reader) };
  reader.skip(tag);
  return undefined;
}

function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new MessageFormatError(`missing field '${field}'`);
  return value;
}

function readCompletePromise(reader: ProtobufReader): WireCommand {
  let key = "";
  let completionId = 0;
  let result: InvocationResult | undefined;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x0a) key = reader.readString();
    else if (tag === COMPLETION) completionId = reader.readUint32();
    else result = readResultField(reader, tag, RESULT_2) ?? result;
  }
  return {
    kind: "complete-promise",
    key,
    completionId,
    result: required(result, "completion"),
  };
}

function readCompleteAwakeable(reader: ProtobufReader): WireCommand {
  let awakeableId = "";
  let result: InvocationResult | undefined;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x0a) awakeableId = reader.readString();
    else result = readResultField(reader, tag, RESULT_2) ?? result;
  }
  return { kind: "complete-awakeable", awakeableId, result: required(result, "result") };
}

function readSendSignal(reader: ProtobufReader): WireCommand {
  let targetId = "";
  let signal: SignalId | undefined;
  let result: NotificationResult | undefined;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x0a) targetId = reader.readString();
    else if (tag === 0x10) signal = reader.readUint32();
    else if (tag === 0x1a) signal = reader.readString();
    else if (tag === 0x22) {
      reader.skip(tag);
      result = { kind: "void" };
    } else result = readResultField(reader, tag, { value: 0x2a, failure: 0x32 }) ?? result;
  }
  return {
    kind: "send-signal",
    targetId,
    signal: required(signal, "signal_id"),
    result: required(result, "result"),
  };
}

function readCall(reader: ProtobufReader): WireCommand {
  const parts = readCallParts(reader, 0);
  return {
    kind: "call",
    request: parts.request,
    invocationIdCompletionId: parts.invocationIdCompletionId,
    completionId: parts.completionId,
  };
}

function readOneWayCall(reader: ProtobufReader): WireCommand {
  const parts = readCallParts(reader, 1);
  return {
    kind: "one-way-call",
    request: parts.request,
    invocationIdCompletionId: parts.invocationIdCompletionId,
    invokeTimeMs: parts.invokeTimeMs,
  };
}

interface CallParts {
  readonly request: CallRequest;
  readonly invocationIdCompletionId: number;
  readonly completionId: number;
  readonly invokeTimeMs: number;
}

/**
 * Reads a Call, or a OneWayCall, whose field 4 is the time to start and shifts what follows it.
 *
 * @param shift 0 for Call, 1 for OneWayCall
 */
function readCallParts(reader: ProtobufReader, shift: 0 | 1): CallParts {
  const request = {
    service: "",
    handler: "",
    parameter: EMPTY as Uint8Array,
    headers: [] as Header[],
    key: "",
    idempotencyKey: undefined as string | undefined,
    scope: undefined as string | undefined,
    limitKey: undefined as string | undefined,
  };
  let invocationIdCompletionId = 0;
  let completionId = 0;
  let invokeTimeMs = 0;
  const headersTag = 0x22 + shift * 8;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x0a) request.service = reader.readString();
    else if (tag === 0x12) request.handler = reader.readString();
    else if (tag === 0x1a) request.parameter = reader.readBytes();
    else if (tag === headersTag) request.headers.push(readStringPair(reader));
    else if (tag === headersTag + 0x08) request.key = reader.readString();
    else if (tag === headersTag + 0x10) request.idempotencyKey = reader.readString();
    else if (tag === headersTag + 0x18) request.scope = reader.readString();
    else if (tag === headersTag + 0x20) request.limitKey = reader.readString();
    else if (tag === 0x50) invocationIdCompletionId = reader.readUint32();
    else if (tag === COMPLETION && shift === 0) completionId = reader.readUint32();
    else if (tag === 0x20 && shift === 1) invokeTimeMs = reader.readUint64();
    else reader.skip(tag);
  }
  return { request, invocationIdCompletionId, completionId, invokeTimeMs };
}

function readAttach(reader: ProtobufReader): {
  readonly target: AttachTarget;
  readonly completionId: number;
} {
  let target: AttachTarget | undefined;
  let completionId = 0;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x0a) target = { kind: "invocation", invocationId: reader.readString() };
    else if (tag === 0x1a) target = readIdempotentTarget(reader);
    else if (tag === 0x22) target = readWorkflowTarget(reader);
    else if (tag === COMPLETION) completionId = reader.readUint32();
    else reader.skip(tag);
  }
  return { target: required(target, "target"), completionId };
}

function readIdempotentTarget(reader: ProtobufReader): AttachTarget {
  const outerEnd = reader.enter();
  const target = {
    kind: "idempotent-request" as const,
    service: "",
    key: undefined as string | undefined,
    handler: "",
    idempotencyKey: "",
    scope: undefined as string | undefined,
  };
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x0a) target.service = reader.readString();
    else if (tag === 0x12) target.key = reader.readString();
    else if (tag === 0x1a) target.handler = reader.readString();
    else if (tag === 0x22) target.idempotencyKey = reader.readString();
    else if (tag === 0x2a) target.scope = reader.readString();
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  return target;
}

function readWorkflowTarget(reader: ProtobufReader): AttachTarget {
  const outerEnd = reader.enter();
  const target = {
    kind: "workflow" as const,
    workflow: "",
    key: "",
    scope: undefined as string | undefined,
  };
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x0a) target.workflow = reader.readString();
    else if (tag === 0x12) target.key = reader.readString();
    else if (tag === 0x1a) target.scope = reader.readString();
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  return target;
}
