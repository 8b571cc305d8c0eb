import { assertNever } from "#base/assert";
import { encodeCommandAck, encodeFrames, encodeRunAck } from "#service-protocol";
import type { Attempt, AttemptAction, AttemptInputEvent } from "./attempt.ts";
import { causeOf } from "./failure-cause.ts";
import { formatTimeout } from "./format-timeout.ts";
import { advanceHead } from "./head.ts";
import { advanceMessage } from "./message.ts";
import { fail, halfClose, NOTHING } from "./transitions.ts";

/** Applies one event; returns what to do, in order. The list must not be changed. */
export function advance(attempt: Attempt, event: AttemptInputEvent): readonly AttemptAction[] {
  if (attempt.phase === "over") return NOTHING;
  switch (event.kind) {
    case "head":
      return advanceHead(attempt, event);
    case "message":
      return advanceMessage(attempt, event.frame);
    case "end-of-stream":
      return fail(attempt, causeOf("RT0007", "unknown"));
    case "stream-failed":
      return fail(attempt, causeOf("RT0010", event.message));
    case "inactivity-timeout":
      return halfClose(attempt);
    case "abort-timeout":
      return abort(attempt);
    case "out-of-memory":
      return fail(attempt, causeOf("RT0001", "the invoker is out of memory"), { isReset: true });
    case "notification":
      return push(attempt, event.entryIndex, () => encodeFrames([event.entry]));
    case "command-durable":
      return write(attempt, () => [encodeCommandAck(event.commandIndex)]);
    case "run-durable":
      return push(attempt, event.entryIndex, () => [encodeRunAck(event.completionId)]);
    default:
      return assertNever(event);
  }
}

/** Sends what stands for a journal entry, once and in order. */
function push(
  attempt: Attempt,
  entryIndex: number,
  encode: () => readonly Uint8Array[],
): readonly AttemptAction[] {
  // Part of the replay, or sent already.
  if (entryIndex <= attempt.lastEntryIndex) return NOTHING;
  attempt.lastEntryIndex = entryIndex;
  return write(attempt, encode);
}

/** After the half-close nothing can be sent; the next attempt replays it. */
function write(attempt: Attempt, encode: () => readonly Uint8Array[]): readonly AttemptAction[] {
  return attempt.phase === "live" ? [{ kind: "write", buffers: encode() }] : NOTHING;
}

function abort(attempt: Attempt): readonly AttemptAction[] {
  const timeout = formatTimeout(attempt.facts.abortTimeoutMs);
  const message = `the invocation stream was closed after the 'abort timeout' (${timeout}) fired.`;
  return fail(attempt, causeOf("RT0001", message), { isReset: true });
}
