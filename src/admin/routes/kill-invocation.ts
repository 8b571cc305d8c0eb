import { operationOutcome, outcomeOrThrow } from "../invocation-operation.ts";
import { invocationIdOf } from "../path-parameters.ts";
import { route } from "../route.ts";

/** PATCH /invocations/{invocation_id}/kill */
export const killInvocation = route({
  method: "PATCH",
  path: "/invocations/{invocation_id}/kill",
  operationId: "kill_invocation",
  summary: "Kill an invocation",
  tag: "invocation",
  replies: {
    200: "Killed, with the invocations that it called",
    202: "Accepted",
  },
  errors: [400, 404, 409, 503],

  async handle({ params }, { partitions }) {
    const invocationId = invocationIdOf(params["invocation_id"]);
    const request = { kind: "kill-invocation", invocationId } as const;
    const reply = await partitions.request(invocationId, request);
    const outcome = outcomeOrThrow(operationOutcome(request, reply));
    return { status: outcome.kind === "accepted" ? 202 : 200 };
  },
});
