/**
 * SQL over the live state of the cluster: virtual tables, read when they are asked for.
 *
 * Runs statements in a thread of its own, which is started by the first query. It changes nothing,
 * and it does not know how partitions store what it reads.
 */

export type { Introspection, IntrospectionOptions } from "./introspection.ts";
export { createIntrospection } from "./introspection.ts";
export { QueryError } from "./query-error.ts";
export type { QueryAnswer } from "./query-handle.ts";
export type { QueryFormat } from "./worker-protocol.ts";
