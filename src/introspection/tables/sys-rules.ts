import type { Rule } from "#schema";
import { column, table } from "../table.ts";

/** The flow-control rules. */
export const sysRules = table<Rule>({
  name: "sys_rules",
  columns: [
    column("pattern", "text", (row) => row.pattern),
    column("concurrency", "uint32", (row) => row.concurrency),
    column("description", "text", (row) => row.description),
    column("disabled", "boolean", (row) => row.disabled),
    column("version", "uint32", (row) => row.version),
    column("last_modified", "timestamp", (row) => row.lastModifiedMs),
  ],
  pushed: {},
  scan: ({ rules }) => [rules().rules],
});
