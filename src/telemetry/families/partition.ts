import type { Registry } from "../registry.ts";

/** What partition processors and leaders do. */
export function partitionFamilies(registry: Registry) {
  return { ...replicaFamilies(registry), ...leaderFamilies(registry), ...storeFamilies(registry) };
}

function replicaFamilies(registry: Registry) {
  return {
    starts: registry.counter("partition_start_total", "Starts of replicas.", ["partition"]),
    /** Labels: partition; type = normal, error. */
    stops: registry.counter("partition_stop_total", "Stops of replicas.", ["partition", "type"]),
    /** Labels: partition; reason = apply-failed. Exists while it is raised. */
    blocked: registry.read(
      "gauge",
      "partition_blocked_flare",
      "1 if a replica has stopped after a defect and cannot run.",
      ["partition", "reason"],
    ),
    appliedLag: registry.read(
      "gauge",
      "partition_applied_lsn_lag",
      "Committed records that are not applied yet, over the replicas of this node.",
      ["quantile"],
    ),
    unknownLag: registry.read(
      "gauge",
      "partition_num_unknown_applied_lsn_lag",
      "Replicas that know of no leader, so that their lag is unknown.",
    ),
    /** Labels: command; leader = 0, 1. Seconds. */
    applyDuration: registry.summary(
      "partition_apply_command_duration_seconds",
      "Applying one record to the state in memory.",
      ["command", "leader"],
    ),
    commitToApply: registry.summary(
      "partition_record_committed_to_read_latency_seconds",
      "From the commit of records until the state machine is given them.",
      ["leader"],
    ),
  };
}

function leaderFamilies(registry: Registry) {
  return {
    /** Labels: action. */
    leaderActions: registry.counter(
      "partition_handle_leader_action_total",
      "Effects that leaders have carried out.",
      ["action"],
    ),
    shuffledMessages: registry.counter(
      "partition_shuffle_message_total",
      "Messages that left the outbox of a partition.",
      ["partition"],
    ),
    shuffleInflight: registry.read(
      "gauge",
      "partition_shuffle_inflight",
      "Messages of the outbox that the receiver has not applied yet.",
      ["partition"],
    ),
    outboxMessages: registry.read(
      "gauge",
      "stet_outbox_messages",
      "Messages in the outboxes of the partitions led here, in flight or waiting.",
    ),
    /** Labels: entry, such as Command/Call. */
    journalEntries: registry.counter(
      "usage_leader_journal_entry_count_total",
      "Journal entries by kind.",
      ["entry"],
    ),
    timerFireDelay: registry.summary(
      "timer_fire_delay_seconds",
      "From the time a timer was due to its proposal.",
    ),
    timersLoaded: registry.read(
      "gauge",
      "stet_timers_loaded",
      "Timers in memory: the earliest ones of the partitions led here.",
    ),
    requestsPending: registry.read(
      "gauge",
      "stet_partition_requests_pending",
      "Requests that wait for their answer at the leaders of this node.",
    ),
  };
}

function storeFamilies(registry: Registry) {
  return {
    openStores: registry.read("gauge", "partition_store_num_open", "Open partition stores."),
    unwrittenRows: registry.read(
      "gauge",
      "stet_store_unwritten_rows",
      "Rows in memory that wait for the next write of the store.",
    ),
    storeWriteDuration: registry.summary(
      "stet_store_write_duration_seconds",
      "Writing what was applied.",
    ),
  };
}
