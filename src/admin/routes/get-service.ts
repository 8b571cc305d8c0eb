import { serviceNotFound } from "../admin-error.ts";
import { route } from "../route.ts";
import { serviceBody } from "../service-body.ts";

/** GET /services/{service} */
export const getService = route({
  method: "GET",
  path: "/services/{service}",
  operationId: "get_service",
  summary: "Get service",
  tag: "service",
  replies: { 200: "The latest revision of the service" },
  errors: [404],

  handle({ params }, { registry }) {
    const name = params["service"] ?? "";
    const snapshot = registry.view();
    const latest = snapshot.latestRevision(name);
    if (latest === undefined) throw serviceNotFound(name);
    return { status: 200, json: serviceBody(latest, snapshot) };
  },
});
