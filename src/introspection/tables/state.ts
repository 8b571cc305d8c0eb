import type { StateRow } from "#partition";
import { column, table } from "../table.ts";
import { utf8OrAbsent } from "../utf8-text.ts";

/** One row for each key of the state of objects and workflows. */
export const state = table<StateRow>({
  name: "state",
  columns: [
    column("partition_key", "uint64", (row) => row.partitionKey),
    column("scope", "text", (row) => row.scope),
    column("service_name", "text", (row) => row.service),
    column("service_key", "text", (row) => row.serviceKey),
    column("key", "text", (row) => row.key),
    column("key_length", "uint64", (row) => Buffer.byteLength(row.key)),
    column("value_utf8", "text", (row) => utf8OrAbsent(row.value)),
    column("value", "bytes", (row) => row.value),
    column("value_length", "uint64", (row) => row.value.length),
  ],
  pushed: { service: "service_name", serviceKey: "service_key" },
  scan: ({ scanner }, filter) => scanner.state(filter),
});
