import { z } from "zod";
import { formatDeploymentAddress } from "#schema";
import { AdminError, deploymentNotFound } from "../admin-error.ts";
import type { AdminServices } from "../admin-services.ts";
import { deploymentDetails } from "../deployment-body.ts";
import { additionalHeadersSchema, addressOf, refuseLambda } from "../deployment-request.ts";
import { discoverDeployment } from "../discovery.ts";
import { deploymentIdOf } from "../path-parameters.ts";
import { type RouteReply, route } from "../route.ts";

const bodySchema = z.object({
  uri: z.string().nullish().describe("New address"),
  use_http_11: z.boolean().nullish(),
  arn: z.string().nullish(),
  assume_role_arn: z.string().nullish(),
  additional_headers: additionalHeadersSchema.describe("Replaces all headers"),
  overwrite: z.boolean().default(false).describe("Replace the services too, in place"),
  dry_run: z.boolean().default(false),
});

const definition = {
  path: "/deployments/{deployment}",
  summary: "Update deployment",
  tag: "deployment",
  body: bodySchema,
  replies: { 200: "The updated deployment" },
  errors: [400, 404, 422, 500],
};

/** PATCH /deployments/{deployment} */
export const updateDeployment = route({
  ...definition,
  method: "PATCH",
  operationId: "update_deployment",
  handle({ params, body }, services) {
    return update(params["deployment"], body, services);
  },
});

/** PUT /deployments/{deployment}, of version 2 */
export const putDeployment = route({
  ...definition,
  method: "PUT",
  operationId: "update_deployment_deprecated",
  handle({ params, body, apiVersion }, services) {
    if (apiVersion > 2) {
      throw new AdminError(405, "PUT deployment is deprecated, use PATCH instead");
    }
    return update(params["deployment"], body, services);
  },
});

async function update(
  idText: string | undefined,
  body: z.output<typeof bodySchema>,
  { registry, discover }: AdminServices,
): Promise<RouteReply> {
  const id = deploymentIdOf(idText);
  const snapshot = registry.view();
  const present = snapshot.storedDeployment(id);
  if (present === undefined) throw deploymentNotFound(id);
  if (typeof body.arn === "string") return refuseLambda(body.arn);
  if (typeof body.assume_role_arn === "string") {
    throw new AdminError(
      400,
      "cannot update the deployment, as the deployment type is http while the update options " +
        "are for type lambda",
    );
  }
  const { uri, use_http_11: useHttp11, additional_headers: headers } = body;
  const isChange =
    typeof uri === "string" || typeof useHttp11 === "boolean" || headers !== undefined;
  // Without anything new to look at, there is nothing to overwrite with either.
  if (!isChange) {
    return { status: 200, json: deploymentDetails(present, snapshot) };
  }
  const connection = {
    uri: typeof uri === "string" ? formatDeploymentAddress(addressOf(uri)) : present.uri,
    httpVersion: httpVersionOf(useHttp11) ?? present.httpVersion,
    additionalHeaders: headers ?? present.additionalHeaders,
  };
  const discovered = await discoverDeployment(discover, connection);
  const change = { ...connection, id, discovered, isOverwriting: body.overwrite };
  const updated = await registry.updateDeployment(change, body.dry_run);
  return { status: 200, json: deploymentDetails(updated.deployment, updated.snapshot) };
}

function httpVersionOf(useHttp11: boolean | null | undefined): "http1" | "h2" | undefined {
  if (useHttp11 === null || useHttp11 === undefined) return undefined;
  return useHttp11 ? "http1" : "h2";
}
