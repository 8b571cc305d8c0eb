/** What a deployment says about itself when it is discovered. */
import type { HandlerType, ServiceType } from "./invocation-target.ts";

/** Options that a manifest may set on a service or a handler. Absent: inherited. */
export interface ManifestOptions {
  readonly inactivityTimeoutMs?: number | undefined;
  readonly abortTimeoutMs?: number | undefined;
  readonly journalRetentionMs?: number | undefined;
  readonly idempotencyRetentionMs?: number | undefined;
  readonly workflowCompletionRetentionMs?: number | undefined;
  readonly lazyState?: boolean | undefined;
  /** False hides the service or handler from the ingress (`ingressPrivate`). */
  readonly public?: boolean | undefined;
  readonly retryPolicy?: ManifestRetryPolicy | undefined;
}

/** Retry options that a manifest may set. Absent: inherited. */
export interface ManifestRetryPolicy {
  readonly initialIntervalMs?: number | undefined;
  readonly factor?: number | undefined;
  readonly maxIntervalMs?: number | undefined;
  /** Attempts in total; 0 is taken as 1 by whoever resolves it. */
  readonly maxAttempts?: number | undefined;
  readonly onMaxAttempts?: "pause" | "kill" | undefined;
}

/** Input description of a handler, as the manifest gives it. */
export interface ManifestInput {
  readonly required?: boolean | undefined;
  readonly contentType?: string | undefined;
  readonly jsonSchema?: unknown;
}

/** Output description of a handler, as the manifest gives it. */
export interface ManifestOutput {
  readonly contentType?: string | undefined;
  readonly setContentTypeIfEmpty?: boolean | undefined;
  readonly jsonSchema?: unknown;
}

/** One handler of a manifest. */
export interface ManifestHandler {
  readonly name: string;
  /** Undefined when the manifest leaves it to the service type. */
  readonly type: HandlerType | undefined;
  readonly documentation?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly input?: ManifestInput | undefined;
  readonly output?: ManifestOutput | undefined;
  readonly options: ManifestOptions;
}

/** One service of a manifest. */
export interface ManifestService {
  readonly name: string;
  readonly type: ServiceType;
  readonly documentation?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly options: ManifestOptions;
  readonly handlers: readonly ManifestHandler[];
}

/** A discovery manifest, of whatever version: what a deployment says about itself. */
export interface Manifest {
  readonly protocolMode: "bidi-stream" | "request-response";
  readonly minProtocolVersion: number;
  readonly maxProtocolVersion: number;
  readonly lambdaCompression: "zstd" | undefined;
  /** In the order of the manifest, duplicates included. */
  readonly services: readonly ManifestService[];
}
