import type { MessageType } from "./messages.ts";

/** True for kinds that must never be accepted from the network. */
export function isLocalType(type: MessageType): boolean {
  switch (type) {
    case "hup":
    case "beat":
    case "check-quorum":
    case "unreachable":
    case "snapshot-status":
    case "storage-append":
    case "storage-append-response":
    case "storage-apply":
    case "storage-apply-response":
      return true;
    default:
      return false;
  }
}

/** True for kinds that answer an earlier message. */
export function isResponseType(type: MessageType): boolean {
  switch (type) {
    case "append-response":
    case "vote-response":
    case "pre-vote-response":
    case "heartbeat-response":
    case "read-index-response":
    case "unreachable":
    case "storage-append-response":
    case "storage-apply-response":
      return true;
    default:
      return false;
  }
}

/**
 * True for kinds that claim something about this replica's disk.
 *
 * They may leave only after everything in the same `Ready`, and every earlier one, is durable.
 * All other kinds may be sent while the disk write is still running.
 */
export function isHeldUntilDurable(type: MessageType): boolean {
  return type === "append-response" || type === "vote-response" || type === "pre-vote-response";
}
