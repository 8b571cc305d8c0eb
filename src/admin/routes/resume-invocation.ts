import { z } from "zod";
import { operationOutcome, outcomeOrThrow } from "../invocation-operation.ts";
import { deploymentChoiceOf, invocationIdOf } from "../path-parameters.ts";
import { route } from "../route.ts";

/** PATCH /invocations/{invocation_id}/resume */
export const resumeInvocation = route({
  method: "PATCH",
  path: "/invocations/{invocation_id}/resume",
  operationId: "resume_invocation",
  summary: "Resume an invocation",
  tag: "invocation",
  query: z.object({
    deployment: z.string().optional().describe("keep (default), latest, or a deployment id"),
  }),
  replies: { 200: "Resumed, with fresh retries" },
  errors: [400, 404, 409, 425, 503],

  async handle({ params, query }, { partitions }) {
    const invocationId = invocationIdOf(params["invocation_id"]);
    const deployment = deploymentChoiceOf(query.deployment, "keep", "query parameter");
    const request = { kind: "resume-invocation", invocationId, deployment } as const;
    outcomeOrThrow(operationOutcome(request, await partitions.request(invocationId, request)));
    return { status: 200 };
  },
});
