import { serviceNotFound } from "../admin-error.ts";
import { route } from "../route.ts";

/** GET /services/{service}/openapi */
export const getServiceOpenApi = route({
  method: "GET",
  path: "/services/{service}/openapi",
  operationId: "get_service_openapi",
  summary: "Get service OpenAPI",
  tag: "service",
  replies: { 200: "OpenAPI 3.1 of the service on the ingress" },
  errors: [404],

  handle({ params }, { registry, openApiOf }) {
    const name = params["service"] ?? "";
    const latest = registry.view().latestRevision(name);
    if (latest === undefined) throw serviceNotFound(name);
    return { status: 200, json: openApiOf(latest) };
  },
});
