/**
 * Ordered key-value storage of one node: interface, RocksDB engine, in-memory twin.
 *
 * Knows bytes only: no tables, no codecs, no partitions. The caller owns key layout (first byte
 * below `0xff`) and durability: a write is durable after `flush`, or by replaying the log.
 */
export type { EngineStatistics } from "./engine-statistics.ts";
export {
  type KeyRange,
  type KeyValueEngine,
  type KeyValueReader,
  type KeyValueRow,
  type KeyValueSnapshot,
  SCAN_LIMIT_MAX,
  type ScanOptions,
} from "./key-value-engine.ts";
export { MemoryEngine } from "./memory-engine.ts";
export { openRocksDbEngine, type RocksDbOptions } from "./rocksdb-engine.ts";
export { WriteBatch } from "./write-batch.ts";
