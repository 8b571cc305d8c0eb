import type { Registry } from "../registry.ts";

/** The shared log, under the names of the original's log. */
export function logFamilies(registry: Registry) {
  const sequencer = "bifrost_sequencer";
  const loglet = "bifrost_replicatedloglet";
  return {
    proposed: registry.read("counter", `${loglet}_enqueued_records_total`, "Proposals accepted."),
    proposedBytes: registry.read(
      "counter",
      `${loglet}_enqueued_records_bytes_total`,
      "Bytes of proposals accepted.",
    ),
    delivered: registry.read(
      "counter",
      `${loglet}_read_record_total`,
      "Entries handed to the state machines.",
    ),
    committed: registry.counter(
      `${sequencer}_committed_records_total`,
      "Proposals of leaders on this node that were committed.",
    ),
    committedBytes: registry.counter(
      `${sequencer}_committed_records_bytes_total`,
      "Bytes of proposals of leaders on this node that were committed.",
    ),
    appendDuration: registry.summary(
      `${sequencer}_append_duration_seconds`,
      "The same as raft_commit_duration_seconds.",
    ),
    recordBytes: registry.summary(`${sequencer}_record_size_bytes`, "Size of proposals."),
    storeDuration: registry.summary(
      `${sequencer}_store_duration_seconds`,
      "The same as raft_fsync_duration_seconds.",
    ),
    batchBytes: registry.summary("log_server_write_batch_size_bytes", "Bytes of one write."),
    storedRecords: registry.counter("log_server_store_records_total", "Entries written.", [
      "status",
    ]),
    storedBytes: registry.counter("log_server_store_bytes_total", "Bytes written to the log.", [
      "status",
    ]),
    segments: registry.read("gauge", "stet_log_segments", "Segment files with live records."),
  };
}

/** Consensus: the groups of this node. `partition` is `metadata` for the metadata group. */
export function raftFamilies(registry: Registry) {
  return {
    /** Labels: role = leader, voter, learner, candidate, stopped. */
    groups: registry.read("gauge", "raft_groups", "Groups on this node by role.", ["role"]),
    leaderless: registry.read(
      "gauge",
      "raft_leaderless_groups",
      "Groups on this node without a known leader.",
    ),
    failed: registry.read(
      "gauge",
      "stet_raft_failed_groups",
      "Groups that have stopped on this node after a defect.",
    ),
    term: registry.read("gauge", "raft_term", "Term of a group.", ["partition"]),
    /** Labels: result = won, lost. */
    elections: registry.counter("raft_elections_total", "Elections in which this node stood.", [
      "result",
    ]),
    leaderChanges: registry.counter("raft_leader_changes_total", "New leaders, by group.", [
      "partition",
    ]),
    /** Labels: result = committed, not_leader, dropped, overloaded, storage_full. */
    proposals: registry.counter("raft_proposals_total", "Proposals by outcome.", ["result"]),
    proposalsPendingBytes: registry.read(
      "gauge",
      "raft_proposals_pending_bytes",
      "Bytes of proposals that are accepted and not applied.",
    ),
    commitDuration: registry.histogram(
      "raft_commit_duration_seconds",
      "From proposal to commit, of the first proposal of each batch.",
    ),
    applyBatchEntries: registry.summary("raft_apply_batch_entries", "Entries applied at once."),
    applyDuration: registry.summary("raft_apply_duration_seconds", "Applying a batch of entries."),
    fsyncDuration: registry.histogram("raft_fsync_duration_seconds", "Making a batch durable."),
    fsyncGroups: registry.summary("raft_fsync_batch_groups", "Groups that share a write."),
    logEntries: registry.read("gauge", "raft_log_entries", "Entries in the log, over groups.", [
      "quantile",
    ]),
    logTruncations: registry.counter("raft_log_truncations_total", "Cuts of a group's log."),
    reads: registry.counter("raft_reads_total", "Linearizable reads that were asked for."),
    /** Labels: direction = sent, received; result = ok, failed. */
    snapshots: registry.counter("raft_snapshot_transfers_total", "Snapshots between nodes.", [
      "direction",
      "result",
    ]),
    replicasDestroyed: registry.counter(
      "raft_replica_destroyed_total",
      "Replicas that have left this node for good.",
    ),
    underReplicated: registry.read(
      "gauge",
      "raft_under_replicated_groups",
      "Groups led here with a voter that does not answer.",
    ),
    quorumAtRisk: registry.read(
      "gauge",
      "raft_quorum_at_risk_groups",
      "Groups led here that stop with the next voter that is lost, and have several.",
    ),
    /** Labels: peer, such as N2. */
    followerLag: registry.read(
      "gauge",
      "raft_follower_lag_entries",
      "Entries that a follower of groups led here is behind.",
      ["peer", "quantile"],
    ),
    confChanges: registry.counter("raft_conf_changes_total", "Applied changes of membership."),
  };
}

/** The metadata group, under the names of the original. */
export function metadataFamilies(registry: Registry) {
  const replicated = "metadata_server_replicated";
  const operation = (name: string) => ({
    /** Labels: status = completed, failed. */
    count: registry.counter(`metadata_client_${name}_total`, `Documents: ${name}.`, ["status"]),
    duration: registry.summary(
      `metadata_client_${name}_duration_seconds`,
      `Time of a ${name} of a document.`,
    ),
  });
  return {
    get: operation("get"),
    put: operation("put"),
    committed: registry.read("gauge", `${replicated}_committed_lsn`, "Commit index."),
    applied: registry.read("gauge", `${replicated}_applied_lsn`, "Applied index."),
    firstIndex: registry.read("gauge", `${replicated}_first_index`, "First index of the log."),
    lastIndex: registry.read("gauge", `${replicated}_last_index`, "Last index of the log."),
    leaderId: registry.read("gauge", `${replicated}_leader_id`, "Node that leads."),
    /** The name is a mistake of the original, whose dashboards read the term here. */
    term: registry.read("gauge", `${replicated}_snapshot_bytes`, "Term; the name is misleading."),
  };
}
