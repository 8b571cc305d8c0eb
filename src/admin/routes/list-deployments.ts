import { deploymentSummary } from "../deployment-body.ts";
import { route } from "../route.ts";

/** GET /deployments */
export const listDeployments = route({
  method: "GET",
  path: "/deployments",
  operationId: "list_deployments",
  summary: "List deployments",
  tag: "deployment",
  replies: { 200: "All registered deployments" },

  handle(_request, { registry }) {
    const { deployments } = registry.view().document;
    return { status: 200, json: { deployments: deployments.map(deploymentSummary) } };
  },
});
