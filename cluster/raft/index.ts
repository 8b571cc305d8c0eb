/**
 * One consensus group: decides what is in a replicated log, and who may extend it.
 *
 * Behaves like etcd's Raft core: pre-vote, check-quorum, leadership transfer, joint membership
 * changes, learners, linearizable reads, snapshots, flow control, overlapping storage writes. It
 * does no input or output, reads no clock and makes no promises (in either sense): everything
 * comes in by calls to `RawNode` and goes out in `Ready`.
 *
 * The caller guarantees: calls never overlap; every `Ready` is carried out in order as `Ready`
 * says; messages may be lost, repeated and reordered, but not forged or altered; an id is never
 * used again after its storage was lost; after a thrown error the replica is not used any more.
 */
export {
  type ConfChange,
  type ConfChangeKind,
  type ConfChangeOperation,
  type ConfChangeTransition,
  decodeConfChange,
  encodeConfChange,
  LEAVE_JOINT,
} from "./conf-change.ts";
export { type Configuration, isJoint } from "./configuration.ts";
export {
  EMPTY_BYTES,
  type Entry,
  type EntryRange,
  type EntryType,
  encodedSize,
  encodedSizeOf,
  NO_ENTRIES,
  takeWithin,
} from "./entry.ts";
export type { ProposalOutcome } from "./leader.ts";
export { MemoryStorage } from "./memory-storage.ts";
export { isHeldUntilDurable } from "./message-kinds.ts";
export {
  APPEND_THREAD,
  APPLY_THREAD,
  createMessage,
  isStorageThread,
  type Message,
  type MessageDraft,
  type MessageType,
  NO_NODE,
} from "./messages.ts";
export type { RaftLogSink, RaftOptions, ReadOnlyOption } from "./options.ts";
export type { ProgressState, ProgressStatus } from "./progress.ts";
export type { Role } from "./raft.ts";
export { RawNode, type StepOutcome } from "./raw-node.ts";
export type { ReadState } from "./read-only.ts";
export type { Ready, SoftState } from "./ready.ts";
export {
  type ConfState,
  EMPTY_CONF_STATE,
  EMPTY_HARD_STATE,
  type HardState,
  isSameConfState,
  type Snapshot,
} from "./snapshot.ts";
export type { BasicStatus, Status } from "./status.ts";
export type { InitialState, LogGap, Storage } from "./storage.ts";
