import { type AnyTable, type ColumnType, column, table } from "../table.ts";

/** Tables of the virtual queues: there are none yet, but clients ask for them. */
export const VQUEUE_TABLES: readonly AnyTable[] = [
  emptyTable(
    "sys_locks",
    `
      uint64: partition_key
      text: scope lock_name
      timestamp: acquired_at
      text: acquired_by
    `,
  ),
  emptyTable(
    "sys_vqueue_meta",
    `
      uint64: partition_key
      text: id
      boolean: is_active queue_is_paused
      text: service_name scope limit_key lock_name
      timestamp: created_at last_enqueued_at last_start_at last_attempt_at last_finish_at
      duration: avg_queue_duration avg_inbox_duration avg_run_duration avg_suspension_duration
        avg_end_to_end_duration avg_blocked_on_concurrency_rules
        avg_blocked_on_invoker_concurrency avg_blocked_on_invoker_throttling avg_blocked_on_lock
      uint64: num_inbox num_running num_suspended num_paused num_finished
    `,
  ),
  emptyTable(
    "sys_vqueues",
    `
      uint64: partition_key
      text: id stage status
      boolean: has_lock
      timestamp: run_at
      uint64: sequence_number
      text: entry_id entry_kind
      timestamp: created_at transitioned_at
      uint32: num_attempts num_errors num_pauses num_suspensions num_yields
      timestamp: first_attempt_at latest_attempt_at first_runnable_at
      text: deployment
    `,
  ),
  emptyTable(
    "sys_vqueue_entry_status",
    `
      uint64: partition_key
      text: entry_id vqueue_id stage status
      boolean: has_lock
      timestamp: next_at
      uint64: sequence_number
      text: entry_kind
      timestamp: created_at transitioned_at
      uint32: num_attempts num_errors num_pauses num_suspensions num_yields
      timestamp: first_attempt_at latest_attempt_at first_runnable_at
      text: deployment
      uint64: needed_memory
      uint32: retry_attempts retry_count_since_last_stored_command
      duration: latest_attempt_blocked_on_invoker_concurrency
        latest_attempt_blocked_on_throttling_rules latest_attempt_blocked_on_invoker_throttling
        latest_attempt_blocked_on_invoker_memory latest_attempt_blocked_on_concurrency_rules
        latest_attempt_blocked_on_lock latest_attempt_blocked_on_deployment_concurrency
        total_blocked_on_invoker_concurrency total_blocked_on_throttling_rules
        total_blocked_on_invoker_throttling total_blocked_on_invoker_memory
        total_blocked_on_concurrency_rules total_blocked_on_lock
        total_blocked_on_deployment_concurrency
    `,
  ),
  emptyTable(
    "sys_scheduler",
    `
      uint64: partition_key
      text: id
      uint64: num_inbox
      text: status head_entry_id
      timestamp: scheduled_at
      text: blocked_on blocked_on_json
      duration: invoker_concurrency_block_duration throttling_rules_block_duration
        invoker_throttling_block_duration invoker_memory_block_duration
        concurrency_rules_block_duration lock_block_duration
        deployment_concurrency_block_duration
    `,
  ),
  emptyTable(
    "sys_user_limits",
    `
      uint64: partition_key
      text: scope l1 l2 level
      uint32: usage concurrency_limit
      text: rule_pattern
      uint32: available
      uint64: num_waiters
    `,
  ),
];

/**
 * Defines a table without rows.
 *
 * @param columns in order: a type with a colon, then the names of the columns that have it
 */
function emptyTable(name: string, columns: string): AnyTable {
  let type: ColumnType = "text";
  return table<never>({
    name,
    columns: columns
      .trim()
      .split(/\s+/)
      .flatMap((word) => {
        if (!word.endsWith(":")) return [column<never>(word, type, () => undefined)];
        // Only names of column types are followed by a colon above.
        type = word.slice(0, -1) as ColumnType;
        return [];
      }),
    pushed: {},
    scan: () => [],
  });
}
