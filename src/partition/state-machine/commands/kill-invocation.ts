import { assert, assertNever } from "#base/assert";
import {
  decodeNotification,
  type InvocationId,
  type InvocationResult,
  type JournalEntry,
  KILLED,
  NOTIFICATION_TYPES,
} from "#model";
import { hasRun, releaseLimits } from "../admission.ts";
import type { CommandOf, RequestId } from "../command.ts";
import { complete, completeUnstarted, type StartedStatus } from "../completion.ts";
import { reply, sendLater } from "../messages.ts";
import type { OutboxMessage } from "../outbox-message.ts";
import type { PartitionReply } from "../partition-reply.ts";
import type { Turn } from "../turn.ts";

/** Journal entries that one record looks at. */
const ENTRIES_PER_RECORD_MAX = 256;
const KILLED_RESULT: InvocationResult = { kind: "failure", failure: KILLED };

/** Ends an invocation without asking its handler, for an operator. */
export function applyKillInvocation(turn: Turn, command: CommandOf<"kill-invocation">): void {
  const answered = kill(turn, command.invocationId, { requestId: command.requestId });
  if (answered !== "goes-on") reply(turn, command.requestId, answered);
}

/** Goes on killing an invocation whose journal is long. */
export function continueKill(
  turn: Turn,
  { targetId, incarnation, from, requestId }: OutboxMessage & { readonly kind: "continue-kill" },
): void {
  const status = turn.state.invocation(targetId);
  const isSame = status !== undefined && status.metadata.incarnation === incarnation;
  const answered = isSame ? kill(turn, targetId, { requestId, from }) : DONE;
  if (answered !== "goes-on") reply(turn, requestId, DONE);
}

const DONE: PartitionReply = { kind: "done" };

/** How far a kill has come, and who waits for it. */
interface KillProgress {
  readonly requestId: RequestId | undefined;
  /** Journal entries below have been looked at. */
  readonly from?: number;
}

/**
 * Ends an invocation and, through the outbox, everything that it called.
 *
 *   scheduled, inboxed          -> free        waiting callers get KILLED, nothing is retained
 *   invoked, suspended, paused  -> completed   with KILLED; its callees are killed too
 *   completed, free             -> (same)      only answer
 *
 * One with a long journal is paused first, and ends in a record that follows: `goes-on`.
 */
export function kill(
  turn: Turn,
  id: InvocationId,
  progress: KillProgress,
): PartitionReply | "goes-on" {
  const status = turn.state.invocation(id);
  if (status === undefined) {
    // An attempt may outlive its invocation: aborting one that does not exist is harmless.
    turn.effects.push({ kind: "abort", invocationId: id });
    return { kind: "not-found" };
  }
  switch (status.kind) {
    case "scheduled":
      completeUnstarted(turn, id, status, KILLED_RESULT);
      return DONE;
    case "inboxed": {
      if (!hasRun(status)) {
        completeUnstarted(turn, id, status, KILLED_RESULT);
        return DONE;
      }
      turn.state.removeLimitWaiter(status.metadata.target.scope as string, status.queue.sequence);
      const { metadata, sinks, modifiedAtMs, resumed } = status;
      const paused = { kind: "paused", metadata, sinks, modifiedAtMs, ...resumed } as const;
      return killStarted(turn, { id, status: paused }, progress);
    }
    case "invoked":
    case "suspended":
    case "paused":
      return killStarted(turn, { id, status }, progress);
    case "completed":
      return { kind: "already-completed" };
    default:
      return assertNever(status);
  }
}

function killStarted(
  turn: Turn,
  { id, status }: { readonly id: InvocationId; readonly status: StartedStatus },
  { requestId, from = 0 }: KillProgress,
): PartitionReply | "goes-on" {
  const { entries } = turn.state.journal(id);
  const end = Math.min(entries.length, from + ENTRIES_PER_RECORD_MAX);
  for (let index = from; index < end; index++) {
    const { type, body } = entries[index] as JournalEntry;
    if (type !== NOTIFICATION_TYPES.callInvocationId) continue;
    const { result } = decodeNotification(body);
    assert(result.kind === "invocation-id", "this completion names the callee");
    sendLater(turn, { kind: "kill", targetId: result.invocationId as InvocationId });
  }
  turn.effects.push({ kind: "abort", invocationId: id });
  if (end < entries.length) {
    halt(turn, id, status);
    const { incarnation } = status.metadata;
    sendLater(turn, { kind: "continue-kill", targetId: id, incarnation, from: end, requestId });
    return "goes-on";
  }
  const { journal, pin } = status;
  complete(turn, { id, status, journal, pin, result: KILLED_RESULT });
  return DONE;
}

/** Keeps a killed invocation from going on until its callees are told. */
function halt(turn: Turn, id: InvocationId, status: StartedStatus): void {
  const { metadata, sinks, journal, pin, inboxedAtMs, runningAtMs } = status;
  turn.state.putInvocation(id, {
    kind: "paused",
    metadata,
    sinks,
    modifiedAtMs: turn.nowMs,
    journal,
    pin,
    inboxedAtMs,
    runningAtMs,
  });
  if (status.kind === "invoked") releaseLimits(turn, metadata);
}
