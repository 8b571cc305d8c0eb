import { EMPTY_BYTES, type Entry, NO_ENTRIES } from "./entry.ts";
import type { Snapshot } from "./snapshot.ts";

/** The kinds of message. The first group never leaves the process. */
export type MessageType =
  | "hup"
  | "beat"
  | "check-quorum"
  | "unreachable"
  | "snapshot-status"
  | "storage-append"
  | "storage-append-response"
  | "storage-apply"
  | "storage-apply-response"
  | "propose"
  | "append"
  | "append-response"
  | "vote"
  | "vote-response"
  | "pre-vote"
  | "pre-vote-response"
  | "snapshot"
  | "heartbeat"
  | "heartbeat-response"
  | "transfer-leader"
  | "timeout-now"
  | "read-index"
  | "read-index-response"
  | "forget-leader";

/**
 * One message between replicas of a group, or between a replica and its storage threads.
 *
 * All kinds share one record so that objects keep one shape. Which fields matter depends on the
 * kind; the others hold their zero value (0, false, empty). A decoder must fill every field and
 * reject numbers outside the safe-integer range.
 */
export interface Message {
  readonly type: MessageType;
  readonly to: number;
  readonly from: number;
  /** Term of the sender; 0 for local messages, proposals and read-index requests. */
  readonly term: number;
  /** Term of the entry at `index`; for a rejection, of the entry at `rejectHint`. */
  readonly logTerm: number;
  readonly index: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
  /** Vote to persist; used by `storage-append` only. */
  readonly vote: number;
  readonly snapshot: Snapshot | undefined;
  readonly reject: boolean;
  readonly rejectHint: number;
  /** Transfer mark of a vote request, or read position of a heartbeat and its response. */
  readonly context: Uint8Array;
  /** Messages to deliver, in order, once a storage message has been carried out. */
  readonly responses: readonly Message[];
}

/** A message under construction. */
export type MessageDraft = { -readonly [Field in keyof Message]: Message[Field] };

/** No node: unknown leader, no vote, no transfer target. */
export const NO_NODE = 0;

/** Addressee of `storage-append` messages; never the id of a node. */
export const APPEND_THREAD: number = Number.MAX_SAFE_INTEGER;

/** Addressee of `storage-apply` messages; never the id of a node. */
export const APPLY_THREAD: number = Number.MAX_SAFE_INTEGER - 1;

const NO_MESSAGES: readonly Message[] = Object.freeze([]);

/** A message with every other field at its zero value. The sender and term are set by `send`. */
export function createMessage(type: MessageType, to: number): MessageDraft {
  return {
    type,
    to,
    from: NO_NODE,
    term: 0,
    logTerm: 0,
    index: 0,
    entries: NO_ENTRIES,
    commit: 0,
    vote: 0,
    snapshot: undefined,
    reject: false,
    rejectHint: 0,
    context: EMPTY_BYTES,
    responses: NO_MESSAGES,
  };
}

/** True for the two pseudo-nodes that stand for local storage. */
export function isStorageThread(id: number): boolean {
  return id === APPEND_THREAD || id === APPLY_THREAD;
}
