/**
 * Keys of the original that this server accepts without using them, with the reason. They never
 * stop a start, since charts and test harnesses set them; each is reported once.
 *
 * A name stands for itself and for everything below it, so that tables such as retry policies need
 * one line. `loud` reasons are warnings: who set the key expects something that does not happen.
 */
export interface IgnoredKeys {
  readonly reason: string;
  readonly loud: boolean;
  readonly keys: ReadonlySet<string>;
}

const SEVERAL_NODES = words(`
  metadata-update-interval metadata-fetch-from-peer-timeout
  network-error-retry-policy hlc-max-drift
  gossip-tick-interval gossip-failure-threshold gossip-num-peers gossip-fd-stability-threshold
  gossip-suspect-interval gossip-loneliness-threshold gossip-extras-exchange-frequency
  gossip-time-skew-threshold
  networking.connect-timeout networking.handshake-timeout networking.connect-retry-policy
  networking.http2-keep-alive-interval networking.http2-keep-alive-timeout
  networking.http2-adaptive-window networking.disable-compression
  networking.data-stream-window-size networking.fabric-memory-limit
  tls.cert-file tls.key-file tls.ca-files tls.require-client-auth tls.allowed-subject-names
  tls.refresh-interval
  metadata-client.path
  metadata-client.connect-timeout metadata-client.keep-alive-interval
  metadata-client.keep-alive-timeout metadata-client.backoff-policy
  metadata-client.message-size-limit
  metadata-server.auto-join metadata-server.status-update-interval
  metadata-server.log-trim-threshold metadata-server.request-queue-length
  admin.heartbeat-interval worker.data-service-memory-limit
  worker.shuffle.inflight-memory-budget worker.shuffle.request-batch-size
  worker.shuffle.connection-retry-policy
  ingress.ingestion.inflight-memory-budget ingress.ingestion.request-batch-size
  ingress.ingestion.connection-retry-policy
`);

const OTHER_DESIGN = words(`
  bifrost.record-cache-memory-size bifrost.record-size-limit bifrost.append-retry-min-interval
  bifrost.append-retry-max-interval bifrost.auto-recovery-interval bifrost.seal-retry-interval
  bifrost.disable-auto-improvement bifrost.read-retry-policy
  bifrost.replicated-loglet.maximum-inflight-records bifrost.replicated-loglet.rpc-timeout
  bifrost.replicated-loglet.store-timeout bifrost.replicated-loglet.sequencer-inactivity-timeout
  bifrost.replicated-loglet.readahead-records bifrost.replicated-loglet.read-batch-size
  bifrost.replicated-loglet.readahead-trigger-ratio
  worker.internal-queue-length worker.durability-mode worker.trim-delay-interval
  worker.invoker.in-memory-queue-length-limit worker.invoker.tmp-dir
  worker.invoker.http2-initial-max-send-streams worker.use-multi-db-layout
  storage-high-priority-bg-threads storage-low-priority-bg-threads default-thread-pool-size
  default-thread-stack-size admin.query-engine.query-parallelism tracing-json-path
  disable-config-sql-table log-server.write-batch-commit-count
  log-server.write-batch-commit-bytes log-server.rocksdb-disable-wal-fsync
  experimental-enable-invoker-yield experimental-enable-migrate-scoped-tables
  experimental-enable-kafka-scope experimental-enable-vqueues-migration-skip-completed
`);

/** Removed from the original in one release or another, and still set by old charts and tools. */
const REMOVED = words(`
  admin.log-trim-check-interval admin.log-trim-threshold
  worker.experimental-partition-driven-log-trimming worker.invoker.retry-policy
  metadata-store-client metadata-store-address metadata-server.type
  bifrost.replicated-loglet.default-log-replication
  bifrost.replicated-loglet.sequencer-retry-policy
  bifrost.replicated-loglet.log-server-retry-policy
  bifrost.replicated-loglet.log-server-rpc-timeout
  rocksdb-max-background-jobs log-server.rocksdb-max-wal-size
  log-server.rocksdb-max-background-flushes num-partitions-to-share-memory-budget
  http-keep-alive-options worker.storage.persist-lsn-interval
  worker.storage.persist-lsn-threshold
`);

