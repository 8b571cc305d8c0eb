/** What the generated encoder writes is read as it was meant, and what is broken is refused. */
import Long from "long";
import { describe, expect, test } from "vitest";
import { COMMAND_TYPES, MessageFormatError } from "#model";
import { restate } from "#proto/restate-protocol.js";
import { decodeCommand, type WireCommand } from "#service-protocol";

const VALUE = Uint8Array.of(1, 2, 3);
const FAILURE = { code: 409, message: "no", metadata: [{ key: "a", value: "b" }] };
const RESULT = { kind: "success", value: VALUE } as const;
const FAILED = {
  kind: "failure",
  failure: { code: 409, message: "no", metadata: [["a", "b"]], stacktrace: undefined },
} as const;

type Row = readonly [type: keyof typeof COMMAND_TYPES, bytes: Uint8Array, command: WireCommand];

const ROWS: readonly Row[] = [
  [
    "output",
    restate.OutputCommandMessage.encode({ value: { content: VALUE }, name: "n" }).finish(),
    { kind: "output", result: RESULT },
  ],
  [
    "output",
    restate.OutputCommandMessage.encode({ failure: FAILURE }).finish(),
    { kind: "output", result: FAILED },
  ],
  [
    "getLazyState",
    restate.GetLazyStateCommandMessage.encode({
      key: Buffer.from("ö"),
      resultCompletionId: 300,
      name: "n",
    }).finish(),
    { kind: "get-lazy-state", key: "ö", completionId: 300 },
  ],
  [
    "setState",
    restate.SetStateCommandMessage.encode({
      key: Buffer.from("k"),
      value: { content: VALUE },
    }).finish(),
    { kind: "set-state", key: "k", value: VALUE },
  ],
  [
    "setState",
    restate.SetStateCommandMessage.encode({ key: Buffer.from("k") }).finish(),
    { kind: "set-state", key: "k", value: new Uint8Array(0) },
  ],
  [
    "clearState",
    restate.ClearStateCommandMessage.encode({ key: Buffer.from("k") }).finish(),
    { kind: "clear-state", key: "k" },
  ],
  [
    "clearAllState",
    restate.ClearAllStateCommandMessage.encode({ name: "n" }).finish(),
    { kind: "clear-all-state" },
  ],
  [
    "getLazyStateKeys",
    restate.GetLazyStateKeysCommandMessage.encode({ resultCompletionId: 3 }).finish(),
    { kind: "get-lazy-state-keys", completionId: 3 },
  ],
  [
    "getEagerState",
    restate.GetEagerStateCommandMessage.encode({ key: VALUE, void: {} }).finish(),
    { kind: "record-only" },
  ],
  [
    "getEagerStateKeys",
    restate.GetEagerStateKeysCommandMessage.encode({ value: { keys: [VALUE] } }).finish(),
    { kind: "record-only" },
  ],
  [
    "run",
    restate.RunCommandMessage.encode({ resultCompletionId: 1, name: "step" }).finish(),
    { kind: "record-only" },
  ],
  [
    "getPromise",
    restate.GetPromiseCommandMessage.encode({ key: "p", resultCompletionId: 1 }).finish(),
    { kind: "get-promise", key: "p", completionId: 1 },
  ],
  [
    "peekPromise",
    restate.PeekPromiseCommandMessage.encode({ key: "p", resultCompletionId: 1 }).finish(),
    { kind: "peek-promise", key: "p", completionId: 1 },
  ],
  [
    "completePromise",
    restate.CompletePromiseCommandMessage.encode({
      key: "p",
      completionFailure: FAILURE,
      resultCompletionId: 2,
    }).finish(),
    { kind: "complete-promise", key: "p", result: FAILED, completionId: 2 },
  ],
  [
    "sleep",
    restate.SleepCommandMessage.encode({
      wakeUpTime: Long.fromNumber(1_800_000_000_000, true),
      resultCompletionId: 4,
    }).finish(),
    { kind: "sleep", wakeUpTimeMs: 1_800_000_000_000, completionId: 4 },
  ],
  [
    "sleep",
    restate.SleepCommandMessage.encode({
      wakeUpTime: Long.MAX_UNSIGNED_VALUE,
      resultCompletionId: 4,
    }).finish(),
    { kind: "sleep", wakeUpTimeMs: Number.MAX_SAFE_INTEGER, completionId: 4 },
  ],
  [
    "call",
    restate.CallCommandMessage.encode({
      serviceName: "S",
      handlerName: "h",
      parameter: VALUE,
      headers: [{ key: "a", value: "b" }],
      key: "k",
      idempotencyKey: "i",
      scope: "s",
      limitKey: "l",
      invocationIdNotificationIdx: 1,
      resultCompletionId: 2,
      name: "n",
    }).finish(),
    {
      kind: "call",
      request: {
        service: "S",
        handler: "h",
        parameter: VALUE,
        headers: [["a", "b"]],
        key: "k",
        idempotencyKey: "i",
        scope: "s",
        limitKey: "l",
      },
      invocationIdCompletionId: 1,
      completionId: 2,
    },
  ],
  [
    "oneWayCall",
    restate.OneWayCallCommandMessage.encode({
      serviceName: "S",
      handlerName: "h",
      parameter: VALUE,
      invokeTime: Long.fromNumber(1_800_000_000_000, true),
      headers: [{ key: "a", value: "b" }],
      key: "k",
      idempotencyKey: "i",
      scope: "s",
      limitKey: "l",
      invocationIdNotificationIdx: 1,
    }).finish(),
    {
      kind: "one-way-call",
      request: {
        service: "S",
        handler: "h",
        parameter: VALUE,
        headers: [["a", "b"]],
        key: "k",
        idempotencyKey: "i",
        scope: "s",
        limitKey: "l",
      },
      invocationIdCompletionId: 1,
      invokeTimeMs: 1_800_000_000_000,
    },
  ],
  [
    "sendSignal",
    restate.SendSignalCommandMessage.encode({
      targetInvocationId: "inv_1x",
      idx: 1,
      void: {},
    }).finish(),
    { kind: "send-signal", targetId: "inv_1x", signal: 1, result: { kind: "void" } },
  ],
  [
    "sendSignal",
    restate.SendSignalCommandMessage.encode({
      targetInvocationId: "inv_1x",
      name: "go",
      failure: FAILURE,
      entryName: "e",
    }).finish(),
    { kind: "send-signal", targetId: "inv_1x", signal: "go", result: FAILED },
  ],
  [
    "attachInvocation",
    restate.AttachInvocationCommandMessage.encode({
      invocationId: "inv_1x",
      resultCompletionId: 1,
    }).finish(),
    {
      kind: "attach-invocation",
      target: { kind: "invocation", invocationId: "inv_1x" },
      completionId: 1,
    },
  ],
  [
    "getInvocationOutput",
    restate.GetInvocationOutputCommandMessage.encode({
      idempotentRequestTarget: {
        serviceName: "S",
        serviceKey: "",
        handlerName: "h",
        idempotencyKey: "i",
        scope: "s",
      },
      resultCompletionId: 1,
    }).finish(),
    {
      kind: "get-invocation-output",
      target: {
        kind: "idempotent-request",
        service: "S",
        key: "",
        handler: "h",
        idempotencyKey: "i",
        scope: "s",
      },
      completionId: 1,
    },
  ],
  [
    "attachInvocation",
    restate.AttachInvocationCommandMessage.encode({
      workflowTarget: { workflowName: "W", workflowKey: "k" },
      resultCompletionId: 1,
    }).finish(),
    {
      kind: "attach-invocation",
      target: { kind: "workflow", workflow: "W", key: "k", scope: undefined },
      completionId: 1,
    },
  ],
  [
    "completeAwakeable",
    restate.CompleteAwakeableCommandMessage.encode({
      awakeableId: "sign_1x",
      value: { content: VALUE },
    }).finish(),
    { kind: "complete-awakeable", awakeableId: "sign_1x", result: RESULT },
  ],
];

