import {
  COMMAND_TYPES,
  encodeInput,
  failureOf,
  type InvocationMetadata,
  type InvocationRequest,
  type InvocationStatus,
  isWorkflowRun,
  WORKFLOW_ALREADY_INVOKED,
} from "#model";
import { admit } from "./admission.ts";
import { answer, reply } from "./messages.ts";
import { addSink, type DirectSink } from "./sinks.ts";
import type { Turn } from "./turn.ts";

/** What became of a request. */
export interface Acceptance {
  readonly status: "accepted" | "previously-accepted";
  readonly executionTimeMs: number | undefined;
}

/**
 * Takes a request for an invocation, or joins it to the one that exists under its id
 * (invocation semantics, section 3).
 *
 * @param sink who is answered with the result; undefined if nobody waits
 */
export function acceptRequest(
  turn: Turn,
  request: InvocationRequest,
  sink: DirectSink | undefined,
): Acceptance {
  const existing = turn.state.invocation(request.id);
  if (existing !== undefined) {
    if (sink !== undefined) joinExisting(turn, { request, existing, sink });
    const { executionTimeMs } = existing.metadata;
    return { status: "previously-accepted", executionTimeMs };
  }

  const { id, executionTimeMs } = request;
  const metadata = metadataOf(turn, request);
  const sinks = sink === undefined ? [] : [sink];
  turn.state.createJournal(id);
  turn.state.appendJournal(id, 0, {
    type: COMMAND_TYPES.input,
    body: encodeInput(request.headers, request.payload),
    appendedAtMs: turn.nowMs,
  });
  if (executionTimeMs !== undefined && executionTimeMs > turn.nowMs) {
    const modifiedAtMs = turn.nowMs;
    turn.state.putInvocation(id, { kind: "scheduled", metadata, sinks, modifiedAtMs });
    const timer = { kind: "start", timeMs: executionTimeMs, invocationId: id } as const;
    turn.state.addTimer(timer);
    turn.effects.push({ kind: "set-timer", timer });
  } else {
    admit(turn, { id, metadata, sinks, resumed: undefined, inboxedAtMs: undefined });
  }
  return { status: "accepted", executionTimeMs };
}

function metadataOf(turn: Turn, request: InvocationRequest): InvocationMetadata {
  return {
    target: request.target,
    idempotencyKey: request.idempotencyKey,
    limitKey: request.limitKey,
    retention: request.retention,
    invokedBy: request.invokedBy,
    traceParent: request.traceParent,
    restartedFrom: undefined,
    createdAtMs: turn.nowMs,
    incarnation: turn.logIndex,
    randomSeed: undefined,
    executionTimeMs: request.executionTimeMs,
  };
}

function joinExisting(
  turn: Turn,
  {
    request,
    existing,
    sink,
  }: {
    readonly request: InvocationRequest;
    readonly existing: InvocationStatus;
    readonly sink: DirectSink;
  },
): void {
  if (isWorkflowRun(request.target)) {
    const { code, message } = WORKFLOW_ALREADY_INVOKED;
    const result = { kind: "failure", failure: failureOf(code, message) } as const;
    answer(turn, sink, { invocationId: request.id, target: request.target, result });
    return;
  }
  attach(turn, { id: request.id, status: existing, sink });
}

/** Answers from the stored result, or adds someone who waits. */
export function attach(
  turn: Turn,
  {
    id,
    status,
    sink,
  }: {
    readonly id: InvocationRequest["id"];
    readonly status: InvocationStatus;
    readonly sink: DirectSink;
  },
): void {
  if (status.kind !== "completed") {
    turn.state.putInvocation(id, { ...status, sinks: addSink(turn, status.sinks, sink) });
    return;
  }
  const { result, completedAtMs, metadata } = status;
  if (sink.kind === "invocation") {
    answer(turn, sink, { invocationId: id, target: metadata.target, result });
    return;
  }
  const expiresAtMs = completedAtMs + metadata.retention.completionMs;
  const { target } = metadata;
  reply(turn, sink, { kind: "result", invocationId: id, target, result, expiresAtMs });
}
