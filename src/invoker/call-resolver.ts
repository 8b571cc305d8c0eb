/** Resolves what commands name against the latest schema (service protocol section 8). */
import { assertPresent } from "#base/assert";
import type { Clock } from "#base/clock";
import type { Random } from "#base/random";
import {
  deriveInvocationId,
  type Header,
  type InvocationId,
  type InvocationTarget,
  type JournalCommand,
  mintInvocationId,
  parseAwakeableId,
  parseInvocationId,
  type ResolvedCall,
  type Retention,
  SERVICE_BUCKET_COUNT,
  ULID_RANDOM_BYTES,
  ulidFromParts,
} from "#model";
import type { ResolvedHandler, SchemaView } from "#schema";
import type { AttachTarget, CallRequest, WireCommand } from "#service-protocol";
import type { CommandRefusal, ResolvedCommand } from "./attempt/attempt.ts";

/** What the resolver reads. */
export interface CallResolverOptions {
  readonly schema: () => SchemaView;
  readonly clock: Clock;
  readonly random: Random;
  /** Calls may name scopes and limit keys. */
  readonly acceptsScopes: boolean;
}

const SCOPE = /^[a-zA-Z0-9_.-]{1,36}$/;
const LIMIT_KEY = /^[a-zA-Z0-9_.-]{1,36}(\/[a-zA-Z0-9_.-]{1,36})?$/;

/** Resolves commands of one node; answers at once. */
export class CallResolver {
  readonly #options: CallResolverOptions;

  constructor(options: CallResolverOptions) {
    this.#options = options;
  }

  /** Turns ids and names of a decoded command into what the partition needs. */
  resolve(command: WireCommand): ResolvedCommand {
    switch (command.kind) {
      case "call": {
        const call = this.#resolveCall(command.request);
        if ("kind" in call) return refused(call);
        const { invocationIdCompletionId, completionId } = command;
        return accepted({ kind: "call", call, invocationIdCompletionId, completionId });
      }
      case "one-way-call": {
        const call = this.#resolveCall(command.request);
        if ("kind" in call) return refused(call);
        const { invocationIdCompletionId, invokeTimeMs } = command;
        return accepted({ kind: "one-way-call", call, invocationIdCompletionId, invokeTimeMs });
      }
      case "send-signal":
        return resolveSignal(command);
      case "complete-awakeable":
        return resolveAwakeable(command);
      case "attach-invocation":
      case "get-invocation-output":
        return resolveAttach(command);
      default:
        return accepted(command);
    }
  }

  #resolveCall(request: CallRequest): ResolvedCall | CommandRefusal {
    const { service, handler } = request;
    const callee = this.#options.schema().resolveHandler(service, handler);
    if (callee === undefined) {
      return precondition("RT0018", `the service handler ${service}/${handler} was not found`);
    }
    const refusal = findCallProblem(request, callee, this.#options.acceptsScopes);
    if (refusal !== undefined) return refusal;
    const target: InvocationTarget = {
      serviceType: callee.serviceType,
      handlerType: callee.handlerType,
      service,
      handler,
      key: callee.serviceType === "service" ? undefined : request.key,
      scope: request.scope,
    };
    // The workflow key alone identifies a run; an idempotency key is ignored.
    const idempotencyKey = callee.handlerType === "workflow" ? undefined : request.idempotencyKey;
    const headers: readonly Header[] = request.headers;
    return {
      calleeId: this.#calleeId(target, idempotencyKey),
      target,
      headers,
      payload: request.parameter,
      idempotencyKey,
      limitKey: request.limitKey,
      retention: retentionOf(callee, idempotencyKey !== undefined),
    };
  }

  #calleeId(target: InvocationTarget, idempotencyKey: string | undefined): InvocationId {
    const derived = deriveInvocationId({ target, idempotencyKey });
    if (derived !== undefined) return derived;
    const { clock, random } = this.#options;
    const ulid = ulidFromParts(clock.nowMs(), random.nextBytes(ULID_RANDOM_BYTES));
    return mintInvocationId(target, random.nextBelow(SERVICE_BUCKET_COUNT), ulid);
  }
}

function accepted(command: JournalCommand): ResolvedCommand {
  return { ok: true, command };
}

function refused(refusal: CommandRefusal): ResolvedCommand {
  return { ok: false, refusal };
}

function precondition(documentedCode: string, reason: string): CommandRefusal {
  return { kind: "precondition", documentedCode, reason };
}

