import type { PromiseRow } from "#partition";
import { formatNamedFailure } from "../failure-text.ts";
import { column, table } from "../table.ts";
import { utf8OrAbsent } from "../utf8-text.ts";

/** One row for each durable promise of a workflow. */
export const sysPromise = table<PromiseRow>({
  name: "sys_promise",
  columns: [
    column("partition_key", "uint64", (row) => row.partitionKey),
    column("scope", "text", (row) => row.scope),
    column("service_name", "text", (row) => row.service),
    column("service_key", "text", (row) => row.serviceKey),
    column("key", "text", (row) => row.key),
    column("completed", "boolean", (row) => row.result !== undefined),
    column("completion_success_value", "bytes", successValue),
    column("completion_success_value_utf8", "text", (row) => {
      const value = successValue(row);
      return value === undefined ? undefined : utf8OrAbsent(value);
    }),
    column("completion_failure", "text", ({ result }) =>
      result?.kind === "failure" ? formatNamedFailure(result.failure) : undefined,
    ),
  ],
  pushed: { service: "service_name", serviceKey: "service_key" },
  scan: ({ scanner }, filter) => scanner.promises(filter),
});

function successValue({ result }: PromiseRow): Uint8Array | undefined {
  return result?.kind === "success" ? result.value : undefined;
}
