import type { Clock, ScheduledCall, Scheduler } from "#base/clock";
import type { Random } from "#base/random";
import type { Expiry } from "#state-machine";

/** What a cleaner works with. */
export interface CleanerOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly intervalMs: number;
  /** Expiries up to a time, oldest first; flushes what is not stored yet. */
  pages(upToMs: number, limit: number): Promise<readonly Expiry[]>;
  /** Proposes the removal; resolves when it is applied, false if it could not be proposed. */
  purge(expiries: readonly Expiry[]): Promise<boolean>;
  onError(error: unknown): void;
}

const PAGE = 256;

/**
 * Removes what has outlived its retention, page by page: each page is proposed when the one before
 * is applied, so that live work is never far behind.
 */
export class Cleaner {
  readonly #options: CleanerOptions;
  #next: ScheduledCall | undefined;
  #isClosed = false;

  constructor(options: CleanerOptions) {
    this.#options = options;
  }

  /** Passes once per interval, for the first time after 20 to 40 percent of it. */
  start(): void {
    const { intervalMs, random } = this.#options;
    this.#schedule((intervalMs * (20 + random.nextBelow(21))) / 100);
  }

  close(): void {
    this.#isClosed = true;
    this.#next?.cancel();
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    this.#next = this.#options.scheduler.after(delayMs, () => {
      this.#pass().then(
        () => this.#schedule(this.#options.intervalMs),
        (error: unknown) => {
          this.#options.onError(error);
          this.#schedule(this.#options.intervalMs);
        },
      );
    });
  }

  async #pass(): Promise<void> {
    const upToMs = this.#options.clock.nowMs();
    while (!this.#isClosed) {
      const page = await this.#options.pages(upToMs, PAGE);
      if (page.length === 0 || !(await this.#options.purge(page))) return;
    }
  }
}
