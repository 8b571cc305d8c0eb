import { EMPTY_BYTES, type Entry, type EntryType } from "./entry.ts";

/** What happens to one member. "update" has no effect in the core; it marks an address change. */
export type ConfChangeKind = "add-voter" | "remove" | "update" | "add-learner";

/** One operation of a membership change. Operations on id 0 are skipped. */
export interface ConfChangeOperation {
  readonly kind: ConfChangeKind;
  readonly nodeId: number;
}

/**
 * How a change of several members takes effect.
 *
 * "auto" uses one step for at most one operation and a joint state, left automatically, for more.
 * "implicit" always uses a joint state that is left automatically, "explicit" one that is left by
 * proposing an empty change.
 */
export type ConfChangeTransition = "auto" | "implicit" | "explicit";

/** A membership change as it is proposed and applied. */
export interface ConfChange {
  /** Version 1 carries exactly one operation and always uses the one-step protocol. */
  readonly version: 1 | 2;
  readonly transition: ConfChangeTransition;
  /** Empty, with transition "auto", means: leave the joint state. */
  readonly operations: readonly ConfChangeOperation[];
  /** Opaque to the core; handed back when the change is applied. */
  readonly context: Uint8Array;
}

/** The change that leaves a joint state. */
export const LEAVE_JOINT: ConfChange = Object.freeze({
  version: 2,
  transition: "auto",
  operations: Object.freeze([]),
  context: EMPTY_BYTES,
});

const KINDS: readonly ConfChangeKind[] = ["add-voter", "remove", "update", "add-learner"];
const TRANSITIONS: readonly ConfChangeTransition[] = ["auto", "implicit", "explicit"];

/** Bytes of one encoded operation: kind, and the node id as 64-bit little-endian. */
const OPERATION_BYTES = 9;
const HEADER_BYTES = 5;

/** Entry type that carries a change of this version. */
export function confChangeEntryType(change: ConfChange): EntryType {
  return change.version === 1 ? "conf-change" : "conf-change-v2";
}

/** True if the change asks to leave the joint state. */
export function isLeaveJoint(change: ConfChange): boolean {
  return change.version === 2 && change.transition === "auto" && change.operations.length === 0;
}

/** Whether the change needs a joint state, and then whether that is left automatically. */
export function jointMode(change: ConfChange): "simple" | "auto-leave" | "explicit-leave" {
  if (change.version === 1) return "simple";
  if (change.transition === "auto") {
    return change.operations.length > 1 ? "auto-leave" : "simple";
  }
  return change.transition === "implicit" ? "auto-leave" : "explicit-leave";
}

/**
 * Payload of the entry that carries a change. Leaving the joint state encodes to no bytes.
 *
 * Layout: transition (1 byte), count of operations (4 bytes), operations (kind 1 byte, node id
 * 8 bytes), context (the rest); numbers little-endian.
 */
export function encodeConfChange(change: ConfChange): Uint8Array {
  const { operations, context } = change;
  if (isLeaveJoint(change) && context.length === 0) return EMPTY_BYTES;
  const contextOffset = HEADER_BYTES + operations.length * OPERATION_BYTES;
  const bytes = new Uint8Array(contextOffset + context.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, TRANSITIONS.indexOf(change.transition));
  view.setUint32(1, operations.length, true);
  operations.forEach((operation, position) => {
    const offset = HEADER_BYTES + position * OPERATION_BYTES;
    view.setUint8(offset, KINDS.indexOf(operation.kind));
    view.setBigUint64(offset + 1, BigInt(operation.nodeId), true);
  });
  bytes.set(context, contextOffset);
  return bytes;
}

/**
 * The change an entry carries; `undefined` if it is a normal entry or its payload is malformed.
 *
 * The leader replaces malformed changes before they reach the log, so a committed configuration
 * entry always decodes.
 */
export function decodeConfChange(entry: Pick<Entry, "type" | "data">): ConfChange | undefined {
  const { type, data } = entry;
  if (type === "normal") return undefined;
  if (data.length === 0) return type === "conf-change-v2" ? LEAVE_JOINT : undefined;
  if (data.length < HEADER_BYTES) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const transition = TRANSITIONS[view.getUint8(0)];
  const count = view.getUint32(1, true);
  const contextOffset = HEADER_BYTES + count * OPERATION_BYTES;
  if (transition === undefined || contextOffset > data.length) return undefined;
  const version = type === "conf-change" ? 1 : 2;
  if (version === 1 && count !== 1) return undefined;
  const operations = decodeOperations(view, count);
  if (operations === undefined) return undefined;
  return { version, transition, operations, context: data.subarray(contextOffset) };
}

function decodeOperations(view: DataView, count: number): ConfChangeOperation[] | undefined {
  const operations: ConfChangeOperation[] = [];
  for (let position = 0; position < count; position += 1) {
    const offset = HEADER_BYTES + position * OPERATION_BYTES;
    const kind = KINDS[view.getUint8(offset)];
    const nodeId = Number(view.getBigUint64(offset + 1, true));
    if (kind === undefined || !Number.isSafeInteger(nodeId)) return undefined;
    operations.push({ kind, nodeId });
  }
  return operations;
}
