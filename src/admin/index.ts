/**
 * The admin API: deployments, services, invocations, state, flow-control rules, and queries.
 *
 * Translates between HTTP and the registry, the partitions and introspection. It contacts
 * deployments for discovery only, through a function that it is given.
 */

export type { Admin } from "./admin.ts";
export { createAdmin } from "./admin.ts";
export type { QueryReply, QueryRunner } from "./admin-services.ts";
export type { Discover, DiscoverResponse } from "./discovery.ts";
