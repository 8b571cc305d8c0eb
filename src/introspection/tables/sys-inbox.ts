import type { InboxRow } from "#partition";
import { column, table } from "../table.ts";

/** One row for each invocation that waits for the lock of its key. */
export const sysInbox = table<InboxRow>({
  name: "sys_inbox",
  columns: [
    column("partition_key", "uint64", (row) => row.partitionKey),
    column("service_name", "text", (row) => row.service),
    column("service_key", "text", (row) => row.serviceKey),
    column("id", "text", (row) => row.invocationId),
    column("sequence_number", "uint64", (row) => row.sequence),
    // Null in the original too.
    column("created_at", "timestamp", () => undefined),
  ],
  pushed: { service: "service_name", serviceKey: "service_key" },
  scan: ({ scanner }, filter) => scanner.inbox(filter),
});
