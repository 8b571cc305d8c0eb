import type { WriteBatch } from "#engine";
import type { UndoLog } from "./undo-log.ts";

/**
 * A small table that stays in memory whole: what a partition holds of it is bounded by what runs,
 * not by history. Loaded when the partition opens.
 */
export class ResidentTable<K, V> {
  readonly #rows = new Map<K, V>();
  readonly #undo: UndoLog;
  #dirty = new Set<K>();

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  get dirtyCount(): number {
    return this.#dirty.size;
  }

  get rows(): ReadonlyMap<K, V> {
    return this.#rows;
  }

  /** Takes a row read from the engine. */
  loadRow(key: K, value: V): void {
    this.#rows.set(key, value);
  }

  get(key: K): V | undefined {
    return this.#rows.get(key);
  }

  /** Changes a row; undefined removes it. */
  set(key: K, value: V | undefined): void {
    const before = this.#rows.get(key);
    this.#assign(key, value);
    this.#dirty.add(key);
    this.#undo.push(() => this.#assign(key, before));
  }

  /** Moves all unwritten changes into the batch. */
  collect(
    batch: WriteBatch,
    format: { key(key: K): Uint8Array; encode(value: V): Uint8Array },
  ): void {
    for (const key of this.#dirty) {
      const value = this.#rows.get(key);
      if (value === undefined) batch.delete(format.key(key));
      else batch.put(format.key(key), format.encode(value));
    }
    this.#dirty = new Set();
  }

  #assign(key: K, value: V | undefined): void {
    if (value === undefined) this.#rows.delete(key);
    else this.#rows.set(key, value);
  }
}
