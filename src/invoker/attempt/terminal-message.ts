/** Messages that end an attempt: Suspension, End, Error (service protocol sections 10 and 11). */
import { type AttemptFailure, commandTypeName, type Failure } from "#model";
import { decodeErrorMessage, decodeSuspension, type ErrorMessage } from "#service-protocol";
import type { Attempt, AttemptAction } from "./attempt.ts";
import { causeOf, causeOfFailure, violation } from "./failure-cause.ts";
import { fail, finish } from "./transitions.ts";

const TREE_VERSION_MIN = 7;
const JOURNAL_MISMATCH = 570;
const PROTOCOL_VIOLATION = 571;

/** Suspends, or fails if there is nothing to wait for, or pauses if the tree is too deep. */
export function advanceSuspension(attempt: Attempt, body: Uint8Array): readonly AttemptAction[] {
  const { version, futureDepthMax } = attempt.facts;
  const suspension = decodeSuspension(version, body, futureDepthMax);
  switch (suspension.kind) {
    case "future": {
      const recordEvent = version >= TREE_VERSION_MIN;
      return finish(attempt, { kind: "suspended", future: suspension.future, recordEvent });
    }
    case "empty":
      return fail(attempt, violation(suspension.reason));
    case "too-deep": {
      const message = `maximum awaited future depth limit of ${futureDepthMax} has been reached.`;
      return finish(attempt, { kind: "paused", cause: causeOf("RT0025", message) });
    }
  }
}

/** Ends the invocation; its result is the last Output of the journal. */
export function advanceEnd(attempt: Attempt): readonly AttemptAction[] {
  if (!attempt.hasOutput) {
    return fail(attempt, violation("received End, but the journal holds no Output"));
  }
  return finish(attempt, { kind: "ended" });
}

/** Fails the attempt as the SDK asks for. */
export function advanceErrorMessage(attempt: Attempt, body: Uint8Array): readonly AttemptAction[] {
  const error = decodeErrorMessage(body);
  const cause = causeOfErrorMessage(error);
  switch (error.behavior) {
    case "pause":
      return finish(attempt, { kind: "paused", cause });
    case "fail":
      return finish(attempt, { kind: "failed-for-good", failure: cause.failure });
    case "retry":
      return fail(attempt, cause, { retryDelayMs: error.nextRetryDelayMs });
  }
}

function causeOfErrorMessage(error: ErrorMessage): AttemptFailure {
  const failure: Failure = {
    code: error.code === 0 ? 500 : error.code,
    message: error.message,
    metadata: undefined,
    stacktrace: error.stacktrace,
  };
  const { relatedCommandIndex, relatedCommandName, relatedCommandType } = error;
  return {
    ...causeOfFailure(failure, documentedCodeOf(error.code)),
    relatedCommandIndex,
    relatedCommandName,
    relatedCommandType:
      relatedCommandType === undefined ? undefined : commandTypeName(relatedCommandType),
  };
}

function documentedCodeOf(code: number): string {
  if (code === JOURNAL_MISMATCH) return "RT0016";
  return code === PROTOCOL_VIOLATION ? "RT0012" : "RT0007";
}
