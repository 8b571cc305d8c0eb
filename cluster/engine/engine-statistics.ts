/** A distribution of durations, in microseconds. */
export interface EngineDistribution {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
}

/** What an engine reports about itself, by RocksDB's own names; empty if it does not. */
export interface EngineStatistics {
  /** Totals since the store was opened, such as `rocksdb.wal.bytes`. */
  readonly counters: ReadonlyMap<string, number>;
  /** Such as `rocksdb.db.write.micros`. */
  readonly distributions: ReadonlyMap<string, EngineDistribution>;
  /** Present values, such as `rocksdb.estimate-num-keys`. */
  readonly properties: ReadonlyMap<string, number>;
}

/** The statistics of an engine that keeps none. */
export const NO_STATISTICS: EngineStatistics = {
  counters: new Map(),
  distributions: new Map(),
  properties: new Map(),
};

const COUNTER = /^(\S+) COUNT : (\d+)$/;
const DISTRIBUTION =
  /^(\S+) P50 : (\S+) P95 : (\S+) P99 : (\S+) P100 : (\S+) COUNT : (\d+) SUM : (\d+)$/;

/** Reads RocksDB's property `rocksdb.options-statistics`; lines that are cut short are skipped. */
export function parseStatistics(
  text: string,
): Pick<EngineStatistics, "counters" | "distributions"> {
  const counters = new Map<string, number>();
  const distributions = new Map<string, EngineDistribution>();
  for (const line of text.split("\n")) {
    const counter = COUNTER.exec(line);
    if (counter !== null) counters.set(counter[1] ?? "", Number(counter[2]));
    const [, name, ...values] = DISTRIBUTION.exec(line) ?? [];
    if (name === undefined) continue;
    const [p50 = 0, p95 = 0, p99 = 0, max = 0, count = 0, sum = 0] = values.map(Number);
    distributions.set(name, { p50, p95, p99, max, count, sum });
  }
  return { counters, distributions };
}
