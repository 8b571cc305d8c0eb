import type { FamilyDescription, Sample } from "../metric-family.ts";
import type { Registry } from "../registry.ts";

/** A distribution as the engine reports it. */
export interface EngineDistribution {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
}

/** What an engine reports about itself, by the engine's own names. */
export interface EngineReport {
  readonly counters: ReadonlyMap<string, number>;
  readonly distributions: ReadonlyMap<string, EngineDistribution>;
  readonly properties: ReadonlyMap<string, number>;
}

/** The one database: it holds the partitions and the metadata; the log has files of its own. */
const DATABASE = "db";
const COLUMN_FAMILY = "default";
const MICROSECONDS = 1e-6;

type Named = readonly (readonly [family: string, source: string])[];

const COUNTERS: Named = [
  ["block_cache_hit_total", "rocksdb.block.cache.hit"],
  ["block_cache_miss_total", "rocksdb.block.cache.miss"],
  ["block_cache_bytes_read_total", "rocksdb.block.cache.bytes.read"],
  ["block_cache_bytes_write_total", "rocksdb.block.cache.bytes.write"],
  ["bloom_filter_useful_total", "rocksdb.bloom.filter.useful"],
  ["memtable_hit_total", "rocksdb.memtable.hit"],
  ["memtable_miss_total", "rocksdb.memtable.miss"],
  ["l0_hit_total", "rocksdb.l0.hit"],
  ["l1_hit_total", "rocksdb.l1.hit"],
  ["l2andup_hit_total", "rocksdb.l2andup.hit"],
  ["number_keys_read_total", "rocksdb.number.multiget.keys.read"],
  ["number_keys_written_total", "rocksdb.number.keys.written"],
  ["bytes_read_total", "rocksdb.number.multiget.bytes.read"],
  ["bytes_written_total", "rocksdb.bytes.written"],
  ["number_db_seek_total", "rocksdb.number.db.seek"],
  ["number_db_next_total", "rocksdb.number.db.next"],
  ["db_iter_bytes_read_total", "rocksdb.db.iter.bytes.read"],
  ["num_iterator_created_total", "rocksdb.num.iterator.created"],
  ["num_iterator_deleted_total", "rocksdb.num.iterator.deleted"],
  ["wal_bytes_total", "rocksdb.wal.bytes"],
  ["write_wal_total", "rocksdb.write.wal"],
  ["flush_write_bytes_total", "rocksdb.flush.write.bytes"],
  ["compact_read_bytes_total", "rocksdb.compact.read.bytes"],
  ["compact_write_bytes_total", "rocksdb.compact.write.bytes"],
  ["stall_micros_total", "rocksdb.stall.micros"],
];

const DISTRIBUTIONS: Named = [
  ["db_multiget_seconds", "rocksdb.db.multiget.micros"],
  ["db_write_seconds", "rocksdb.db.write.micros"],
  ["db_seek_seconds", "rocksdb.db.seek.micros"],
  ["db_write_stall_seconds", "rocksdb.db.write.stall"],
  ["compaction_times_seconds", "rocksdb.compaction.times.micros"],
  ["sst_read_seconds", "rocksdb.sst.read.micros"],
];

const DATABASE_LEVELS: Named = [
  ["memory_approx_memtable_bytes", "rocksdb.size-all-mem-tables"],
  ["memory_approx_memtable_unflushed_bytes", "rocksdb.cur-size-all-mem-tables"],
  ["memory_approx_memtable_readers_bytes", "rocksdb.estimate-table-readers-mem"],
  ["block_cache_capacity_bytes", "rocksdb.block-cache-capacity"],
  ["block_cache_usage_bytes", "rocksdb.block-cache-usage"],
  ["block_cache_pinned_usage_bytes", "rocksdb.block-cache-pinned-usage"],
  ["background_errors", "rocksdb.background-errors"],
  ["is_write_stopped", "rocksdb.is-write-stopped"],
  ["actual_delayed_write_rate_bytes", "rocksdb.actual-delayed-write-rate"],
  ["num_running_compactions", "rocksdb.num-running-compactions"],
  ["num_running_flushes", "rocksdb.num-running-flushes"],
];

