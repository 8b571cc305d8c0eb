/** Call and send: the checks of ingress reference section 9, in their order. */
import { assertPresent } from "#base/assert";
import {
  deriveInvocationId,
  formatUlid,
  type InvocationRequest,
  type InvocationTarget,
  mintInvocationId,
  SERVICE_BUCKET_COUNT,
  ULID_RANDOM_BYTES,
  ulidFromParts,
} from "#model";
import type { PartitionReply } from "#partition";
import { handlerNotFound, IngressError, methodNotAllowed } from "../ingress-error.ts";
import type { IngressResponse } from "../server-exchange.ts";
import { parseExecutionTime } from "./delay.ts";
import type { RouteAnswer, RouteEnvironment } from "./environment.ts";
import { parseLimitKey, parseScope } from "./flow-control.ts";
import type { HandlerEntry, ServiceEntry } from "./handler-cache.ts";
import { findAsciiHeader, findHeader, findTraceParent, recordHeaders } from "./header-fields.ts";
import { type IngressRequest, withBody } from "./ingress-request.ts";
import { validateInput } from "./input-rules.ts";
import { findQueryParameter } from "./query-parameters.ts";
import { resultResponse, submissionResponse } from "./responses.ts";
import { refuseRoutingFailure } from "./routing-failure.ts";

/** What a path says about a call or send. */
export interface InvokePath {
  readonly service: ServiceEntry;
  readonly handler: string;
  /** Decoded; undefined exactly for plain services. */
  readonly key: string | undefined;
  /** Decoded, not yet checked. */
  readonly scope: string | undefined;
  readonly mode: "call" | "send";
}

/** A call or send whose head passed all checks. */
interface CheckedHead {
  readonly entry: HandlerEntry;
  readonly target: InvocationTarget;
  readonly mode: "call" | "send";
  readonly idempotencyKey: string | undefined;
}

/** Invokes a handler: waits for its result, or only for the durable accept. */
export function invoke(
  request: IngressRequest,
  path: InvokePath,
  environment: RouteEnvironment,
): RouteAnswer {
  request.call = { service: path.service.name, mode: path.mode };
  const head = checkHead(request, path, environment);
  return withBody(request, (body) => submit(request, { head, body }, environment));
}

function checkHead(
  request: IngressRequest,
  path: InvokePath,
  environment: RouteEnvironment,
): CheckedHead {
  const { service, mode } = path;
  const entry = environment.handlers.handler(service, path.handler);
  if (entry === undefined) throw handlerNotFound(service.name, path.handler);
  const { options, handlerType } = entry.resolved;
  if (!options.public) throw new IngressError(400, "the invoked service is not public");
  if (entry.deprecatedDeployment !== undefined) throw deprecated(entry);
  const { headers, method } = request.exchange;
  const idempotencyKey = findAsciiHeader(headers, "idempotency-key");
  if (idempotencyKey !== undefined && handlerType === "workflow") throw keyOnWorkflow();
  const target = targetOf(path, entry, environment);
  if (method !== "POST" && method !== "GET") throw methodNotAllowed();
  return { entry, target, mode, idempotencyKey };
}

function targetOf(
  path: InvokePath,
  entry: HandlerEntry,
  { features }: RouteEnvironment,
): InvocationTarget {
  const { key, service } = path;
  if (path.scope === undefined) {
    return key === undefined ? entry.plainTarget : { ...entry.plainTarget, key };
  }
  const scope = parseScope(path.scope);
  if (!features.scopes) {
    throw new IngressError(400, "scoped invocations require vqueues to be enabled");
  }
  if (service.type === "virtual-object" && !features.scopedVirtualObjects) {
    throw new IngressError(400, "scope is not supported for Virtual Object targets");
  }
  return { ...entry.plainTarget, key, scope };
}

function submit(
  request: IngressRequest,
  { head, body }: { readonly head: CheckedHead; readonly body: Uint8Array },
  environment: RouteEnvironment,
): RouteAnswer {
  const { entry, mode } = head;
  const { request: invocation, fresh } = invocationRequestOf(request, { head, body }, environment);
  return environment.partitions
    .request(invocation.id, { kind: "append-invocation", request: invocation, mode, fresh })
    .then(
      (reply) => answerOf(reply, entry),
      (error: unknown) => refuseRoutingFailure(error, "invoke"),
    );
}

