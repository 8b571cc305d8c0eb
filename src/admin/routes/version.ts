import { route } from "../route.ts";
import { ADMIN_API_VERSION_MAX, ADMIN_API_VERSION_MIN } from "../router.ts";

/** GET /version */
export const version = route({
  method: "GET",
  path: "/version",
  operationId: "version",
  summary: "Admin version information",
  tag: "version",
  replies: { 200: "Versions of the server and of this API" },

  handle(_request, { versionInfo }) {
    return {
      status: 200,
      json: {
        version: versionInfo.version,
        min_admin_api_version: ADMIN_API_VERSION_MIN,
        max_admin_api_version: ADMIN_API_VERSION_MAX,
        ingress_endpoint: versionInfo.ingressEndpoint,
        features: versionInfo.features,
      },
    };
  },
});
