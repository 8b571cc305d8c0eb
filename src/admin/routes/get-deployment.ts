import { deploymentNotFound } from "../admin-error.ts";
import { deploymentDetails } from "../deployment-body.ts";
import { deploymentIdOf } from "../path-parameters.ts";
import { route } from "../route.ts";

/** GET /deployments/{deployment} */
export const getDeployment = route({
  method: "GET",
  path: "/deployments/{deployment}",
  operationId: "get_deployment",
  summary: "Get deployment",
  tag: "deployment",
  replies: { 200: "The deployment with its services" },
  errors: [400, 404],

  handle({ params }, { registry }) {
    const id = deploymentIdOf(params["deployment"]);
    const snapshot = registry.view();
    const deployment = snapshot.storedDeployment(id);
    if (deployment === undefined) throw deploymentNotFound(id);
    return { status: 200, json: deploymentDetails(deployment, snapshot) };
  },
});
