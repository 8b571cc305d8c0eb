import type { KeyValueReader, WriteBatch } from "#engine";
import { GenerationalCache } from "./generational-cache.ts";
import { type Missing, MissSignal } from "./miss.ts";
import type { UndoLog } from "./undo-log.ts";

/** What distinguishes one table of single rows from another. */
export interface RowFormat<V> {
  /** Largest number of rows in one cache generation. */
  readonly cacheCountMax: number;
  key(name: string): Uint8Array;
  encode(value: V): Uint8Array;
  /** Spares writing a row that came back to what it was; left out where that does not happen. */
  isEqual?(left: V, right: V): boolean;
  decode(bytes: Uint8Array): V;
}

/** One row in memory. */
interface Row<V> {
  readonly name: string;
  /** Undefined: there is no such row. */
  value: V | undefined;
  /** Whether the engine holds a row, or will after the write under way; undefined if not known. */
  isStored: boolean | undefined;
  /** What the engine holds, while a change waits and the format compares. */
  original: V | undefined;
  /** The value waits for the next flush. */
  isDirty: boolean;
  /** The row may leave memory as soon as it is written. */
  isReleased: boolean;
}

/**
 * Rows read and written one by one: a bounded cache over the engine, with writes held back until
 * the next flush. A row that comes and goes between two flushes never reaches the engine.
 */
export class RowTable<V extends object> {
  readonly #format: RowFormat<V>;
  readonly #reader: KeyValueReader;
  readonly #undo: UndoLog;
  readonly #cache: GenerationalCache<Row<V>>;
  /** Changed since the last flush; a row that was rolled back is here and not dirty. */
  #dirty: Row<V>[] = [];
  #flushing: Row<V>[] = [];
  #flushCount = 0;

  constructor(format: RowFormat<V>, reader: KeyValueReader, undo: UndoLog) {
    this.#format = format;
    this.#reader = reader;
    this.#undo = undo;
    this.#cache = new GenerationalCache(format.cacheCountMax, () => 1);
  }

  /** Lets go of what was not used lately; between records. */
  trim(): void {
    if (!this.#cache.trim()) return;
    // What the engine does not hold yet stays, for two generations at least.
    for (const row of this.#flushing) this.#cache.get(row.name);
    for (const row of this.#dirty) this.#cache.get(row.name);
  }

  get dirtyCount(): number {
    return this.#dirty.length;
  }

  /** Throws `MissSignal` if the row is not in memory. */
  get(name: string): V | undefined {
    const row = this.#cache.get(name);
    if (row === undefined) throw new MissSignal(this.missing(name));
    return row.value;
  }

  /** True if `get` would answer. */
  isLoaded(name: string): boolean {
    return this.#cache.get(name) !== undefined;
  }

  /** States that no row of this name exists anywhere. */
  markAbsent(name: string): void {
    if (this.#cache.get(name) === undefined) this.#insert(name, undefined, false);
  }

  put(name: string, value: V): void {
    this.#change(name, value);
  }

  delete(name: string): void {
    this.#change(name, undefined);
  }

  /** Lets a row leave memory as soon as it is written: nobody is expected to ask soon. */
  release(name: string): void {
    const row = this.#cache.get(name);
    if (row !== undefined) row.isReleased = true;
  }

  missing(name: string): Missing {
    return { load: () => this.loadMany([name]) };
  }

  /** Brings rows into memory with one read. */
  async loadMany(names: readonly string[]): Promise<void> {
    const flushCount = this.#flushCount;
    const rows = await this.#reader.getMany(names.map((name) => this.#format.key(name)));
    // What was read may have been overtaken by a write that has already left memory.
    if (flushCount !== this.#flushCount) return this.loadMany(names);
    for (const [i, name] of names.entries()) {
      // Nothing is applied while rows are loaded, but another load may have been faster.
      if (this.#cache.get(name) !== undefined) continue;
      const bytes = rows[i];
      const value = bytes === undefined ? undefined : this.#format.decode(bytes);
      this.#insert(name, value, value !== undefined);
    }
  }

  /** Moves all unwritten changes into the batch; `flushed` follows when it is written. */
  collect(batch: WriteBatch): void {
    for (const row of this.#dirty) this.#collectRow(batch, row);
    this.#flushing = this.#dirty;
    this.#dirty = [];
  }

  flushed(): void {
    for (const row of this.#flushing) {
      if (row.isReleased && !row.isDirty) this.#cache.delete(row.name);
    }
    this.#flushing = [];
    this.#flushCount++;
  }

  #collectRow(batch: WriteBatch, row: Row<V>): void {
    if (!row.isDirty) return;
    const { name, value, original } = row;
    row.isDirty = false;
    row.original = undefined;
    if (value === undefined) {
      if (row.isStored !== false) batch.delete(this.#format.key(name));
      row.isStored = false;
      return;
    }
    if (original !== undefined && this.#format.isEqual?.(original, value) === true) return;
    batch.put(this.#format.key(name), this.#format.encode(value));
    row.isStored = true;
  }

  #insert(name: string, value: V | undefined, isStored: boolean | undefined): Row<V> {
    const row = { name, value, isStored, original: undefined, isDirty: false, isReleased: false };
    this.#cache.set(name, row);
    return row;
  }

  #change(name: string, value: V | undefined): void {
    const found = this.#cache.get(name);
    const row = found ?? this.#insert(name, undefined, undefined);
    const { value: before, isDirty: wasDirty } = row;
    row.value = value;
    row.isReleased = false;
    if (!wasDirty) {
      row.isDirty = true;
      if (this.#format.isEqual !== undefined) row.original = before;
      this.#dirty.push(row);
    }
    this.#undo.push(() => {
      if (found === undefined) this.#cache.delete(name);
      row.value = before;
      if (wasDirty) return;
      row.isDirty = false;
      row.original = undefined;
      this.#dirty.pop();
    });
  }
}
