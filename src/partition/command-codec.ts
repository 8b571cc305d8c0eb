/** Stored form of log records. Field and case numbers are never reused; see the README. */
import {
  bool,
  bytes,
  type Codec,
  decode,
  encodeShared,
  field,
  message,
  optional,
  repeated,
  string,
  uint,
  union,
  variant,
  word,
} from "#base/wire-codec";
import type { AttemptEvent, JournalCommand, ResolvedCall } from "#model";
import {
  added,
  attemptFailureCodec,
  deploymentIdCodec,
  failureCodec,
  futureCodec,
  headerCodec,
  invocationIdCodec,
  invocationRequestCodec,
  invocationResultCodec,
  notificationResultCodec,
  outboxMessageCodec,
  requestIdCodec,
  retentionCodec,
  ruleCodec,
  signalIdCodec,
  stateMutationCodec,
  targetCodec,
} from "#partition-store";
import type {
  Command,
  CommandOf,
  DeliveredMessage,
  Expiry,
  LogRecord,
  PinChange,
  Timer,
} from "#state-machine";

const resolvedCallCodec: Codec<ResolvedCall> = message<ResolvedCall>({
  calleeId: field(1, invocationIdCodec),
  target: field(2, targetCodec),
  headers: repeated(3, headerCodec),
  payload: field(4, bytes),
  idempotencyKey: optional(5, string),
  limitKey: optional(6, string),
  retention: field(7, retentionCodec),
});

const completionId = field(15, uint);

const journalCommandCodec: Codec<JournalCommand> = union<JournalCommand>({
  "record-only": [1, variant("record-only", {})],
  output: [2, variant("output", { result: field(1, invocationResultCodec) })],
  "get-lazy-state": [3, variant("get-lazy-state", { key: field(1, string), completionId })],
  "get-lazy-state-keys": [4, variant("get-lazy-state-keys", { completionId })],
  "set-state": [5, variant("set-state", { key: field(1, string), value: field(2, bytes) })],
  "clear-state": [6, variant("clear-state", { key: field(1, string) })],
  "clear-all-state": [7, variant("clear-all-state", {})],
  "get-promise": [8, variant("get-promise", { key: field(1, string), completionId })],
  "peek-promise": [9, variant("peek-promise", { key: field(1, string), completionId })],
  "complete-promise": [
    10,
    variant("complete-promise", {
      key: field(1, string),
      result: field(2, invocationResultCodec),
      completionId,
    }),
  ],
  sleep: [11, variant("sleep", { wakeUpTimeMs: field(1, uint), completionId })],
  call: [
    12,
    variant("call", {
      call: field(1, resolvedCallCodec),
      invocationIdCompletionId: field(2, uint),
      completionId,
    }),
  ],
  "one-way-call": [
    13,
    variant("one-way-call", {
      call: field(1, resolvedCallCodec),
      invocationIdCompletionId: field(2, uint),
      invokeTimeMs: field(3, uint),
    }),
  ],
  "send-signal": [
    14,
    variant("send-signal", {
      targetId: field(1, invocationIdCodec),
      signal: field(2, signalIdCodec),
      result: field(3, notificationResultCodec),
    }),
  ],
  "attach-invocation": [
    15,
    variant("attach-invocation", { targetId: field(1, invocationIdCodec), completionId }),
  ],
  "get-invocation-output": [
    16,
    variant("get-invocation-output", { targetId: field(1, invocationIdCodec), completionId }),
  ],
});

const attemptEventCodec: Codec<AttemptEvent> = union<AttemptEvent>({
  pin: [
    1,
    variant("pin", { deploymentId: field(1, deploymentIdCodec), protocolVersion: field(2, uint) }),
  ],
  command: [
    2,
    variant("command", {
      type: field(1, uint),
      body: field(2, bytes),
      requiresAck: field(3, bool),
      command: field(4, journalCommandCodec),
    }),
  ],
  "run-completion": [
    3,
    variant("run-completion", {
      completionId: field(1, uint),
      result: field(2, invocationResultCodec),
      ackOnly: field(3, bool),
    }),
  ],
  suspend: [4, variant("suspend", { future: field(1, futureCodec), recordEvent: field(2, bool) })],
  end: [5, variant("end", {})],
  "fail-attempt": [6, variant("fail-attempt", { cause: field(1, attemptFailureCodec) })],
  pause: [7, variant("pause", { cause: optional(1, attemptFailureCodec) })],
  fail: [8, variant("fail", { failure: field(1, failureCodec) })],
});

