import {
  COMMAND_TYPES,
  commandTypeName,
  decodeInput,
  decodeNotification,
  entryTypeName,
  type Failure,
  type Header,
  type InvocationResult,
  isNotificationType,
  MessageFormatError,
  NOTIFICATION_TYPES,
  type NotificationResult,
  nameOfCommand,
  ProtobufReader,
  readValue,
  type SignalId,
} from "#model";
import { type AttachTarget, type CallRequest, decodeCommand } from "#service-protocol";
import type { CallTargets } from "./call-targets.ts";

/** What an entry's JSON says that is not in its own bytes. */
export interface EntryContext {
  /** Invocation ids of callees, by the completion id of their notification. */
  readonly calleeIds: ReadonlyMap<number, string>;
  readonly callTargets: CallTargets;
}

/** A journal entry as two JSON values: complete, and without payloads. */
export interface EntryValues {
  readonly full: unknown;
  readonly lite: unknown;
}

/** The JSON values of a journal entry; undefined when its bytes cannot be understood. */
export function journalEntryValues(
  type: number,
  body: Uint8Array,
  context: EntryContext,
): EntryValues | undefined {
  try {
    return isNotificationType(type)
      ? notificationValues(type, body)
      : commandValues(type, body, context);
  } catch (error) {
    // Entries that another version wrote are shown by their bytes alone.
    if (error instanceof MessageFormatError) return undefined;
    throw error;
  }
}

/** The callee that a CallInvocationId notification names. */
export function calleeOf(
  type: number,
  body: Uint8Array,
): { readonly completionId: number; readonly invocationId: string } | undefined {
  if (type !== NOTIFICATION_TYPES.callInvocationId) return undefined;
  try {
    const { id, result } = decodeNotification(body);
    return id.kind === "completion" && result.kind === "invocation-id"
      ? { completionId: id.completionId, invocationId: result.invocationId }
      : undefined;
  } catch (error) {
    if (error instanceof MessageFormatError) return undefined;
    throw error;
  }
}

function notificationValues(type: number, body: Uint8Array): EntryValues | undefined {
  const { id, result } = decodeNotification(body);
  if (id.kind === "signal") {
    return {
      full: {
        Notification: { Signal: { id: signalId(id.signal), result: resultValue(result) } },
      },
      lite: {
        Notification: { ty: "Signal", id: signalKey(id.signal), result: resultWord(result) },
      },
    };
  }
  const name = entryTypeName(type).split(": ")[1] ?? "";
  const { completionId } = id;
  const content = { completion_id: completionId, ...completionContent(type, result) };
  return {
    full: { Notification: { Completion: { [name]: content } } },
    lite: {
      Notification: {
        ty: { Completion: name },
        id: { CompletionId: completionId },
        result: resultWord(result),
      },
    },
  };
}

function completionContent(type: number, result: NotificationResult): object {
  if (type === NOTIFICATION_TYPES.sleep) return {};
  if (result.kind === "invocation-id") return { invocation_id: result.invocationId };
  if (result.kind === "state-keys") return { state_keys: result.keys };
  return { result: resultValue(result) };
}

function commandValues(
  type: number,
  body: Uint8Array,
  context: EntryContext,
): EntryValues | undefined {
  const typeName = commandTypeName(type);
  if (typeName === undefined) return undefined;
  const name = nameOfCommand(body);
  const fields = commandFields(type, body, context);
  if (fields === undefined) return undefined;
  const isNameInLite = NAMED_IN_LITE.has(type) && name !== "";
  return {
    full: { Command: { [typeName]: { ...fields.full, name } } },
    lite: { Command: { [typeName]: isNameInLite ? { ...fields.lite, name } : fields.lite } },
  };
}

const NAMED_IN_LITE: ReadonlySet<number> = new Set([
  COMMAND_TYPES.sleep,
  COMMAND_TYPES.call,
  COMMAND_TYPES.oneWayCall,
  COMMAND_TYPES.run,
]);

interface Fields {
  readonly full: object;
  readonly lite: object;
}

function both(fields: object): Fields {
  return { full: fields, lite: fields };
}