const COLUMN_FAMILY_LEVELS: Named = [
  ["estimate_num_keys", "rocksdb.estimate-num-keys"],
  ["estimate_live_data_size_bytes", "rocksdb.estimate-live-data-size"],
  ["total_sst_files_size_bytes", "rocksdb.total-sst-files-size"],
  ["cur_size_all_mem_tables_bytes", "rocksdb.cur-size-all-mem-tables"],
  ["num_immutable_mem_table", "rocksdb.num-immutable-mem-table"],
  ["mem_table_flush_pending", "rocksdb.mem-table-flush-pending"],
  ["compaction_pending", "rocksdb.compaction-pending"],
  ["estimate_pending_compaction_bytes", "rocksdb.estimate-pending-compaction-bytes"],
  ...[0, 1, 2, 3, 4, 5, 6].map(
    (level) => [`num_files_at_level${level}`, `rocksdb.num-files-at-level${level}`] as const,
  ),
];

/** Properties that the composition root asks the engine for. */
export const ENGINE_PROPERTIES: readonly string[] = [
  ...new Set([...DATABASE_LEVELS, ...COLUMN_FAMILY_LEVELS].map(([, source]) => source)),
];

/** Families of the key-value engine, all from its own report. */
export function storageFamilies(registry: Registry) {
  let report: EngineReport | undefined;
  registry
    .read("gauge", "rocksdb_statistics_available", "1 if the engine reports about itself.")
    .fromValue(() => (report === undefined ? 0 : 1));
  const declare = (type: "counter" | "gauge", families: Named, labels: readonly string[]): void => {
    const values = labels.map((label) => (label === "db" ? DATABASE : COLUMN_FAMILY));
    for (const [name, source] of families) {
      registry.read(type, `rocksdb_${name}`, `RocksDB: ${source}.`, labels).from(() => {
        const value = report?.[type === "counter" ? "counters" : "properties"].get(source);
        return value === undefined ? [] : [[values, value]];
      });
    }
  };
  declare("counter", COUNTERS, ["db"]);
  declare("gauge", DATABASE_LEVELS, ["db"]);
  declare("gauge", COLUMN_FAMILY_LEVELS, ["db", "cf"]);
  registry
    .read("gauge", "rocksdb_memory_write_buffer_manager_usage_bytes", "Bytes of all memtables.")
    .from(() => {
      const bytes = report?.properties.get("rocksdb.size-all-mem-tables");
      return bytes === undefined ? [] : [[[], bytes]];
    });
  for (const [name, source] of DISTRIBUTIONS) {
    const family: FamilyDescription = {
      name: `restate_rocksdb_${name}`,
      help: `RocksDB: ${source}.`,
      type: "summary",
      labels: ["db"],
    };
    registry.observe({ ...family, samples: () => samplesOf(report?.distributions.get(source)) });
  }
  return {
    /** Takes the latest report; it is printed until the next. */
    report: (latest: EngineReport): void => {
      report = latest;
    },
  };
}

/** With the quantiles of the original's engine families, which differ from those of the others. */
function samplesOf(distribution: EngineDistribution | undefined): Sample[] {
  if (distribution === undefined) return [];
  const { p50, p95, p99, max, sum, count } = distribution;
  const labels = { db: DATABASE };
  const quantile = (name: string, micros: number): Sample => ({
    suffix: "",
    labels: { ...labels, quantile: name },
    value: micros * MICROSECONDS,
  });
  return [
    quantile("0.5", p50),
    quantile("0.95", p95),
    quantile("0.99", p99),
    quantile("1.0", max),
    { suffix: "_sum", labels, value: sum * MICROSECONDS },
    { suffix: "_count", labels, value: count },
  ];
}
