import type { Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { KeyValueEngine } from "#engine";
import { partitionDigest } from "#partition-store";

/** What computing digests takes. */
export interface DigesterOptions {
  readonly engine: KeyValueEngine;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
}

/** Pause after some hundred rows: keeps the work of a digest at about a tenth of a core. */
const PAUSE_MS = 20;

/** Computes digests of the partitions of a node, one at a time, in the background. */
export class Digester {
  readonly #options: DigesterOptions;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: DigesterOptions) {
    this.#options = options;
  }

  /**
   * Computes the digest of what the engine holds of a partition at the moment of the call. Never
   * rejects; undefined if it failed or the node stops.
   */
  compute(partitionId: number): Promise<string | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    const { engine, logger } = this.#options;
    const snapshot = engine.snapshot();
    const computed = this.#last
      .then(() => partitionDigest(snapshot, partitionId, () => this.#pause()))
      .catch((error: unknown) => {
        if (!this.#isClosed) {
          logger.warn("No digest of a partition", { partition: partitionId, error });
        }
        return undefined;
      })
      .finally(() => snapshot.release());
    this.#last = computed;
    return computed;
  }

  /** Breaks off what is under way; resolves when the engine is not read any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
  }

  #pause(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error("The node stops"));
    return new Promise((resolve) => {
      this.#options.scheduler.after(PAUSE_MS, resolve);
    });
  }
}
