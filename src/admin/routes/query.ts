import { z } from "zod";
import { AdminError } from "../admin-error.ts";
import { route } from "../route.ts";

/** POST /query */
export const query = route({
  method: "POST",
  path: "/query",
  operationId: "query",
  summary: "Query the state of the system with SQL",
  tag: "introspection",
  body: z.object({ query: z.string().describe("One SQL statement") }),
  replies: { 200: "Rows: JSON if exactly that is accepted, else an Arrow IPC stream" },
  errors: [400, 422, 500, 503],

  async handle({ body, accept, signal }, { introspection }) {
    if (introspection === undefined) {
      throw new AdminError(503, "Query service not available", { form: "message-only" });
    }
    const format = accept === "application/json" ? "json" : "arrow";
    try {
      return { status: 200, stream: await introspection.query(body.query, format, signal) };
    } catch (error) {
      throw refusal(error) ?? error;
    }
  },
});

/** Refusals of introspection carry their status; this route has an error form of its own. */
function refusal(error: unknown): AdminError | undefined {
  if (!(error instanceof Error) || !("status" in error)) return undefined;
  if (typeof error.status !== "number") return undefined;
  const headers: Record<string, string> = error.status === 429 ? { "retry-after": "1" } : {};
  const options = { form: "message-only", headers, cause: error } as const;
  return new AdminError(error.status, error.message, options);
}
