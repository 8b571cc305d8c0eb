import { assertNever } from "#base/assert";
import type { Clock } from "#base/clock";
import type { Random } from "#base/random";
import {
  type InvocationId,
  type InvocationMetadata,
  type InvocationStatus,
  type Retention,
  ULID_RANDOM_BYTES,
  ulidFromParts,
  withUuid,
} from "#model";
import type { SchemaView } from "#schema";
import type { Command, PartitionState, PinChange, RequestId } from "#state-machine";
import type { DeploymentChoice, PartitionReply, PartitionRequest } from "../client.ts";

/** What the leader looks up while it builds a command; nothing is looked up when it is applied. */
export interface BuildContext {
  read<T>(question: (state: PartitionState) => T): T | Promise<T>;
  readonly schema: SchemaView;
  readonly clock: Clock;
  readonly random: Random;
}

/** Where a command comes from. */
export interface CommandOrigin {
  /** Who waits for the answer. */
  readonly requestId: RequestId;
  /** What tells a repeated request; undefined for requests that may be applied twice. */
  readonly deduplicationId: string | undefined;
}

/** A command that lacks only its origin, or the answer when no command is needed. */
export type BuiltCommand =
  | ((origin: CommandOrigin) => Command)
  | { readonly reply: PartitionReply };

type LoggedRequest = Exclude<PartitionRequest, { readonly kind: "get-invocation-output" }>;

/** Turns a request into a command, with all that it depends on resolved. */
export function buildCommand(
  request: LoggedRequest,
  context: BuildContext,
): BuiltCommand | Promise<BuiltCommand> {
  switch (request.kind) {
    case "append-invocation": {
      const { request: content, mode } = request;
      const isFresh = request.fresh ? true : undefined;
      return ({ requestId }) => ({ kind: "invoke", request: content, requestId, mode, isFresh });
    }
    case "attach-invocation": {
      const { kind, invocationId } = request;
      return ({ requestId }) => ({ kind, invocationId, requestId });
    }
    case "cancel-invocation":
    case "kill-invocation":
    case "pause-invocation":
    case "purge-invocation":
    case "purge-journal": {
      const { kind, invocationId } = request;
      return (origin) => ({ kind, invocationId, ...origin });
    }
    case "append-signal": {
      const { kind, invocationId, signal, result } = request;
      return (origin) => ({ kind, invocationId, signal, result, ...origin });
    }
    case "resume-invocation":
      return withStatus(context, request.invocationId, (status) =>
        buildResume(request, context, status),
      );
    case "restart-invocation":
      return withStatus(context, request.invocationId, (status) =>
        buildRestart(request, context, status),
      );
    case "patch-state":
      return buildPatchState(request, context);
    default:
      return assertNever(request);
  }
}

/** Answers `get-invocation-output`. */
export function readOutput(state: PartitionState, invocationId: InvocationId): PartitionReply {
  const status = state.invocation(invocationId);
  if (status === undefined) return { kind: "not-found" };
  if (status.kind !== "completed") return { kind: "not-completed" };
  const { result, completedAtMs, metadata } = status;
  const expiresAtMs = completedAtMs + metadata.retention.completionMs;
  const { target } = metadata;
  return { kind: "result", invocationId, target, result, expiresAtMs };
}

function withStatus(
  context: BuildContext,
  id: InvocationId,
  build: (status: InvocationStatus) => BuiltCommand,
): BuiltCommand | Promise<BuiltCommand> {
  const status = context.read((state) => state.invocation(id));
  const buildIfFound = (found: InvocationStatus | undefined): BuiltCommand =>
    found === undefined ? { reply: { kind: "not-found" } } : build(found);
  return status instanceof Promise ? status.then(buildIfFound) : buildIfFound(status);
}

function buildResume(
  { invocationId, deployment }: LoggedRequest & { readonly kind: "resume-invocation" },
  context: BuildContext,
  status: InvocationStatus,
): BuiltCommand {
  const pinChange = resolvePinChange(deployment, context.schema, status.metadata);
  if (pinChange === undefined) return DEPLOYMENT_NOT_FOUND;
  return (origin) => ({ kind: "resume-invocation", invocationId, pinChange, ...origin });
}

function buildRestart(
  { invocationId, from, deployment }: LoggedRequest & { readonly kind: "restart-invocation" },
  context: BuildContext,
  status: InvocationStatus,
): BuiltCommand {
  const { schema, clock, random } = context;
  const pinChange: PinChange | undefined =
    from === 0 && deployment.kind === "latest"
      ? { kind: "unpin" }
      : resolvePinChange(deployment, schema, status.metadata);
  if (pinChange === undefined) return DEPLOYMENT_NOT_FOUND;
  const uuid = ulidFromParts(clock.nowMs(), random.nextBytes(ULID_RANDOM_BYTES));
  const newInvocationId = withUuid(invocationId, uuid);
  const retention = restartRetention(schema, status.metadata);
  return (origin) => ({
    kind: "restart-invocation",
    invocationId,
    newInvocationId,
    from,
    pinChange,
    retention,
    ...origin,
  });
}

const DEPLOYMENT_NOT_FOUND: BuiltCommand = {
  reply: { kind: "refused", reason: { kind: "deployment-not-found" } },
};

function resolvePinChange(
  choice: DeploymentChoice,
  schema: SchemaView,
  { target }: InvocationMetadata,
): PinChange | undefined {
  if (choice.kind === "keep") return { kind: "keep" };
  const id =
    choice.kind === "id"
      ? choice.id
      : schema.resolveHandler(target.service, target.handler)?.deploymentId;
  const deployment = id === undefined ? undefined : schema.deployment(id);
  if (deployment === undefined) return undefined;
  const { minProtocolVersion, maxProtocolVersion } = deployment;
  return {
    kind: "move",
    deploymentId: deployment.id,
    minProtocolVersion,
    maxProtocolVersion,
    lenient: choice.kind === "latest",
  };
}

/** Retention of a restarted invocation, which has no idempotency key, from the latest schema. */
function restartRetention(
  schema: SchemaView,
  { target, retention }: InvocationMetadata,
): Retention {
  const options = schema.resolveHandler(target.service, target.handler)?.options;
  if (options === undefined) return retention;
  return { completionMs: options.journalRetentionMs, journalMs: options.journalRetentionMs };
}

function buildPatchState(
  request: LoggedRequest & { readonly kind: "patch-state" },
  { schema }: BuildContext,
): BuiltCommand {
  const { service, key, scope, expectedVersion, state } = request;
  const isWorkflow = schema.serviceType(service) === "workflow";
  const serviceType = isWorkflow ? ("workflow" as const) : ("virtual-object" as const);
  const mutation = { serviceType, service, key, scope, expectedVersion, state };
  return (origin) => ({ kind: "patch-state", mutation, ...origin });
}