/** Runs the checks that follow the body, then builds what the partition needs. */
function invocationRequestOf(
  request: IngressRequest,
  { head, body }: { readonly head: CheckedHead; readonly body: Uint8Array },
  environment: RouteEnvironment,
): { readonly request: InvocationRequest; readonly fresh: boolean } {
  const { entry, target, mode } = head;
  const { headers } = request.exchange;
  const nowMs = environment.clock.nowMs();
  const contentType = findHeader(headers, "content-type");
  validateInput(entry.resolved.inputRules, { contentType, bodyIsEmpty: body.length === 0 });
  const delay = findQueryParameter(request.query, "delay");
  const executionTimeMs = delay === undefined ? undefined : parseExecutionTime(delay, nowMs);
  const limitKey = limitKeyOf(request, target);
  const recorded = recordHeaders(headers, ingressPathOf(request));
  if (delay !== undefined && mode === "call") throw delayOnCall();
  const identity = identityOf(head, nowMs, environment);
  return {
    fresh: identity.fresh,
    request: {
      id: identity.id,
      target,
      headers: recorded,
      payload: body,
      idempotencyKey: identity.idempotencyKey,
      limitKey,
      executionTimeMs,
      retention: identity.idempotencyKey === undefined ? entry.retention : entry.retentionWithKey,
      invokedBy: { kind: "ingress" },
      traceParent: findTraceParent(headers),
    },
  };
}

function ingressPathOf({ path, query }: IngressRequest): string {
  return query === undefined ? path : `${path}?${query}`;
}

/** The header wins over the query parameter even when it is empty. */
function limitKeyOf(request: IngressRequest, target: InvocationTarget): string | undefined {
  const value =
    findAsciiHeader(request.exchange.headers, "x-restate-limit-key") ??
    findQueryParameter(request.query, "limit-key");
  const limitKey = value === undefined ? undefined : parseLimitKey(value);
  if (limitKey !== undefined && target.scope === undefined) {
    throw new IngressError(400, "limit-key requires a scope to be set");
  }
  return limitKey;
}

interface Identity {
  readonly id: InvocationRequest["id"];
  readonly idempotencyKey: string | undefined;
  /** The id was minted just now: nothing can exist under it. */
  readonly fresh: boolean;
}

/**
 * Derives or mints the invocation id.
 *
 * A request to a service or virtual object without an idempotency key gets a ULID for one, so that
 * its outcome is retained, and so that a retry inside the cluster cannot run it twice.
 */
function identityOf(head: CheckedHead, nowMs: number, environment: RouteEnvironment): Identity {
  const { target, idempotencyKey } = head;
  const { random } = environment;
  const derived = deriveInvocationId({ target, idempotencyKey });
  if (derived !== undefined) return { id: derived, idempotencyKey, fresh: false };
  const ulid = ulidFromParts(nowMs, random.nextBytes(ULID_RANDOM_BYTES));
  if (target.serviceType === "workflow") {
    const bucket = random.nextBelow(SERVICE_BUCKET_COUNT);
    return { id: mintInvocationId(target, bucket, ulid), idempotencyKey: undefined, fresh: true };
  }
  const generatedKey = formatUlid(ulid);
  const id = assertPresent(
    deriveInvocationId({ target, idempotencyKey: generatedKey }),
    "an idempotency key determines the invocation id",
  );
  return { id, idempotencyKey: generatedKey, fresh: true };
}

function answerOf(reply: PartitionReply, entry: HandlerEntry): IngressResponse {
  switch (reply.kind) {
    case "result": {
      const { setContentTypeIfEmpty } = entry.resolved.output;
      return resultResponse(reply, { contentType: entry.contentType, setContentTypeIfEmpty });
    }
    case "submitted":
      return submissionResponse(reply);
    default:
      throw new Error(`Unexpected reply to an invocation: ${reply.kind}`);
  }
}

function keyOnWorkflow(): IngressError {
  return new IngressError(
    400,
    "cannot use the idempotency key with workflow handlers. " +
      "The handler invocation will already be idempotent by the workflow key itself.",
  );
}

function deprecated({ resolved, deprecatedDeployment }: HandlerEntry): IngressError {
  const { service } = resolved;
  return new IngressError(
    400,
    `the service ${service} is exposed by the deprecated deployment ${deprecatedDeployment}. ` +
      `Upgrade the SDK used by ${service}.`,
  );
}

function delayOnCall(): IngressError {
  return new IngressError(
    400,
    "cannot use the delay query parameter with calls. The delay is supported only with sends",
  );
}
