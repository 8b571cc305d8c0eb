/**
 * Domain values shared by three or more folders: ids, targets, results, journal entries, futures.
 *
 * Pure: no I/O, no clock, no randomness. It does not know how anything is stored or sent.
 */
export type { AttemptEvent, AttemptFailure } from "./attempt-event.ts";
export type { AwakeableId } from "./awakeable-id.ts";
export { formatAwakeableId, parseAwakeableId } from "./awakeable-id.ts";
export type {
  InvocationRequest,
  InvokedBy,
  JournalCommand,
  NotificationResult,
  ResolvedCall,
  Retention,
  SignalId,
} from "./command.ts";
export { canWriteState } from "./command.ts";
export type { Failure, InvocationResult } from "./failure.ts";
export {
  CANCELED,
  failureOf,
  KILLED,
  NOT_FOUND,
  PROMISE_ALREADY_COMPLETED,
  WORKFLOW_ALREADY_INVOKED,
} from "./failure.ts";
export { clampFailureCode, readFailure, readStringPair, readValue } from "./failure-codec.ts";
export type { Combinator, Future } from "./future.ts";
export type { DeploymentId, InvocationId } from "./ids.ts";
export {
  invocationIdFromBytes,
  invocationIdToBytes,
  parseInvocationId,
  partitionKeyHigh32,
  partitionKeyLow32,
  partitionKeyOf,
  withUuid,
} from "./invocation-id.ts";
export { deriveInvocationId, mintInvocationId } from "./invocation-id-derivation.ts";
export type {
  CompletedStatus,
  InboxedStatus,
  InvocationMetadata,
  InvocationStatus,
  InvokedStatus,
  JournalPosition,
  PausedStatus,
  Pin,
  QueuePosition,
  ResponseSink,
  ScheduledStatus,
  StartedFacts,
  SuspendedStatus,
} from "./invocation-status.ts";
export type { HandlerType, InvocationTarget, ServiceType } from "./invocation-target.ts";
export { formatTarget, instanceOf, isExclusive, isWorkflowRun } from "./invocation-target.ts";
export {
  completionIdsOfCommand,
  decodeInput,
  decodeOutput,
  encodeInput,
  nameOfCommand,
} from "./journal-codec.ts";
export type { Header, JournalEntry } from "./journal-entry.ts";
export { isNotificationType } from "./journal-entry.ts";
export type {
  Manifest,
  ManifestHandler,
  ManifestInput,
  ManifestOptions,
  ManifestOutput,
  ManifestRetryPolicy,
  ManifestService,
} from "./manifest.ts";
export {
  CANCEL_SIGNAL,
  COMMAND_TYPES,
  commandTypeName,
  entryTypeName,
  NOTIFICATION_TYPES,
} from "./message-type.ts";
export { decodeNotification, encodeCompletion, encodeSignal } from "./notification-codec.ts";
export {
  keyedPartitionKey,
  SERVICE_BUCKET_COUNT,
  scopePartitionKey,
  serviceBucketOf,
  servicePartitionKey,
} from "./partition-key.ts";
export { decodeUtf8, MessageFormatError, ProtobufReader } from "./protobuf-reader.ts";
export { lengthDelimitedSize, ProtobufWriter, varintSize } from "./protobuf-writer.ts";
export type { Uint64Halves } from "./random-seed.ts";
export { randomSeedOf } from "./random-seed.ts";
export { deploymentIdFromUlid, parseDeploymentId, parseResourceId } from "./resource-id.ts";
export { sha256 } from "./sha256.ts";
export { compareBytes, stateVersion } from "./state-version.ts";
export { formatUlid, ULID_RANDOM_BYTES, ulidFromParts } from "./ulid.ts";
export { utf8Length, writeUtf8 } from "./utf8.ts";
