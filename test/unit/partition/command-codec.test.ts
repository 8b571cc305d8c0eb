// What is written into the log is what is read from it, for every command.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type {
  AttemptEvent,
  AttemptFailure,
  Failure,
  Future,
  InvocationId,
  InvocationRequest,
  InvocationResult,
  InvocationTarget,
  InvokedBy,
  JournalCommand,
  NotificationResult,
  ResolvedCall,
  Retention,
  SignalId,
} from "#model";
import { deploymentIdFromUlid, invocationIdFromBytes } from "#model";
import type {
  Command,
  ConcurrencyRule,
  Expiry,
  InvocationSink,
  OutboxMessage,
  PinChange,
  RequestId,
  StateMutation,
  Timer,
} from "#state-machine";
import { decodeRecord, encodeRecord } from "../../../src/partition/command-codec.ts";

/** A generator for each case of a union: leaving one out does not compile. */
type Cases<T extends { readonly kind: string }> = {
  [Kind in T["kind"]]: Omit<Extract<T, { readonly kind: Kind }>, "kind"> extends infer Fields
    ? { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> }
    : never;
};

function union<T extends { readonly kind: string }>(cases: Cases<T>): fc.Arbitrary<T> {
  const arbitraries = Object.entries(cases).map(([kind, fields]) =>
    fc.record({ kind: fc.constant(kind), ...(fields as Record<string, fc.Arbitrary<unknown>>) }),
  );
  return fc.oneof(...arbitraries) as unknown as fc.Arbitrary<T>;
}

function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

function list<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(arbitrary, { maxLength: 3 });
}

const uint = fc.oneof(fc.nat(), fc.maxSafeNat());
const text = fc.string({ unit: "grapheme", maxLength: 12 });
const payload = fc.uint8Array({ maxLength: 40 });
const invocationId: fc.Arbitrary<InvocationId> = fc
  .uint8Array({ minLength: 24, maxLength: 24 })
  .map(invocationIdFromBytes);
const deploymentId = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(deploymentIdFromUlid);

const target: fc.Arbitrary<InvocationTarget> = fc.record({
  serviceType: fc.constantFrom("service", "virtual-object", "workflow"),
  handlerType: fc.constantFrom("exclusive", "shared", "workflow"),
  service: text,
  handler: text,
  key: optional(text),
  scope: optional(text),
});
const retention: fc.Arbitrary<Retention> = fc.record({ completionMs: uint, journalMs: uint });
const headers = list(fc.tuple(text, text));
const failure: fc.Arbitrary<Failure> = fc.record({
  code: fc.nat({ max: 65_535 }),
  message: text,
  metadata: optional(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 2 })),
  stacktrace: optional(text),
});
const result = union<InvocationResult>({ success: { value: payload }, failure: { failure } });
const notification = union<NotificationResult>({
  void: {},
  success: { value: payload },
  failure: { failure },
  "invocation-id": { invocationId },
  "state-keys": { keys: list(text) },
});
const signal: fc.Arbitrary<SignalId> = fc.oneof(fc.nat(), text);
const invokedBy = union<InvokedBy>({
  ingress: {},
  service: { invocationId, target },
  subscription: { subscriptionId: text },
  "restart-as-new": { invocationId },
});
const request: fc.Arbitrary<InvocationRequest> = fc.record({
  id: invocationId,
  target,
  headers,
  payload,
  idempotencyKey: optional(text),
  limitKey: optional(text),
  executionTimeMs: optional(uint),
  retention,
  invokedBy,
  traceParent: optional(text),
});
const call: fc.Arbitrary<ResolvedCall> = fc.record({
  calleeId: invocationId,
  target,
  headers,
  payload,
  idempotencyKey: optional(text),
  limitKey: optional(text),
  retention,
});
const { future } = fc.letrec<{ future: Future }>((tie) => ({
  future: fc.record({
    combinator: fc.constantFrom(
      "unknown",
      "first-completed",
      "all-completed",
      "first-succeeded-or-all-failed",
      "all-succeeded-or-first-failed",
    ),
    completions: list(fc.nat()),
    signals: list(fc.nat()),
    namedSignals: list(text),
    nested: fc.oneof({ maxDepth: 3 }, fc.constant([]), list(tie("future"))),
  }),
}));

const numbered = { key: text, completionId: uint };
const journalCommand = union<JournalCommand>({
  "record-only": {},
  output: { result },
  "get-lazy-state": numbered,
  "get-lazy-state-keys": { completionId: uint },
  "set-state": { key: text, value: payload },
  "clear-state": { key: text },
  "clear-all-state": {},
  "get-promise": numbered,
  "peek-promise": numbered,
  "complete-promise": { ...numbered, result },
  sleep: { wakeUpTimeMs: uint, completionId: uint },
  call: { call, invocationIdCompletionId: uint, completionId: uint },
  "one-way-call": { call, invocationIdCompletionId: uint, invokeTimeMs: uint },
  "send-signal": { targetId: invocationId, signal, result: notification },
  "attach-invocation": { targetId: invocationId, completionId: uint },
  "get-invocation-output": { targetId: invocationId, completionId: uint },
});
const cause: fc.Arbitrary<AttemptFailure> = fc.record({
  failure,
  documentedCode: optional(text),
  relatedCommandIndex: optional(uint),
  relatedCommandName: optional(text),
  relatedCommandType: optional(text),
});
const attemptEvent = union<AttemptEvent>({
  pin: { deploymentId, protocolVersion: fc.nat() },
  command: {
    type: fc.nat({ max: 0x7fff }),
    body: payload,
    requiresAck: fc.boolean(),
    command: journalCommand,
  },
  "run-completion": { completionId: uint, result, ackOnly: fc.boolean() },
  suspend: { future, recordEvent: fc.boolean() },
  end: {},
  "fail-attempt": { cause },
  pause: { cause: optional(cause) },
  fail: { failure },
});

