/** The messages of the service protocol as tables, and their frames (service-protocol.md 4, 5). */

import type { Field, FieldType, MessageFields, MessageValue } from "./protobuf.ts";
import { concat, decodeMessage, encodeMessage, utf8 } from "./protobuf.ts";

type Spec = Record<string, readonly [number, FieldType] | readonly [number, FieldType, "repeated"]>;

function message(spec: Spec | (() => Spec)): MessageFields {
  let fields: Record<string, Field> | undefined;
  return () => {
    if (fields === undefined) {
      fields = {};
      for (const [name, entry] of Object.entries(typeof spec === "function" ? spec() : spec)) {
        const [number, type, repeated] = entry;
        fields[name] = { number, type, repeated: repeated !== undefined };
      }
    }
    return fields;
  };
}

const header = message({ key: [1, "string"], value: [2, "string"] });
const stateEntry = message({ key: [1, "bytes"], value: [2, "bytes"] });
const value = message({ content: [1, "bytes"] });
const failure = message({
  code: [1, "uint32"],
  message: [2, "string"],
  metadata: [3, { message: header }, "repeated"],
});
const stateKeys = message({ keys: [1, "bytes", "repeated"] });
const empty = message({});
const workflowTarget = message({
  workflow_name: [1, "string"],
  workflow_key: [2, "string"],
  scope: [3, "string"],
});
const idempotentTarget = message({
  service_name: [1, "string"],
  service_key: [2, "string"],
  handler_name: [3, "string"],
  idempotency_key: [4, "string"],
  scope: [5, "string"],
});
const future: MessageFields = message(() => ({
  waiting_completions: [1, "uint32", "repeated"],
  waiting_signals: [2, "uint32", "repeated"],
  waiting_named_signals: [3, "string", "repeated"],
  nested_futures: [4, { message: future }, "repeated"],
  combinator_type: [5, "uint32"],
}));

const NAME = { name: [12, "string"] } as const;
const COMPLETION = { result_completion_id: [11, "uint32"] } as const;
const ATTACH = {
  invocation_id: [1, "string"],
  idempotent_request_target: [3, { message: idempotentTarget }],
  workflow_target: [4, { message: workflowTarget }],
  ...COMPLETION,
  ...NAME,
} as const;

