/**
 * Runs attempts: quota, retries, one stream per attempt.
 *
 * It does not know partitions or the log: a host reads for it and takes its reports. The caller
 * must pass each notification of a live attempt once it is durable, in journal order, and must call
 * `attemptFailureRecorded` before a retry can start.
 */

export type { InvokerOptions, InvokerStatistics, NodeInvoker } from "./invoker.ts";
export { createInvoker } from "./invoker.ts";
export type {
  AttemptInput,
  AttemptToken,
  EagerState,
  Invoker,
  InvokerHost,
  InvokerStatus,
} from "./invoker-contract.ts";
export type { AttemptMode, AttemptResult, InvokerObserver } from "./invoker-observer.ts";
export type { InvokerLimits } from "./limits.ts";
export { FRAMING_BYTES, INVOKER_LIMITS } from "./limits.ts";
export type { IdentityHeaders, RequestIdentityOptions } from "./request-identity.ts";
export { RequestIdentity } from "./request-identity.ts";
export type { ConnectionMetrics } from "./transport/connection-metrics.ts";
export { createTransport } from "./transport/create-transport.ts";
export { deploymentPath, parseDeploymentUri } from "./transport/deployment-address.ts";
export { fetchOnce } from "./transport/fetch-once.ts";
export type { Transport } from "./transport/transport.ts";
