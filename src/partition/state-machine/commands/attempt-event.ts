import { assert, assertNever } from "#base/assert";
import {
  type AttemptEvent,
  COMMAND_TYPES,
  decodeOutput,
  type InvocationId,
  type InvokedStatus,
  NOTIFICATION_TYPES,
  type Pin,
} from "#model";
import { releaseLimits } from "../admission.ts";
import type { CommandOf } from "../command.ts";
import { complete } from "../completion.ts";
import { applyJournalCommand } from "../entries/journal-command.ts";
import { JournalDraft } from "../journal-draft.ts";
import { resume } from "../notifications.ts";
import { isResolved } from "../resolve-future.ts";
import type { Turn } from "../turn.ts";
import { enterPaused } from "./pause-invocation.ts";

/** An invoked invocation while the events of one record are applied to it. */
interface Progress {
  readonly id: InvocationId;
  readonly status: InvokedStatus;
  readonly draft: JournalDraft;
  pin: Pin | undefined;
}

/**
 * Applies what the invoker reports of an attempt. Events of a superseded attempt are dropped: its
 * token is not the one under which the invocation was last handed over.
 */
export function applyAttemptEvent(turn: Turn, command: CommandOf<"attempt-event">): void {
  const { invocationId: id, token, events } = command;
  const status = turn.state.invocation(id);
  if (status?.kind !== "invoked" || status.token !== token) return;

  const draft = new JournalDraft(turn, { id, token }, status);
  const progress: Progress = { id, status, draft, pin: status.pin };
  for (const event of events) {
    if (applyEvent(turn, progress, event) === "stay-ended") return;
  }
  const { metadata, sinks, inboxedAtMs, runningAtMs } = status;
  turn.state.putInvocation(id, {
    kind: "invoked",
    metadata,
    sinks,
    modifiedAtMs: turn.nowMs,
    journal: draft.position(),
    pin: progress.pin,
    inboxedAtMs,
    runningAtMs,
    token,
  });
}

function applyEvent(turn: Turn, progress: Progress, event: AttemptEvent): "goes-on" | "stay-ended" {
  const { id, draft } = progress;
  switch (event.kind) {
    case "pin":
      progress.pin ??= {
        deploymentId: event.deploymentId,
        protocolVersion: event.protocolVersion,
      };
      return "goes-on";
    case "command": {
      const commandIndex = draft.appendCommand(event.type, event.body);
      applyJournalCommand(turn, progress, event.command);
      if (event.requiresAck) {
        const { token } = progress.status;
        turn.effects.push({ kind: "acknowledge-command", invocationId: id, token, commandIndex });
      }
      return "goes-on";
    }
    case "run-completion": {
      const { completionId, result, ackOnly } = event;
      const ack = ackOnly ? "short" : "full";
      draft.appendCompletion(NOTIFICATION_TYPES.run, completionId, result, ack);
      return "goes-on";
    }
    case "fail-attempt": {
      draft.appendErrorEvent({ kind: "transient-error", cause: event.cause });
      const { token } = progress.status;
      turn.effects.push({ kind: "attempt-failure-recorded", invocationId: id, token });
      return "goes-on";
    }
    case "suspend":
      suspend(turn, progress, event);
      return "stay-ended";
    case "pause": {
      const status = current(progress);
      enterPaused(turn, { status, draft, cause: event.cause });
      return "stay-ended";
    }
    case "end":
      end(turn, progress);
      return "stay-ended";
    case "fail": {
      const { status, pin } = progress;
      const result = { kind: "failure", failure: event.failure } as const;
      complete(turn, { id, status, journal: draft.position(), pin, result });
      return "stay-ended";
    }
    default:
      return assertNever(event);
  }
}

function current({ status, draft, pin }: Progress): InvokedStatus {
  return { ...status, journal: draft.position(), pin };
}

function suspend(
  turn: Turn,
  progress: Progress,
  event: AttemptEvent & { readonly kind: "suspend" },
): void {
  const { id, draft } = progress;
  const { future: awaiting, recordEvent } = event;
  const { metadata, sinks } = progress.status;
  if (isResolved(awaiting, turn.state.journal(id).notifications)) {
    // What it waits for is already here: it never was suspended.
    releaseLimits(turn, metadata);
    resume(turn, id, current(progress));
    return;
  }
  if (recordEvent) draft.appendEvent({ kind: "suspended", awaiting });
  const { pin, inboxedAtMs, runningAtMs } = current(progress);
  turn.state.putInvocation(id, {
    kind: "suspended",
    metadata,
    sinks,
    modifiedAtMs: turn.nowMs,
    journal: draft.position(),
    pin,
    inboxedAtMs,
    runningAtMs,
    awaiting,
  });
  releaseLimits(turn, metadata);
}

function end(turn: Turn, { id, status, draft, pin }: Progress): void {
  const { outputIndex } = draft;
  assert(outputIndex !== undefined, "the invoker lets no attempt end without an output");
  const entry = turn.state.journal(id).entries[outputIndex];
  assert(entry?.type === COMMAND_TYPES.output, "the output index points at an output");
  const result = decodeOutput(entry.body);
  complete(turn, { id, status, journal: draft.position(), pin, result });
}
