/** What nodes say to each other about partitions. Numbers are never reused; see the README. */
import { ByteReader } from "#base/byte-reader";
import { ByteWriter } from "#base/byte-writer";
import {
  bool,
  bytes,
  type Codec,
  field,
  message,
  optional,
  pair,
  repeated,
  string,
  uint,
  union,
  variant,
  word,
} from "#base/wire-codec";
import type { KeyValueRow } from "#engine";
import { hasCode, ServerError } from "#errors";
import type { InvocationId } from "#model";
import {
  attemptFailureCodec,
  deploymentIdCodec,
  futureCodec,
  invocationIdCodec,
  invocationRequestCodec,
  notificationResultCodec,
  signalIdCodec,
} from "#partition-store";
import type { CommandOf } from "#state-machine";
import type { AttemptStatus, DeploymentChoice, PartitionRequest } from "../client.ts";
import { deliverCodec } from "../command-codec.ts";

/** Services of every node that holds partitions. */
export const SERVICES = {
  request: "partition.request",
  deliver: "partition.deliver",
  rows: "partition.rows",
  attempts: "partition.attempts",
  digest: "partition.digest",
  quarantine: "partition.quarantine",
} as const;

/** A request on its way to the leader of a partition. */
export interface ForwardedRequest {
  readonly partitionId: number;
  readonly deduplicationId: string | undefined;
  readonly request: PartitionRequest;
}

/** A page of rows that introspection asks for. */
export interface RowsRequest {
  readonly partitionId: number;
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  readonly rowsMax: number;
  /**
   * Node that read the page before, and wrote what was applied by then; 0 for the first page. Any
   * other node does so before it reads.
   */
  readonly flushedNode: number;
}

/** Rows in key order. */
export interface RowsPage {
  readonly rows: readonly KeyValueRow[];
  /** Nothing follows in the range. */
  readonly isLast: boolean;
  /** Node that read them. */
  readonly node: number;
}

/** Asks what a leader's node knows of attempts. */
export interface AttemptsRequest {
  readonly partitionId: number;
  readonly invocationIds: readonly InvocationId[];
}

/** What is known of an attempt, if there is one. */
export interface AttemptsReply {
  readonly attempts: readonly { readonly attempt: AttemptStatus | undefined }[];
}

/** Messages of another partition's outbox. */
export interface Delivery {
  readonly partitionId: number;
  readonly command: CommandOf<"deliver">;
}

/** False: nobody knows whether they are applied. */
export interface DeliveryAnswer {
  readonly isApplied: boolean;
}

/** Names one state of a partition. */
export interface DigestRequest {
  readonly partitionId: number;
  readonly index: number;
}

/** Digest of that state; undefined if this replica has passed it without computing one. */
export interface DigestReply {
  readonly digest: string | undefined;
  /** Version of the replica's build: rows that another one has written may differ, and be right. */
  readonly build: string | undefined;
}

const deploymentChoiceCodec: Codec<DeploymentChoice> = union<DeploymentChoice>({
  keep: [1, variant("keep", {})],
  latest: [2, variant("latest", {})],
  id: [3, variant("id", { id: field(1, deploymentIdCodec) })],
});

const target = { invocationId: field(1, invocationIdCodec) };

const requestCodec: Codec<PartitionRequest> = union<PartitionRequest>({
  "append-invocation": [
    1,
    variant("append-invocation", {
      request: field(1, invocationRequestCodec),
      mode: field(2, word("call", "send")),
      fresh: field(3, bool),
    }),
  ],
  "attach-invocation": [2, variant("attach-invocation", target)],
  "get-invocation-output": [3, variant("get-invocation-output", target)],
  "append-signal": [
    4,
    variant("append-signal", {
      ...target,
      signal: field(2, signalIdCodec),
      result: field(3, notificationResultCodec),
    }),
  ],
  "cancel-invocation": [5, variant("cancel-invocation", target)],
  "kill-invocation": [6, variant("kill-invocation", target)],
  "pause-invocation": [7, variant("pause-invocation", target)],
  "resume-invocation": [
    8,
    variant("resume-invocation", { ...target, deployment: field(2, deploymentChoiceCodec) }),
  ],
  "restart-invocation": [
    9,
    variant("restart-invocation", {
      ...target,
      from: field(2, uint),
      deployment: field(3, deploymentChoiceCodec),
    }),
  ],
  "purge-invocation": [10, variant("purge-invocation", target)],
  "purge-journal": [11, variant("purge-journal", target)],
  "patch-state": [
    12,
    variant("patch-state", {
      service: field(1, string),
      key: field(2, string),
      scope: optional(3, string),
      expectedVersion: optional(4, string),
      state: repeated(5, pair(string, bytes)),
    }),
  ],
});

