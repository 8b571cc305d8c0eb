import type { ListenerConfiguration } from "./listener.ts";
import { resolveListener } from "./listener.ts";
import type { ReplicationValue, Role } from "./node-section.ts";
import type { FileValues } from "./schema.ts";

/** Node identity and life cycle. */
export interface NodeConfiguration {
  readonly roles: readonly Role[];
  readonly nodeName: string;
  readonly forceNodeId: number | undefined;
  readonly clusterName: string;
  readonly location: string | undefined;
  /** Parent of the data folder; the node's own folder is `<baseFolder>/<nodeName>`. */
  readonly baseFolder: string;
  readonly autoProvision: boolean;
  /** Addresses of some members of the cluster, this node perhaps among them. */
  readonly seedAddresses: readonly string[];
  readonly defaultPartitionCount: number;
  readonly defaultReplication: ReplicationValue;
  readonly initializationTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly listener: ListenerConfiguration;
}

/** Defaults and clamps for invocations; `undefined` clamps nothing. */
export interface InvocationConfiguration {
  readonly retryPolicy: {
    readonly initialIntervalMs: number;
    readonly exponentiationFactor: number;
    readonly maxIntervalMs: number;
    /** `undefined` stands for unlimited. */
    readonly attemptsMax: number | undefined;
    readonly onMaxAttempts: "pause" | "kill";
  };
  readonly retryAttemptsClamp: number | undefined;
  readonly journalRetentionMs: number;
  readonly journalRetentionMsMax: number | undefined;
  readonly idempotencyRetentionMs: number;
  readonly idempotencyRetentionMsMax: number | undefined;
  readonly workflowCompletionRetentionMs: number;
  readonly workflowCompletionRetentionMsMax: number | undefined;
}

/** Optional behaviour, by the names under which the admin API reports it. */
export interface FeatureConfiguration {
  readonly controlledIdempotentSharding: boolean;
  readonly vqueues: boolean;
  readonly protocolV7: boolean;
  readonly scopedVirtualObjects: boolean;
  readonly uniqueRandomSeeds: boolean;
}

export interface IngressConfiguration {
  readonly listener: ListenerConfiguration;
  /** `undefined` stands for unlimited. */
  readonly concurrentRequestsMax: number | undefined;
  readonly requestBytesMax: number;
  readonly http2StreamsMax: number;
}

export interface AdminConfiguration {
  readonly listener: ListenerConfiguration;
  /** `undefined` stands for unlimited. */
  readonly concurrentRequestsMax: number | undefined;
  readonly webUiEnabled: boolean;
  readonly deploymentRoutingHeaders: readonly string[];
  readonly queryMemoryBytesMax: number;
  readonly queryTemporaryFolder: string | undefined;
}

export interface WorkerConfiguration {
  /** Worker threads for partitions; 0 runs them on the main thread. */
  readonly threads: number;
  readonly cleanupIntervalMs: number;
  readonly timersInMemoryMax: number;
  readonly commandBatchMax: number;
  readonly commandBatchBytesMax: number;
  readonly ruleBookPollIntervalMs: number;
}

/** Snapshots of partitions in an object store. */
export interface SnapshotConfiguration {
  /** `undefined` keeps none. */
  readonly destination: string | undefined;
  readonly snapshotIntervalMs: number | undefined;
  readonly snapshotIntervalRecords: number | undefined;
  readonly retainedCount: number;
  readonly exportConcurrencyMax: number;
  readonly objectStoreRetry: {
    readonly initialIntervalMs: number;
    readonly factor: number;
    readonly intervalMsMax: number;
    readonly attemptsMax: number;
  };
  /** What a cluster that this node creates starts with. */
  readonly restore: "off" | "new-cluster" | "forced";
  readonly awsProfile: string | undefined;
  readonly awsRegion: string | undefined;
  readonly awsAccessKeyId: string | undefined;
  readonly awsSecretAccessKey: string | undefined;
  readonly awsSessionToken: string | undefined;
  readonly awsEndpointUrl: string | undefined;
  readonly awsAllowHttp: boolean;
}

