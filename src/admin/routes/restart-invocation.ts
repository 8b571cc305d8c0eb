import { z } from "zod";
import { operationOutcome, outcomeOrThrow } from "../invocation-operation.ts";
import { deploymentChoiceOf, invocationIdOf } from "../path-parameters.ts";
import { route } from "../route.ts";

const INDEX_MAX = 4_294_967_295;

/** PATCH /invocations/{invocation_id}/restart-as-new */
export const restartInvocation = route({
  method: "PATCH",
  path: "/invocations/{invocation_id}/restart-as-new",
  operationId: "restart_as_new_invocation",
  summary: "Restart as new invocation",
  tag: "invocation",
  query: z.object({
    from: z
      .string()
      .regex(/^\+?\d+$/, { error: "invalid digit found in string" })
      .transform(Number)
      .refine((index) => index <= INDEX_MAX, {
        error: "number too large to fit in target type",
      })
      .default(0)
      .describe("Last journal entry that is kept; 0 keeps the input only"),
    deployment: z.string().optional().describe("keep, latest (default), or a deployment id"),
  }),
  replies: { 200: "A new invocation runs with the same input" },
  errors: [400, 404, 409, 410, 422, 425, 503],

  async handle({ params, query }, { partitions }) {
    const invocationId = invocationIdOf(params["invocation_id"]);
    const deployment = deploymentChoiceOf(query.deployment, "latest", "query parameter");
    const { from } = query;
    const request = { kind: "restart-invocation", invocationId, from, deployment } as const;
    const reply = await partitions.request(invocationId, request);
    const outcome = outcomeOrThrow(operationOutcome(request, reply));
    const newInvocationId = outcome.kind === "restarted" ? outcome.newInvocationId : undefined;
    return { status: 200, json: { new_invocation_id: newInvocationId } };
  },
});
