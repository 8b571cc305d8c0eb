import { route } from "../route.ts";
import { serviceBody } from "../service-body.ts";

/** GET /services */
export const listServices = route({
  method: "GET",
  path: "/services",
  operationId: "list_services",
  summary: "List services",
  tag: "service",
  replies: { 200: "The latest revision of every service" },

  handle(_request, { registry }) {
    const snapshot = registry.view();
    const services = snapshot.latestRevisions().map((latest) => serviceBody(latest, snapshot));
    return { status: 200, json: { services } };
  },
});
