/** Decides where and how an attempt runs, and builds its replay (service protocol section 7). */
import {
  type AttemptFailure,
  COMMAND_TYPES,
  type InvocationId,
  invocationIdToBytes,
  isNotificationType,
  randomSeedOf,
} from "#model";
import type { HandlerOptions, ResolvedDeployment, RetryPolicy, SchemaView } from "#schema";
import {
  chooseVersion,
  encodeFrames,
  encodeStartFrame,
  isSpokenVersion,
  type ProtocolVersion,
} from "#service-protocol";
import type { AttemptFacts, ResolveCommand } from "./attempt/attempt.ts";
import { causeOf } from "./attempt/failure-cause.ts";
import type { AttemptInput, EagerState } from "./invoker-contract.ts";
import type { InvokerLimits } from "./limits.ts";

/** Where an attempt runs. */
export interface AttemptPlan {
  readonly deployment: ResolvedDeployment;
  readonly version: ProtocolVersion;
  readonly options: HandlerOptions;
}

/** A plan, or why there is none; the policy says how to go on. */
export type PlannedAttempt =
  | { readonly ok: true; readonly plan: AttemptPlan }
  | {
      readonly ok: false;
      readonly cause: AttemptFailure;
      /** Policy of the handler, if it is known. */
      readonly retryPolicy: RetryPolicy | undefined;
    };

/**
 * Chooses deployment and version: the pinned ones, else the latest deployment of the service.
 *
 * @param versionMax newest protocol version for invocations that are not pinned
 */
export function planAttempt(
  input: AttemptInput,
  schema: SchemaView,
  versionMax: number,
): PlannedAttempt {
  const { pinnedDeploymentId, target } = input;
  const latest = schema.resolveHandler(target.service, target.handler);
  const pinned =
    pinnedDeploymentId === undefined
      ? undefined
      : schema.resolvePinnedHandler(pinnedDeploymentId, target.service, target.handler);
  const options = (pinned ?? latest)?.options;
  const id = pinnedDeploymentId ?? latest?.deploymentId;
  if (id === undefined || options === undefined) {
    const message =
      pinnedDeploymentId === undefined
        ? `no deployment was found for the handler ${target.service}/${target.handler}`
        : missingDeployment(pinnedDeploymentId);
    return { ok: false, cause: causeOf("RT0011", message), retryPolicy: options?.retryPolicy };
  }
  const deployment = schema.deployment(id);
  if (deployment === undefined) {
    const cause = causeOf("RT0011", missingDeployment(id));
    return { ok: false, cause, retryPolicy: options.retryPolicy };
  }
  const version = versionOf(input.pinnedProtocolVersion, deployment, versionMax);
  if (typeof version !== "number") {
    return { ok: false, cause: version, retryPolicy: options.retryPolicy };
  }
  return { ok: true, plan: { deployment, version, options } };
}

function missingDeployment(id: string): string {
  return `the deployment '${id}' was not found in the registry, it might have been removed`;
}

function versionOf(
  pinned: number | undefined,
  deployment: ResolvedDeployment,
  versionMax: number,
): ProtocolVersion | AttemptFailure {
  const { id, minProtocolVersion: min, maxProtocolVersion: max } = deployment;
  if (pinned === undefined) {
    return (
      chooseVersion({ min, max }, versionMax) ??
      causeOf(
        "RT0013",
        `the deployment '${id}' supports the service protocol versions [${min}, ${max}], ` +
          `which do not include a version that this server speaks (up to ${versionMax})`,
      )
    );
  }
  if (isSpokenVersion(pinned) && pinned >= min && pinned <= max) return pinned;
  return causeOf(
    "RT0014",
    `cannot resume the invocation: it runs on service protocol version ${pinned}, ` +
      `the deployment '${id}' supports [${min}, ${max}]`,
  );
}

/** True if the whole state goes with Start. */
export function sendsEagerState(
  input: AttemptInput,
  plan: AttemptPlan,
  limits: InvokerLimits,
): boolean {
  return (
    input.target.serviceType !== "service" &&
    !plan.options.lazyState &&
    limits.eagerStateBytesMax > 0
  );
}

/** State of handlers that get none with Start: they must not take it for complete. */
export const NO_EAGER_STATE: EagerState = { entries: [], partial: true };

/** Facts for the state machine of the attempt. */
export function factsOf(
  input: AttemptInput,
  plan: AttemptPlan,
  shared: { readonly limits: InvokerLimits; readonly resolveCommand: ResolveCommand },
): AttemptFacts {
  let commandCount = 0;
  let hasOutput = false;
  for (const { type } of input.entries) {
    if (!isNotificationType(type)) commandCount++;
    if (type === COMMAND_TYPES.output) hasOutput = true;
  }
  const { deployment, options, version } = plan;
  return {
    target: input.target,
    deploymentId: deployment.id,
    version,
    isPinned: input.pinnedDeploymentId !== undefined,
    knownEntries: input.entries.length,
    commandCount,
    hasOutput,
    isRequestResponse:
      deployment.protocolMode === "request-response" || options.inactivityTimeoutMs === 0,
    abortTimeoutMs: options.abortTimeoutMs,
    bodyBytesMax: shared.limits.messageBytesMax,
    futureDepthMax: shared.limits.futureDepthMax,
    resolveCommand: shared.resolveCommand,
  };
}

/** Start and the journal, as buffers to send. */
export function encodeReplay(
  invocationId: InvocationId,
  input: AttemptInput,
  details: {
    readonly version: ProtocolVersion;
    readonly state: EagerState;
    readonly retryCount: number;
    readonly nowMs: number;
  },
): readonly Uint8Array[] {
  const { entries, target } = input;
  const { version, state } = details;
  const isNewest = version >= 7;
  const lastEntryMs = entries[entries.length - 1]?.appendedAtMs ?? details.nowMs;
  const id = invocationIdToBytes(invocationId);
  const start = encodeStartFrame({
    id,
    debugId: invocationId,
    knownEntries: entries.length,
    state: state.entries,
    partialState: state.partial,
    key: target.key ?? "",
    retryCount: details.retryCount,
    durationSinceLastEntryMs: Math.max(0, details.nowMs - lastEntryMs),
    randomSeed: input.randomSeed ?? randomSeedOf(id, input.createdAtMs),
    scope: isNewest ? target.scope : undefined,
    limitKey: isNewest ? input.limitKey : undefined,
    idempotencyKey: isNewest ? input.idempotencyKey : undefined,
  });
  return [start, ...encodeFrames(entries)];
}
