import type { KeyValueReader, WriteBatch } from "#engine";
import { GenerationalCache } from "./generational-cache.ts";
import { prefixEnd } from "./keys.ts";
import { type Missing, MissSignal } from "./miss.ts";
import type { UndoLog } from "./undo-log.ts";

/** What distinguishes one table of maps from another. */
export interface MapFormat<K, V> {
  readonly cacheWeightMax: number;
  weigh(key: K, value: V): number;
  /** Start of all keys of one parent. */
  prefix(parent: string): Uint8Array;
  /** Whole key of one row. */
  key(prefix: Uint8Array, key: K): Uint8Array;
  readKey(key: Uint8Array): K;
  encode(value: V): Uint8Array;
  decode(bytes: Uint8Array): V;
  /** Order in which a group is read; undefined if readers take any. */
  readonly compare: ((left: K, right: K) => number) | undefined;
}

interface LoadedMap<K, V> {
  readonly parent: string;
  /** Start of the keys of all rows, once it was needed. */
  prefix: Uint8Array | undefined;
  entries: Map<K, V>;
  /** What waits for the next flush; undefined values are deletions. */
  changes: Map<K, V | undefined> | undefined;
  /** All rows of the engine go before the changes are written. */
  isCleared: boolean;
  weight: number;
  /** A removal was taken back, which put the row behind those it belongs before. */
  isDisordered: boolean;
}

const PARENT_WEIGHT = 256;
const PAGE_ROWS = 1_000;
/** Rows that are removed one by one; a range costs every reader something until it is compacted. */
const CLEARED_ONE_BY_ONE_MAX = 256;

/**
 * Groups of rows that are read whole: the state of a key, its inbox, its promises. A group is in
 * memory completely or not at all.
 */
export class MapTable<K, V> {
  readonly #format: MapFormat<K, V>;
  readonly #reader: KeyValueReader;
  readonly #undo: UndoLog;
  readonly #cache: GenerationalCache<LoadedMap<K, V>>;
  /** Changed since the last flush. */
  #dirty: LoadedMap<K, V>[] = [];
  #flushing: LoadedMap<K, V>[] = [];
  #flushCount = 0;

  constructor(format: MapFormat<K, V>, reader: KeyValueReader, undo: UndoLog) {
    this.#format = format;
    this.#reader = reader;
    this.#undo = undo;
    this.#cache = new GenerationalCache(format.cacheWeightMax, (map) => map.weight);
  }