const timer = union<Timer>({
  sleep: { timeMs: uint, invocationId, completionId: uint, incarnation: uint },
  start: { timeMs: uint, invocationId },
});
const expiry: fc.Arbitrary<Expiry> = fc.record({
  timeMs: uint,
  invocationId,
  what: fc.constantFrom("completion", "journal"),
});
const sink: fc.Arbitrary<InvocationSink> = fc.record({
  kind: fc.constant("invocation"),
  invocationId,
  completionId: uint,
  notificationType: fc.nat({ max: 0xffff }),
  incarnation: uint,
});
const message = union<OutboxMessage>({
  invoke: { request, sink: optional(sink) },
  complete: {
    targetId: invocationId,
    completionId: uint,
    notificationType: fc.nat({ max: 0xffff }),
    result: notification,
    incarnation: uint,
  },
  signal: { targetId: invocationId, signal, result: notification },
  kill: { targetId: invocationId },
  attach: { targetId: invocationId, sink, blocking: fc.boolean() },
  "answer-page": {
    targetId: invocationId,
    page: uint,
    target: optional(target),
    result: optional(result),
  },
  "continue-kill": {
    targetId: invocationId,
    incarnation: uint,
    from: uint,
    requestId: optional(fc.record({ epoch: uint, sequence: uint })),
  },
  "release-lock": { targetId: invocationId, instance: text },
  "start-waiters": { targetId: invocationId },
});
const requestId: fc.Arbitrary<RequestId> = fc.record({ epoch: uint, sequence: uint });
const deduplicationId = optional(text);
const operation = { invocationId, requestId: optional(requestId), deduplicationId };
const pinChange = union<PinChange>({
  keep: {},
  unpin: {},
  move: {
    deploymentId,
    minProtocolVersion: fc.nat(),
    maxProtocolVersion: fc.nat(),
    lenient: fc.boolean(),
  },
});
const mutation: fc.Arbitrary<StateMutation> = fc.record({
  serviceType: fc.constantFrom("virtual-object", "workflow"),
  service: text,
  key: text,
  scope: optional(text),
  expectedVersion: optional(text),
  state: list(fc.tuple(text, payload)),
});
const rule: fc.Arbitrary<ConcurrencyRule> = fc.record({ pattern: text, concurrency: uint });

const commands: Cases<Command> = {
  invoke: {
    request,
    requestId: optional(requestId),
    mode: fc.constantFrom("call", "send"),
    isFresh: optional(fc.boolean()),
  },
  "attempt-event": { invocationId, token: uint, events: list(attemptEvent) },
  "fire-timers": { timers: list(timer) },
  deliver: { producer: uint, items: list(fc.record({ sequence: uint, message })) },
  "truncate-outbox": { upTo: uint },
  "attach-invocation": { invocationId, requestId },
  "append-signal": { ...operation, signal, result: notification },
  "cancel-invocation": operation,
  "kill-invocation": operation,
  "pause-invocation": operation,
  "resume-invocation": { ...operation, pinChange },
  "restart-invocation": {
    ...operation,
    newInvocationId: invocationId,
    from: fc.nat(),
    pinChange,
    retention,
  },
  "purge-invocation": operation,
  "purge-journal": operation,
  "purge-expired": { expiries: list(expiry) },
  "patch-state": { mutation, requestId: optional(requestId), deduplicationId },
  "update-rules": { rules: list(rule) },
  "check-digest": {},
};

describe("a record", () => {
  test.each(Object.keys(commands) as Command["kind"][])("of %s survives the log", (kind) => {
    const fields = commands[kind] as Record<string, fc.Arbitrary<unknown>>;
    const record = fc.record({
      timeMs: uint,
      command: fc.record({ kind: fc.constant(kind), ...fields }) as fc.Arbitrary<unknown>,
    }) as fc.Arbitrary<Parameters<typeof encodeRecord>[0]>;

    fc.assert(
      fc.property(record, (written) => {
        expect(decodeRecord(encodeRecord(written))).toEqual(written);
      }),
      { numRuns: 150 },
    );
  });

  test("that is cut short or damaged is an error, never a crash or a hang", () => {
    const anyCommand = union<Command>(commands);
    const damaged = fc.tuple(fc.record({ timeMs: uint, command: anyCommand }), fc.nat(), fc.nat());

    fc.assert(
      fc.property(damaged, ([written, where, byte]) => {
        const data = encodeRecord(written);
        const flipped = data.slice();
        flipped[where % data.length] = byte & 0xff;
        for (const source of [flipped, data.subarray(0, where % data.length)]) {
          try {
            decodeRecord(source);
          } catch (error) {
            expect((error as Error).name).toBe("WireFormatError");
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
