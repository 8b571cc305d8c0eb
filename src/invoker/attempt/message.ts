/** What an attempt does with each message of the deployment (service protocol section 7). */
import {
  type AttemptEvent,
  COMMAND_TYPES,
  commandTypeName,
  entryTypeName,
  isNotificationType,
  MessageFormatError,
} from "#model";
import {
  CONTROL_TYPES,
  controlTypeName,
  decodeAwaitingOn,
  decodeCommand,
  decodeRunProposal,
  type Frame,
  type OversizeFrame,
  REQUIRES_ACK,
  type WireCommand,
} from "#service-protocol";
import type { Attempt, AttemptAction, CommandRefusal } from "./attempt.ts";
import { causeOf, causeOfCommand, type RelatedCommand, violation } from "./failure-cause.ts";
import { findFailedPrecondition } from "./precondition.ts";
import { advanceEnd, advanceErrorMessage, advanceSuspension } from "./terminal-message.ts";
import { fail, NOTHING } from "./transitions.ts";

const COMMANDS_START = 0x0400;
const CUSTOM_START = 0xfc00;
const CUT = { isReset: true } as const;

/** Applies one message, or the finding that it is too large to be read. */
export function advanceMessage(
  attempt: Attempt,
  frame: Frame | OversizeFrame,
): readonly AttemptAction[] {
  if (frame.kind === "oversize") {
    const size = `message of ${frame.bodyBytes} bytes`;
    const message = `${size} is larger than the limit of ${attempt.facts.bodyBytesMax} bytes`;
    return fail(attempt, causeOf("RT0003", message), CUT);
  }
  if (!attempt.hasHead) {
    return fail(attempt, violation("received a message before the response head"), CUT);
  }
  try {
    return frame.type < COMMANDS_START
      ? advanceControl(attempt, frame)
      : advanceEntry(attempt, frame);
  } catch (error) {
    if (!(error instanceof MessageFormatError)) throw error;
    return fail(attempt, violation(malformed(frame.type, error.message)), CUT);
  }
}

function malformed(type: number, reason: string): string {
  // The reason stands alone where the original's text is known.
  if (reason.startsWith("malformed ")) return reason;
  return `cannot decode message ${printedType(type)}: ${reason}`;
}

function printedType(type: number): string {
  return controlTypeName(type) ?? entryTypeName(type);
}

function advanceControl(attempt: Attempt, frame: Frame): readonly AttemptAction[] {
  switch (frame.type) {
    case CONTROL_TYPES.suspension:
      return advanceSuspension(attempt, frame.body);
    case CONTROL_TYPES.error:
      return advanceErrorMessage(attempt, frame.body);
    case CONTROL_TYPES.end:
      return advanceEnd(attempt);
    case CONTROL_TYPES.proposeRunCompletion:
      return advanceProposal(attempt, frame);
    case CONTROL_TYPES.awaitingOn:
      if (attempt.facts.version < 7) return unexpected(attempt, frame.type);
      attempt.awaitingOn = decodeAwaitingOn(frame.body, attempt.facts.futureDepthMax);
      return NOTHING;
    default:
      return unexpected(attempt, frame.type);
  }
}

/** Start, acknowledgements, notifications, Input: only the server sends those. */
function unexpected(attempt: Attempt, type: number): readonly AttemptAction[] {
  const isKnown = controlTypeName(type) !== undefined || !entryTypeName(type).startsWith("Unknown");
  const message = isKnown
    ? `received unexpected message: ${printedType(type)}`
    : `unknown protocol.message code 0x${type.toString(16).toUpperCase().padStart(4, "0")}`;
  return fail(attempt, violation(message), CUT);
}

function advanceProposal(attempt: Attempt, frame: Frame): readonly AttemptAction[] {
  const { completionId, result } = decodeRunProposal(frame.body);
  const ackOnly = attempt.facts.version >= 7 && (frame.flags & REQUIRES_ACK) !== 0;
  return store(attempt, { kind: "run-completion", completionId, result, ackOnly });
}

function advanceEntry(attempt: Attempt, frame: Frame): readonly AttemptAction[] {
  const { type, body } = frame;
  if (type >= CUSTOM_START || isNotificationType(type) || type === COMMAND_TYPES.input) {
    return unexpected(attempt, type);
  }
  const reason = findFailedPrecondition(type, attempt.facts.target);
  if (reason !== undefined) {
    return refuse(attempt, frame, { kind: "precondition", documentedCode: "RT0017", reason });
  }
  const command = decodeEntry(type, body);
  if (command === undefined) return unexpected(attempt, type);
  if ("reason" in command) return refuse(attempt, frame, command);
  const resolved = attempt.facts.resolveCommand(command);
  if (!resolved.ok) return refuse(attempt, frame, resolved.refusal);

  attempt.commandCount++;
  if (type === COMMAND_TYPES.output) attempt.hasOutput = true;
  return store(attempt, {
    kind: "command",
    type,
    body,
    requiresAck: (frame.flags & REQUIRES_ACK) !== 0,
    command: resolved.command,
  });
}

function decodeEntry(type: number, body: Uint8Array): WireCommand | CommandRefusal | undefined {
  try {
    return decodeCommand(type, body);
  } catch (error) {
    if (!(error instanceof MessageFormatError)) throw error;
    return { kind: "bad-field", reason: error.message };
  }
}

/** The first event that stores anything also fixes deployment and protocol version. */
function store(attempt: Attempt, event: AttemptEvent): readonly AttemptAction[] {
  attempt.hasProgress = true;
  if (attempt.isPinned) return [{ kind: "report", event }];
  attempt.isPinned = true;
  const { deploymentId, version } = attempt.facts;
  const pin: AttemptEvent = { kind: "pin", deploymentId, protocolVersion: version };
  return [
    { kind: "report", event: pin },
    { kind: "report", event },
  ];
}

function refuse(attempt: Attempt, frame: Frame, refusal: CommandRefusal): readonly AttemptAction[] {
  const related: RelatedCommand = {
    index: attempt.commandCount,
    type: frame.type,
    body: frame.body,
  };
  const name = commandTypeName(frame.type) ?? "Unknown";
  const place = `Command: ${name} (command index ${related.index})`;
  const cause =
    refusal.kind === "precondition"
      ? causeOfCommand(
          refusal.documentedCode,
          `cannot process command ${place} because of a failed precondition: ${refusal.reason}`,
          related,
        )
      : causeOfCommand("RT0012", `cannot decode entry: ${place}: ${refusal.reason}`, related);
  return fail(attempt, cause, CUT);
}