export interface InvokerConfiguration {
  readonly transport: "own" | "node";
  readonly inactivityTimeoutMs: number;
  readonly abortTimeoutMs: number;
  readonly concurrentAttemptsMax: number;
  readonly messageBytesWarning: number;
  readonly messageBytesMax: number;
  /** 0 sends no state with the start message. */
  readonly eagerStateBytesMax: number;
  readonly memoryBytesMax: number;
  readonly perInvocationMemoryBytesMax: number;
  readonly perInvocationMemoryBytesInitial: number;
  readonly awaitedFutureDepthMax: number;
  readonly connectTimeoutMs: number;
  /** 0 sends no pings. */
  readonly keepAliveIntervalMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly keepAliveJitter: number;
  readonly streamsPerConnectionMax: number;
  /** 0 never closes an unused connection. */
  readonly idleConnectionTimeoutMs: number;
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly frameBytesMax: number;
  readonly additionalRequestHeaders: Readonly<Record<string, string>>;
  readonly requestIdentityKeyFile: string | undefined;
  readonly requestIdentityExpirationMs: number;
}

export interface RaftConfiguration {
  readonly tickIntervalMs: number;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly readMode: "lease" | "read-index";
  /** Share of the election timeout that is kept as clock margin. */
  readonly leaseMargin: number;
  readonly inflightEntriesMax: number;
  readonly inflightBytesMax: number;
  readonly appendBytesMax: number;
  readonly uncommittedBytesMax: number;
  readonly groupCommitDelayMsMax: number;
  readonly logSegmentBytes: number;
  readonly snapshotLogEntries: number;
  readonly snapshotLogBytes: number;
  readonly retainForFollowerMs: number;
  readonly retainForFollowerBytes: number;
  readonly snapshotTransferBytesPerSecond: number;
  /** 0 turns balancing off. */
  readonly leaderBalanceIntervalMs: number;
  readonly leaderTransferTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly replicaDeadAfterMs: number;
  readonly diskReserveBytes: number;
  readonly diskStopPercent: number;
}

export interface StorageConfiguration {
  readonly memoryBytes: number;
  readonly memtablesRatio: number;
}

export interface TelemetryConfiguration {
  readonly logFilter: string;
  readonly logFormat: "pretty" | "compact" | "json" | undefined;
  readonly ansiCodes: boolean;
  readonly metricsEnabled: boolean;
  readonly tracingEndpoint: string | undefined;
  readonly tracingRuntimeEndpoint: string | undefined;
  readonly tracingFilter: string;
  readonly tracingHeaders: Readonly<Record<string, string>>;
}

/** The whole configuration, frozen: numbers with units in their names, nothing left to parse. */
export interface StetConfiguration {
  readonly node: NodeConfiguration;
  readonly invocation: InvocationConfiguration;
  readonly features: FeatureConfiguration;
  readonly ingress: IngressConfiguration;
  readonly admin: AdminConfiguration;
  readonly worker: WorkerConfiguration;
  readonly snapshots: SnapshotConfiguration;
  readonly invoker: InvokerConfiguration;
  readonly raft: RaftConfiguration;
  readonly storage: StorageConfiguration;
  readonly telemetry: TelemetryConfiguration;
  /** Largest message between nodes; caps the limits of all components. */
  readonly messageBytesMax: number;
}

/** Default ports, as in the original. */
const NODE_PORT = 5_122;
const INGRESS_PORT = 8_080;
const ADMIN_PORT = 9_070;

/** Gives parsed and inherited file values the names and shape that components use. */
export function toConfiguration(values: FileValues): StetConfiguration {
  return freeze({
    node: toNode(values),
    invocation: toInvocation(values),
    features: {
      controlledIdempotentSharding: !values["disable-controlled-idempotent-sharding"],
      vqueues: values["experimental-enable-vqueues"],
      protocolV7: values["experimental-enable-protocol-v7"],
      scopedVirtualObjects: values["experimental-enable-scoped-virtual-objects"],
      uniqueRandomSeeds: values["experimental-enable-unique-random-seeds"],
    },
    ingress: {
      listener: resolveListener(values.ingress, INGRESS_PORT),
      concurrentRequestsMax: values.ingress["concurrent-api-requests-limit"],
      requestBytesMax: values.ingress["request-size-limit"] ?? messageBytesMax(values),
      http2StreamsMax: values.ingress["http2-max-concurrent-streams"],
    },
    admin: {
      listener: resolveListener(values.admin, ADMIN_PORT),
      concurrentRequestsMax: values.admin["concurrent-api-requests-limit"],
      webUiEnabled: !values.admin["disable-web-ui"],
      deploymentRoutingHeaders: values.admin["deployment-routing-headers"],
      queryMemoryBytesMax: values.admin["query-engine"]["memory-size"],
      queryTemporaryFolder: values.admin["query-engine"]["tmp-dir"],
    },
    worker: toWorker(values),
    snapshots: toSnapshots(values),
    invoker: toInvoker(values),
    raft: toRaft(values),
    storage: {
      memoryBytes: values["rocksdb-total-memory-size"],
      memtablesRatio: values["rocksdb-total-memtables-ratio"],
    },
    telemetry: {
      logFilter: values["log-filter"],
      logFormat: values["log-format"],
      ansiCodes: !values["log-disable-ansi-codes"],
      metricsEnabled: !values["disable-prometheus"],
      tracingEndpoint: values["tracing-services-endpoint"] ?? values["tracing-endpoint"],
      tracingRuntimeEndpoint: values["tracing-runtime-endpoint"] ?? values["tracing-endpoint"],
      tracingFilter: values["tracing-filter"],
      tracingHeaders: values["tracing-headers"],
    },
    messageBytesMax: messageBytesMax(values),
  });
}

