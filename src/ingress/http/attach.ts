/** Attach and output: results of invocations that were started earlier (section 6). */
import { assertPresent } from "#base/assert";
import {
  deriveInvocationId,
  type InvocationId,
  type InvocationTarget,
  NOT_FOUND,
  parseInvocationId,
} from "#model";
import type { PartitionReply } from "#partition";
import { IngressError } from "../ingress-error.ts";
import type { IngressResponse } from "../server-exchange.ts";
import type { RouteAnswer, RouteEnvironment } from "./environment.ts";
import type { HandlerCache } from "./handler-cache.ts";
import { DEFAULT_FORMAT, failureResponse, type ResultFormat, resultResponse } from "./responses.ts";
import { refuseRoutingFailure } from "./routing-failure.ts";

/** Attach waits for the end of the invocation, output does not. */
export type ResultMode = "attach" | "output";

/** An invocation whose result is asked for. */
export interface ResultSubject {
  readonly invocationId: InvocationId;
  /** Service and handler, if the request names them; they decide the content type. */
  readonly handler: { readonly service: string; readonly handler: string } | undefined;
}

/** Parses the id of an invocation. */
export function subjectOfId(text: string): ResultSubject {
  const parsed = parseInvocationId(text);
  if (parsed.ok) return { invocationId: parsed.value, handler: undefined };
  throw new IngressError(400, `bad invocation id '${text}': ${parsed.error}`);
}

/** The run of a workflow; the name need not be registered. */
export function subjectOfWorkflow(
  name: string,
  key: string,
  scope: string | undefined,
): ResultSubject {
  const target: InvocationTarget = {
    serviceType: "workflow",
    handlerType: "workflow",
    service: name,
    handler: "run",
    key,
    scope,
  };
  const derived = deriveInvocationId({ target, idempotencyKey: undefined });
  const invocationId = assertPresent(derived, "the key determines the id of a workflow run");
  return { invocationId, handler: target };
}

/** What identifies an invocation with an idempotency key. */
export interface IdempotentTarget {
  readonly service: string;
  readonly key: string | undefined;
  readonly handler: string;
  readonly idempotencyKey: string;
  readonly scope: string | undefined;
}

/** The invocation of a handler with an idempotency key; nothing need be registered. */
export function subjectOfIdempotencyKey(identity: IdempotentTarget): ResultSubject {
  const { service, handler, key, scope, idempotencyKey } = identity;
  const target: InvocationTarget = {
    serviceType: key === undefined ? "service" : "virtual-object",
    handlerType: "shared",
    service,
    handler,
    key,
    scope,
  };
  const derived = deriveInvocationId({ target, idempotencyKey });
  const invocationId = assertPresent(derived, "an idempotency key determines the invocation id");
  return { invocationId, handler: target };
}

/** Asks the partition for the result. */
export function answerWithResult(
  subject: ResultSubject,
  mode: ResultMode,
  environment: RouteEnvironment,
): RouteAnswer {
  const { invocationId } = subject;
  const kind = mode === "attach" ? "attach-invocation" : "get-invocation-output";
  return environment.partitions.request(invocationId, { kind, invocationId }).then(
    (reply) => answerOf(reply, { subject, mode, handlers: environment.handlers }),
    (error: unknown) => refuseRoutingFailure(error, "read"),
  );
}

interface AnswerFacts {
  readonly subject: ResultSubject;
  readonly mode: ResultMode;
  readonly handlers: HandlerCache;
}

function answerOf(
  reply: PartitionReply,
  { subject, mode, handlers }: AnswerFacts,
): IngressResponse {
  switch (reply.kind) {
    case "result":
      return resultResponse(reply, formatOf(targetOf(reply) ?? subject.handler, handlers));
    case "not-found":
      // The two shapes differ in the original, and clients know them apart.
      if (mode === "attach") return failureResponse(subject.invocationId, NOT_FOUND, undefined);
      throw new IngressError(404, "invocation not found");
    case "not-completed":
      throw new IngressError(470, "the invocation exists but has not completed yet");
    default:
      throw new Error(`Unexpected reply to ${mode}: ${reply.kind}`);
  }
}

/** What was invoked, where the partition says so. */
function targetOf(reply: PartitionReply): ResultSubject["handler"] {
  return reply.kind === "result" ? reply.target : undefined;
}

function formatOf(named: ResultSubject["handler"], handlers: HandlerCache): ResultFormat {
  if (named === undefined) return DEFAULT_FORMAT;
  const service = handlers.service(named.service);
  const entry = service === undefined ? undefined : handlers.handler(service, named.handler);
  if (entry === undefined) return DEFAULT_FORMAT;
  const { setContentTypeIfEmpty } = entry.resolved.output;
  return { contentType: entry.contentType, setContentTypeIfEmpty };
}
