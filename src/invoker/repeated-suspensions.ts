import type { InvocationId } from "#model";

/** Repetitions that start at once: some change nothing because two events have crossed. */
const AT_ONCE_MAX = 3;
const DELAY_MS_MIN = 10;
const DELAY_MS_MAX = 10_000;
/** A stay that begins later than this after a suspension was not caused by it. */
const WINDOW_MS = 10_000;
/** Invocations that are remembered; beyond, the one that began first starts anew at once. */
const INVOCATIONS_MAX = 10_000;

interface Repeated {
  readonly journalLength: number;
  /** Attempts in a row that began with this journal and suspended without adding to it. */
  readonly count: number;
  readonly suspendedAtMs: number;
}

/**
 * Slows down invocations that suspend on something that has already happened.
 *
 * Such an invocation is due again at once, and nothing that its handler sees has changed: it would
 * suspend again, as fast as the machine allows. Handlers that go on after they were cancelled do
 * this, since some SDKs await the signal of the cancellation again.
 */
export class RepeatedSuspensions {
  readonly #byInvocation = new Map<InvocationId, Repeated>();

  /** Records that an attempt has suspended without storing anything. */
  note(invocationId: InvocationId, journalLength: number, nowMs: number): void {
    const previous = this.#byInvocation.get(invocationId);
    const count = previous?.journalLength === journalLength ? previous.count + 1 : 1;
    if (previous === undefined && this.#byInvocation.size >= INVOCATIONS_MAX) {
      const [oldest] = this.#byInvocation.keys();
      if (oldest !== undefined) this.#byInvocation.delete(oldest);
    }
    this.#byInvocation.set(invocationId, { journalLength, count, suspendedAtMs: nowMs });
  }

  /** Records that an attempt ended in another way, or that the invocation is over. */
  forget(invocationId: InvocationId): void {
    this.#byInvocation.delete(invocationId);
  }

  /** How long the next attempt has to wait, in milliseconds. */
  delayMs(invocationId: InvocationId, nowMs: number): number {
    const repeated = this.#byInvocation.get(invocationId);
    if (repeated === undefined || repeated.count <= AT_ONCE_MAX) return 0;
    if (nowMs - repeated.suspendedAtMs > WINDOW_MS) return 0;
    return Math.min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** (repeated.count - AT_ONCE_MAX - 1));
  }
}
