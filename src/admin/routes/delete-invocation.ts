import { z } from "zod";
import { invocationIdOf } from "../path-parameters.ts";
import { route } from "../route.ts";

const KINDS = {
  cancel: "cancel-invocation",
  kill: "kill-invocation",
  purge: "purge-invocation",
} as const;

/** DELETE /invocations/{invocation_id}; deprecated, answers 202 whatever became of it. */
export const deleteInvocation = route({
  method: "DELETE",
  path: "/invocations/{invocation_id}",
  operationId: "delete_invocation",
  summary: "Delete an invocation (deprecated: use cancel, kill or purge)",
  tag: "invocation",
  query: z.object({
    mode: z
      .enum(["Cancel", "cancel", "Kill", "kill", "Purge", "purge"], {
        error: (issue) =>
          `unknown variant \`${String(issue.input)}\`, expected one of ` +
          "`Cancel`, `cancel`, `Kill`, `kill`, `Purge`, `purge`",
      })
      .transform((mode) => mode.toLowerCase() as keyof typeof KINDS)
      .default("cancel"),
  }),
  replies: { 202: "Accepted" },
  errors: [400, 503],

  async handle({ params, query }, { partitions }) {
    const invocationId = invocationIdOf(params["invocation_id"]);
    await partitions.request(invocationId, { kind: KINDS[query.mode], invocationId });
    return { status: 202 };
  },
});