function findCallProblem(
  request: CallRequest,
  callee: ResolvedHandler,
  acceptsScopes: boolean,
): CommandRefusal | undefined {
  if (callee.serviceType === "service" && request.key !== "") {
    return precondition(
      "RT0017",
      `a key was provided, but the callee '${request.service}' is a Service. ` +
        "Only VirtualObjects or Workflows accept a key",
    );
  }
  if (request.idempotencyKey === "") {
    return precondition("RT0017", "the idempotency key provided in the request is empty");
  }
  return findScopeProblem(request, acceptsScopes);
}

function findScopeProblem(
  { scope, limitKey }: CallRequest,
  acceptsScopes: boolean,
): CommandRefusal | undefined {
  if (scope !== undefined && !acceptsScopes) {
    return precondition(
      "RT0024",
      "scoped invocations require flow control experimental feature to be enabled",
    );
  }
  if (scope !== undefined && !SCOPE.test(scope)) {
    const reason = "expected 1 to 36 characters of [a-zA-Z0-9_.-]";
    return precondition("RT0024", `the provided scope '${scope}' is invalid: ${reason}`);
  }
  if (limitKey === undefined) return undefined;
  if (scope === undefined) {
    return precondition("RT0024", "a limit key requires a scope to be set");
  }
  if (!LIMIT_KEY.test(limitKey)) {
    const reason = "expected one or two components of 1 to 36 characters of [a-zA-Z0-9_.-]";
    return precondition("RT0024", `the provided limit key '${limitKey}' is invalid: ${reason}`);
  }
  return undefined;
}

/** Retention is fixed when a call is made (invocation semantics section 3). */
function retentionOf(callee: ResolvedHandler, hasIdempotencyKey: boolean): Retention {
  const { options, handlerType } = callee;
  const { journalRetentionMs } = options;
  if (handlerType !== "workflow" && !hasIdempotencyKey) {
    return { completionMs: journalRetentionMs, journalMs: journalRetentionMs };
  }
  const completionMs =
    handlerType === "workflow"
      ? options.workflowCompletionRetentionMs
      : options.idempotencyRetentionMs;
  return { completionMs, journalMs: Math.min(journalRetentionMs, completionMs) };
}

function resolveSignal(
  command: Extract<WireCommand, { readonly kind: "send-signal" }>,
): ResolvedCommand {
  const target = parseInvocationId(command.targetId);
  if (!target.ok) return refused(badField("target_invocation_id", target.error));
  const { signal, result } = command;
  return accepted({ kind: "send-signal", targetId: target.value, signal, result });
}

function resolveAwakeable(
  command: Extract<WireCommand, { readonly kind: "complete-awakeable" }>,
): ResolvedCommand {
  const awakeable = parseAwakeableId(command.awakeableId);
  if (!awakeable.ok) return refused(badField("awakeable_id", awakeable.error));
  const { kind, invocationId, index } = awakeable.value;
  // Invocations that could have made such an id are too old to exist here: nothing to complete.
  if (kind === "legacy") return accepted({ kind: "record-only" });
  const { result } = command;
  return accepted({ kind: "send-signal", targetId: invocationId, signal: index, result });
}

function badField(field: string, reason: string): CommandRefusal {
  return { kind: "bad-field", reason: `BadFieldError("${field}": ${reason})` };
}

function resolveAttach(
  command: Extract<WireCommand, { readonly kind: "attach-invocation" | "get-invocation-output" }>,
): ResolvedCommand {
  const { kind, target, completionId } = command;
  if (target.kind !== "invocation") {
    return accepted({ kind, targetId: attachTargetId(target), completionId });
  }
  const parsed = parseInvocationId(target.invocationId);
  if (parsed.ok) return accepted({ kind, targetId: parsed.value, completionId });
  const reason = `invalid invocation id ${target.invocationId}: ${parsed.error}`;
  return refused(precondition("RT0017", reason));
}

function attachTargetId(
  target: Exclude<AttachTarget, { readonly kind: "invocation" }>,
): InvocationId {
  const identity =
    target.kind === "workflow"
      ? {
          target: {
            serviceType: "workflow",
            handlerType: "workflow",
            service: target.workflow,
            handler: "",
            key: target.key,
            scope: target.scope,
          } as const,
          idempotencyKey: undefined,
        }
      : {
          target: {
            // The id does not depend on the types beyond "not a workflow run".
            serviceType: target.key === undefined ? "service" : "virtual-object",
            handlerType: "shared",
            service: target.service,
            handler: target.handler,
            key: target.key,
            scope: target.scope,
          } as const,
          idempotencyKey: target.idempotencyKey,
        };
  return assertPresent(
    deriveInvocationId(identity),
    "a workflow run, and whatever has an idempotency key, has an id",
  );
}
