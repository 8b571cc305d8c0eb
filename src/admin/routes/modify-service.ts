import { z } from "zod";
import { serviceNotFound } from "../admin-error.ts";
import { durationSchema } from "../duration-schema.ts";
import { route } from "../route.ts";
import { serviceBody } from "../service-body.ts";

/** PATCH /services/{service} */
export const modifyService = route({
  method: "PATCH",
  path: "/services/{service}",
  operationId: "modify_service",
  summary: "Modify a service",
  tag: "service",
  body: z.object({
    public: z.boolean().nullish().describe("False hides the service from the ingress"),
    idempotency_retention: durationSchema(),
    workflow_completion_retention: durationSchema(),
    journal_retention: durationSchema(),
    inactivity_timeout: durationSchema(),
    abort_timeout: durationSchema(),
  }),
  replies: { 200: "The service with the changes; its revision stays" },
  errors: [400, 404, 422],

  async handle({ params, body }, { registry }) {
    const name = params["service"] ?? "";
    const modification = {
      public: body.public ?? undefined,
      idempotencyRetentionMs: body.idempotency_retention,
      workflowCompletionRetentionMs: body.workflow_completion_retention,
      journalRetentionMs: body.journal_retention,
      inactivityTimeoutMs: body.inactivity_timeout,
      abortTimeoutMs: body.abort_timeout,
    };
    if (Object.values(modification).some((value) => value !== undefined)) {
      await registry.modifyService(name, modification);
    }
    const snapshot = registry.view();
    const latest = snapshot.latestRevision(name);
    if (latest === undefined) throw serviceNotFound(name);
    return { status: 200, json: serviceBody(latest, snapshot) };
  },
});
