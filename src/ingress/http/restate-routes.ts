/** Everything under `/restate/`. */
import { badPathShape, methodNotAllowed, notFound } from "../ingress-error.ts";
import {
  answerWithResult,
  type ResultMode,
  type ResultSubject,
  subjectOfId,
  subjectOfIdempotencyKey,
  subjectOfWorkflow,
} from "./attach.ts";
import { completeAwakeable } from "./awakeable.ts";
import type { Route, RouteAnswer, RouteEnvironment } from "./environment.ts";
import { type IngressRequest, withBody } from "./ingress-request.ts";
import { invoke } from "./invoke.ts";
import { findService, LONG_SHAPE, parseLongInvokePath, splitTarget } from "./invoke-path.ts";
import { decodeKey } from "./request-path.ts";
import { jsonResponse } from "./responses.ts";
import { parseTargetBody } from "./target-body.ts";

const INVOCATION_SHAPE =
  "either /restate/invocation/:invocation_id/output or " +
  "/restate/invocation/:invocation_id/attach or " +
  "/restate/invocation/:invocation_target/:idempotency_key/output or " +
  "/restate/invocation/:invocation_target/:idempotency_key/attach";
const WORKFLOW_SHAPE =
  "either /restate/workflow/:workflow_name/:workflow_key/output or " +
  "/restate/workflow/:workflow_name/:workflow_key/attach";

/** Routes by the segment after `/restate/`. */
export const RESTATE_ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["health", health],
  ["call", invokeByLongPath],
  ["send", invokeByLongPath],
  ["scope", invokeInScope],
  ["attach", resultByIdOrBody],
  ["output", resultByIdOrBody],
  ["lookup", lookup],
  ["invocation", resultByInvocationPath],
  ["workflow", resultByWorkflowPath],
  ["awakeables", completeAwakeable],
  ["a", completeAwakeable],
]);

function health({ exchange }: IngressRequest, { handlers }: RouteEnvironment): RouteAnswer {
  requireMethod(exchange.method, "GET");
  return jsonResponse({ services: handlers.serviceNames() });
}

function invokeByLongPath(request: IngressRequest, environment: RouteEnvironment): RouteAnswer {
  const at = { start: 1, scope: undefined };
  const path = parseLongInvokePath(request.segments, at, environment.handlers);
  return invoke(request, path, environment);
}

function invokeInScope(request: IngressRequest, environment: RouteEnvironment): RouteAnswer {
  const { segments } = request;
  if (segments[2] === undefined) throw badPathShape(LONG_SHAPE);
  const at = { start: 3, scope: decodeKey(segments[2]) };
  const path = parseLongInvokePath(segments, at, environment.handlers);
  return invoke(request, path, environment);
}

/** `GET /restate/attach/{id}` and `POST /restate/attach` with a target body; output alike. */
function resultByIdOrBody(request: IngressRequest, environment: RouteEnvironment): RouteAnswer {
  const { segments, exchange } = request;
  const mode = segments[1] as ResultMode;
  if (segments.length > 3) throw badPathShape(LONG_SHAPE);
  const id = segments[2];
  if (id !== undefined) {
    requireMethod(exchange.method, "GET");
    return answerWithResult(subjectOfId(id), mode, environment);
  }
  requireMethod(exchange.method, "POST");
  return withBody(request, (body) =>
    answerWithResult(parseTargetBody(body, "request"), mode, environment),
  );
}

/** `POST /restate/lookup`: computes an invocation id, whether or not anything has it. */
function lookup(request: IngressRequest): RouteAnswer {
  if (request.segments.length > 2) throw badPathShape(LONG_SHAPE);
  requireMethod(request.exchange.method, "POST");
  return withBody(request, (body) => {
    const { invocationId } = parseTargetBody(body, "lookup");
    return jsonResponse({ invocationId });
  });
}

/** `GET /restate/invocation/{id or target and idempotency key}/{attach or output}`. */
function resultByInvocationPath(
  request: IngressRequest,
  environment: RouteEnvironment,
): RouteAnswer {
  const { segments, exchange } = request;
  const last = segments.at(-1) as string;
  if (segments.length < 4) throw badPathShape(INVOCATION_SHAPE);
  if (segments.length === 4) {
    const mode = requireResultMode(last);
    requireMethod(exchange.method, "GET");
    return answerWithResult(subjectOfId(segments[2] as string), mode, environment);
  }
  const service = findService(segments[2] as string, environment.handlers);
  const { key, handler, rest } = splitTarget(segments, 3, service);
  const idempotencyKey = segments[rest];
  if (handler === undefined || idempotencyKey === undefined || rest + 2 !== segments.length) {
    throw badPathShape(INVOCATION_SHAPE);
  }
  const mode = requireResultMode(last);
  requireMethod(exchange.method, "GET");
  const identity = { service: service.name, key, handler, idempotencyKey, scope: undefined };
  return answerWithResult(subjectOfIdempotencyKey(identity), mode, environment);
}

/** `GET /restate/workflow/{name}/{key}/{attach or output}`; what follows is ignored. */
function resultByWorkflowPath(request: IngressRequest, environment: RouteEnvironment): RouteAnswer {
  const [, , name, key, verb] = request.segments;
  if (name === undefined || key === undefined || verb === undefined) {
    throw badPathShape(WORKFLOW_SHAPE);
  }
  const decodedKey = decodeKey(key);
  const mode = requireResultMode(verb);
  requireMethod(request.exchange.method, "GET");
  const subject: ResultSubject = subjectOfWorkflow(name, decodedKey, undefined);
  return answerWithResult(subject, mode, environment);
}

function requireResultMode(verb: string): ResultMode {
  if (verb === "attach" || verb === "output") return verb;
  throw notFound();
}

/** @throws IngressError 405 */
function requireMethod(method: string, expected: "GET" | "POST"): void {
  if (method !== expected) throw methodNotAllowed();
}