  /** Lets go of what was not used lately; between records. */
  trim(): void {
    if (!this.#cache.trim()) return;
    // What the engine does not hold yet stays, for two generations at least.
    for (const { parent } of this.#flushing) this.#cache.get(parent);
    for (const { parent } of this.#dirty) this.#cache.get(parent);
  }

  get dirtyCount(): number {
    return this.#dirty.length;
  }

  /** Throws `MissSignal` if the group is not in memory. */
  entries(parent: string): ReadonlyMap<K, V> {
    return this.#loaded(parent).entries;
  }

  isLoaded(parent: string): boolean {
    return this.#cache.get(parent) !== undefined;
  }

  /** States that the group has no rows anywhere. */
  markEmpty(parent: string): void {
    if (this.#cache.get(parent) !== undefined) return;
    this.#cache.set(parent, loadedMap(parent, new Map(), PARENT_WEIGHT));
  }

  set(parent: string, key: K, value: V): void {
    this.#change(parent, key, value);
  }

  delete(parent: string, key: K): void {
    if (this.#loaded(parent).entries.has(key)) this.#change(parent, key, undefined);
  }

  clear(parent: string): void {
    const map = this.#loaded(parent);
    if (map.entries.size > CLEARED_ONE_BY_ONE_MAX) {
      this.#clearAtOnce(map);
      return;
    }
    for (const key of [...map.entries.keys()]) this.#change(parent, key, undefined);
  }

  /** One step, however many rows there are, and one range in the engine. */
  #clearAtOnce(map: LoadedMap<K, V>): void {
    const { entries, changes, isCleared, weight, isDisordered } = map;
    if (changes === undefined) this.#dirty.push(map);
    map.entries = new Map();
    map.changes = new Map();
    map.isCleared = true;
    map.weight = PARENT_WEIGHT;
    this.#undo.push(() => {
      const before = { entries, changes: changes ?? new Map(), isCleared, weight, isDisordered };
      Object.assign(map, before);
    });
  }

  missing(parent: string): Missing {
    return { load: () => this.load(parent) };
  }

  async load(parent: string): Promise<void> {
    const flushCount = this.#flushCount;
    const prefix = this.#format.prefix(parent);
    const entries = new Map<K, V>();
    let weight = PARENT_WEIGHT;
    const end = prefixEnd(prefix);
    let start = prefix;
    for (;;) {
      const page = await this.#reader.scan({ start, end }, { limit: PAGE_ROWS });
      for (const row of page) {
        const key = this.#format.readKey(row.key);
        const value = this.#format.decode(row.value);
        entries.set(key, value);
        weight += this.#format.weigh(key, value);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_ROWS) break;
      start = new Uint8Array(last.key.length + 1);
      start.set(last.key);
    }
    // What was read may have been overtaken by a write that has already left memory.
    if (flushCount !== this.#flushCount) return this.load(parent);
    if (this.#cache.get(parent) !== undefined) return;
    this.#cache.set(parent, loadedMap(parent, entries, weight));
  }

  collect(batch: WriteBatch): void {
    for (const map of this.#dirty) {
      map.prefix ??= this.#format.prefix(map.parent).slice();
      if (map.isCleared) batch.deleteRange(map.prefix, prefixEnd(map.prefix));
      map.isCleared = false;
      for (const [key, value] of map.changes ?? []) {
        const rowKey = this.#format.key(map.prefix, key);
        if (value === undefined) batch.delete(rowKey);
        else batch.put(rowKey, this.#format.encode(value));
      }
      map.changes = undefined;
    }
    this.#flushing = this.#dirty;
    this.#dirty = [];
  }

  flushed(): void {
    this.#flushing = [];
    this.#flushCount++;
  }

  #loaded(parent: string): LoadedMap<K, V> {
    const map = this.#cache.get(parent);
    if (map === undefined) throw new MissSignal(this.missing(parent));
    if (map.isDisordered) this.#putInOrder(map);
    return map;
  }

  /** Rows are stored and loaded in the order of their keys; a map keeps that of insertion. */
  #putInOrder(map: LoadedMap<K, V>): void {
    const { compare } = this.#format;
    if (compare !== undefined) {
      map.entries = new Map([...map.entries].sort(([left], [right]) => compare(left, right)));
    }
    map.isDisordered = false;
  }

  #change(parent: string, key: K, value: V | undefined): void {
    const map = this.#loaded(parent);
    const before = map.entries.get(key);
    let { changes } = map;
    if (changes === undefined) {
      changes = new Map();
      map.changes = changes;
      this.#dirty.push(map);
    }
    const hadChange = changes.has(key);
    const changeBefore = changes.get(key);
    if (value === undefined) map.entries.delete(key);
    else map.entries.set(key, value);
    changes.set(key, value);
    this.#weigh(map, key, { before, after: value });
    const dirtyChanges = changes;
    this.#undo.push(() => {
      if (before === undefined) map.entries.delete(key);
      else map.entries.set(key, before);
      if (value === undefined) map.isDisordered = true;
      this.#weigh(map, key, { before: value, after: before });
      if (hadChange) dirtyChanges.set(key, changeBefore);
      else dirtyChanges.delete(key);
    });
  }

  #weigh(
    map: LoadedMap<K, V>,
    key: K,
    { before, after }: { readonly before: V | undefined; readonly after: V | undefined },
  ): void {
    const removed = before === undefined ? 0 : this.#format.weigh(key, before);
    const added = after === undefined ? 0 : this.#format.weigh(key, after);
    map.weight += added - removed;
    if (added > removed) this.#cache.grow(added - removed);
  }
}

function loadedMap<K, V>(parent: string, entries: Map<K, V>, weight: number): LoadedMap<K, V> {
  return {
    parent,
    prefix: undefined,
    entries,
    changes: undefined,
    isCleared: false,
    weight,
    isDisordered: false,
  };
}
