/** Builds what is remembered of a failed attempt (service protocol sections 11 and 15). */
import {
  type AttemptFailure,
  commandTypeName,
  type Failure,
  failureOf,
  MessageFormatError,
  nameOfCommand,
} from "#model";

/** Code of failures that have no better one. */
const INTERNAL = 500;

/** The command that a failure is about. */
export interface RelatedCommand {
  readonly index: number;
  readonly type: number;
  readonly body: Uint8Array;
}

/** A failure without a related command. */
export function causeOf(
  documentedCode: string | undefined,
  message: string,
  code: number = INTERNAL,
): AttemptFailure {
  return causeOfFailure(failureOf(code, message), documentedCode);
}

/** A failure that the deployment described itself. */
export function causeOfFailure(
  failure: Failure,
  documentedCode: string | undefined,
): AttemptFailure {
  return {
    failure,
    documentedCode,
    relatedCommandIndex: undefined,
    relatedCommandName: undefined,
    relatedCommandType: undefined,
  };
}

/** A failure about a command. */
export function causeOfCommand(
  documentedCode: string,
  message: string,
  command: RelatedCommand,
): AttemptFailure {
  return {
    failure: failureOf(INTERNAL, message),
    documentedCode,
    relatedCommandIndex: command.index,
    relatedCommandName: readName(command.body),
    relatedCommandType: commandTypeName(command.type),
  };
}

/** The name is a courtesy: a body that cannot be read has none. */
function readName(body: Uint8Array): string | undefined {
  try {
    return nameOfCommand(body) || undefined;
  } catch (error) {
    if (error instanceof MessageFormatError) return undefined;
    throw error;
  }
}

/** The peer broke the protocol. */
export function violation(message: string): AttemptFailure {
  return causeOf("RT0012", message);
}
