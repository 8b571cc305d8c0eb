/**
 * Where logs and metrics go. Components know only the interfaces of `cluster/base`; this folder
 * implements them, and the composition root hands them out.
 *
 * It decides nothing and stores nothing: a metric that nobody scrapes costs a few nanoseconds.
 */
export { EXPOSITION_TYPE } from "./exposition.ts";
export { ENGINE_PROPERTIES } from "./families/storage.ts";
export type { LoggerOptions } from "./logger.ts";
export { createLogger } from "./logger.ts";
export type { FamilyDescription } from "./metric-family.ts";
export type { Metrics, MetricsOptions } from "./metrics.ts";
export { createMetrics } from "./metrics.ts";
export { systemClock } from "./system-clock.ts";
