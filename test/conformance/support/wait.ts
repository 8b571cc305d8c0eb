/** Waiting for conditions: polling with a deadline, gates and events inside this process. */

/** How long a condition may take before the check fails, on a busy machine. */
export const DEADLINE_MS = 20_000;

const POLL_FIRST_MS = 15;
const POLL_LAST_MS = 200;

/** Pauses for `durationMs`; only to give something time to go wrong, never as an assertion. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}

/**
 * Polls `probe` until it returns a value other than `undefined` or `false`.
 *
 * Fails after `deadlineMs` with `what` and the last error the probe threw, if any.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  let intervalMs = POLL_FIRST_MS;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await probe();
      lastError = undefined;
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > deadline) {
      const cause = lastError instanceof Error ? `: ${lastError.message}` : "";
      throw new Error(`Timed out waiting until ${what}${cause}`);
    }
    await pause(intervalMs);
    intervalMs = Math.min(intervalMs * 1.5, POLL_LAST_MS);
  }
}

/** Fails with `what` when `promise` does not settle within `deadlineMs`. */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Timed out waiting for ${what}`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Tells whether `promise` is still pending after `durationMs`. */
export async function staysPending(promise: Promise<unknown>, durationMs = 400): Promise<boolean> {
  let settled = false;
  const watch = () => {
    settled = true;
  };
  promise.then(watch, watch);
  await pause(durationMs);
  return !settled;
}

/** Named gates handlers wait at until the check opens them. */
export class Gates {
  readonly #gates = new Map<string, PromiseWithResolvers<void>>();

  #gate(name: string): PromiseWithResolvers<void> {
    let gate = this.#gates.get(name);
    if (gate === undefined) {
      gate = Promise.withResolvers<void>();
      this.#gates.set(name, gate);
    }
    return gate;
  }

  wait(name: string): Promise<void> {
    return this.#gate(name).promise;
  }

  open(name: string): void {
    this.#gate(name).resolve();
  }
}

/** Events handlers report to the check, by subject. */
export class Recorder {
  readonly #events = new Map<string, string[]>();

  record(subject: string, event: string): void {
    this.list(subject).push(event);
  }

  list(subject: string): string[] {
    let events = this.#events.get(subject);
    if (events === undefined) {
      events = [];
      this.#events.set(subject, events);
    }
    return events;
  }

  /** Waits until `event` was reported at least `count` times for `subject`. */
  async seen(subject: string, event: string, count = 1): Promise<void> {
    await until(
      `${subject} reports ${event} ${count} times`,
      () => this.list(subject).filter((entry) => entry === event).length >= count,
    );
  }
}

/** Gates shared by the checks and the handlers of this process. */
export const gates = new Gates();

/** Events shared by the checks and the handlers of this process. */
export const recorder = new Recorder();
