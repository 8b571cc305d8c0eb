import { type AnyTable, type ColumnType, column, table } from "../table.ts";

/** Tables of the virtual queues: there are none yet, but clients ask for them. */
export const VQUEUE_TABLES: readonly AnyTable[] = [
  emptyTable("sys_locks", {
    uint64: "partition_key",
    text: "scope lock_name acquired_by",
    timestamp: "acquired_at",
  }),
  emptyTable("sys_vqueue_meta", {
    uint64: "partition_key num_inbox num_running num_suspended num_paused num_finished",
    text: "id service_name scope limit_key lock_name",
    boolean: "is_active queue_is_paused",
    timestamp: "created_at last_enqueued_at last_start_at last_attempt_at last_finish_at",
    duration:
      "avg_queue_duration avg_inbox_duration avg_run_duration avg_suspension_duration " +
      "avg_end_to_end_duration avg_blocked_on_concurrency_rules " +
      "avg_blocked_on_invoker_concurrency avg_blocked_on_invoker_throttling avg_blocked_on_lock",
  }),
  emptyTable("sys_vqueues", {
    uint64: "partition_key sequence_number",
    text: "id stage status entry_id entry_kind deployment",
    boolean: "has_lock",
    timestamp:
      "run_at created_at transitioned_at first_attempt_at latest_attempt_at first_runnable_at",
    uint32: "num_attempts num_errors num_pauses num_suspensions num_yields",
  }),
  emptyTable("sys_vqueue_entry_status", {
    uint64: "partition_key sequence_number needed_memory",
    text: "entry_id vqueue_id stage status entry_kind deployment",
    boolean: "has_lock",
    timestamp:
      "next_at created_at transitioned_at first_attempt_at latest_attempt_at first_runnable_at",
    uint32:
      "num_attempts num_errors num_pauses num_suspensions num_yields retry_attempts " +
      "retry_count_since_last_stored_command",
  }),
  emptyTable("sys_scheduler", {
    uint64: "partition_key num_inbox",
    text: "id status head_entry_id blocked_on blocked_on_json",
    timestamp: "scheduled_at",
  }),
  emptyTable("sys_user_limits", {
    uint64: "partition_key num_waiters",
    text: "scope l1 l2 level rule_pattern",
    uint32: "usage concurrency_limit available",
  }),
];

function emptyTable(name: string, columns: Partial<Record<ColumnType, string>>): AnyTable {
  return table<never>({
    name,
    columns: Object.entries(columns).flatMap(([type, names]) =>
      // The keys of the record are column types.
      names.split(" ").map((text) => column<never>(text, type as ColumnType, () => undefined)),
    ),
    pushed: {},
    scan: () => [],
  });
}
