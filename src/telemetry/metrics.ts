import { addProcessMetrics } from "./process-metrics.ts";
import { Registry } from "./registry.ts";
import { systemClock } from "./system-clock.ts";

/** Labels and facts that every scrape shows. */
export interface MetricsOptions {
  readonly clusterName: string;
  readonly nodeName: string;
  readonly version: string;
}

/**
 * All metrics of a node, by the component that feeds them. Components take what they need as
 * counters, gauges and summaries of `cluster/base`; only the composition root sees this object.
 */
export type Metrics = ReturnType<typeof createMetrics>;

/** Declares the metrics. Names and labels are those of the original, whose dashboards read them. */
export function createMetrics(options: MetricsOptions) {
  const registry = new Registry({
    cluster_name: options.clusterName,
    node_name: options.nodeName,
  });
  addProcessMetrics(registry, options.version);
  return {
    node: nodeMetrics(registry),
    partition: partitionMetrics(registry),
    ingress: ingressMetrics(registry),
    invoker: invokerMetrics(registry),
    connections: connectionMetrics(registry),
    log: logMetrics(registry),
    raft: raftMetrics(registry),
    storage: storageMetrics(registry),
    /** Adds values that are read when they are printed; the name is taken as it is. */
    observe: registry.observe.bind(registry),
    /** Prints everything in the Prometheus text format. */
    render: (): Promise<string> => registry.render(systemClock.monotonicMs()),
  };
}

function nodeMetrics(registry: Registry) {
  return {
    /** Labels: state = alive, suspect, dead, failing_over. */
    nodes: registry.gauge("failure_detector_nodes_total", "Nodes per state.", ["state"]),
    lonely: registry.gauge("failure_detector_lonely", "1 if no other node was heard for long."),
    instance: registry.gauge("failure_detector_instance", "Start of this incarnation, in ms."),
    partitions: registry.gauge("num_partitions", "Partitions of the cluster."),
    activePartitions: registry.gauge("num_active_partitions", "Replicas on this node."),
    activeLeaders: registry.gauge("num_active_partition_leaders", "Leaders on this node."),
    diskFreeBytes: registry.gauge("disk_free_bytes", "Free space of the data folder."),
    /** Labels: state = ok, low, stopped. */
    diskState: registry.gauge("disk_state", "1 for the present state.", ["state"]),
  };
}

function partitionMetrics(registry: Registry) {
  return {
    starts: registry.counter("partition_start_total", "Starts of replicas.", ["partition"]),
    /** Labels: partition; type = normal, error, startup-error, log-gap-detected. */
    stops: registry.counter("partition_stop_total", "Stops of replicas.", ["partition", "type"]),
    blocked: registry.gauge("partition_blocked_flare", "1 if a replica cannot run.", [
      "partition",
      "reason",
    ]),
    appliedLag: registry.gauge("partition_applied_lsn_lag", "Committed and not applied.", [
      "quantile",
    ]),
    /** Labels: command; leader = 0, 1. Seconds. */
    applyDuration: registry.summary(
      "partition_apply_command_duration_seconds",
      "Applying a command to the state.",
      ["command", "leader"],
    ),
    commitToApply: registry.summary(
      "partition_record_committed_to_read_latency_seconds",
      "From commit to apply.",
      ["leader"],
    ),
    leaderActions: registry.counter(
      "partition_handle_leader_action_total",
      "Effects carried out by leaders.",
      ["action"],
    ),
    shuffledMessages: registry.counter(
      "partition_shuffle_message_total",
      "Messages to other partitions.",
      ["partition"],
    ),
    shuffleInflight: registry.gauge("partition_shuffle_inflight", "The same, on their way.", [
      "partition",
    ]),
    /** Labels: entry, such as Command/Call. */
    journalEntries: registry.counter(
      "usage_leader_journal_entry_count_total",
      "Journal entries by kind.",
      ["entry"],
    ),
    timerFireDelay: registry.summary("timer_fire_delay_seconds", "How late timers fire."),
  };
}

function ingressMetrics(registry: Registry) {
  return {
    /** Labels: status = admitted, rate-limited. */
    admissions: registry.counter("ingress_requests_total", "Requests by outcome.", [
      "status",
      "rpc_service",
      "rpc_type",
    ]),
    /** Labels: service; type = call, send. Seconds. */
    duration: registry.summary(
      "ingress_request_duration_seconds",
      "Whole request, as the client sees it.",
      ["rpc_service", "rpc_type"],
    ),
    connectionsOpened: registry.counter(
      "ingress_http_connection_created_total",
      "Client connections opened.",
    ),
    /** Labels: status = success, incomplete, server-error. */
    connectionsClosed: registry.counter(
      "ingress_http_connection_dropped_total",
      "Client connections closed.",
      ["status"],
    ),
    /** Labels: partition; status = completed, routing_error, unavailable_error, and others. */
    partitionRequests: registry.counter(
      "invocation_client_requests_total",
      "Requests to partition leaders.",
      ["partition_id", "status"],
    ),
    inflight: registry.gauge("ingress_inflight_requests", "Requests being answered."),
    reroutes: registry.counter("ingress_reroutes_total", "Requests sent to another leader.", [
      "reason",
    ]),
  };
}

