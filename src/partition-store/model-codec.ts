/** Stored form of domain values. Field and case numbers are never reused; see the README. */
import {
  bool,
  bytes,
  type Codec,
  type Field,
  field,
  lazy,
  message,
  optional,
  pair,
  repeated,
  string,
  text,
  uint,
  union,
  variant,
  word,
} from "#base/wire-codec";
import type {
  AttemptFailure,
  DeploymentId,
  Failure,
  Future,
  InvocationId,
  InvocationRequest,
  InvocationResult,
  InvocationTarget,
  InvokedBy,
  NotificationResult,
  Pin,
  ResponseSink,
  Retention,
  SignalId,
} from "#model";

/** Invocation ids, in their textual form. */
export const invocationIdCodec: Codec<InvocationId> = text<InvocationId>();
/** Deployment ids, in their textual form. */
export const deploymentIdCodec: Codec<DeploymentId> = text<DeploymentId>();

const stringPair = pair(string, string);

/** A field that rows of earlier builds lack; `absent` stands for it there. */
export function added<T>(number: number, codec: Codec<T>, absent: T): Field<T> {
  return { ...field(number, codec), initial: () => absent };
}

export const failureCodec: Codec<Failure> = message<Failure>({
  code: field(1, uint),
  message: field(2, string),
  metadata: optionalList(3, stringPair),
  stacktrace: optional(4, string),
});

export const invocationResultCodec: Codec<InvocationResult> = union<InvocationResult>({
  success: [1, variant("success", { value: field(1, bytes) })],
  failure: [2, variant("failure", { failure: field(1, failureCodec) })],
});

export const notificationResultCodec: Codec<NotificationResult> = union<NotificationResult>({
  success: [1, variant("success", { value: field(1, bytes) })],
  failure: [2, variant("failure", { failure: field(1, failureCodec) })],
  void: [3, variant("void", {})],
  "invocation-id": [4, variant("invocation-id", { invocationId: field(1, string) })],
  "state-keys": [5, variant("state-keys", { keys: repeated(1, string) })],
});

export const targetCodec: Codec<InvocationTarget> = message<InvocationTarget>({
  serviceType: field(1, word("service", "virtual-object", "workflow")),
  handlerType: field(2, word("shared", "exclusive", "workflow")),
  service: field(3, string),
  handler: field(4, string),
  key: optional(5, string),
  scope: optional(6, string),
});

export const retentionCodec: Codec<Retention> = message<Retention>({
  completionMs: field(1, uint),
  journalMs: field(2, uint),
});

export const invokedByCodec: Codec<InvokedBy> = union<InvokedBy>({
  ingress: [1, variant("ingress", {})],
  service: [
    2,
    variant("service", {
      invocationId: field(1, invocationIdCodec),
      target: field(2, targetCodec),
    }),
  ],
  subscription: [3, variant("subscription", { subscriptionId: field(1, string) })],
  "restart-as-new": [4, variant("restart-as-new", { invocationId: field(1, invocationIdCodec) })],
});

export const headerCodec = stringPair;

export const invocationRequestCodec: Codec<InvocationRequest> = message<InvocationRequest>({
  id: field(1, invocationIdCodec),
  target: field(2, targetCodec),
  headers: repeated(3, headerCodec),
  payload: field(4, bytes),
  idempotencyKey: optional(5, string),
  limitKey: optional(6, string),
  executionTimeMs: optional(7, uint),
  retention: field(8, retentionCodec),
  invokedBy: field(9, invokedByCodec),
  traceParent: optional(10, string),
});

export const sinkCodec: Codec<ResponseSink> = union<ResponseSink>({
  request: [1, variant("request", { epoch: field(1, uint), sequence: field(2, uint) })],
  invocation: [
    2,
    variant("invocation", {
      invocationId: field(1, invocationIdCodec),
      completionId: field(2, uint),
      notificationType: field(3, uint),
      incarnation: added(4, uint, 0),
    }),
  ],
  page: [3, variant("page", { page: field(1, uint) })],
});

export const pinCodec: Codec<Pin> = message<Pin>({
  deploymentId: field(1, deploymentIdCodec),
  protocolVersion: field(2, uint),
});

export const futureCodec: Codec<Future> = message<Future>({
  combinator: field(
    1,
    word(
      "unknown",
      "first-completed",
      "all-completed",
      "first-succeeded-or-all-failed",
      "all-succeeded-or-first-failed",
    ),
  ),
  completions: repeated(2, uint),
  signals: repeated(3, uint),
  namedSignals: repeated(4, string),
  nested: repeated(
    5,
    lazy(() => futureCodec),
  ),
});

export const attemptFailureCodec: Codec<AttemptFailure> = message<AttemptFailure>({
  failure: field(1, failureCodec),
  documentedCode: optional(2, string),
  relatedCommandIndex: optional(3, uint),
  relatedCommandName: optional(4, string),
  relatedCommandType: optional(5, string),
});

interface SignalIdParts {
  readonly index: number | undefined;
  readonly name: string | undefined;
}

const signalIdParts = message<SignalIdParts>({
  index: optional(1, uint),
  name: optional(2, string),
});

/** A signal index or a signal name. */
export const signalIdCodec: Codec<SignalId> = {
  wireType: 2,
  write: (writer, value) => {
    const isIndex = typeof value === "number";
    signalIdParts.write(writer, {
      index: isIndex ? value : undefined,
      name: isIndex ? undefined : value,
    });
  },
  read: (reader) => {
    const { index, name } = signalIdParts.read(reader);
    return index ?? (name as string);
  },
};

/** State as pairs of key and value. */
export const stateEntryCodec = pair(string, bytes);

interface Box<T> {
  readonly items: readonly T[];
}

/** A list that may be absent as a whole. */
function optionalList<T>(number: number, item: Codec<T>) {
  const box = message<Box<T>>({ items: repeated(1, item) });
  const codec: Codec<readonly T[]> = {
    wireType: 2,
    write: (writer, items) => box.write(writer, { items }),
    read: (reader) => box.read(reader).items,
  };
  return optional(number, codec);
}

/** Used by rows that are only a flag. */
export const flagCodec = bool;
