import { type KeyValueEngine, WriteBatch } from "#engine";
import type { PartitionStore } from "./partition-store.ts";

/**
 * Writes what the partitions of a node have changed, all in one batch. One write is under way at a
 * time; what changes meanwhile waits for the next.
 */
export class StoreFlusher {
  readonly #engine: KeyValueEngine;
  readonly #stores = new Set<PartitionStore>();
  #writing: Promise<void> | undefined;

  constructor(engine: KeyValueEngine) {
    this.#engine = engine;
  }

  add(store: PartitionStore): void {
    this.#stores.add(store);
  }

  /** Rows that wait, over all partitions. */
  get dirtyCount(): number {
    let count = 0;
    for (const store of this.#stores) count += store.dirtyCount;
    return count;
  }

  get isWriting(): boolean {
    return this.#writing !== undefined;
  }

  /**
   * Writes everything that was changed before the call. Rejects with the engine's error; the
   * process must then stop, since what was collected is only in the log.
   */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    const dirty = [...this.#stores].filter((store) => store.dirtyCount > 0);
    if (dirty.length === 0) return;
    const batch = new WriteBatch();
    for (const store of dirty) store.collect(batch);
    this.#writing = this.#write(batch, dirty);
    await this.#writing;
  }

  async #write(batch: WriteBatch, stores: readonly PartitionStore[]): Promise<void> {
    try {
      await this.#engine.write(batch);
      for (const store of stores) store.flushed();
    } finally {
      this.#writing = undefined;
    }
  }
}