function commandFields(type: number, body: Uint8Array, context: EntryContext): Fields | undefined {
  switch (type) {
    case COMMAND_TYPES.input: {
      const { headers, payload } = decodeInput(body);
      return { full: { headers: headers.map(headerValue), payload: [...payload] }, lite: {} };
    }
    case COMMAND_TYPES.run:
      return both({ completion_id: readField(body, 11) });
    case COMMAND_TYPES.getEagerState:
      return eagerStateFields(body);
    case COMMAND_TYPES.getEagerStateKeys:
      return { full: { state_keys: readEagerKeys(body) }, lite: {} };
    default:
      return decodedFields(type, body, context);
  }
}

function decodedFields(type: number, body: Uint8Array, context: EntryContext): Fields | undefined {
  const command = decodeCommand(type, body);
  switch (command?.kind) {
    case "output":
      return {
        full: { result: resultValue(command.result) },
        lite: { result: resultWord(command.result) },
      };
    case "get-lazy-state":
    case "get-promise":
    case "peek-promise":
      return both({ key: command.key, completion_id: command.completionId });
    case "get-lazy-state-keys":
      return both({ completion_id: command.completionId });
    case "set-state":
      return {
        full: { key: command.key, value: [...command.value] },
        lite: { key: command.key },
      };
    case "clear-state":
      return both({ key: command.key });
    case "clear-all-state":
      return both({});
    case "complete-promise": {
      const { key, completionId } = command;
      return {
        full: { key, value: resultValue(command.result), completion_id: completionId },
        lite: { key, completion_id: completionId },
      };
    }
    case "sleep":
      return both({ wake_up_time: command.wakeUpTimeMs, completion_id: command.completionId });
    default:
      return addressedFields(command, context);
  }
}

function addressedFields(
  command: ReturnType<typeof decodeCommand>,
  context: EntryContext,
): Fields | undefined {
  switch (command?.kind) {
    case "call":
      return callFields(command.request, context, {
        invocation_id_completion_id: command.invocationIdCompletionId,
        result_completion_id: command.completionId,
      });
    case "one-way-call":
      return callFields(command.request, context, {
        invoke_time: command.invokeTimeMs,
        invocation_id_completion_id: command.invocationIdCompletionId,
      });
    case "send-signal": {
      const target = {
        target_invocation_id: command.targetId,
        signal_id: signalId(command.signal),
      };
      return {
        full: { ...target, result: resultValue(command.result) },
        lite: { ...target, result: resultWord(command.result) },
      };
    }
    case "attach-invocation":
    case "get-invocation-output":
      return both({
        target: attachTargetValue(command.target),
        completion_id: command.completionId,
      });
    case "complete-awakeable":
      return {
        full: { id: command.awakeableId, result: resultValue(command.result) },
        lite: { id: command.awakeableId, result: resultWord(command.result) },
      };
    default:
      return undefined;
  }
}

const NO_SPAN = {
  span_context: {
    trace_id: Array.from({ length: 16 }, () => 0),
    span_id: Array.from({ length: 8 }, () => 0),
    trace_flags: 0,
    is_remote: false,
    trace_state: "",
  },
  cause: null,
};

/** The part of a call command that only one of the two kinds has, beside what both have. */
interface CallCompletions {
  readonly invocation_id_completion_id: number;
  readonly result_completion_id?: number;
  readonly invoke_time?: number;
}

function callFields(
  request: CallRequest,
  { calleeIds, callTargets }: EntryContext,
  rest: CallCompletions,
): Fields {
  const invocationId = calleeIds.get(rest.invocation_id_completion_id) ?? "";
  const target = targetValue(request, callTargets);
  const { completionMs, journalMs } = retentionOf(request, callTargets);
  const callee = {
    invocation_id: invocationId,
    invocation_target: target,
    span_context: NO_SPAN,
    parameter: [...request.parameter],
    headers: request.headers.map(headerValue),
    idempotency_key: request.idempotencyKey ?? null,
    completion_retention_duration: durationValue(completionMs),
    journal_retention_duration: durationValue(journalMs),
  };
  return {
    full: { request: callee, ...rest },
    lite: { invocation_id: invocationId, invocation_target: target, ...rest },
  };
}

const HANDLER_TYPES = { exclusive: "Exclusive", shared: "Shared", workflow: "Workflow" } as const;

