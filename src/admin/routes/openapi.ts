import { route } from "../route.ts";

/** GET /openapi */
export const openApi = route({
  method: "GET",
  path: "/openapi",
  operationId: "openapi_spec",
  summary: "OpenAPI specification",
  tag: "openapi",
  replies: { 200: "OpenAPI 3.1 of this API" },

  handle(_request, services) {
    return { status: 200, json: services.adminOpenApi() };
  },
});
