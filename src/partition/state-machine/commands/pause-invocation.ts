import { assertNever } from "#base/assert";
import type { AttemptFailure, InvocationId } from "#model";
import { releaseLimits } from "../admission.ts";
import type { CommandOf } from "../command.ts";
import type { StartedStatus } from "../completion.ts";
import { JournalDraft } from "../journal-draft.ts";
import { reply } from "../messages.ts";
import type { PartitionReply } from "../partition-reply.ts";
import type { Turn } from "../turn.ts";

/** Stops an invocation until an operator resumes it. Its lock stays, its slots go. */
export function applyPauseInvocation(turn: Turn, command: CommandOf<"pause-invocation">): void {
  reply(turn, command.requestId, pause(turn, command.invocationId));
}

/**
 *   invoked, suspended                     -> paused  the live attempt is aborted
 *   paused                                 -> (same)  already there
 *   scheduled, inboxed, completed, free    -> (same)  refused
 */
function pause(turn: Turn, id: InvocationId): PartitionReply {
  const status = turn.state.invocation(id);
  if (status === undefined) return { kind: "not-found" };
  switch (status.kind) {
    case "invoked":
    case "suspended": {
      const draft = new JournalDraft(turn, { id, token: undefined }, status);
      enterPaused(turn, { status, draft, cause: undefined });
      turn.effects.push({ kind: "abort", invocationId: id });
      return { kind: "accepted" };
    }
    case "paused":
      return { kind: "done" };
    case "scheduled":
    case "inboxed":
    case "completed":
      return { kind: "refused", reason: { kind: "not-running" } };
    default:
      return assertNever(status);
  }
}

/** Makes a started invocation paused; records why. */
export function enterPaused(
  turn: Turn,
  {
    status,
    draft,
    cause,
  }: {
    readonly status: StartedStatus;
    readonly draft: JournalDraft;
    readonly cause: AttemptFailure | undefined;
  },
): void {
  const { metadata, sinks, pin, inboxedAtMs, runningAtMs } = status;
  draft.appendEvent({ kind: "paused", cause });
  turn.state.putInvocation(draft.id, {
    kind: "paused",
    metadata,
    sinks,
    modifiedAtMs: turn.nowMs,
    journal: draft.position(),
    pin,
    inboxedAtMs,
    runningAtMs,
  });
  if (status.kind === "invoked") releaseLimits(turn, metadata);
}
