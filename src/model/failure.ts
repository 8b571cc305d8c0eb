/** A terminal failure of an invocation or of one of its steps, as handlers and callers see it. */
export interface Failure {
  /** Invocation error code; HTTP status codes are used where they fit. */
  readonly code: number;
  readonly message: string;
  /** User metadata, in the order of the handler. */
  readonly metadata: readonly (readonly [string, string])[] | undefined;
  readonly stacktrace: string | undefined;
}

/** Builds a failure that carries only a code and a message. */
export function failureOf(code: number, message: string): Failure {
  return { code, message, metadata: undefined, stacktrace: undefined };
}

/** Failure of whatever was killed by an operator. */
export const KILLED: Failure = failureOf(409, "killed");
/** Failure of what was cancelled before it started. */
export const CANCELED: Failure = failureOf(409, "canceled");
/** Failure of a second `run` call on the same workflow key. */
export const WORKFLOW_ALREADY_INVOKED: Failure = failureOf(
  409,
  "the workflow method was already invoked",
);
/** Failure of attaching to something that does not exist. */
export const NOT_FOUND: Failure = failureOf(404, "not found");
/** Failure of completing a promise twice. */
export const PROMISE_ALREADY_COMPLETED: Failure = failureOf(409, "promise was already completed");

/** How an invocation, a call, a run or a promise ended. */
export type InvocationResult =
  | { readonly kind: "success"; readonly value: Uint8Array }
  | { readonly kind: "failure"; readonly failure: Failure };