function targetValue(request: CallRequest, callTargets: CallTargets): unknown {
  const { service: name, handler, key } = request;
  const scope = request.scope ?? null;
  const target = callTargets[name];
  if (target === undefined || target.type === "service") {
    return { Service: { name, handler, scope } };
  }
  const handlerType = HANDLER_TYPES[target.handlers[handler]?.type ?? "shared"];
  const kind = target.type === "workflow" ? "Workflow" : "VirtualObject";
  return { [kind]: { name, key, handler, handler_ty: handlerType, scope } };
}

function retentionOf(
  { service, handler, idempotencyKey }: CallRequest,
  callTargets: CallTargets,
): { readonly completionMs: number; readonly journalMs: number } {
  const options = callTargets[service]?.handlers[handler];
  if (options === undefined) return { completionMs: 0, journalMs: 0 };
  const { journalMs, idempotencyMs, workflowMs, type } = options;
  const ownMs = type === "workflow" ? workflowMs : idempotencyKey === undefined ? 0 : idempotencyMs;
  // A journal is never kept longer than the invocation that it belongs to.
  return { completionMs: Math.max(ownMs, journalMs), journalMs };
}

function durationValue(durationMs: number): unknown {
  return { secs: Math.floor(durationMs / 1_000), nanos: (durationMs % 1_000) * 1_000_000 };
}

function attachTargetValue(target: AttachTarget): unknown {
  switch (target.kind) {
    case "invocation":
      return { InvocationId: target.invocationId };
    case "idempotent-request": {
      const { service, key, handler, idempotencyKey, scope } = target;
      return {
        IdempotentRequest: {
          service_name: service,
          service_key: key ?? null,
          service_handler: handler,
          idempotency_key: idempotencyKey,
          scope: scope ?? null,
        },
      };
    }
    case "workflow":
      return {
        Workflow: {
          service_name: target.workflow,
          key: target.key,
          scope: target.scope ?? null,
        },
      };
  }
}

function eagerStateFields(body: Uint8Array): Fields {
  const reader = new ProtobufReader(body);
  let key = "";
  let value: Uint8Array | undefined;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x0a) key = reader.readString();
    else if (tag === 0x72) value = readValue(reader);
    else reader.skip(tag);
  }
  return value === undefined
    ? both({ key, result: "Void" })
    : { full: { key, result: { Success: [...value] } }, lite: { key, result: "Success" } };
}

function readEagerKeys(body: Uint8Array): readonly string[] {
  const reader = new ProtobufReader(body);
  const keys: string[] = [];
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag !== 0x72) {
      reader.skip(tag);
      continue;
    }
    const outerEnd = reader.enter();
    while (reader.hasMore) {
      const inner = reader.readTag();
      if (inner === 0x0a) keys.push(reader.readString());
      else reader.skip(inner);
    }
    reader.leave(outerEnd);
  }
  return keys;
}

/** Reads a 32-bit field of the outermost message; 0 if it is absent. */
function readField(body: Uint8Array, field: number): number {
  const reader = new ProtobufReader(body);
  let value = 0;
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === field * 8) value = reader.readUint32();
    else reader.skip(tag);
  }
  return value;
}

function headerValue([name, value]: Header): unknown {
  return { name, value };
}

function signalId(signal: SignalId): unknown {
  return typeof signal === "number" ? { Index: signal } : { Name: signal };
}

function signalKey(signal: SignalId): unknown {
  return typeof signal === "number" ? { SignalIndex: signal } : { SignalName: signal };
}

function resultValue(result: NotificationResult | InvocationResult): unknown {
  switch (result.kind) {
    case "success":
      return { Success: [...result.value] };
    case "failure":
      return { Failure: failureValue(result.failure) };
    case "state-keys":
      return { StateKeys: result.keys };
    case "invocation-id":
      return { InvocationId: result.invocationId };
    case "void":
      return "Void";
  }
}

const RESULT_WORDS: Readonly<Record<NotificationResult["kind"], string>> = {
  void: "Void",
  success: "Success",
  failure: "Failure",
  "state-keys": "StateKeys",
  "invocation-id": "InvocationId",
};

function resultWord(result: NotificationResult | InvocationResult): string {
  return RESULT_WORDS[result.kind];
}

function failureValue({ code, message, metadata }: Failure): unknown {
  if (metadata === undefined || metadata.length === 0) return { code, message };
  return { code, message, metadata: metadata.map(([key, value]) => ({ key, value })) };
}
