import { createRequire } from "node:module";

import { assert } from "#base/assert";
import { type EngineStatistics, parseStatistics } from "./engine-statistics.ts";
import {
  type KeyRange,
  type KeyValueEngine,
  type KeyValueReader,
  type KeyValueRow,
  type KeyValueSnapshot,
  SCAN_LIMIT_MAX,
  type ScanOptions,
} from "./key-value-engine.ts";
import { DELETE, PUT, type WriteBatch } from "./write-batch.ts";

/** Memory and table settings; everything else is RocksDB's default of the binding. */
export interface RocksDbOptions {
  /** Bytes of one memtable; two may exist. Default 32 MiB. */
  readonly writeBufferBytes?: number;
  /** Threads for flush and compaction. Default 2. */
  readonly backgroundJobsMax?: number;
  /** Called once, when a write failed (full disk, I/O error): no later write is taken. */
  onFailure?(error: Error): void;
}

const EMPTY = new Uint8Array(0);
const WRITE_BUFFER_BYTES = 32 * 1024 * 1024;
const BACKGROUND_JOBS_MAX = 2;
const ITERATE_PAGE_ROWS = 256;
const READ_AHEAD_ROWS_MAX = 1024;
/** Counters and durations, but none inside of locks: costs less than can be measured. */
const STATISTICS_EXCEPT_DETAILED_TIMERS = 3;
const STATISTICS_PROPERTY = "rocksdb.options-statistics";

/** The part of the untyped binding that is used here. */
interface NativeIterator extends AsyncIterable<KeyValueRow> {
  on(event: "data", listener: (row: KeyValueRow) => void): this;
  on(event: "close", listener: () => void): this;
  on(event: "error", listener: (error: Error) => void): this;
}

interface NativeWriteBatch {
  tryPut(key: Uint8Array, value: Uint8Array): void;
  tryDelete(key: Uint8Array): void;
  tryDeleteRange(start: Uint8Array, end: Uint8Array): void;
  flush(): Promise<void>;
}

interface NativeReadBatch {
  get(key: Uint8Array): Promise<Uint8Array | null>;
  tryFlush(): void;
}

interface NativeRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
  readonly limit: number;
  readonly reverse: boolean;
  readonly values: boolean;
  readonly capacity: number;
}

interface NativeSession {
  ready(): Promise<void>;
  snapshot(): NativeSession;
  iterator(range: NativeRange): NativeIterator;
  read(options: { readonly capacity: number; readonly autoDestroy: true }): NativeReadBatch;
  write(options: { readonly capacity: number; readonly autoDestroy: true }): NativeWriteBatch;
  flush(): Promise<void>;
  getProperty(name: string): Promise<string | undefined>;
  close(): Promise<void>;
}

interface NativeOptions {
  readonly writeBufferSize: number;
  readonly maxBackgroundJobs: number;
  readonly enableStatistics: boolean;
  readonly statsLevel: number;
}

/**
 * Opens or creates a RocksDB store in `directory`.
 *
 * The binding is untyped and cannot sync its write-ahead log: durability comes from `flush`, which
 * writes and syncs table files, and from the log of the cluster in between.
 */
export async function openRocksDbEngine(
  directory: string,
  options: RocksDbOptions = {},
): Promise<KeyValueEngine> {
  const require = createRequire(import.meta.url);
  const RocksDb = require("rocksdb-native") as new (
    path: string,
    options: NativeOptions,
  ) => NativeSession;
  const database = new RocksDb(directory, {
    writeBufferSize: options.writeBufferBytes ?? WRITE_BUFFER_BYTES,
    maxBackgroundJobs: options.backgroundJobsMax ?? BACKGROUND_JOBS_MAX,
    enableStatistics: true,
    statsLevel: STATISTICS_EXCEPT_DETAILED_TIMERS,
  });
  await database.ready();
  return new RocksDbEngine(database, (error) => options.onFailure?.(error));
}

/** Keys for which a batch has room at once; it grows beyond. */
const READ_BATCH_CAPACITY = 32;

class SessionReader implements KeyValueReader {
  protected readonly session: NativeSession;
  #gathering: NativeReadBatch | undefined;

