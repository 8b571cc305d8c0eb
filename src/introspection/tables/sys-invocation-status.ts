import { invocationColumns } from "../invocation-columns.ts";
import { table } from "../table.ts";

/** The stored part of each invocation; `status` is the stored one. */
export const sysInvocationStatus = table({
  name: "sys_invocation_status",
  columns: invocationColumns(`
    partition_key id vqueue_id status=stored_status completion_result completion_failure target
    target_service_name target_service_key target_handler_name target_service_ty scope limit_key
    idempotency_key invoked_by invoked_by_id invoked_by_subscription_id invoked_by_service_name
    invoked_by_target restarted_from pinned_deployment_id pinned_service_protocol_version trace_id
    journal_size journal_commands_size created_at created_using_restate_version modified_at
    inboxed_at scheduled_at scheduled_start_at running_at completed_at completion_retention
    journal_retention suspended_waiting_for_completions suspended_waiting_for_signals
    suspended_waiting_future_json
  `),
  pushed: {
    invocationId: "id",
    service: "target_service_name",
    serviceKey: "target_service_key",
  },
  scan: ({ scanner }, filter) => scanner.invocations(filter),
});
