/** How a command ended: done; refused, failed or unhealthy; called wrongly or not supported. */
export type ExitCode = 0 | 1 | 2;

/** A command that cannot go on, with what to tell the operator. */
export class OperatorError extends Error {
  override readonly name = "OperatorError";
  /** Stable word for scripts. */
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, exitCode: ExitCode = 1) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** The command was called in a way that makes no sense. */
export function usageError(message: string): OperatorError {
  return new OperatorError("USAGE", message, 2);
}

/** What to do about refusals that operators meet often, by code. */
const HINTS: Readonly<Record<string, string>> = {
  NODE_IN_USE: 'Run "stet nodes drain" first',
  REPLICATION_UNSATISFIABLE: "Add nodes, choose fewer copies, or insist with --force",
  NOT_LEADER: 'Look at "stet cluster status"; try again when there is a leader',
  CONFLICT: "Read the present state and try again",
  CALL_TIMED_OUT: "What was asked for may still happen; --request-timeout waits longer",
  NODE_UNKNOWN: '"stet nodes list" shows the nodes',
  PARTITION_UNKNOWN: '"stet partitions list" shows the partitions',
};

/** Any failure as operators see it: what happened, and what can be done. */
export function describeFailure(error: unknown): {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
} {
  const { code = "INTERNAL", exitCode = 1 } = error as Partial<OperatorError>;
  const message = error instanceof Error ? error.message : String(error);
  return { code, message, hint: HINTS[code], exitCode };
}