export const forwardedRequestCodec: Codec<ForwardedRequest> = message<ForwardedRequest>({
  partitionId: field(1, uint),
  deduplicationId: optional(2, string),
  request: field(3, requestCodec),
});

const rowCodec: Codec<KeyValueRow> = message<KeyValueRow>({
  key: field(1, bytes),
  value: field(2, bytes),
});

export const rowsRequestCodec: Codec<RowsRequest> = message<RowsRequest>({
  partitionId: field(1, uint),
  start: field(2, bytes),
  end: field(3, bytes),
  rowsMax: field(4, uint),
  flushedNode: field(5, uint),
});

export const rowsPageCodec: Codec<RowsPage> = message<RowsPage>({
  rows: repeated(1, rowCodec),
  isLast: field(2, bool),
  node: field(3, uint),
});

const attemptStatusCodec: Codec<AttemptStatus> = message<AttemptStatus>({
  phase: field(1, word("running", "backing-off", "ready")),
  retryCount: field(2, uint),
  lastStartAtMs: optional(3, uint),
  nextRetryAtMs: optional(4, uint),
  lastAttemptDeploymentId: optional(5, deploymentIdCodec),
  lastAttemptServer: optional(6, string),
  lastFailure: optional(7, attemptFailureCodec),
  lastAwaitingOn: optional(8, futureCodec),
});

export const attemptsRequestCodec: Codec<AttemptsRequest> = message<AttemptsRequest>({
  partitionId: field(1, uint),
  invocationIds: repeated(2, invocationIdCodec),
});

export const attemptsReplyCodec: Codec<AttemptsReply> = message<AttemptsReply>({
  attempts: repeated(
    1,
    message<{ readonly attempt: AttemptStatus | undefined }>({
      attempt: optional(1, attemptStatusCodec),
    }),
  ),
});

export const deliveryCodec: Codec<Delivery> = message<Delivery>({
  partitionId: field(1, uint),
  command: field(2, deliverCodec),
});

export const deliveryAnswerCodec: Codec<DeliveryAnswer> = message<DeliveryAnswer>({
  isApplied: field(1, bool),
});

export const digestRequestCodec: Codec<DigestRequest> = message<DigestRequest>({
  partitionId: field(1, uint),
  index: field(2, uint),
});

export const digestReplyCodec: Codec<DigestReply> = message<DigestReply>({
  digest: optional(1, string),
  build: optional(2, string),
});

// --- answers of leaders -------------------------------------------------------------------------

const ANSWERED = 0;
const NOT_LEADER = 1;
const REFUSED = 2;

/** Says that a node does not lead the partition, and who may. */
export interface NotLeader {
  readonly leaderNode: number | undefined;
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

const notLeaderCodec = message<NotLeader>({ leaderNode: optional(1, uint) });
const refusalCodec = message<Refusal>({ code: field(1, string), message: field(2, string) });
const writer = new ByteWriter(64 * 1024);

/** Encodes what a leader answered. */
export function encodeAnswer<T>(codec: Codec<T>, value: T): Uint8Array {
  return encodeTagged(ANSWERED, codec, value);
}

/** Encodes that this node does not lead. */
export function encodeNotLeader(notLeader: NotLeader): Uint8Array {
  return encodeTagged(NOT_LEADER, notLeaderCodec, notLeader);
}

/** Encodes an error of the leader that the caller has to see. */
export function encodeRefusal(error: ServerError): Uint8Array {
  return encodeTagged(REFUSED, refusalCodec, { code: error.code, message: error.message });
}

/**
 * Decodes an answer.
 *
 * @throws ServerError what the leader refused the request with
 */
export function decodeAnswer<T>(
  codec: Codec<T>,
  answer: Uint8Array,
  partitionId: number,
): { readonly value: T } | { readonly notLeader: NotLeader } {
  const reader = new ByteReader(answer);
  const tag = reader.readVarint();
  if (tag === ANSWERED) return { value: codec.read(reader) };
  if (tag === NOT_LEADER) return { notLeader: notLeaderCodec.read(reader) };
  throw serverErrorOf(refusalCodec.read(reader), partitionId);
}

/** True for errors that are passed on as data. */
export function isRefusal(error: unknown): error is ServerError {
  return error instanceof ServerError && !hasCode(error, "PARTITION_NOT_LEADER");
}

function serverErrorOf({ code, message: text }: Refusal, partitionId: number): ServerError {
  if (
    code === "PARTITION_OVERLOADED" ||
    code === "PARTITION_UNAVAILABLE" ||
    code === "STORAGE_FULL"
  ) {
    return new ServerError(code, text, { details: { partitionId } });
  }
  return new ServerError("INTERNAL", text, { details: { reason: code } });
}

function encodeTagged<T>(tag: number, codec: Codec<T>, value: T): Uint8Array {
  writer.writeVarint(tag);
  codec.write(writer, value);
  return writer.finish();
}
