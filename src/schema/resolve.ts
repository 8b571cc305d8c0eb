import type { ManifestInput, ManifestOptions, ManifestOutput } from "#model";
import type { SchemaDefaults } from "./defaults.ts";
import type { StoredDeployment, StoredHandler, StoredService } from "./schema-document.ts";
import type {
  HandlerOptions,
  InputRule,
  OutputRule,
  ResolvedDeployment,
  ResolvedHandler,
  RetryPolicy,
} from "./types.ts";

/** Where a handler is registered. */
export interface HandlerPlace {
  readonly deployment: StoredDeployment;
  readonly service: StoredService;
  readonly handler: StoredHandler;
}

/** Applies the options of the service and the defaults of the server to a handler. */
export function resolveHandler(place: HandlerPlace, defaults: SchemaDefaults): ResolvedHandler {
  const { deployment, service, handler } = place;
  return {
    service: service.name,
    serviceType: service.type,
    handler: handler.name,
    handlerType: handler.type,
    deploymentId: deployment.id,
    revision: service.revision,
    options: resolveOptions(place, defaults),
    inputRules: inputRulesOf(handler.input),
    output: outputRuleOf(handler.output),
  };
}

/** Applies the defaults of the server to the options of a service, for display. */
export function resolveServiceOptions(
  deployment: StoredDeployment,
  service: StoredService,
  defaults: SchemaDefaults,
): HandlerOptions {
  const run = service.handlers.findLast(
    (handler) => handler.options.workflowCompletionRetentionMs !== undefined,
  );
  const workflowCompletionRetentionMs =
    run?.options.workflowCompletionRetentionMs ?? service.options.workflowCompletionRetentionMs;
  return merge([{ ...service.options, workflowCompletionRetentionMs }], {
    defaults,
    isRequestResponse: deployment.protocolMode === "request-response",
  });
}

function resolveOptions(place: HandlerPlace, defaults: SchemaDefaults): HandlerOptions {
  return merge([place.handler.options, place.service.options], {
    defaults,
    isRequestResponse: place.deployment.protocolMode === "request-response",
  });
}

interface MergeOptions {
  readonly defaults: SchemaDefaults;
  readonly isRequestResponse: boolean;
}

/** Merges layers of options, the most specific first. */
function merge(layers: readonly ManifestOptions[], options: MergeOptions): HandlerOptions {
  const { defaults, isRequestResponse } = options;
  const { maxima } = defaults;
  function first<K extends keyof ManifestOptions>(name: K): ManifestOptions[K] {
    return layers.find((layer) => layer[name] !== undefined)?.[name];
  }
  return {
    // A private service hides all its handlers; a public one may hide some.
    public: layers.every((layer) => layer.public !== false),
    lazyState: first("lazyState") ?? false,
    // Over such a transport an attempt never waits on an open stream.
    inactivityTimeoutMs: isRequestResponse
      ? 0
      : (first("inactivityTimeoutMs") ?? defaults.inactivityTimeoutMs),
    abortTimeoutMs: first("abortTimeoutMs") ?? defaults.abortTimeoutMs,
    journalRetentionMs: clamp(
      first("journalRetentionMs") ?? defaults.journalRetentionMs,
      maxima.journalRetentionMs,
    ),
    idempotencyRetentionMs: clamp(
      first("idempotencyRetentionMs") ?? defaults.idempotencyRetentionMs,
      maxima.idempotencyRetentionMs,
    ),
    workflowCompletionRetentionMs: clamp(
      first("workflowCompletionRetentionMs") ?? defaults.workflowCompletionRetentionMs,
      maxima.workflowCompletionRetentionMs,
    ),
    retryPolicy: mergeRetryPolicy(layers, defaults),
  };
}

function mergeRetryPolicy(
  layers: readonly ManifestOptions[],
  defaults: SchemaDefaults,
): RetryPolicy {
  const policy = { ...defaults.retryPolicy };
  for (const layer of layers.toReversed()) {
    const own = layer.retryPolicy;
    if (own === undefined) continue;
    policy.initialIntervalMs = own.initialIntervalMs ?? policy.initialIntervalMs;
    policy.factor = own.factor ?? policy.factor;
    policy.maxIntervalMs = own.maxIntervalMs ?? policy.maxIntervalMs;
    policy.maxAttempts = own.maxAttempts ?? policy.maxAttempts;
    policy.onMaxAttempts = own.onMaxAttempts ?? policy.onMaxAttempts;
  }
  const max = defaults.maxima.retryMaxAttempts;
  if (max !== undefined) policy.maxAttempts = clamp(policy.maxAttempts ?? max, max);
  return policy;
}

function clamp(value: number, max: number | undefined): number {
  return max === undefined ? value : Math.min(value, max);
}

/** What a handler without a declared input takes: nothing at all, or anything with a type. */
const ANYTHING: readonly InputRule[] = [
  { kind: "nothing" },
  { kind: "content-type", contentType: "*/*", bodyRequired: false },
];

/** Rules by which the ingress accepts a request; an empty list accepts nothing. */
export function inputRulesOf(input: ManifestInput | undefined): readonly InputRule[] {
  if (input === undefined) return ANYTHING;
  const rules: InputRule[] = input.required === true ? [] : [{ kind: "nothing" }];
  if (input.contentType !== undefined) {
    const bodyRequired = input.jsonSchema !== undefined;
    rules.push({ kind: "content-type", contentType: input.contentType, bodyRequired });
  }
  return rules;
}

/** Content type of results. */
export function outputRuleOf(output: ManifestOutput | undefined): OutputRule {
  if (output === undefined)
    return { contentType: "application/json", setContentTypeIfEmpty: false };
  return {
    contentType: output.contentType,
    setContentTypeIfEmpty: output.setContentTypeIfEmpty ?? false,
  };
}

/** What the invoker needs of a deployment. */
export function resolveDeployment(deployment: StoredDeployment): ResolvedDeployment {
  const { id, uri, httpVersion, protocolMode, minProtocolVersion, maxProtocolVersion } = deployment;
  const { additionalHeaders } = deployment;
  return {
    id,
    uri,
    httpVersion,
    protocolMode,
    minProtocolVersion,
    maxProtocolVersion,
    additionalHeaders,
  };
}