const NOT_YET = words(`
  ingress.kafka-clusters worker.invoker.http-proxy worker.invoker.no-proxy
  worker.invoker.request-compression-threshold worker.invoker.aws-profile
  worker.invoker.aws-assume-role-external-id worker.invoker.invocation-throttling
  worker.invoker.action-throttling admin.query-engine.rate-limiting
`);

/** Knobs that the original takes at the root and in the section of each of its databases. */
const SHARED_STORAGE_KNOBS = words(`
  rocksdb-block-size rocksdb-compaction-readahead-size rocksdb-disable-direct-io-for-reads
  rocksdb-disable-direct-io-for-flush-and-compactions rocksdb-disable-statistics
  rocksdb-statistics-level rocksdb-disable-auto-compactions rocksdb-disable-wal-compression
  rocksdb-disable-l0-l1-compression rocksdb-log-level rocksdb-log-keep-file-num
  rocksdb-log-max-file-size rocksdb-memory-budget rocksdb-memory-ratio
  rocksdb-disable-auto-memory-reclaimer rocksdb-disable-compact-on-deletion
  rocksdb-compact-on-deletions-window rocksdb-compact-on-deletions-count
  rocksdb-compact-on-deletions-ratio rocksdb-compact-on-deletions-min-sst-file-size
  rocksdb-max-background-flushes rocksdb-max-background-compactions rocksdb-max-sub-compactions
  rocksdb-max-file-size rocksdb-writable-file-max-buffer-size rocksdb-l0-num-compaction-trigger
  rocksdb-max-write-rate-per-second rocksdb-high-priority-threads rocksdb-low-priority-threads
  rocksdb-high-priority-bg-threads rocksdb-bg-threads rocksdb-perf-level rocksdb-wal-dir
`);

const STORAGE_SECTIONS = [
  "",
  "worker.storage.",
  "log-server.",
  "metadata-server.",
  "bifrost.local.",
];

export const IGNORED_KEYS: readonly IgnoredKeys[] = [
  {
    reason: "this version forms clusters of one node",
    loud: false,
    keys: new Set(SEVERAL_NODES),
  },
  {
    reason: "it tunes a part of the original that Stet does not have",
    loud: false,
    keys: new Set(OTHER_DESIGN),
  },
  {
    reason: "the original has removed it",
    loud: true,
    keys: new Set(REMOVED),
  },
  {
    reason: "the storage of Stet does not expose it",
    loud: false,
    keys: new Set(
      STORAGE_SECTIONS.flatMap((section) => SHARED_STORAGE_KNOBS.map((knob) => section + knob)),
    ),
  },
  {
    reason: "this version does not support it yet",
    loud: true,
    keys: new Set(NOT_YET),
  },
  {
    reason: "no usage data is ever sent",
    loud: false,
    keys: new Set(["disable-telemetry"]),
  },
];

/** Former or misplaced spellings and the keys that they set today. */
export const RENAMED_KEYS: ReadonlyMap<string, string> = new Map([
  ["networking.max-message-size", "networking.message-size-limit"],
  ["worker.snapshots.experimental-num-retained", "worker.snapshots.num-retained"],
  // One section serves all groups here, the metadata group included.
  ["metadata-server.raft-election-tick", "raft.election-ticks"],
  ["metadata-server.raft-heartbeat-tick", "raft.heartbeat-ticks"],
  ["metadata-server.raft-tick-interval", "raft.tick-interval"],
  ["metadata-client.address", "metadata-client.addresses"],
  ["admin.advertised-admin-endpoint", "admin.advertised-address"],
  ["ingress.advertised-ingress-endpoint", "ingress.advertised-address"],
  ...words(`
    http-proxy no-proxy connect-timeout aws-profile aws-assume-role-external-id
    request-compression-threshold request-identity-private-key-pem-file
    additional-request-headers
  `).map((key): [string, string] => [key, `worker.invoker.${key}`]),
]);

/** Finds why a key is ignored; `undefined` for keys that are unknown or used. */
export function findIgnored(key: string): IgnoredKeys | undefined {
  for (let end = key.length; end > 0; end = key.lastIndexOf(".", end - 1)) {
    const name = key.slice(0, end);
    const ignored = IGNORED_KEYS.find(({ keys }) => keys.has(name));
    if (ignored !== undefined) return ignored;
  }
  return undefined;
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
