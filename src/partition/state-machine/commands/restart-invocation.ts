import { assertNever } from "#base/assert";
import {
  COMMAND_TYPES,
  type CompletedStatus,
  completionIdsOfCommand,
  type InvocationId,
  type InvocationMetadata,
  invocationIdToBytes,
  isNotificationType,
  type JournalEntry,
  type JournalPosition,
  NOTIFICATION_TYPES,
  randomSeedOf,
  type Uint64Halves,
} from "#model";
import { admit } from "../admission.ts";
import type { CommandOf } from "../command.ts";
import { reply } from "../messages.ts";
import { readNotificationHead } from "../notification-head.ts";
import type { PartitionReply } from "../partition-reply.ts";
import type { Turn } from "../turn.ts";
import { changedPin } from "./resume-invocation.ts";

/** First protocol version whose journals may be cut and continued. */
const PREFIX_PROTOCOL_VERSION_MIN = 6;

/** Starts a completed invocation again under a new id, from its input or a journal prefix. */
export function applyRestartInvocation(turn: Turn, command: CommandOf<"restart-invocation">): void {
  reply(turn, command.requestId, restart(turn, command));
}

function restart(turn: Turn, command: CommandOf<"restart-invocation">): PartitionReply {
  const status = turn.state.invocation(command.invocationId);
  if (status === undefined) return { kind: "not-found" };
  switch (status.kind) {
    case "scheduled":
    case "inboxed":
      return { kind: "refused", reason: { kind: "not-started" } };
    case "invoked":
    case "suspended":
    case "paused":
      return { kind: "refused", reason: { kind: "still-running" } };
    case "completed":
      return restartCompleted(turn, command, status);
    default:
      return assertNever(status);
  }
}

function restartCompleted(
  turn: Turn,
  command: CommandOf<"restart-invocation">,
  status: CompletedStatus,
): PartitionReply {
  const { invocationId, newInvocationId, from, pinChange } = command;
  const { metadata, pin } = status;
  if (metadata.target.serviceType === "workflow") {
    return { kind: "refused", reason: { kind: "unsupported-restart" } };
  }
  if (status.journalLength === 0) {
    return { kind: "refused", reason: { kind: "input-not-available" } };
  }
  if (from > 0 && (pin === undefined || pin.protocolVersion < PREFIX_PROTOCOL_VERSION_MIN)) {
    return { kind: "refused", reason: { kind: "unsupported-restart" } };
  }
  const prefix = cutJournal(turn.state.journal(invocationId).entries, from);
  if (prefix === undefined) return { kind: "refused", reason: { kind: "incomplete-prefix" } };
  const newPin = changedPin(pin, pinChange);
  if ("refusal" in newPin) return newPin.refusal;

  const id = newInvocationId;
  turn.state.createJournal(id);
  for (const [index, { type, body }] of prefix.entries()) {
    turn.state.appendJournal(id, index, { type, body, appendedAtMs: turn.nowMs });
  }
  const journal = positionOf(prefix);
  admit(turn, {
    id,
    metadata: restartedMetadata(turn, command, metadata),
    sinks: [],
    resumed: { journal, pin: newPin.pin, inboxedAtMs: undefined, runningAtMs: 0 },
    inboxedAtMs: undefined,
  });
  return { kind: "restarted", newInvocationId };
}

function restartedMetadata(
  turn: Turn,
  command: CommandOf<"restart-invocation">,
  old: InvocationMetadata,
): InvocationMetadata {
  const { invocationId, from } = command;
  return {
    ...old,
    idempotencyKey: undefined,
    retention: command.retention,
    invokedBy: { kind: "restart-as-new", invocationId },
    restartedFrom: invocationId,
    createdAtMs: turn.nowMs,
    incarnation: turn.logIndex,
    randomSeed: from > 0 ? seedOf(invocationId, old) : undefined,
    executionTimeMs: undefined,
  };
}

/** Seed of a handler whose commands are kept: it makes them again, with the same random numbers. */
function seedOf(id: InvocationId, { randomSeed, createdAtMs }: InvocationMetadata): Uint64Halves {
  return randomSeed ?? randomSeedOf(invocationIdToBytes(id), createdAtMs);
}

/**
 * Entries 0 to `from`, and behind them the completions, journaled later, of commands among them.
 * Undefined if `from` is outside the journal or a command of the prefix has no completion.
 */
export function cutJournal(
  entries: readonly JournalEntry[],
  from: number,
): readonly JournalEntry[] | undefined {
  if (from >= entries.length) return undefined;
  const prefix = entries.slice(0, from + 1);
  const missing = new Set<number>();
  for (const { type, body } of prefix) {
    if (!isNotificationType(type))
      for (const id of completionIdsOfCommand(type, body)) missing.add(id);
  }
  for (const entry of prefix) removeKey(missing, entry);
  for (const entry of entries.slice(from + 1)) {
    if (missing.size === 0) break;
    if (removeKey(missing, entry)) prefix.push(entry);
  }
  return missing.size === 0 ? prefix : undefined;
}

function removeKey(missing: Set<number>, { type, body }: JournalEntry): boolean {
  if (!isNotificationType(type) || type === NOTIFICATION_TYPES.signal) return false;
  const { key } = readNotificationHead(body);
  return typeof key === "number" && missing.delete(key);
}

function positionOf(entries: readonly JournalEntry[]): JournalPosition {
  let commandCount = 0;
  let outputIndex: number | undefined;
  for (const [index, { type }] of entries.entries()) {
    if (isNotificationType(type)) continue;
    commandCount++;
    if (type === COMMAND_TYPES.output) outputIndex = index;
  }
  const length = entries.length;
  return { length, commandCount, outputIndex, eventCount: 0, lastEvent: undefined };
}