/** Every message by name: its type code and fields. */
const MESSAGES = {
  Start: [
    0x0000,
    {
      id: [1, "bytes"],
      debug_id: [2, "string"],
      known_entries: [3, "uint32"],
      state_map: [4, { message: stateEntry }, "repeated"],
      partial_state: [5, "bool"],
      key: [6, "string"],
      retry_count_since_last_stored_entry: [7, "uint32"],
      duration_since_last_stored_entry: [8, "uint64"],
      random_seed: [9, "uint64"],
      scope: [10, "string"],
      limit_key: [11, "string"],
      idempotency_key: [12, "string"],
    },
  ],
  Suspension: [
    0x0001,
    {
      waiting_completions: [1, "uint32", "repeated"],
      waiting_signals: [2, "uint32", "repeated"],
      waiting_named_signals: [3, "string", "repeated"],
      awaiting_on: [4, { message: future }],
    },
  ],
  Error: [
    0x0002,
    {
      code: [1, "uint32"],
      message: [2, "string"],
      stacktrace: [3, "string"],
      related_command_index: [4, "uint32"],
      related_command_name: [5, "string"],
      related_command_type: [6, "uint32"],
      next_retry_delay: [8, "uint64"],
      behavior: [9, "uint32"],
    },
  ],
  End: [0x0003, {}],
  CommandAck: [0x0004, { command_index: [1, "uint32"] }],
  ProposeRunCompletion: [
    0x0005,
    {
      result_completion_id: [1, "uint32"],
      value: [14, "bytes"],
      failure: [15, { message: failure }],
    },
  ],
  AwaitingOn: [
    0x0006,
    {
      awaiting_on: [1, { message: future }],
      executing_side_effects: [2, "bool"],
    },
  ],
  ProposeRunCompletionAck: [0x0007, { completion_id: [1, "uint32"] }],
  Input: [
    0x0400,
    {
      headers: [1, { message: header }, "repeated"],
      value: [14, { message: value }],
      ...NAME,
    },
  ],
  Output: [
    0x0401,
    {
      value: [14, { message: value }],
      failure: [15, { message: failure }],
      ...NAME,
    },
  ],
  GetLazyState: [0x0402, { key: [1, "bytes"], ...COMPLETION, ...NAME }],
  SetState: [0x0403, { key: [1, "bytes"], value: [3, { message: value }], ...NAME }],
  ClearState: [0x0404, { key: [1, "bytes"], ...NAME }],
  ClearAllState: [0x0405, { ...NAME }],
  GetLazyStateKeys: [0x0406, { ...COMPLETION, ...NAME }],
  GetEagerState: [
    0x0407,
    {
      key: [1, "bytes"],
      void: [13, { message: empty }],
      value: [14, { message: value }],
      ...NAME,
    },
  ],
  GetEagerStateKeys: [0x0408, { value: [14, { message: stateKeys }], ...NAME }],
  GetPromise: [0x0409, { key: [1, "string"], ...COMPLETION, ...NAME }],
  PeekPromise: [0x040a, { key: [1, "string"], ...COMPLETION, ...NAME }],
  CompletePromise: [
    0x040b,
    {
      key: [1, "string"],
      completion_value: [2, { message: value }],
      completion_failure: [3, { message: failure }],
      ...COMPLETION,
      ...NAME,
    },
  ],
  Sleep: [0x040c, { wake_up_time: [1, "uint64"], ...COMPLETION, ...NAME }],
  Call: [
    0x040d,
    {
      service_name: [1, "string"],
      handler_name: [2, "string"],
      parameter: [3, "bytes"],
      headers: [4, { message: header }, "repeated"],
      key: [5, "string"],
      idempotency_key: [6, "string"],
      scope: [7, "string"],
      limit_key: [8, "string"],
      invocation_id_notification_idx: [10, "uint32"],
      ...COMPLETION,
      ...NAME,
    },
  ],
  OneWayCall: [
    0x040e,
    {
      service_name: [1, "string"],
      handler_name: [2, "string"],
      parameter: [3, "bytes"],
      invoke_time: [4, "uint64"],
      headers: [5, { message: header }, "repeated"],
      key: [6, "string"],
      idempotency_key: [7, "string"],
      scope: [8, "string"],
      limit_key: [9, "string"],
      invocation_id_notification_idx: [10, "uint32"],
      ...NAME,
    },
  ],
  SendSignal: [
    0x0410,
    {
      target_invocation_id: [1, "string"],
      idx: [2, "uint32"],
      name: [3, "string"],
      void: [4, { message: empty }],
      value: [5, { message: value }],
      failure: [6, { message: failure }],
      entry_name: [12, "string"],
    },
  ],
  Run: [0x0411, { ...COMPLETION, ...NAME }],
  AttachInvocation: [0x0412, ATTACH],
  GetInvocationOutput: [0x0413, ATTACH],
  CompleteAwakeable: [
    0x0414,
    {
      awakeable_id: [1, "string"],
      value: [2, { message: value }],
      failure: [3, { message: failure }],
      ...NAME,
    },
  ],
} as const satisfies Record<string, readonly [number, Spec]>;

/** Name of a message the SDK side or the server side may send. */
export type MessageName = keyof typeof MESSAGES;

const NOTIFICATION = message({
  completion_id: [1, "uint32"],
  signal_id: [2, "uint32"],
  signal_name: [3, "string"],
  void: [4, { message: empty }],
  value: [5, { message: value }],
  failure: [6, { message: failure }],
  invocation_id: [16, "string"],
  state_keys: [17, { message: stateKeys }],
});

