import type { StoredDeployment } from "#schema";
import { column, table } from "../table.ts";

/** Every registered deployment. */
export const sysDeployment = table<StoredDeployment>({
  name: "sys_deployment",
  columns: [
    column("id", "text", (row) => row.id),
    column("ty", "text", () => "http"),
    column("endpoint", "text", (row) => row.uri),
    column("created_at", "timestamp", (row) => row.createdAtMs),
    column("min_service_protocol_version", "uint32", (row) => row.minProtocolVersion),
    column("max_service_protocol_version", "uint32", (row) => row.maxProtocolVersion),
    column("services", "text-list", (row) => row.services.map(({ name }) => name)),
  ],
  pushed: {},
  scan: ({ schema }) => [schema().document.deployments],
});
