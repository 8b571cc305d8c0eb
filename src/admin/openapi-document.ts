import { z } from "zod";
import type { Route } from "./route.ts";

type JsonObject = Readonly<Record<string, unknown>>;

const ERROR_SCHEMA: JsonObject = {
  type: "object",
  required: ["message"],
  properties: {
    message: { type: "string" },
    restate_code: { type: ["string", "null"], description: "Documented code, such as META0003" },
  },
};
const ERROR_DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: "The request is invalid",
  404: "It does not exist",
  405: "Not possible with this version of the API",
  409: "It conflicts with the present state",
  410: "It is no longer available",
  422: "The request has the wrong shape",
  425: "It has not started yet",
  500: "The operation failed",
  501: "Not supported",
  503: "Not available at present",
};

/** Describes the admin API as OpenAPI 3.1, from the routes themselves. */
export function adminOpenApi(routes: readonly Route[], version: string): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    const path = paths[route.path];
    if (path !== undefined) path[route.method.toLowerCase()] = describeRoute(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Admin API",
      description: "Operates a cluster: deployments, services, invocations, rules and queries.",
      version,
    },
    paths,
    components: { schemas: { Error: ERROR_SCHEMA } },
  };
}

function describeRoute(route: Route): JsonObject {
  const parameters = [...pathParameters(route.path), ...queryParameters(route.query)];
  return {
    tags: [route.tag],
    summary: route.summary,
    operationId: route.operationId,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: describeBody(route.body) }),
    responses: describeReplies(route),
  };
}

function pathParameters(path: string): readonly JsonObject[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(query: z.ZodType | undefined): readonly JsonObject[] {
  if (query === undefined) return [];
  const { properties = {} } = schemaOf(query) as { properties?: Record<string, JsonObject> };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: false,
    schema,
  }));
}

function describeBody(body: z.ZodType): JsonObject {
  return { required: true, content: { "application/json": { schema: schemaOf(body) } } };
}

function describeReplies(route: Route): JsonObject {
  const replies: Record<string, JsonObject> = {};
  for (const [status, description] of Object.entries(route.replies)) {
    replies[status] = { description };
  }
  for (const status of route.errors) {
    replies[status] = {
      description: ERROR_DESCRIPTIONS[status] ?? "Error",
      content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
    };
  }
  return replies;
}

function schemaOf(type: z.ZodType): JsonObject {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: "input", unrepresentable: "any" });
  return schema;
}
