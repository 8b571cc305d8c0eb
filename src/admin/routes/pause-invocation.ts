import { operationOutcome, outcomeOrThrow } from "../invocation-operation.ts";
import { invocationIdOf } from "../path-parameters.ts";
import { route } from "../route.ts";

/** PATCH /invocations/{invocation_id}/pause */
export const pauseInvocation = route({
  method: "PATCH",
  path: "/invocations/{invocation_id}/pause",
  operationId: "pause_invocation",
  summary: "Pause an invocation",
  tag: "invocation",
  replies: {
    200: "It was paused or suspended already",
    202: "Accepted: it pauses when its handler next yields",
  },
  errors: [400, 404, 409, 503],

  async handle({ params }, { partitions }) {
    const invocationId = invocationIdOf(params["invocation_id"]);
    const request = { kind: "pause-invocation", invocationId } as const;
    const reply = await partitions.request(invocationId, request);
    const outcome = outcomeOrThrow(operationOutcome(request, reply));
    return { status: outcome.kind === "accepted" ? 202 : 200 };
  },
});
