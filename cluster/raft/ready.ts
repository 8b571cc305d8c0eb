import { type Entry, NO_ENTRIES } from "./entry.ts";
import {
  APPEND_THREAD,
  APPLY_THREAD,
  createMessage,
  type Message,
  type MessageDraft,
} from "./messages.ts";
import type { Raft, Role } from "./raft.ts";
import type { ReadState } from "./read-only.ts";
import type { HardState, Snapshot } from "./snapshot.ts";

/** Volatile facts: useful for routing, never persisted. */
export interface SoftState {
  /** 0 if no leader is known. */
  readonly leaderId: number;
  readonly role: Role;
}

/**
 * Work that the core has decided on and the caller has to carry out.
 *
 * Without `asyncStorageWrites`: make `hardState`, `entries` and `snapshot` durable in one step,
 * then send `messages`, apply `committedEntries` in order, and call `advance()`. Messages for
 * which `isHeldUntilDurable` is false may be sent before the write is durable. Only one `Ready`
 * is out at a time.
 *
 * With `asyncStorageWrites`, storage work is in `messages`, addressed to the storage threads, and
 * the other fields only tell what it contains. The work of each thread is done in order; deliver
 * the `responses` of a message when it is done. A snapshot may be installed before entries that
 * were handed out earlier are applied: skip those at or below the applied index, membership
 * changes included.
 *
 * Arrays must not be changed; entries and payloads are shared with the log.
 */
export interface Ready {
  /** Present if leader or role changed. */
  readonly softState: SoftState | undefined;
  /** Present if term, vote or commit changed. */
  readonly hardState: HardState | undefined;
  /** Reads confirmed since the last `Ready`. */
  readonly readStates: readonly ReadState[];
  /** Entries to append to the stable log, replacing what it holds at or above the first. */
  readonly entries: readonly Entry[];
  /** Snapshot to install. Never together with committed entries. */
  readonly snapshot: Snapshot | undefined;
  /** Entries to apply, in order. */
  readonly committedEntries: readonly Entry[];
  readonly messages: readonly Message[];
  /** True if the write must be synced; a change of `commit` alone need not be. */
  readonly mustSync: boolean;
}

/** The parts of a `Ready` that a storage write consists of. */
export type StorageWrite = Pick<Ready, "entries" | "hardState" | "snapshot">;

/** True if something must be written, or messages wait for writes that were started earlier. */
export function needsStorageAppend(raft: Raft, write: StorageWrite): boolean {
  return (
    write.entries.length > 0 ||
    write.hardState !== undefined ||
    write.snapshot !== undefined ||
    raft.heldMessages.length > 0
  );
}

/**
 * True if the core has to hear that a write is durable.
 *
 * This includes writes without entries while older entries are still being written: if the term
 * changed, the acknowledgement of those will be ignored, and this one stands in for it.
 */
export function needsStorageResponse(raft: Raft, write: StorageWrite): boolean {
  return raft.log.unstable.entries.length > 0 || write.snapshot !== undefined;
}

/** The message that asks the append thread for a write. */
export function createStorageAppend(raft: Raft, write: StorageWrite): Message {
  const message = createMessage("storage-append", APPEND_THREAD);
  message.from = raft.id;
  message.entries = write.entries;
  if (write.hardState !== undefined) {
    message.term = write.hardState.term;
    message.vote = write.hardState.vote;
    message.commit = write.hardState.commit;
  }
  message.snapshot = write.snapshot;
  // The own acknowledgement comes last: the leader counts itself while the terms of the entries
  // can still be read from the unstable log.
  message.responses = needsStorageResponse(raft, write)
    ? [...raft.heldMessages, createStorageResponse(raft, write.snapshot)]
    : raft.heldMessages;
  return message;
}

/** The acknowledgement that everything handed to storage so far is durable. */
export function createStorageResponse(raft: Raft, snapshot: Snapshot | undefined): MessageDraft {
  const message = createMessage("storage-append-response", raft.id);
  message.from = APPEND_THREAD;
  // Dropped if the term has changed when it arrives.
  message.term = raft.term;
  if (raft.log.unstable.entries.length > 0) {
    message.index = raft.log.lastIndex();
    message.logTerm = raft.log.lastTerm();
  }
  message.snapshot = snapshot;
  return message;
}

/** The message that asks the apply thread to apply entries. */
export function createStorageApply(raft: Raft, entries: readonly Entry[]): Message {
  const response = createMessage("storage-apply-response", raft.id);
  response.from = APPLY_THREAD;
  response.entries = entries;
  const message = createMessage("storage-apply", APPLY_THREAD);
  message.from = raft.id;
  message.entries = entries;
  message.responses = [response];
  return message;
}

/** Entries of the unstable log that storage has not been given yet. */
export function nextUnstableEntries(raft: Raft): readonly Entry[] {
  const { unstable } = raft.log;
  return unstable.hasNextEntries() ? unstable.nextEntries() : NO_ENTRIES;
}