test.each(ROWS)("%s is read as it was written", (type, bytes, command) => {
  expect(decodeCommand(COMMAND_TYPES[type], new Uint8Array(bytes))).toEqual(command);
});

test.each(ROWS)("%s cut short is refused, or is a shorter valid message", (type, bytes) => {
  for (let length = 0; length < bytes.length; length++) {
    try {
      decodeCommand(COMMAND_TYPES[type], new Uint8Array(bytes.subarray(0, length)));
    } catch (error) {
      expect(error).toBeInstanceOf(MessageFormatError);
    }
  }
});

describe("what would poison the server is refused", () => {
  const keyOnly = restate.CompletePromiseCommandMessage.encode({ key: "p" }).finish();
  test.each([
    ["output", new Uint8Array(0), "missing field 'result'"],
    ["completePromise", keyOnly, "missing field 'completion'"],
    ["attachInvocation", Uint8Array.of(0x58, 1), "missing field 'target'"],
    ["getInvocationOutput", Uint8Array.of(0x58, 1), "missing field 'target'"],
    ["sendSignal", Uint8Array.of(0x22, 0), "missing field 'signal_id'"],
    ["sendSignal", Uint8Array.of(0x10, 1), "missing field 'result'"],
    ["completeAwakeable", new Uint8Array(0), "missing field 'result'"],
    ["setState", Uint8Array.of(0x0a, 1, 0xff), "not valid UTF-8"],
    ["getLazyState", Uint8Array.of(0x0a, 2, 0xc3, 0x28), "not valid UTF-8"],
    ["run", Uint8Array.of(0xff, 0xff), "ends early"],
    ["sleep", Uint8Array.of(0x0b), "wire type"],
    ["clearAllState", Uint8Array.of(0x00), "field number is zero"],
    ["sleep", new Uint8Array(20).fill(0xff), "longer than ten bytes"],
  ] as const)("%s %j: %s", (type, bytes, message) => {
    expect(() => decodeCommand(COMMAND_TYPES[type], bytes)).toThrow(message);
    expect(() => decodeCommand(COMMAND_TYPES[type], bytes)).toThrow(MessageFormatError);
  });
});

test("a type that no handler may send is not a command", () => {
  expect(decodeCommand(COMMAND_TYPES.input, new Uint8Array(0))).toBeUndefined();
  expect(decodeCommand(0x040f, new Uint8Array(0))).toBeUndefined();
  expect(decodeCommand(0x7fff, new Uint8Array(0))).toBeUndefined();
});
