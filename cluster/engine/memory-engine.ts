import { assert, assertPresent } from "#base/assert";
import { type EngineStatistics, NO_STATISTICS } from "./engine-statistics.ts";
import {
  type KeyRange,
  type KeyValueEngine,
  type KeyValueReader,
  type KeyValueRow,
  type KeyValueSnapshot,
  SCAN_LIMIT_MAX,
  type ScanOptions,
} from "./key-value-engine.ts";
import { DELETE, DELETE_RANGE, PUT, type WriteBatch } from "./write-batch.ts";

const EMPTY = new Uint8Array(0);
const ITERATE_PAGE_ROWS = 256;

/**
 * In-memory twin of the RocksDB engine, for tests and simulation.
 *
 * Rows lie in one sorted array: reads are logarithmic, a new key costs a move of the tail. Arrays
 * are copied on write and on read, so callers may reuse theirs as with the real engine.
 */
export class MemoryEngine implements KeyValueEngine {
  readonly #rows = new SortedRows();
  #isClosed = false;
  #openSnapshots = 0;

  async statistics(): Promise<EngineStatistics> {
    return NO_STATISTICS;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#reader().get(key);
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#reader().getMany(keys);
  }

  async scan(range: KeyRange, options: ScanOptions = {}): Promise<KeyValueRow[]> {
    return this.#reader().scan(range, options);
  }

  iterate(range: KeyRange, options: ScanOptions = {}): AsyncIterable<KeyValueRow> {
    return iteratePages(() => new RowsReader(this.#rows.copy()), range, options);
  }

  snapshot(): KeyValueSnapshot {
    assert(!this.#isClosed, "an engine is open while it is used");
    this.#openSnapshots++;
    return new MemorySnapshot(this.#rows.copy(), () => {
      this.#openSnapshots--;
    });
  }

  async write(batch: WriteBatch): Promise<void> {
    assert(!this.#isClosed, "an engine is open while it is used");
    this.#rows.apply(batch);
  }

  async flush(): Promise<void> {
    assert(!this.#isClosed, "an engine is open while it is used");
  }

  async close(): Promise<void> {
    assert(this.#openSnapshots === 0, "every snapshot is released before the engine closes");
    this.#isClosed = true;
  }

  #reader(): RowsReader {
    assert(!this.#isClosed, "an engine is open while it is used");
    return new RowsReader(this.#rows);
  }
}

class RowsReader implements KeyValueReader {
  readonly #rows: SortedRows;

  constructor(rows: SortedRows) {
    this.#rows = rows;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#rows.get(key);
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return keys.map((key) => this.#rows.get(key));
  }

  async scan(range: KeyRange, options: ScanOptions = {}): Promise<KeyValueRow[]> {
    return this.#rows.scan(range, options);
  }

  iterate(range: KeyRange, options: ScanOptions = {}): AsyncIterable<KeyValueRow> {
    return iteratePages(() => this, range, options);
  }
}

class MemorySnapshot extends RowsReader implements KeyValueSnapshot {
  #release: (() => void) | undefined;

  constructor(rows: SortedRows, release: () => void) {
    super(rows);
    this.#release = release;
  }

  async release(): Promise<void> {
    this.#release?.();
    this.#release = undefined;
  }
}

class SortedRows {
  readonly #keys: Uint8Array[];
  readonly #values: Uint8Array[];

  constructor(keys: Uint8Array[] = [], values: Uint8Array[] = []) {
    this.#keys = keys;
    this.#values = values;
  }

  copy(): SortedRows {
    return new SortedRows(this.#keys.slice(), this.#values.slice());
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const index = this.#lowerBound(key);
    return this.#isAt(index, key) ? this.#values[index]?.slice() : undefined;
  }

  scan(range: KeyRange, options: ScanOptions): KeyValueRow[] {
    const first = this.#lowerBound(range.start);
    const end = range.end.length === 0 ? this.#keys.length : this.#lowerBound(range.end);
    const count = Math.min(
      Math.max(end - first, 0),
      options.limit ?? SCAN_LIMIT_MAX,
      SCAN_LIMIT_MAX,
    );
    const rows: KeyValueRow[] = [];
    for (let i = 0; i < count; i++) {
      const index = options.reverse === true ? end - 1 - i : first + i;
      const key = assertPresent(this.#keys[index], "a counted row exists");
      const value = assertPresent(this.#values[index], "every key has a value");
      rows.push({ key: key.slice(), value: options.keysOnly === true ? EMPTY : value.slice() });
    }
    return rows;
  }

  apply(batch: WriteBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const first = batch.first[i] as Uint8Array;
      const second = batch.second[i] as Uint8Array;
      const kind = batch.kinds[i];
      if (kind === PUT) this.#put(first, second);
      else if (kind === DELETE) this.#delete(first);
      else if (kind === DELETE_RANGE) this.#deleteRange(first, second);
    }
  }

  #put(key: Uint8Array, value: Uint8Array): void {
    const index = this.#lowerBound(key);
    if (this.#isAt(index, key)) {
      this.#values[index] = value.slice();
      return;
    }
    this.#keys.splice(index, 0, key.slice());
    this.#values.splice(index, 0, value.slice());
  }

  #delete(key: Uint8Array): void {
    const index = this.#lowerBound(key);
    if (!this.#isAt(index, key)) return;
    this.#keys.splice(index, 1);
    this.#values.splice(index, 1);
  }

  #deleteRange(start: Uint8Array, end: Uint8Array): void {
    const first = this.#lowerBound(start);
    const count = this.#lowerBound(end) - first;
    if (count <= 0) return;
    this.#keys.splice(first, count);
    this.#values.splice(first, count);
  }

  #isAt(index: number, key: Uint8Array): boolean {
    const found = this.#keys[index];
    return found !== undefined && Buffer.compare(found, key) === 0;
  }

  /** Index of the first key at or after `key`. */
  #lowerBound(key: Uint8Array): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(this.#keys[middle] as Uint8Array, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

async function* iteratePages(
  open: () => KeyValueReader,
  range: KeyRange,
  options: ScanOptions,
): AsyncGenerator<KeyValueRow> {
  const reader = open();
  let { start, end } = range;
  let remaining = options.limit ?? Number.POSITIVE_INFINITY;
  while (remaining > 0) {
    const limit = Math.min(remaining, ITERATE_PAGE_ROWS);
    const rows = await reader.scan({ start, end }, { ...options, limit });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return;
    remaining -= rows.length;
    if (options.reverse === true) end = last.key;
    else start = successor(last.key);
  }
}

function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
