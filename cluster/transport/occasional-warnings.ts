import type { Clock } from "#base/clock";
import type { LogFields, Logger } from "#base/logger";

/** Time in which a warning about the same thing is not repeated. */
const QUIET_MS = 10_000;
/** Things that are remembered; all are forgotten beyond it. */
const KEYS_MAX = 256;

/** Logs warnings about what is tried again and again, once in a while each. */
export class OccasionalWarnings {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #loggedAtMs = new Map<string, number>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Warns, unless there was a warning with the same key just now. */
  warn(key: string, message: string, fields: LogFields): void {
    const nowMs = this.#clock.monotonicMs();
    const loggedAtMs = this.#loggedAtMs.get(key);
    if (loggedAtMs !== undefined && nowMs - loggedAtMs < QUIET_MS) return;
    if (this.#loggedAtMs.size >= KEYS_MAX) this.#loggedAtMs.clear();
    this.#loggedAtMs.set(key, nowMs);
    this.#logger.warn(message, fields);
  }
}
