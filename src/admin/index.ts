/**
 * The admin API: deployments, services, invocations, state, flow-control rules, and queries.
 *
 * Translates between HTTP and the registry, the partitions and introspection. It contacts
 * deployments for discovery only, through a function that it is given.
 */

export type { Admin, AdminOptions } from "./admin.ts";
export { createAdmin } from "./admin.ts";
export type { ClusterHealth, QueryReply, QueryRunner, VersionInfo } from "./admin-services.ts";
export type { Discover, DiscoverRequest, DiscoverResponse } from "./discovery.ts";
