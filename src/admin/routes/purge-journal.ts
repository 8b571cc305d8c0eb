import { operationOutcome, outcomeOrThrow } from "../invocation-operation.ts";
import { invocationIdOf } from "../path-parameters.ts";
import { route } from "../route.ts";

/** PATCH /invocations/{invocation_id}/purge-journal */
export const purgeJournal = route({
  method: "PATCH",
  path: "/invocations/{invocation_id}/purge-journal",
  operationId: "purge_journal",
  summary: "Purge an invocation journal",
  tag: "invocation",
  replies: {
    200: "The journal is gone; result and metadata stay",
  },
  errors: [400, 404, 409, 503],

  async handle({ params }, { partitions }) {
    const invocationId = invocationIdOf(params["invocation_id"]);
    const request = { kind: "purge-journal", invocationId } as const;
    const reply = await partitions.request(invocationId, request);
    const outcome = outcomeOrThrow(operationOutcome(request, reply));
    return { status: outcome.kind === "accepted" ? 202 : 200 };
  },
});
