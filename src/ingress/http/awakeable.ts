import { type AwakeableId, failureOf, type NotificationResult, parseAwakeableId } from "#model";
import { badPathShape, IngressError, methodNotAllowed, notFound } from "../ingress-error.ts";
import type { RouteAnswer, RouteEnvironment } from "./environment.ts";
import { type IngressRequest, withBody } from "./ingress-request.ts";
import { emptyResponse } from "./responses.ts";
import { refuseRoutingFailure } from "./routing-failure.ts";

const SHAPE = "either /restate/awakeables/:id/resolve or /restate/awakeables/:id/reject";
/** Code of the failure that a rejected awakeable ends with. */
const REJECTED_CODE = 500;
const lossyUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** `POST /restate/a/{id}/resolve` and `/reject` (section 7). */
export function completeAwakeable(
  request: IngressRequest,
  environment: RouteEnvironment,
): RouteAnswer {
  const [, , text, verb] = request.segments;
  if (text === undefined || verb === undefined) throw badPathShape(SHAPE);
  if (verb !== "resolve" && verb !== "reject") throw notFound();
  if (request.exchange.method !== "POST") throw methodNotAllowed();
  const id = parseId(text);
  return withBody(request, (body) => {
    const result: NotificationResult =
      verb === "resolve"
        ? { kind: "success", value: body }
        : { kind: "failure", failure: failureOf(REJECTED_CODE, lossyUtf8.decode(body)) };
    return complete(id, result, environment);
  });
}

function parseId(text: string): AwakeableId {
  const parsed = parseAwakeableId(text);
  if (parsed.ok) return parsed.value;
  throw new IngressError(400, `bad awakeable id '${text}': ${parsed.error}`);
}

function complete(
  id: AwakeableId,
  result: NotificationResult,
  { partitions }: RouteEnvironment,
): RouteAnswer {
  const accepted = emptyResponse(202);
  // Only invocations of protocol versions that are not spoken any more can wait for an old id, so
  // there is nothing to complete; as with every unknown id the answer does not tell.
  if (id.kind === "legacy") return accepted;
  const { invocationId, index } = id;
  return partitions
    .request(invocationId, { kind: "append-signal", invocationId, signal: index, result })
    .then(
      () => accepted,
      (error: unknown) => refuseRoutingFailure(error, "complete"),
    );
}
