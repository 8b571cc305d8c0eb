import { AdminError } from "../admin-error.ts";
import { route } from "../route.ts";
import { handlerBody } from "../service-body.ts";

/** GET /services/{service}/handlers/{handler} */
export const getHandler = route({
  method: "GET",
  path: "/services/{service}/handlers/{handler}",
  operationId: "get_service_handler",
  summary: "Get service handler",
  tag: "service_handler",
  replies: { 200: "The handler of the latest revision" },
  errors: [404],

  handle({ params }, { registry }) {
    const { service = "", handler = "" } = params;
    const snapshot = registry.view();
    const latest = snapshot.latestRevision(service);
    const found = latest?.service.handlers.find(({ name }) => name === handler);
    if (latest === undefined || found === undefined) {
      throw new AdminError(
        404,
        `The requested handler '${handler}' on service '${service}' does not exist`,
      );
    }
    return { status: 200, json: handlerBody(latest, found, snapshot) };
  },
});
