/**
 * Values that are checked, printed and passed on, and that nothing reads in this version. An
 * operator who sets one is told. Whoever starts reading one removes its line;
 * `test/tidy/configuration.test.ts` keeps the list complete.
 */
const KEYS_BY_FIELD = {
  additionalRequestHeaders: ["worker.invoker.additional-request-headers"],
  appendBytesMax: ["raft.max-append-bytes"],
  checkQuorum: ["raft.check-quorum"],
  commandBatchBytesMax: ["worker.max-command-batch-bytes"],
  commandBatchMax: ["worker.max-command-batch-size"],
  diskReserveBytes: ["raft.disk-reserve-bytes"],
  diskStopPercent: ["raft.disk-stop-percent"],
  frameBytesMax: ["worker.invoker.http2-max-frame-size"],
  groupCommitDelayMsMax: ["raft.group-commit-max-delay"],
  inflightBytesMax: ["raft.max-inflight-bytes"],
  inflightEntriesMax: ["raft.max-inflight-entries"],
  keepAliveJitter: ["worker.invoker.http2-keep-alive-jitter"],
  leaderTransferTimeoutMs: ["raft.leader-transfer-timeout"],
  leaseMargin: ["raft.lease-margin"],
  memoryBytes: ["rocksdb-total-memory-size"],
  memtablesRatio: ["rocksdb-total-memtables-ratio"],
  messageBytesWarning: ["worker.invoker.message-size-warning"],
  perInvocationMemoryBytesInitial: ["worker.invoker.per-invocation-initial-memory"],
  perInvocationMemoryBytesMax: ["worker.invoker.per-invocation-memory-limit"],
  preVote: ["raft.pre-vote"],
  queryTemporaryFolder: ["admin.query-engine.tmp-dir"],
  readMode: ["raft.read-mode"],
  retainForFollowerBytes: ["raft.retain-bytes-for-lagging-follower"],
  retainForFollowerMs: ["raft.retain-entries-for-lagging-follower"],
  ruleBookPollIntervalMs: ["worker.rule-book-poll-interval"],
  snapshotLogBytes: ["raft.snapshot-log-bytes"],
  snapshotLogEntries: ["raft.snapshot-log-entries"],
  snapshotTransferBytesPerSecond: ["raft.snapshot-transfer-bytes-per-second"],
  threads: ["worker.threads"],
  timersInMemoryMax: ["worker.num-timers-in-memory-limit"],
  tracingEndpoint: ["tracing-endpoint", "tracing-services-endpoint"],
  tracingFilter: ["tracing-filter"],
  tracingHeaders: ["tracing-headers"],
  tracingRuntimeEndpoint: ["tracing-runtime-endpoint"],
  uncommittedBytesMax: ["raft.max-uncommitted-bytes", "worker.self-proposal-queue-memory-limit"],
  webUiEnabled: ["admin.disable-web-ui"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Fields of the configuration that nothing reads. */
export const FIELDS_WITHOUT_EFFECT: readonly string[] = Object.keys(KEYS_BY_FIELD);

const KEYS_WITHOUT_EFFECT: readonly string[] = Object.values(KEYS_BY_FIELD).flat();

/** True for a key, or a name inside its table, that has no effect in this version. */
export function hasNoEffect(key: string): boolean {
  return KEYS_WITHOUT_EFFECT.some((other) => key === other || key.startsWith(`${other}.`));
}
