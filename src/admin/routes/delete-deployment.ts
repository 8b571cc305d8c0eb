import { z } from "zod";
import { AdminError } from "../admin-error.ts";
import { deploymentIdOf } from "../path-parameters.ts";
import { queryBoolean } from "../request-body.ts";
import { route } from "../route.ts";

/** DELETE /deployments/{deployment} */
export const deleteDeployment = route({
  method: "DELETE",
  path: "/deployments/{deployment}",
  operationId: "delete_deployment",
  summary: "Delete deployment",
  tag: "deployment",
  query: z.object({ force: queryBoolean() }),
  replies: { 202: "Removed; invocations pinned to it fail from now on" },
  errors: [400, 404, 501],

  async handle({ params, query }, { registry }) {
    const id = deploymentIdOf(params["deployment"]);
    // Draining a deployment first is not defined by the API: only the forced form exists.
    if (query.force !== true) throw new AdminError(501, "Not implemented", { form: "empty" });
    await registry.deleteDeployment(id);
    return { status: 202 };
  },
});
