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
  entries: Map<K, V>;
  weight: number;
  /** A removal was taken back, which put the row behind those it belongs before. */
  isDisordered: boolean;
}

const PARENT_WEIGHT = 128;
const PAGE_ROWS = 1_000;

/**
 * Groups of rows that are read whole: the state of a key, its inbox, its promises. A group is in
 * memory completely or not at all.
 */
export class MapTable<K, V> {
  readonly #format: MapFormat<K, V>;
  readonly #reader: KeyValueReader;
  readonly #undo: UndoLog;
  readonly #cache: GenerationalCache<LoadedMap<K, V>>;
  /** Changed groups stay in memory until they are written. */
  #dirty = new Map<string, Map<K, V | undefined>>();
  readonly #pinned = new Map<string, LoadedMap<K, V>>();
  #flushing: ReadonlySet<string> = new Set();
  #flushCount = 0;

  constructor(format: MapFormat<K, V>, reader: KeyValueReader, undo: UndoLog) {
    this.#format = format;
    this.#reader = reader;
    this.#undo = undo;
    this.#cache = new GenerationalCache(format.cacheWeightMax, (map) => map.weight);
  }

  /** Lets go of what was not used lately; between records. */
  trim(): void {
    this.#cache.trim();
  }

  get dirtyCount(): number {
    return this.#dirty.size;
  }

  /** Throws `MissSignal` if the group is not in memory. */
  entries(parent: string): ReadonlyMap<K, V> {
    return this.#loaded(parent).entries;
  }

  isLoaded(parent: string): boolean {
    return this.#find(parent) !== undefined;
  }

  /** States that the group has no rows anywhere. */
  markEmpty(parent: string): void {
    if (this.#find(parent) !== undefined) return;
    const entries = new Map<K, V>();
    this.#cache.set(parent, { entries, weight: PARENT_WEIGHT, isDisordered: false });
  }

  set(parent: string, key: K, value: V): void {
    this.#change(parent, key, value);
  }

  delete(parent: string, key: K): void {
    if (this.#loaded(parent).entries.has(key)) this.#change(parent, key, undefined);
  }

  clear(parent: string): void {
    for (const key of [...this.#loaded(parent).entries.keys()]) {
      this.#change(parent, key, undefined);
    }
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
    if (this.#find(parent) !== undefined) return;
    this.#cache.set(parent, { entries, weight, isDisordered: false });
  }

  collect(batch: WriteBatch): void {
    for (const [parent, changes] of this.#dirty) {
      const prefix = this.#format.prefix(parent);
      for (const [key, value] of changes) {
        const rowKey = this.#format.key(prefix, key);
        if (value === undefined) batch.delete(rowKey);
        else batch.put(rowKey, this.#format.encode(value));
      }
    }
    this.#flushing = new Set(this.#dirty.keys());
    this.#dirty = new Map();
  }

  flushed(): void {
    for (const parent of this.#flushing) {
      if (!this.#dirty.has(parent)) this.#pinned.delete(parent);
    }
    this.#flushing = new Set();
    this.#flushCount++;
  }

  #find(parent: string): LoadedMap<K, V> | undefined {
    return this.#cache.get(parent) ?? this.#pinned.get(parent);
  }

  #loaded(parent: string): LoadedMap<K, V> {
    const map = this.#find(parent);
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
    let changes = this.#dirty.get(parent);
    if (changes === undefined) {
      changes = new Map();
      this.#dirty.set(parent, changes);
      this.#pinned.set(parent, map);
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
