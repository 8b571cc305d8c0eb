import { z } from "zod";
import { type InvocationId, parseInvocationId } from "#model";
import { AdminError } from "../admin-error.ts";
import type { AdminServices } from "../admin-services.ts";
import { toAdminError } from "../error-mapping.ts";
import {
  type OperationOutcome,
  type OperationRequest,
  operationOutcome,
} from "../invocation-operation.ts";
import { deploymentChoiceOf } from "../path-parameters.ts";
import { type Route, route } from "../route.ts";

/** Invocations of one batch; more are refused. */
const BATCH_MAX = 1_000;
/** Operations of one batch that run at a time. */
const CONCURRENCY_MAX = 32;

const invocationIdSchema = z.string().transform((text, context): InvocationId => {
  const parsed = parseInvocationId(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: "custom", message: parsed.error });
  return z.NEVER;
});

const bodySchema = z.object({
  invocation_ids: z.array(invocationIdSchema).describe(`At most ${BATCH_MAX}`),
  deployment: z.string().nullish().describe("Keep, Latest or an id; for resume and restart"),
});

type MakeRequest = (invocationId: InvocationId, deployment: string | undefined) => OperationRequest;

const OPERATIONS: Readonly<Record<string, MakeRequest>> = {
  cancel: (invocationId) => ({ kind: "cancel-invocation", invocationId }),
  kill: (invocationId) => ({ kind: "kill-invocation", invocationId }),
  purge: (invocationId) => ({ kind: "purge-invocation", invocationId }),
  "purge-journal": (invocationId) => ({ kind: "purge-journal", invocationId }),
  pause: (invocationId) => ({ kind: "pause-invocation", invocationId }),
  resume: (invocationId, deployment) => ({
    kind: "resume-invocation",
    invocationId,
    deployment: deploymentChoiceOf(deployment, "keep", "request field"),
  }),
  "restart-as-new": (invocationId, deployment) => ({
    kind: "restart-invocation",
    invocationId,
    from: 0,
    deployment: deploymentChoiceOf(deployment, "latest", "request field"),
  }),
};

/** POST /internal/invocations_batch_operations/{verb}, one route for each verb */
export const batchOperations: readonly Route[] = Object.entries(OPERATIONS).map(
  ([verb, makeRequest]) =>
    route({
      method: "POST",
      path: `/internal/invocations_batch_operations/${verb}`,
      operationId: `batch_${verb.replaceAll("-", "_")}_invocations`,
      summary: `Apply ${verb} to many invocations`,
      tag: "invocation",
      body: bodySchema,
      replies: { 200: "What succeeded, and what failed with the reason" },
      errors: [400, 422],

      async handle({ body }, services) {
        const { invocation_ids: ids } = body;
        const deployment = body.deployment ?? undefined;
        deploymentChoiceOf(deployment, "keep", "request field");
        if (ids.length > BATCH_MAX) {
          throw new AdminError(
            400,
            `Batch size ${ids.length} exceeds maximum allowed size of ${BATCH_MAX}`,
          );
        }
        const outcomes = await runAll(
          ids.map((id) => makeRequest(id, deployment)),
          services,
        );
        return { status: 200, json: summarise(ids, outcomes) };
      },
    }),
);

/** Runs the operations, a bounded number at a time, and returns outcomes in order. */
async function runAll(
  requests: readonly OperationRequest[],
  services: AdminServices,
): Promise<readonly OperationOutcome[]> {
  const outcomes: OperationOutcome[] = [];
  let next = 0;
  async function work(): Promise<void> {
    for (let index = next++; index < requests.length; index = next++) {
      const request = requests[index];
      if (request !== undefined) outcomes[index] = await runOne(request, services);
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY_MAX }, work));
  return outcomes;
}

async function runOne(
  request: OperationRequest,
  { partitions }: AdminServices,
): Promise<OperationOutcome> {
  try {
    return operationOutcome(request, await partitions.request(request.invocationId, request));
  } catch (error) {
    // One partition without a leader must not hide what became of the others.
    const known = toAdminError(error);
    if (known === undefined) throw error;
    const reason = { single: known.message, batch: known.message };
    return { kind: "failed", status: known.status, reason };
  }
}

function summarise(
  ids: readonly InvocationId[],
  outcomes: readonly OperationOutcome[],
): { readonly succeeded: readonly unknown[]; readonly failed: readonly unknown[] } {
  const succeeded: unknown[] = [];
  const failed: unknown[] = [];
  for (const [index, id] of ids.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) continue;
    if (outcome.kind === "failed") {
      failed.push({ invocation_id: id, error: outcome.reason.batch });
    } else if (outcome.kind === "restarted") {
      succeeded.push({ old_invocation_id: id, new_invocation_id: outcome.newInvocationId });
    } else {
      succeeded.push(id);
    }
  }
  return { succeeded, failed };
}
