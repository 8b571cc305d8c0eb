import { serviceNotFound } from "../admin-error.ts";
import { route } from "../route.ts";
import { handlerBody } from "../service-body.ts";

/** GET /services/{service}/handlers */
export const listHandlers = route({
  method: "GET",
  path: "/services/{service}/handlers",
  operationId: "list_service_handlers",
  summary: "List service handlers",
  tag: "service_handler",
  replies: { 200: "The handlers of the latest revision" },
  errors: [404],

  handle({ params }, { registry }) {
    const name = params["service"] ?? "";
    const snapshot = registry.view();
    const latest = snapshot.latestRevision(name);
    if (latest === undefined) throw serviceNotFound(name);
    const handlers = latest.service.handlers.map((handler) =>
      handlerBody(latest, handler, snapshot),
    );
    return { status: 200, json: { handlers } };
  },
});
