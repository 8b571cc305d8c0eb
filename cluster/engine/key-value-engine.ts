import type { EngineStatistics } from "./engine-statistics.ts";
import type { WriteBatch } from "./write-batch.ts";

/** Keys from `start` inclusive to `end` exclusive, in byte order; an empty `end` means no end. */
export interface KeyRange {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
}

/** One row. The receiver owns both arrays. */
export interface KeyValueRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** How `scan` and `iterate` walk a range. */
export interface ScanOptions {
  /** Most rows to return; for `iterate`, the total. */
  readonly limit?: number;
  /** From the end of the range to its start. */
  readonly reverse?: boolean;
  /** Leaves every `value` empty, which spares reading it. */
  readonly keysOnly?: boolean;
}

/** Most rows one `scan` returns; ask for the rest with a range that starts after the last key. */
export const SCAN_LIMIT_MAX = 10_000;

/** Reads rows, of the newest state or of a snapshot. */
export interface KeyValueReader {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** Reads all keys in one call: several times cheaper per key than `get`. */
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /** One page of a range; `limit` defaults to and is capped at `SCAN_LIMIT_MAX`. */
  scan(range: KeyRange, options?: ScanOptions): Promise<KeyValueRow[]>;
  /** Walks a range as of the moment of the call, page by page. */
  iterate(range: KeyRange, options?: ScanOptions): AsyncIterable<KeyValueRow>;
}

/** The state at one moment; must be released, also before the engine closes. */
export interface KeyValueSnapshot extends KeyValueReader {
  release(): Promise<void>;
}

/**
 * Ordered key-value store of one node.
 *
 * Writes are atomic per batch, visible in the order of `write` calls, and not durable before
 * `flush`: after a power loss the store holds some prefix of the batches. First key byte `0xff` is
 * reserved for the cluster; everything below belongs to the product.
 */
export interface KeyValueEngine extends KeyValueReader {
  snapshot(): KeyValueSnapshot;
  /** Applies the batch; the engine reads its arrays until the promise settles. */
  write(batch: WriteBatch): Promise<void>;
  /** Makes every batch written so far durable. */
  flush(): Promise<void>;
  /** What the engine reports about itself, with those of `properties` that it knows. */
  statistics(properties: readonly string[]): Promise<EngineStatistics>;
  /** Waits for running operations, then closes; open snapshots and iterators are a defect. */
  close(): Promise<void>;
}