  constructor(session: NativeSession) {
    this.session = session;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return (await this.#sharedBatch().get(key)) ?? undefined;
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    if (keys.length === 0) return [];
    const batch = this.#sharedBatch();
    const found: Promise<Uint8Array | null>[] = [];
    for (const key of keys) found.push(batch.get(key));
    const values = await Promise.all(found);
    return values.map((value) => value ?? undefined);
  }

  /** The batch of reads that starts when this turn's code has run: each call costs a thread hop. */
  #sharedBatch(): NativeReadBatch {
    if (this.#gathering !== undefined) return this.#gathering;
    const batch = this.session.read({ capacity: READ_BATCH_CAPACITY, autoDestroy: true });
    this.#gathering = batch;
    queueMicrotask(() => {
      this.#gathering = undefined;
      batch.tryFlush();
    });
    return batch;
  }

  scan(range: KeyRange, options: ScanOptions = {}): Promise<KeyValueRow[]> {
    const limit = Math.min(options.limit ?? SCAN_LIMIT_MAX, SCAN_LIMIT_MAX);
    if (limit <= 0 || isEmptyRange(range)) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const rows: KeyValueRow[] = [];
      // One row of capacity above the limit makes the binding see the end without another read.
      const capacity = Math.min(limit + 1, READ_AHEAD_ROWS_MAX);
      const iterator = this.session.iterator(nativeRange(range, { ...options, limit }, capacity));
      iterator.on("data", (row) => {
        rows.push(row.value === null ? { key: row.key, value: EMPTY } : row);
      });
      iterator.on("error", reject);
      iterator.on("close", () => resolve(rows));
    });
  }

  async *iterate(range: KeyRange, options: ScanOptions = {}): AsyncGenerator<KeyValueRow> {
    const limit = options.limit ?? Number.POSITIVE_INFINITY;
    if (limit <= 0 || isEmptyRange(range)) return;
    const native = nativeRange(range, { ...options, limit }, ITERATE_PAGE_ROWS);
    for await (const row of this.session.iterator(native)) {
      yield row.value === null ? { key: row.key, value: EMPTY } : row;
    }
  }
}

class RocksDbSnapshot extends SessionReader implements KeyValueSnapshot {
  #isReleased = false;

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    await this.session.close();
  }
}

/** A batch that waits to be written, and whom to tell. */
interface QueuedWrite {
  readonly batch: WriteBatch;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Batches are written one native batch at a time, since two in the thread pool could change places.
 * What arrives during a write, or in the same turn, shares the next one.
 */
class RocksDbEngine extends SessionReader implements KeyValueEngine {
  #queue: QueuedWrite[] = [];
  #running: Promise<void> | undefined;
  #failure: unknown;
  readonly #onFailure: (error: Error) => void;

  constructor(session: NativeSession, onFailure: (error: Error) => void) {
    super(session);
    this.#onFailure = onFailure;
  }

  snapshot(): KeyValueSnapshot {
    return new RocksDbSnapshot(this.session.snapshot());
  }

  write(batch: WriteBatch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ batch, resolve, reject });
      this.#running ??= Promise.resolve().then(() => this.#writeQueue());
    });
  }

  async flush(): Promise<void> {
    await this.#running;
    this.#refuseAfterFailure();
    await this.session.flush();
  }

  async statistics(names: readonly string[]): Promise<EngineStatistics> {
    const properties = new Map<string, number>();
    for (const name of names) {
      const value = await this.session.getProperty(name);
      if (value !== undefined) properties.set(name, Number(value));
    }
    const text = (await this.session.getProperty(STATISTICS_PROPERTY)) ?? "";
    return { ...parseStatistics(text), properties };
  }

  async close(): Promise<void> {
    await this.#running;
    await this.session.close();
  }

  async #writeQueue(): Promise<void> {
    while (this.#queue.length > 0) {
      const writes = this.#queue;
      this.#queue = [];
      try {
        this.#refuseAfterFailure();
        await this.#writeTogether(writes);
        for (const write of writes) write.resolve();
      } catch (error) {
        // A later batch must not become visible without this one.
        const isFirst = this.#failure === undefined;
        this.#failure ??= error;
        for (const write of writes) write.reject(error);
        if (isFirst) this.#onFailure(storeFailure(error));
      }
    }
    this.#running = undefined;
  }

  #writeTogether(writes: readonly QueuedWrite[]): Promise<void> {
    let count = 0;
    for (const { batch } of writes) count += batch.count;
    if (count === 0) return Promise.resolve();
    const native = this.session.write({ capacity: count, autoDestroy: true });
    for (const { batch } of writes) addOperations(native, batch);
    return native.flush();
  }

  #refuseAfterFailure(): void {
    if (this.#failure !== undefined) {
      throw new Error("The store failed before and takes no more writes", { cause: this.#failure });
    }
  }
}

function storeFailure(cause: unknown): Error {
  const message =
    "The store could not be written. Check space and health of the disk below the data " +
    "directory, then start again: nothing that was acknowledged is lost, the log has it";
  return new Error(message, { cause });
}

function addOperations(native: NativeWriteBatch, { kinds, first, second }: WriteBatch): void {
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i];
    if (kind === PUT) native.tryPut(first[i] as Uint8Array, second[i] as Uint8Array);
    else if (kind === DELETE) native.tryDelete(first[i] as Uint8Array);
    else native.tryDeleteRange(first[i] as Uint8Array, second[i] as Uint8Array);
  }
}

function nativeRange(
  range: KeyRange,
  options: ScanOptions & { readonly limit: number },
  capacity: number,
): NativeRange {
  assert(options.limit > 0, "a native scan asks for at least one row");
  return {
    gte: range.start,
    lt: range.end,
    limit: options.limit,
    reverse: options.reverse === true,
    values: options.keysOnly !== true,
    capacity,
  };
}

function isEmptyRange({ start, end }: KeyRange): boolean {
  return end.length > 0 && Buffer.compare(start, end) >= 0;
}
