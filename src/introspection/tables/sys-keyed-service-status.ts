import type { LockRow } from "#partition";
import { column, table } from "../table.ts";

/** One row for each lock that an invocation holds. */
export const sysKeyedServiceStatus = table<LockRow>({
  name: "sys_keyed_service_status",
  columns: [
    column("partition_key", "uint64", (row) => row.partitionKey),
    column("service_name", "text", (row) => row.service),
    column("service_key", "text", (row) => row.serviceKey),
    column("invocation_id", "text", (row) => row.invocationId),
  ],
  pushed: { service: "service_name", serviceKey: "service_key" },
  scan: ({ scanner }, filter) => scanner.locks(filter),
});