function messageBytesMax(values: FileValues): number {
  return values.networking["message-size-limit"];
}

function toNode(values: FileValues): NodeConfiguration {
  return {
    roles: [...new Set(values.roles)],
    nodeName: values["node-name"] ?? "localhost",
    forceNodeId: values["force-node-id"],
    clusterName: values["cluster-name"],
    location: values.location,
    baseFolder: values["base-dir"],
    autoProvision: values["auto-provision"],
    seedAddresses: values["metadata-client"].addresses,
    defaultPartitionCount: values["default-num-partitions"],
    defaultReplication: values["default-replication"],
    initializationTimeoutMs: values["initialization-timeout"],
    shutdownTimeoutMs: values["shutdown-timeout"],
    listener: resolveListener(values, NODE_PORT),
  };
}

function toInvocation(values: FileValues): InvocationConfiguration {
  const policy = values["default-retry-policy"];
  const attemptsMax = policy["max-attempts"];
  return {
    retryPolicy: {
      initialIntervalMs: policy["initial-interval"],
      exponentiationFactor: policy["exponentiation-factor"],
      maxIntervalMs: policy["max-interval"],
      attemptsMax: Number.isFinite(attemptsMax) ? attemptsMax : undefined,
      onMaxAttempts: policy["on-max-attempts"],
    },
    retryAttemptsClamp: values["max-retry-policy-max-attempts"],
    journalRetentionMs: values["default-journal-retention"],
    journalRetentionMsMax: values["max-journal-retention"],
    idempotencyRetentionMs: values["default-idempotency-retention"],
    idempotencyRetentionMsMax: values["max-idempotency-retention"],
    workflowCompletionRetentionMs: values["default-workflow-completion-retention"],
    workflowCompletionRetentionMsMax: values["max-workflow-completion-retention"],
  };
}

function toWorker({ worker }: FileValues): WorkerConfiguration {
  return {
    threads: worker.threads,
    cleanupIntervalMs: worker["cleanup-interval"],
    timersInMemoryMax: worker["num-timers-in-memory-limit"],
    commandBatchMax: worker["max-command-batch-size"],
    commandBatchBytesMax: worker["max-command-batch-bytes"],
    ruleBookPollIntervalMs: worker["rule-book-poll-interval"],
  };
}

function toSnapshots({ worker: { snapshots } }: FileValues): SnapshotConfiguration {
  return {
    destination: snapshots.destination,
    snapshotIntervalMs: snapshots["snapshot-interval"],
    snapshotIntervalRecords: snapshots["snapshot-interval-num-records"],
    retainedCount: snapshots["num-retained"],
    exportConcurrencyMax: snapshots["export-concurrency-limit"],
    objectStoreRetry: toRequestRetry(snapshots["object-store-retry-policy"]),
    restore: snapshots.restore,
    awsProfile: snapshots["aws-profile"],
    awsRegion: snapshots["aws-region"],
    awsAccessKeyId: snapshots["aws-access-key-id"],
    awsSecretAccessKey: snapshots["aws-secret-access-key"],
    awsSessionToken: snapshots["aws-session-token"],
    awsEndpointUrl: snapshots["aws-endpoint-url"],
    awsAllowHttp: snapshots["aws-allow-http"],
  };
}

