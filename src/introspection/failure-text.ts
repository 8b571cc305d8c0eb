import type { AttemptFailure, Failure } from "#model";

const CODE_NAMES: ReadonlyMap<number, string> = new Map([
  [400, "Bad request"],
  [404, "Not found"],
  [409, "Aborted"],
  [410, "Gone"],
  [415, "Unsupported media type"],
  [470, "Not ready"],
  [500, "Internal"],
  [570, "Journal mismatch"],
  [571, "Protocol violation"],
  [572, "Unsupported feature"],
  [573, "Unsupported feature"],
]);

/** `[409] killed`, as results print a failure. */
export function formatFailure(failure: Failure): string {
  return `[${failure.code}] ${failure.message}`;
}

/** `[500 Internal] message`, as attempts and promises print a failure. */
export function formatNamedFailure(failure: Failure): string {
  const name = CODE_NAMES.get(failure.code);
  const code = name === undefined ? `${failure.code}` : `${failure.code} ${name}`;
  return `[${code}] ${failure.message}`;
}

/** The failure of an attempt, with its stack trace on the following lines. */
export function formatAttemptFailure({ failure }: AttemptFailure): string {
  const text = formatNamedFailure(failure);
  return failure.stacktrace === undefined || failure.stacktrace === ""
    ? text
    : `${text}\n${failure.stacktrace}`;
}