const timerCodec: Codec<Timer> = union<Timer>({
  sleep: [
    1,
    variant("sleep", {
      timeMs: field(1, uint),
      invocationId: field(2, invocationIdCodec),
      completionId: field(3, uint),
      incarnation: added(4, uint, 0),
    }),
  ],
  start: [
    2,
    variant("start", { timeMs: field(1, uint), invocationId: field(2, invocationIdCodec) }),
  ],
});

const deliveredCodec: Codec<DeliveredMessage> = message<DeliveredMessage>({
  sequence: field(1, uint),
  message: field(2, outboxMessageCodec),
});

/** Messages on their way to their receiver, in its log and between nodes. */
export const deliverCodec: Codec<CommandOf<"deliver">> = variant<CommandOf<"deliver">>("deliver", {
  producer: field(1, uint),
  items: repeated(2, deliveredCodec),
});

const expiryCodec: Codec<Expiry> = message<Expiry>({
  timeMs: field(1, uint),
  invocationId: field(2, invocationIdCodec),
  what: field(3, word("completion", "journal")),
});

const pinChangeCodec: Codec<PinChange> = union<PinChange>({
  keep: [1, variant("keep", {})],
  unpin: [3, variant("unpin", {})],
  move: [
    2,
    variant("move", {
      deploymentId: field(1, deploymentIdCodec),
      minProtocolVersion: field(2, uint),
      maxProtocolVersion: field(3, uint),
      lenient: field(4, bool),
    }),
  ],
});

const operation = {
  invocationId: field(1, invocationIdCodec),
  requestId: optional(2, requestIdCodec),
  deduplicationId: optional(15, string),
};

const commandCodec: Codec<Command> = union<Command>({
  invoke: [
    1,
    variant("invoke", {
      request: field(1, invocationRequestCodec),
      requestId: optional(2, requestIdCodec),
      mode: field(3, word("call", "send")),
      isFresh: optional(4, bool),
    }),
  ],
  "attempt-event": [
    2,
    variant("attempt-event", {
      invocationId: field(1, invocationIdCodec),
      token: field(2, uint),
      events: repeated(3, attemptEventCodec),
    }),
  ],
  "fire-timers": [3, variant("fire-timers", { timers: repeated(1, timerCodec) })],
  deliver: [4, deliverCodec],
  "truncate-outbox": [5, variant("truncate-outbox", { upTo: field(1, uint) })],
  "attach-invocation": [
    6,
    variant("attach-invocation", {
      invocationId: field(1, invocationIdCodec),
      requestId: field(2, requestIdCodec),
    }),
  ],
  "append-signal": [
    7,
    variant("append-signal", {
      invocationId: field(1, invocationIdCodec),
      requestId: optional(2, requestIdCodec),
      signal: field(3, signalIdCodec),
      result: field(4, notificationResultCodec),
      deduplicationId: optional(15, string),
    }),
  ],
  "cancel-invocation": [8, variant("cancel-invocation", operation)],
  "kill-invocation": [9, variant("kill-invocation", operation)],
  "pause-invocation": [10, variant("pause-invocation", operation)],
  "resume-invocation": [
    11,
    variant("resume-invocation", { ...operation, pinChange: field(3, pinChangeCodec) }),
  ],
  "restart-invocation": [
    12,
    variant("restart-invocation", {
      ...operation,
      newInvocationId: field(3, invocationIdCodec),
      from: field(4, uint),
      pinChange: field(5, pinChangeCodec),
      retention: field(6, retentionCodec),
    }),
  ],
  "purge-invocation": [13, variant("purge-invocation", operation)],
  "purge-journal": [14, variant("purge-journal", operation)],
  "purge-expired": [15, variant("purge-expired", { expiries: repeated(1, expiryCodec) })],
  "patch-state": [
    16,
    variant("patch-state", {
      mutation: field(1, stateMutationCodec),
      requestId: optional(2, requestIdCodec),
      deduplicationId: optional(15, string),
    }),
  ],
  "update-rules": [17, variant("update-rules", { rules: repeated(1, ruleCodec) })],
  "check-digest": [18, variant("check-digest", {})],
});

const recordCodec: Codec<LogRecord> = message<LogRecord>({
  timeMs: field(1, uint),
  command: field(2, commandCodec),
});

/** Encodes a record for the log; the caller owns the result. */
export function encodeRecord(record: LogRecord): Uint8Array {
  return encodeShared(recordCodec, record);
}

/** Decodes a record of the log; byte fields are views of it. Throws `WireFormatError`. */
export function decodeRecord(data: Uint8Array): LogRecord {
  return decode(recordCodec, data);
}