const NOTIFICATION_NAMES = new Map<number, string>([
  [0x8002, "GetLazyStateCompletion"],
  [0x8006, "GetLazyStateKeysCompletion"],
  [0x8009, "GetPromiseCompletion"],
  [0x800a, "PeekPromiseCompletion"],
  [0x800b, "CompletePromiseCompletion"],
  [0x800c, "SleepCompletion"],
  [0x800d, "CallCompletion"],
  [0x800e, "CallInvocationIdCompletion"],
  [0x8011, "RunCompletion"],
  [0x8012, "AttachInvocationCompletion"],
  [0x8013, "GetInvocationOutputCompletion"],
  [0xfbff, "Signal"],
]);

const TABLES = new Map<number, readonly [string, MessageFields]>();
const CODES = new Map<string, readonly [number, MessageFields]>();
for (const [name, [type, spec]] of Object.entries(MESSAGES)) {
  const fields = message(spec);
  TABLES.set(type, [name, fields]);
  CODES.set(name, [type, fields]);
}
for (const [type, name] of NOTIFICATION_NAMES) TABLES.set(type, [name, NOTIFICATION]);

/** Flag of commands and run proposals that asks for an acknowledgement. */
export const REQUIRES_ACK = 0x8000;

/** A frame as received, with its decoded body when the type is known. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly name: string;
  readonly body: Uint8Array;
  readonly fields: MessageValue;
}

/** A frame to send: header and body bytes. */
export function rawFrame(type: number, body: Uint8Array, flags = 0, length?: number): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(flags, 2);
  head.writeUInt32BE(length ?? body.length, 4);
  return concat([head, body]);
}

/** The frame of a named message. */
export function frame(name: MessageName, fields: MessageValue = {}, flags = 0): Uint8Array {
  const [type, table] = CODES.get(name) as readonly [number, MessageFields];
  return rawFrame(type, encodeMessage(table, fields), flags);
}

/** The type code of a named message. */
export function typeOf(name: MessageName): number {
  return MESSAGES[name][0];
}

/** The frame of a notification, which a deployment must never send. */
export function notificationFrame(type: number, fields: MessageValue): Uint8Array {
  return rawFrame(type, encodeMessage(NOTIFICATION, fields));
}

/** `{ content }` of UTF-8 text, the Value message. */
export function textValue(text: string): MessageValue {
  return { content: utf8(text) };
}

/** Output with a success value. */
export function output(text: string): Uint8Array {
  return frame("Output", { value: textValue(text) });
}

/** Output with a failure. */
export function outputFailure(code: number, text: string): Uint8Array {
  return frame("Output", { failure: { code, message: text } });
}

/** Splits a byte stream into frames. */
export class FrameDecoder {
  #pending: Uint8Array = new Uint8Array(0);

  /** Adds received bytes and returns the frames they complete. */
  push(bytes: Uint8Array): Frame[] {
    this.#pending = concat([this.#pending, bytes]);
    const frames: Frame[] = [];
    for (;;) {
      if (this.#pending.length < 8) return frames;
      const view = Buffer.from(this.#pending.buffer, this.#pending.byteOffset, 8);
      const end = 8 + view.readUInt32BE(4);
      if (this.#pending.length < end) return frames;
      const body = this.#pending.subarray(8, end);
      frames.push(decodeFrame(view.readUInt16BE(0), view.readUInt16BE(2), body));
      this.#pending = this.#pending.subarray(end);
    }
  }
}

function decodeFrame(type: number, flags: number, body: Uint8Array): Frame {
  const known = TABLES.get(type);
  if (known === undefined) {
    return { type, flags, name: `0x${type.toString(16)}`, body, fields: {} };
  }
  const [name, fields] = known;
  return { type, flags, name, body, fields: decodeMessage(fields, body) };
}

/** Combinators of a v7 future node. */
export const COMBINATOR = {
  unknown: 0,
  firstCompleted: 1,
  allCompleted: 2,
  firstSucceededOrAllFailed: 3,
  allSucceededOrFirstFailed: 4,
} as const;
