import { type KeyValueEngine, WriteBatch } from "#engine";
import type { PartitionStore } from "./partition-store.ts";

/** A part of the partitions of a node: those whose id leaves `index` when divided by `count`. */
export interface FlushGroup {
  readonly index: number;
  readonly count: number;
}

/**
 * Writes what the partitions of a node have changed, several in one batch. One write is under way
 * at a time; what changes meanwhile waits for the next.
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

  /** Forgets a store with what it has not written; resolves when no write of it is under way. */
  async remove(store: PartitionStore): Promise<void> {
    this.#stores.delete(store);
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Rows that wait, over all partitions. */
  get dirtyCount(): number {
    let count = 0;
    for (const store of this.#stores) count += store.dirtyCount;
    return count;
  }

  /** Records that are applied and not written, over all partitions. */
  get unwrittenRecords(): number {
    let count = 0;
    for (const store of this.#stores) count += store.appliedIndex - store.writtenIndex;
    return count;
  }

  /**
   * Writes everything that was changed before the call, in all partitions or in those of a group.
   * Rejects with the engine's error; the process must then stop, since what was collected is only
   * in the log.
   */
  async flush(group?: FlushGroup): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    const dirty: PartitionStore[] = [];
    for (const store of this.#stores) {
      const isAsked = group === undefined || store.partitionId % group.count === group.index;
      if (isAsked && store.dirtyCount > 0) dirty.push(store);
    }
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
