import type { InvocationRow, PartitionScanner, ScanFilter } from "#partition";
import { invocationColumns } from "../invocation-columns.ts";
import { table } from "../table.ts";

/** The volatile part of each invocation that is with the invoker. */
export const sysInvocationState = table({
  name: "sys_invocation_state",
  columns: invocationColumns(`
    partition_key id in_flight retry_count last_start_at last_attempt_deployment_id
    last_attempt_server next_retry_at last_failure last_failure_error_code
    last_failure_related_command_index last_failure_related_command_name
    last_failure_related_command_type last_failure_related_entry_index
    last_failure_related_entry_name last_failure_related_entry_type last_awaiting_on_future_json
  `),
  pushed: { invocationId: "id" },
  scan: ({ scanner }, filter) => attempted(scanner, filter),
});

async function* attempted(
  scanner: PartitionScanner,
  filter: ScanFilter,
): AsyncIterable<readonly InvocationRow[]> {
  for await (const page of scanner.invocations(filter)) {
    yield page.filter((row) => row.attempt !== undefined);
  }
}
