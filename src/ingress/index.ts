/**
 * How client requests enter: HTTP/1 and HTTP/2 on one port, the routes of the ingress reference,
 * and the OpenAPI description of what a service offers here.
 *
 * It resolves targets against the registry, derives ids, and asks the partition of the id; it keeps
 * no state of its own, and a client that goes away cancels nothing. The caller gives it a
 * `PartitionClient` that retries while a leader is elected, and closes it before that client.
 */

export type { IngressFeatures } from "./http/environment.ts";
export type { Ingress, IngressLimits, IngressOptions } from "./ingress.ts";
export { createIngress } from "./ingress.ts";
export type { FinishedRequest, IngressMetrics, RequestOutcome } from "./ingress-metrics.ts";
export type {
  OpenApiHandler,
  OpenApiOptions,
  OpenApiPayload,
  OpenApiService,
} from "./openapi.ts";
export { openApiOf } from "./openapi.ts";
export type { BoundAddress, ListenAddress } from "./transport/listener.ts";