function invokerMetrics(registry: Registry) {
  return {
    /** Labels: status = started, completed, suspended, failed; partition; transient. */
    attempts: registry.counter("invoker_invocation_tasks_total", "Attempts by outcome.", [
      "status",
      "partition_id",
      "transient",
    ]),
    attemptDuration: registry.summary("invoker_task_duration_seconds", "Length of attempts."),
    enqueued: registry.counter("invoker_enqueue_total", "Attempts asked for.", ["partition_id"]),
    concurrencyLimit: registry.gauge("invoker_concurrency_limit", "Attempts that may run."),
    slotsAcquired: registry.counter("invoker_concurrency_slots_acquired", "Attempts let in."),
    slotsReleased: registry.counter("invoker_concurrency_slots_released", "Attempts let out."),
    /** Labels: type, such as Http/bidi-stream; status code. */
    requests: registry.counter("invoker_client_requests_total", "Requests to deployments.", [
      "type",
      "status_code",
    ]),
    sentBytes: registry.counter("invoker_sent_bytes_total", "Bytes to deployments.", ["type"]),
    receivedBytes: registry.counter("invoker_received_bytes_total", "Bytes from deployments.", [
      "type",
    ]),
    eagerStateTruncated: registry.counter(
      "invoker_eager_state_truncated_total",
      "Attempts that started with a part of the state.",
    ),
    fencedEvents: registry.counter(
      "invoker_fenced_effects_total",
      "Attempt events of former leader epochs that were dropped.",
    ),
  };
}

function connectionMetrics(registry: Registry) {
  const counter = (name: string, help: string) => registry.counter(`connection_pool_${name}`, help);
  const summary = (name: string, help: string) => registry.summary(`connection_pool_${name}`, help);
  return {
    opened: counter("connection_opened_total", "Connections to deployments."),
    closed: counter("connection_closed_total", "Connections closed."),
    openFailed: counter("connection_open_failed_total", "Connections that failed."),
    streamsOpened: counter("stream_opened_total", "Streams to deployments."),
    streamsClosed: counter("stream_closed_total", "Streams closed."),
    streamOpenFailed: counter("stream_open_failed_total", "Streams that failed."),
    acquireDuration: summary("acquire_stream_duration_seconds", "Wait for a stream."),
    streamDuration: summary("stream_duration_seconds", "Length of streams."),
    utilization: summary("connection_utilization", "Share of the streams in use."),
  };
}

function logMetrics(registry: Registry) {
  const sequencer = "bifrost_sequencer";
  const loglet = "bifrost_replicatedloglet";
  return {
    proposed: registry.counter(`${loglet}_enqueued_records_total`, "Proposals accepted."),
    proposedBytes: registry.counter(`${loglet}_enqueued_records_bytes_total`, "The same, bytes."),
    delivered: registry.counter(`${loglet}_read_record_total`, "Entries handed to partitions."),
    appendDuration: registry.summary(`${sequencer}_append_duration_seconds`, "Propose to commit."),
    committed: registry.counter(`${sequencer}_committed_records_total`, "Committed here."),
    committedBytes: registry.counter(
      `${sequencer}_committed_records_bytes_total`,
      "The same, bytes.",
    ),
    recordSize: registry.summary(`${sequencer}_record_size_bytes`, "Size of proposals."),
    batchBytes: registry.summary("log_server_write_batch_size_bytes", "Bytes per sync."),
  };
}

function raftMetrics(registry: Registry) {
  return {
    /** Labels: role = leader, voter, learner, candidate. */
    groups: registry.gauge("raft_groups", "Groups on this node by role.", ["role"]),
    leaderless: registry.gauge("raft_leaderless_groups", "Groups without a known leader."),
    /** Labels: result = won, lost, aborted; reason. */
    elections: registry.counter("raft_elections_total", "Elections.", ["result", "reason"]),
    leaderChanges: registry.counter("raft_leader_changes_total", "Changes of leader.", [
      "partition",
    ]),
    /** Labels: result = committed, not_leader, dropped, overloaded, timeout. */
    proposals: registry.counter("raft_proposals_total", "Proposals by outcome.", ["result"]),
    proposalsPending: registry.gauge("raft_proposals_pending", "Proposals not yet committed."),
    proposalsPendingBytes: registry.gauge("raft_proposals_pending_bytes", "The same, bytes."),
    commitDuration: registry.summary("raft_commit_duration_seconds", "Propose to commit."),
    applyBatchEntries: registry.summary("raft_apply_batch_entries", "Entries per apply."),
    applyDuration: registry.summary("raft_apply_duration_seconds", "Applying a batch."),
    fsyncDuration: registry.summary("raft_fsync_duration_seconds", "Syncing the log."),
    fsyncGroups: registry.summary("raft_fsync_batch_groups", "Groups per sync."),
    logTruncations: registry.counter("raft_log_truncations_total", "Cuts of the log.", ["result"]),
  };
}

function storageMetrics(registry: Registry) {
  return {
    openStores: registry.gauge("partition_store_num_open", "Open partition stores."),
    /** 1 once the store can report its own counters; the binding does not. */
    statisticsAvailable: registry.gauge(
      "rocksdb_statistics_available",
      "1 if RocksDB reports statistics.",
    ),
    writeDuration: registry.summary("rocksdb_db_write_seconds", "Writing a batch.", ["db"]),
    keysRead: registry.counter("rocksdb_number_keys_read_total", "Keys read.", ["db"]),
    keysWritten: registry.counter("rocksdb_number_keys_written_total", "Keys written.", ["db"]),
  };
}