type RetryPolicyValues = FileValues["worker"]["snapshots"]["object-store-retry-policy"];

function toRequestRetry(policy: RetryPolicyValues): SnapshotConfiguration["objectStoreRetry"] {
  const { type } = policy;
  const isFixed = type === "fixed-delay";
  return {
    initialIntervalMs: (isFixed ? policy.interval : undefined) ?? policy["initial-interval"],
    factor: isFixed ? 1 : policy.factor,
    intervalMsMax: policy["max-interval"],
    attemptsMax: type === "none" ? 1 : policy["max-attempts"],
  };
}

function toInvoker(values: FileValues): InvokerConfiguration {
  const { invoker } = values.worker;
  const messageLimit = invoker["message-size-limit"] ?? messageBytesMax(values);
  return {
    transport: invoker.transport,
    inactivityTimeoutMs: invoker["inactivity-timeout"],
    abortTimeoutMs: invoker["abort-timeout"],
    concurrentAttemptsMax: invoker["concurrent-invocations-limit"],
    messageBytesWarning: invoker["message-size-warning"],
    messageBytesMax: messageLimit,
    eagerStateBytesMax: invoker["eager-state-size-limit"] ?? messageLimit,
    memoryBytesMax: invoker["memory-limit"],
    perInvocationMemoryBytesMax: invoker["per-invocation-memory-limit"] ?? messageLimit,
    perInvocationMemoryBytesInitial: invoker["per-invocation-initial-memory"],
    awaitedFutureDepthMax: invoker["max-awaited-future-depth"],
    connectTimeoutMs: invoker["connect-timeout"],
    keepAliveIntervalMs: invoker["http2-keep-alive-interval"],
    keepAliveTimeoutMs: invoker["http2-keep-alive-timeout"],
    keepAliveJitter: invoker["http2-keep-alive-jitter"],
    streamsPerConnectionMax: invoker["http2-streams-per-connection-limit"],
    idleConnectionTimeoutMs: invoker["http2-idle-connection-timeout"],
    streamWindowBytes: invoker["http2-initial-stream-window-size"],
    connectionWindowBytes: invoker["http2-initial-connection-window-size"],
    frameBytesMax: invoker["http2-max-frame-size"],
    additionalRequestHeaders: invoker["additional-request-headers"] ?? {},
    requestIdentityKeyFile: invoker["request-identity-private-key-pem-file"],
    requestIdentityExpirationMs: invoker["request-identity-expiration"],
  };
}

function toRaft({ raft, worker }: FileValues): RaftConfiguration {
  return {
    tickIntervalMs: raft["tick-interval"],
    electionTicks: raft["election-ticks"],
    heartbeatTicks: raft["heartbeat-ticks"],
    preVote: raft["pre-vote"],
    checkQuorum: raft["check-quorum"],
    readMode: raft["read-mode"],
    leaseMargin: raft["lease-margin"],
    inflightEntriesMax: raft["max-inflight-entries"],
    inflightBytesMax: raft["max-inflight-bytes"],
    appendBytesMax: raft["max-append-bytes"],
    uncommittedBytesMax:
      raft["max-uncommitted-bytes"] ?? worker["self-proposal-queue-memory-limit"],
    groupCommitDelayMsMax: raft["group-commit-max-delay"],
    logSegmentBytes: raft["log-segment-size"],
    snapshotLogEntries: raft["snapshot-log-entries"],
    snapshotLogBytes: raft["snapshot-log-bytes"],
    retainForFollowerMs: raft["retain-entries-for-lagging-follower"],
    retainForFollowerBytes: raft["retain-bytes-for-lagging-follower"],
    snapshotTransferBytesPerSecond: raft["snapshot-transfer-bytes-per-second"],
    leaderBalanceIntervalMs: raft["leader-balance-interval"],
    leaderTransferTimeoutMs:
      raft["leader-transfer-timeout"] ?? raft["tick-interval"] * raft["election-ticks"],
    drainTimeoutMs: raft["drain-timeout"],
    replicaDeadAfterMs: raft["replica-dead-after"],
    diskReserveBytes: raft["disk-reserve-bytes"],
    diskStopPercent: raft["disk-stop-percent"],
  };
}

function freeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) {
    if (typeof child === "object" && child !== null) freeze(child);
  }
  return Object.freeze(value);
}
