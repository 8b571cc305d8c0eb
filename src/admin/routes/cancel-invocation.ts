import { operationOutcome, outcomeOrThrow } from "../invocation-operation.ts";
import { invocationIdOf } from "../path-parameters.ts";
import { route } from "../route.ts";

/** PATCH /invocations/{invocation_id}/cancel */
export const cancelInvocation = route({
  method: "PATCH",
  path: "/invocations/{invocation_id}/cancel",
  operationId: "cancel_invocation",
  summary: "Cancel an invocation",
  tag: "invocation",
  replies: {
    200: "Cancelled before it started",
    202: "Accepted: it stops at its next await point",
  },
  errors: [400, 404, 409, 503],

  async handle({ params }, { partitions }) {
    const invocationId = invocationIdOf(params["invocation_id"]);
    const request = { kind: "cancel-invocation", invocationId } as const;
    const reply = await partitions.request(invocationId, request);
    const outcome = outcomeOrThrow(operationOutcome(request, reply));
    return { status: outcome.kind === "accepted" ? 202 : 200 };
  },
});
