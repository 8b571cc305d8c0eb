import type { KeyValueReader, WriteBatch } from "#engine";
import { GenerationalCache } from "./generational-cache.ts";
import { type Missing, MissSignal } from "./miss.ts";
import type { UndoLog } from "./undo-log.ts";

/** What distinguishes one table of single rows from another. */
export interface RowFormat<V> {
  /** Largest weight of one cache generation. */
  readonly cacheWeightMax: number;
  weigh(value: V): number;
  key(name: string): Uint8Array;
  encode(value: V): Uint8Array;
  /** Spares writing a row that came back to what it was; left out where that does not happen. */
  isEqual?(left: V, right: V): boolean;
  decode(bytes: Uint8Array): V;
}

interface DirtyRow<V> {
  /** Undefined: the row is deleted. */
  readonly value: V | undefined;
  /** The engine holds no row under this name. */
  readonly isNew: boolean;
  /** What the engine holds, or will hold after the write under way; undefined if not known. */
  readonly original: V | undefined;
}

/** Stands in the cache for a row that is known not to exist. */
const ABSENT = Symbol("absent");

function presentValue<V>(found: V | typeof ABSENT | undefined): V | undefined {
  return found === ABSENT ? undefined : found;
}

/**
 * Rows read and written one by one: a bounded cache over the engine, with writes held back until
 * the next flush. A row that comes and goes between two flushes never reaches the engine.
 */
export class RowTable<V extends object> {
  readonly #format: RowFormat<V>;
  readonly #reader: KeyValueReader;
  readonly #undo: UndoLog;
  readonly #cache: GenerationalCache<V | typeof ABSENT>;
  #dirty = new Map<string, DirtyRow<V>>();
  #flushing: Map<string, DirtyRow<V>> | undefined;
  #flushCount = 0;

  constructor(format: RowFormat<V>, reader: KeyValueReader, undo: UndoLog) {
    this.#format = format;
    this.#reader = reader;
    this.#undo = undo;
    this.#cache = new GenerationalCache(format.cacheWeightMax, (value) =>
      value === ABSENT ? 1 : format.weigh(value),
    );
  }

  /** Lets go of what was not used lately; between records. */
  trim(): void {
    this.#cache.trim();
  }

  get dirtyCount(): number {
    return this.#dirty.size;
  }

  /** Throws `MissSignal` if the row is not in memory. */
  get(name: string): V | undefined {
    const found = this.#find(name);
    if (found === undefined) throw new MissSignal(this.missing(name));
    return found === ABSENT ? undefined : found;
  }

  /** True if `get` would answer. */
  isLoaded(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** States that no row of this name exists anywhere. */
  markAbsent(name: string): void {
    if (this.#find(name) === undefined) this.#cache.set(name, ABSENT);
  }

  put(name: string, value: V): void {
    this.#change(name, value);
  }

  delete(name: string): void {
    this.#change(name, undefined);
  }

  /** Lets a row leave memory as soon as it is written: nobody is expected to ask soon. */
  release(name: string): void {
    this.#cache.delete(name);
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
      if (this.#find(name) !== undefined) continue;
      const row = rows[i];
      this.#cache.set(name, row === undefined ? ABSENT : this.#format.decode(row));
    }
  }

  /** Moves all unwritten changes into the batch; `flushed` follows when it is written. */
  collect(batch: WriteBatch): void {
    for (const [name, { value, isNew, original }] of this.#dirty) {
      if (value !== undefined && original !== undefined) {
        if (this.#format.isEqual?.(original, value) === true) continue;
      }
      if (value !== undefined) batch.put(this.#format.key(name), this.#format.encode(value));
      else if (!isNew) batch.delete(this.#format.key(name));
    }
    this.#flushing = this.#dirty;
    this.#dirty = new Map();
  }

  flushed(): void {
    this.#flushing = undefined;
    this.#flushCount++;
  }

  #find(name: string): V | typeof ABSENT | undefined {
    const cached = this.#cache.get(name);
    if (cached !== undefined) return cached;
    const row = this.#dirty.get(name) ?? this.#flushing?.get(name);
    return row === undefined ? undefined : (row.value ?? ABSENT);
  }

  #change(name: string, value: V | undefined): void {
    const before = this.#find(name);
    const dirtyBefore = this.#dirty.get(name);
    const isNew = dirtyBefore?.isNew ?? (before === ABSENT && !this.#flushing?.has(name));
    const original = dirtyBefore === undefined ? presentValue(before) : dirtyBefore.original;
    this.#cache.set(name, value ?? ABSENT);
    if (value === undefined && isNew) this.#dirty.delete(name);
    else this.#dirty.set(name, { value, isNew, original });
    this.#undo.push(() => {
      if (before === undefined) this.#cache.delete(name);
      else this.#cache.set(name, before);
      if (dirtyBefore === undefined) this.#dirty.delete(name);
      else this.#dirty.set(name, dirtyBefore);
    });
  }
}
