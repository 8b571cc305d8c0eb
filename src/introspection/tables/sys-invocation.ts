import { invocationColumns } from "../invocation-columns.ts";
import { table } from "../table.ts";

/** One row for each known invocation, with what the invoker knows of it. */
export const sysInvocation = table({
  name: "sys_invocation",
  isView: true,
  columns: invocationColumns(`
    id vqueue_id target target_service_name target_service_key target_handler_name
    target_service_ty scope limit_key idempotency_key invoked_by invoked_by_service_name
    invoked_by_id invoked_by_subscription_id invoked_by_target restarted_from pinned_deployment_id
    pinned_service_protocol_version trace_id journal_size journal_commands_size created_at
    created_using_restate_version modified_at inboxed_at scheduled_at scheduled_start_at running_at
    completed_at completion_retention journal_retention suspended_waiting_for_completions
    suspended_waiting_for_signals suspended_waiting_future_json retry_count last_start_at
    next_retry_at last_attempt_deployment_id last_attempt_server last_failure
    last_failure_error_code last_failure_related_entry_index last_failure_related_entry_name
    last_failure_related_entry_type last_failure_related_command_index
    last_failure_related_command_name last_failure_related_command_type
    last_awaiting_on_future_json status completion_result completion_failure
  `).map((column) => (column.name === "status" ? { ...column, isNullable: false } : column)),
  pushed: {
    invocationId: "id",
    service: "target_service_name",
    serviceKey: "target_service_key",
  },
  scan: ({ scanner }, filter) => scanner.invocations(filter),
});
