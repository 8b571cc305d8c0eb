import { route } from "../route.ts";

/** GET /health */
export const health = route({
  method: "GET",
  path: "/health",
  operationId: "health",
  summary: "Health check",
  tag: "health",
  replies: { 200: "The admin API is ready" },

  handle() {
    return { status: 200 };
  },
});
