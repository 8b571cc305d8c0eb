import { operationOutcome, outcomeOrThrow } from "../invocation-operation.ts";
import { invocationIdOf } from "../path-parameters.ts";
import { route } from "../route.ts";

/** PATCH /invocations/{invocation_id}/purge */
export const purgeInvocation = route({
  method: "PATCH",
  path: "/invocations/{invocation_id}/purge",
  operationId: "purge_invocation",
  summary: "Purge an invocation",
  tag: "invocation",
  replies: {
    200: "Forgotten, with its result, its journal and, for workflows, its state",
  },
  errors: [400, 404, 409, 503],

  async handle({ params }, { partitions }) {
    const invocationId = invocationIdOf(params["invocation_id"]);
    const request = { kind: "purge-invocation", invocationId } as const;
    const reply = await partitions.request(invocationId, request);
    const outcome = outcomeOrThrow(operationOutcome(request, reply));
    return { status: outcome.kind === "accepted" ? 202 : 200 };
  },
});
