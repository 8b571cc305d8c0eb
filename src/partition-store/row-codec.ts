/** Stored form of table rows. Field and case numbers are never reused; see the README. */
import {
  bool,
  bytes,
  type Codec,
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
import type {
  InvocationMetadata,
  InvocationStatus,
  JournalEntry,
  JournalPosition,
  QueuePosition,
  ResponseSink,
  StartedFacts,
  Uint64Halves,
} from "#model";
import type {
  ConcurrencyRule,
  InboxItem,
  JournalEvent,
  LimitWaiter,
  OutboxMessage,
  PromiseListener,
  PromiseStatus,
  RequestId,
  StateMutation,
  StoredEvent,
} from "#state-machine";
import {
  added,
  attemptFailureCodec,
  futureCodec,
  invocationIdCodec,
  invocationRequestCodec,
  invocationResultCodec,
  invokedByCodec,
  notificationResultCodec,
  pinCodec,
  retentionCodec,
  signalIdCodec,
  sinkCodec,
  stateEntryCodec,
  targetCodec,
} from "./model-codec.ts";

const randomSeedCodec: Codec<Uint64Halves> = message<Uint64Halves>({
  high: field(1, uint),
  low: field(2, uint),
});

const metadataCodec: Codec<InvocationMetadata> = message<InvocationMetadata>({
  target: field(1, targetCodec),
  idempotencyKey: optional(2, string),
  limitKey: optional(3, string),
  retention: field(4, retentionCodec),
  invokedBy: field(5, invokedByCodec),
  traceParent: optional(6, string),
  restartedFrom: optional(7, invocationIdCodec),
  createdAtMs: field(8, uint),
  incarnation: added(10, uint, 0),
  randomSeed: optional(11, randomSeedCodec),
  executionTimeMs: optional(9, uint),
});

const journalPositionCodec: Codec<JournalPosition> = message<JournalPosition>({
  length: field(1, uint),
  commandCount: field(2, uint),
  outputIndex: optional(3, uint),
  eventCount: field(4, uint),
  lastEvent: optional(5, string),
});

const queueCodec: Codec<QueuePosition> = message<QueuePosition>({
  kind: field(1, word("inbox", "limit")),
  sequence: field(2, uint),
});

const startedCodec: Codec<StartedFacts> = message<StartedFacts>({
  journal: field(1, journalPositionCodec),
  pin: optional(2, pinCodec),
  inboxedAtMs: optional(3, uint),
  runningAtMs: field(4, uint),
});

const live = {
  metadata: field(1, metadataCodec),
  sinks: repeated(2, sinkCodec),
  modifiedAtMs: field(3, uint),
};

const started = {
  journal: field(4, journalPositionCodec),
  pin: optional(5, pinCodec),
  inboxedAtMs: optional(6, uint),
  runningAtMs: field(7, uint),
};

export const statusCodec: Codec<InvocationStatus> = union<InvocationStatus>({
  scheduled: [1, variant("scheduled", live)],
  inboxed: [
    2,
    variant("inboxed", {
      ...live,
      inboxedAtMs: field(4, uint),
      queue: field(5, queueCodec),
      resumed: optional(6, startedCodec),
    }),
  ],
  invoked: [3, variant("invoked", { ...live, ...started, token: field(8, uint) })],
  suspended: [4, variant("suspended", { ...live, ...started, awaiting: field(8, futureCodec) })],
  paused: [5, variant("paused", { ...live, ...started })],
  completed: [
    6,
    variant("completed", {
      metadata: field(1, metadataCodec),
      modifiedAtMs: field(2, uint),
      completedAtMs: field(3, uint),
      result: field(4, invocationResultCodec),
      pin: optional(5, pinCodec),
      journalLength: field(6, uint),
      commandCount: field(7, uint),
      eventCount: field(8, uint),
      inboxedAtMs: optional(9, uint),
      runningAtMs: field(10, uint),
    }),
  ],
});

const journalEntryCodec: Codec<JournalEntry> = message<JournalEntry>({
  type: field(1, uint),
  body: field(2, bytes),
  appendedAtMs: field(3, uint),
});

/** A run of consecutive journal entries, stored under the index of the first. */
export interface JournalChunk {
  readonly entries: readonly JournalEntry[];
}

export const journalChunkCodec: Codec<JournalChunk> = message<JournalChunk>({
  entries: repeated(1, journalEntryCodec),
});

const journalEventCodec: Codec<JournalEvent> = union<JournalEvent>({
  "transient-error": [1, variant("transient-error", { cause: field(1, attemptFailureCodec) })],
  paused: [2, variant("paused", { cause: optional(1, attemptFailureCodec) })],
  suspended: [3, variant("suspended", { awaiting: field(1, futureCodec) })],
});

export const storedEventCodec: Codec<StoredEvent> = message<StoredEvent>({
  afterJournalEntryIndex: field(1, uint),
  appendedAtMs: field(2, uint),
  event: field(3, journalEventCodec),
});

export const stateMutationCodec: Codec<StateMutation> = message<StateMutation>({
  serviceType: field(1, word("virtual-object", "workflow")),
  service: field(2, string),
  key: field(3, string),
  scope: optional(4, string),
  expectedVersion: optional(5, string),
  state: repeated(6, stateEntryCodec),
});

export const inboxItemCodec: Codec<InboxItem> = union<InboxItem>({
  invocation: [1, variant("invocation", { invocationId: field(1, invocationIdCodec) })],
  mutation: [2, variant("mutation", { mutation: field(1, stateMutationCodec) })],
});

export const limitWaiterCodec: Codec<LimitWaiter> = message<LimitWaiter>({
  sequence: field(1, uint),
  invocationId: field(2, invocationIdCodec),
  limitKey: optional(3, string),
  holdsLock: field(4, bool),
  readySinceMs: field(5, uint),
  incarnation: added(6, uint, 0),
});

const promiseListenerCodec: Codec<PromiseListener> = message<PromiseListener>({
  invocationId: field(1, invocationIdCodec),
  completionId: field(2, uint),
  incarnation: added(3, uint, 0),
});

export const promiseCodec: Codec<PromiseStatus> = message<PromiseStatus>({
  result: optional(1, invocationResultCodec),
  listeners: repeated(2, promiseListenerCodec),
  listenerPage: optional(3, uint),
});

export const requestIdCodec: Codec<RequestId> = message<RequestId>({
  epoch: field(1, uint),
  sequence: field(2, uint),
});

/** Sinks that share a row, apart from what they wait for. */
export interface StoredSinkPage {
  readonly sinks: readonly ResponseSink[];
}

export const sinkPageCodec: Codec<StoredSinkPage> = message<StoredSinkPage>({
  sinks: repeated(1, sinkCodec),
});

const invocationSinkCodec = sinkCodec as Codec<
  Extract<OutboxMessage, { readonly kind: "attach" }>["sink"]
>;

export const outboxMessageCodec: Codec<OutboxMessage> = union<OutboxMessage>({
  invoke: [
    1,
    variant("invoke", {
      request: field(1, invocationRequestCodec),
      sink: optional(2, invocationSinkCodec),
    }),
  ],
  complete: [
    2,
    variant("complete", {
      targetId: field(1, invocationIdCodec),
      completionId: field(2, uint),
      notificationType: field(3, uint),
      result: field(4, notificationResultCodec),
      incarnation: added(5, uint, 0),
    }),
  ],
  signal: [
    3,
    variant("signal", {
      targetId: field(1, invocationIdCodec),
      signal: field(2, signalIdCodec),
      result: field(3, notificationResultCodec),
    }),
  ],
  kill: [4, variant("kill", { targetId: field(1, invocationIdCodec) })],
  attach: [
    5,
    variant("attach", {
      targetId: field(1, invocationIdCodec),
      sink: field(2, invocationSinkCodec),
      blocking: field(3, bool),
    }),
  ],
  "answer-page": [
    7,
    variant("answer-page", {
      targetId: field(1, invocationIdCodec),
      page: field(2, uint),
      target: optional(3, targetCodec),
      result: optional(4, invocationResultCodec),
    }),
  ],
  "continue-kill": [
    8,
    variant("continue-kill", {
      targetId: field(1, invocationIdCodec),
      incarnation: field(2, uint),
      from: field(3, uint),
      requestId: optional(4, requestIdCodec),
    }),
  ],
  "release-lock": [
    9,
    variant("release-lock", {
      targetId: field(1, invocationIdCodec),
      instance: field(2, string),
    }),
  ],
  "start-waiters": [6, variant("start-waiters", { targetId: field(1, invocationIdCodec) })],
});

export const ruleCodec: Codec<ConcurrencyRule> = message<ConcurrencyRule>({
  pattern: field(1, string),
  concurrency: field(2, uint),
});
