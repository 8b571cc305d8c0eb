import type { ServiceRevision } from "#schema";
import { column, table } from "../table.ts";

const SERVICE_TYPES = {
  service: "service",
  "virtual-object": "virtual_object",
  workflow: "workflow",
} as const;

/** The latest revision of each service. */
export const sysService = table<ServiceRevision>({
  name: "sys_service",
  columns: [
    column("name", "text", ({ service }) => service.name),
    column("revision", "uint64", ({ service }) => service.revision),
    column("public", "boolean", ({ service }) => service.options.public !== false),
    column("ty", "text", ({ service }) => SERVICE_TYPES[service.type]),
    column("deployment_id", "text", ({ deployment }) => deployment.id),
  ],
  pushed: {},
  scan: ({ schema }) => [schema().latestRevisions()],
});
