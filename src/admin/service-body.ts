import { formatDuration } from "#base/duration";
import type { ManifestInput, ManifestOptions, ManifestOutput, ManifestRetryPolicy } from "#model";
import {
  resolveServiceOptions,
  type SchemaDefaults,
  type SchemaMaxima,
  type SchemaSnapshot,
  type ServiceRevision,
  type StoredHandler,
} from "#schema";
import { describeInput, describeOutput } from "./payload-description.ts";

/** A service as the API prints it. */
export interface ServiceBody {
  readonly name: string;
  readonly revision: number;
  readonly [field: string]: unknown;
}

const SERVICE_TYPES = {
  service: "Service",
  "virtual-object": "VirtualObject",
  workflow: "Workflow",
} as const;
const HANDLER_TYPES = { exclusive: "Exclusive", shared: "Shared", workflow: "Workflow" } as const;
const ON_MAX_ATTEMPTS = { pause: "Pause", kill: "Kill" } as const;

/** Prints a service revision with its effective options. */
export function serviceBody(revision: ServiceRevision, snapshot: SchemaSnapshot): ServiceBody {
  const { service, deployment } = revision;
  const options = resolveServiceOptions(deployment, service, snapshot.defaults);
  const { retryPolicy } = options;
  return {
    name: service.name,
    ty: SERVICE_TYPES[service.type],
    handlers: service.handlers.map((handler) => handlerBody(revision, handler, snapshot)),
    documentation: service.documentation,
    metadata: unlessEmpty(service.metadata),
    deployment_id: deployment.id,
    revision: service.revision,
    public: options.public,
    idempotency_retention: formatDuration(options.idempotencyRetentionMs),
    workflow_completion_retention:
      service.type === "workflow"
        ? formatDuration(options.workflowCompletionRetentionMs)
        : undefined,
    journal_retention: formatDuration(options.journalRetentionMs),
    inactivity_timeout: formatDuration(options.inactivityTimeoutMs),
    abort_timeout: formatDuration(options.abortTimeoutMs),
    enable_lazy_state: options.lazyState,
    retry_policy: {
      initial_interval: formatDuration(retryPolicy.initialIntervalMs),
      exponentiation_factor: retryPolicy.factor,
      max_attempts: retryPolicy.maxAttempts ?? null,
      max_interval: formatDuration(retryPolicy.maxIntervalMs),
      on_max_attempts: ON_MAX_ATTEMPTS[retryPolicy.onMaxAttempts],
    },
    info: infoOf(wantedOptions(revision, snapshot.defaults), revision, {
      maxima: snapshot.defaults.maxima,
      subject: "service",
    }),
  };
}

/** Prints a handler with the options that are set on itself. */
export function handlerBody(
  revision: ServiceRevision,
  handler: StoredHandler,
  snapshot: SchemaSnapshot,
): Readonly<Record<string, unknown>> {
  const { service, deployment } = revision;
  const { options } = handler;
  const { maxima } = snapshot.defaults;
  const isRequestResponse = deployment.protocolMode === "request-response";
  return {
    name: handler.name,
    ty: service.type === "service" ? undefined : HANDLER_TYPES[handler.type],
    documentation: handler.documentation,
    metadata: unlessEmpty(handler.metadata),
    idempotency_retention: durationOrAbsent(
      clamped(options.idempotencyRetentionMs, maxima.idempotencyRetentionMs),
    ),
    journal_retention: durationOrAbsent(
      clamped(options.journalRetentionMs, maxima.journalRetentionMs),
    ),
    inactivity_timeout: isRequestResponse
      ? undefined
      : durationOrAbsent(options.inactivityTimeoutMs),
    abort_timeout: durationOrAbsent(options.abortTimeoutMs),
    enable_lazy_state: options.lazyState,
    public: service.options.public !== false && options.public !== false,
    input_description: describeInput(handler.input),
    output_description: describeOutput(handler.output),
    input_json_schema: schemaOf(handler.input),
    output_json_schema: schemaOf(handler.output),
    retry_policy: retryBody(options.retryPolicy),
    // A limit on the completion of a workflow shows on the service, as in the original.
    info: infoOf({ ...options, workflowCompletionRetentionMs: undefined }, revision, {
      maxima,
      subject: "handler",
    }),
  };
}

/** A schema says nothing about a payload that has no content type. */
function schemaOf(payload: ManifestInput | ManifestOutput | undefined): unknown {
  return payload?.contentType === undefined ? undefined : payload.jsonSchema;
}

function retryBody(policy: ManifestRetryPolicy | undefined): Readonly<Record<string, unknown>> {
  return {
    initial_interval: durationOrAbsent(policy?.initialIntervalMs),
    exponentiation_factor: policy?.factor,
    max_attempts: policy?.maxAttempts ?? null,
    max_interval: durationOrAbsent(policy?.maxIntervalMs),
    on_max_attempts:
      policy?.onMaxAttempts === undefined ? undefined : ON_MAX_ATTEMPTS[policy.onMaxAttempts],
  };
}

/** What an operator should know about options that do not take effect as written. */
function infoOf(
  options: ManifestOptions,
  { deployment }: ServiceRevision,
  { maxima, subject }: { readonly maxima: SchemaMaxima; readonly subject: string },
): readonly unknown[] | undefined {
  const info: unknown[] = [];
  const { inactivityTimeoutMs } = options;
  if (inactivityTimeoutMs !== undefined && deployment.protocolMode === "request-response") {
    const printed = formatDuration(inactivityTimeoutMs);
    info.push({
      code: "RT0021",
      message:
        `The configured inactivity_timeout ${printed} will not be applied because the ${subject} ` +
        "is exposed in Request/Response mode.",
    });
  }
  for (const [name, option] of RETENTIONS) {
    const max = maxima[option];
    if (max === undefined || (options[option] ?? 0) <= max) continue;
    info.push({
      code: "RT0022",
      message: `The configured ${name} is clamped to the maximum server limit.`,
    });
  }
  return info.length === 0 ? undefined : info;
}

const RETENTIONS = [
  ["journal_retention", "journalRetentionMs"],
  ["idempotency_retention", "idempotencyRetentionMs"],
  ["workflow_completion_retention", "workflowCompletionRetentionMs"],
] as const;

/** The options that a service would have if there were no limits. */
function wantedOptions({ service }: ServiceRevision, defaults: SchemaDefaults): ManifestOptions {
  const { options, handlers, type } = service;
  const run = handlers.findLast(
    (handler) => handler.options.workflowCompletionRetentionMs !== undefined,
  );
  const workflowCompletionRetentionMs =
    run?.options.workflowCompletionRetentionMs ??
    options.workflowCompletionRetentionMs ??
    defaults.workflowCompletionRetentionMs;
  return {
    inactivityTimeoutMs: options.inactivityTimeoutMs,
    journalRetentionMs: options.journalRetentionMs ?? defaults.journalRetentionMs,
    idempotencyRetentionMs: options.idempotencyRetentionMs ?? defaults.idempotencyRetentionMs,
    workflowCompletionRetentionMs: type === "workflow" ? workflowCompletionRetentionMs : undefined,
  };
}

function clamped(value: number | undefined, max: number | undefined): number | undefined {
  return value === undefined || max === undefined ? value : Math.min(value, max);
}

function durationOrAbsent(durationMs: number | undefined): string | undefined {
  return durationMs === undefined ? undefined : formatDuration(durationMs);
}

function unlessEmpty<T extends object>(map: T | undefined): T | undefined {
  return map === undefined || Object.keys(map).length === 0 ? undefined : map;
}
