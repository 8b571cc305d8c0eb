type JsonObject = Readonly<Record<string, unknown>>;

/** Reference to a component of the same document. */
export function componentRef(
  kind: "parameters" | "responses" | "schemas",
  name: string,
): JsonObject {
  return { $ref: `#/components/${kind}/${name}` };
}

function pathParameter(name: string, description?: string): JsonObject {
  const documented = description === undefined ? {} : { description };
  return { name, in: "path", required: true, ...documented, schema: { type: "string" } };
}

/** Parameters that operations refer to. */
export const PARAMETERS: JsonObject = {
  delay: {
    name: "delay",
    in: "query",
    required: false,
    description: "How long to wait before the handler starts: `10s`, `1h 30m`, or ISO 8601.",
    example: "10s",
    schema: { type: "string" },
  },
  idempotencyKeyHeader: {
    name: "idempotency-key",
    in: "header",
    required: false,
    description: "Requests with the same key run the handler once and get the same answer.",
    schema: { type: "string" },
  },
  idempotencyKeyPath: pathParameter(
    "idempotencyKey",
    "Idempotency key of the request that started the invocation.",
  ),
  key: pathParameter("key"),
};

function errorResponse(description: string, example: JsonObject): JsonObject {
  const schema = componentRef("schemas", "RestateError");
  return { description, content: { "application/json": { schema, example } } };
}

/** Responses that operations refer to. */
export const RESPONSES: JsonObject = {
  GenericError: errorResponse("Error response", {
    code: 500,
    message: "Internal server error",
    source: "invocation",
  }),
  InvocationNotFoundError: errorResponse("Invocation not found", {
    message: "invocation not found",
    source: "ingress",
  }),
  InvocationNotReadyError: errorResponse("Invocation still running, output is not ready yet", {
    message: "the invocation exists but has not completed yet",
    source: "ingress",
  }),
  Send: {
    description: "Send response",
    content: {
      "application/json": {
        example: { invocationId: "inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz", status: "Accepted" },
        schema: {
          title: "RestateSendResponse",
          type: "object",
          additionalProperties: false,
          required: ["invocationId", "status"],
          properties: {
            invocationId: { type: "string" },
            status: { type: "string", enum: ["Accepted", "PreviouslyAccepted"] },
            executionTime: {
              type: "string",
              format: "date-time",
              description: "When the handler starts, if a delay was asked for",
            },
          },
        },
      },
    },
  },
};

/** Schema of every error body; the name is that of the original, which generated clients use. */
export const ERROR_SCHEMA: JsonObject = {
  title: "RestateError",
  description: "Error of the ingress, or terminal failure of the invocation",
  type: "object",
  additionalProperties: false,
  required: ["message", "source"],
  properties: {
    code: { type: "number", title: "error code" },
    message: { type: "string", title: "Error message" },
    stacktrace: { type: "string", title: "Stacktrace of the error" },
    metadata: {
      type: "object",
      title: "Additional metadata map",
      additionalProperties: { type: "string" },
    },
    source: {
      type: "string",
      title: "Error source",
      description:
        "`ingress`: the request was not carried out, the status says why. " +
        "`invocation`: the handler failed, the status is its own. " +
        "Repeated in the header `x-restate-error-source`.",
      enum: ["ingress", "invocation"],
    },
  },
};

/** Groups of operations. */
export const TAGS: readonly JsonObject[] = [
  { name: "Request Response", description: "Request response to handler" },
  { name: "Send", description: "Send to handler" },
  { name: "Attach", description: "Attach to invocation" },
  { name: "Get Output", description: "Get invocation output" },
];
