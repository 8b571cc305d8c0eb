import type { DeploymentId, HandlerType, ServiceType } from "#model";

/** Retry policy of failed attempts, fully resolved. */
export interface RetryPolicy {
  readonly initialIntervalMs: number;
  readonly factor: number;
  readonly maxIntervalMs: number;
  /** Attempts in total, the first included; undefined is unlimited. */
  readonly maxAttempts: number | undefined;
  readonly onMaxAttempts: "pause" | "kill";
}

/** One input rule of a handler, tried in order; see ingress reference section 4. */
export type InputRule =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "content-type";
      readonly contentType: string;
      readonly bodyRequired: boolean;
    };

/** Content type that the ingress sets on a result. */
export interface OutputRule {
  readonly contentType: string | undefined;
  readonly setContentTypeIfEmpty: boolean;
}

/** Options of a handler with service values and server defaults applied. */
export interface HandlerOptions {
  readonly public: boolean;
  readonly lazyState: boolean;
  readonly inactivityTimeoutMs: number;
  readonly abortTimeoutMs: number;
  readonly journalRetentionMs: number;
  readonly idempotencyRetentionMs: number;
  readonly workflowCompletionRetentionMs: number;
  readonly retryPolicy: RetryPolicy;
}

/** A handler of the latest (or a deployment's) revision of a service. */
export interface ResolvedHandler {
  readonly service: string;
  readonly serviceType: ServiceType;
  readonly handler: string;
  readonly handlerType: HandlerType;
  readonly deploymentId: DeploymentId;
  readonly revision: number;
  readonly options: HandlerOptions;
  readonly inputRules: readonly InputRule[];
  readonly output: OutputRule;
}

/** Where and how a deployment is reached. */
export interface ResolvedDeployment {
  readonly id: DeploymentId;
  /** Absolute URI, possibly with a path prefix and a query. */
  readonly uri: string;
  readonly httpVersion: "http1" | "h2";
  readonly protocolMode: "bidi-stream" | "request-response";
  readonly minProtocolVersion: number;
  readonly maxProtocolVersion: number;
  readonly additionalHeaders: readonly (readonly [string, string])[];
}

/**
 * Read side of the registry: immutable between changes, answers at once.
 * Ingress and invoker read it on every call.
 */
export interface SchemaView {
  /** Handler on the latest revision of the service. */
  resolveHandler(service: string, handler: string): ResolvedHandler | undefined;
  /** Handler as the given deployment registered it (with its current options). */
  resolvePinnedHandler(
    deploymentId: DeploymentId,
    service: string,
    handler: string,
  ): ResolvedHandler | undefined;
  /** Type of the latest revision; undefined if the service is unknown. */
  serviceType(service: string): "service" | "virtual-object" | "workflow" | undefined;
  serviceNames(): readonly string[];
  deployment(id: DeploymentId): ResolvedDeployment | undefined;
  /** Changes with every change of the registry; caches key on it. */
  readonly version: number;
}
