/** A broken invariant: a defect in Stet, never a condition of the outside world. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/**
 * Stops the component when an invariant does not hold; stays on in production.
 *
 * @param condition what must be true
 * @param message   the invariant, stated positively
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(`Broken invariant: ${message}`);
}

/** Closes a `switch` over a union: reaching it means that a case was added and not handled. */
export function assertNever(value: never): never {
  throw new AssertionError(`Broken invariant: unexpected case ${JSON.stringify(value)}`);
}

/** Returns the value, which must be present; `message` states why it always is. */
export function assertPresent<T>(value: T | undefined | null, message: string): T {
  if (value === undefined || value === null) {
    throw new AssertionError(`Broken invariant: ${message}`);
  }
  return value;
}
