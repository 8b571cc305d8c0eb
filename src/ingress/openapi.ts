/** Describes what a service offers at the ingress, as OpenAPI 3.1. */
import type { HandlerType, ServiceType } from "#model";
import { componentRef, ERROR_SCHEMA, PARAMETERS, RESPONSES, TAGS } from "./openapi-components.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** Payload of a handler, as its manifest describes it. */
export interface OpenApiPayload {
  readonly contentType?: string | undefined;
  readonly required?: boolean | undefined;
  readonly jsonSchema?: unknown;
}

/** A handler, as its manifest describes it. */
export interface OpenApiHandler {
  readonly name: string;
  readonly type: HandlerType;
  readonly documentation?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly input?: OpenApiPayload | undefined;
  readonly output?: OpenApiPayload | undefined;
  readonly options: { readonly public?: boolean | undefined };
}

/** A revision of a service; what the registry stores fits. */
export interface OpenApiService {
  readonly name: string;
  readonly type: ServiceType;
  readonly revision: number;
  readonly documentation?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly options: { readonly public?: boolean | undefined };
  readonly handlers: readonly OpenApiHandler[];
}

/** Options of the description. */
export interface OpenApiOptions {
  /** Advertised address of the ingress. */
  readonly ingressUrl: string;
}

/** Builds the OpenAPI document of a service; plain data, ready to be printed as JSON. */
export function openApiOf(service: OpenApiService, { ingressUrl }: OpenApiOptions): JsonObject {
  const handlers = service.handlers.filter((handler) => isListed(service, handler));
  const paths = Object.assign({}, ...handlers.map((handler) => pathsOf(service, handler)));
  const schemas = Object.assign({ RestateError: ERROR_SCHEMA }, ...handlers.map(schemasOf));
  return {
    openapi: "3.1.0",
    info: {
      title: service.name,
      ...(service.documentation === undefined ? {} : { description: service.documentation }),
      version: `${service.revision}`,
      ...extensionsOf(service.metadata),
    },
    servers: [{ url: ingressUrl, description: "Ingress URL" }],
    tags: TAGS,
    paths,
    components: { parameters: PARAMETERS, responses: RESPONSES, schemas },
  };
}

/** A private handler of a public service is left out; a private service is described whole. */
function isListed(service: OpenApiService, handler: OpenApiHandler): boolean {
  return handler.options.public !== false || service.options.public === false;
}

function extensionsOf(metadata: Readonly<Record<string, string>> | undefined): JsonObject {
  const isEmpty = metadata === undefined || Object.keys(metadata).length === 0;
  return isEmpty ? {} : { "x-restate-extensions": metadata };
}

function pathsOf(service: OpenApiService, handler: OpenApiHandler): JsonObject {
  const keyed = service.type !== "service";
  const target = `${service.name}${keyed ? "/{key}" : ""}/${handler.name}`;
  const invocation = `/restate/invocation/${target}/{idempotencyKey}`;
  const workflow = `/restate/workflow/${service.name}/{key}`;
  const operations: Record<string, JsonObject> = {
    [`/restate/call/${target}`]: { post: callOperation(service, handler) },
    [`/restate/send/${target}`]: { post: sendOperation(service, handler) },
  };
  if (service.type !== "workflow") {
    operations[`${invocation}/attach`] = { get: attachOperation(service, handler) };
    operations[`${invocation}/output`] = { get: outputOperation(service, handler) };
  } else if (handler.type === "workflow") {
    operations[`${workflow}/attach`] = { get: attachOperation(service, handler) };
    operations[`${workflow}/output`] = { get: outputOperation(service, handler) };
  }
  return operations;
}

function callOperation(service: OpenApiService, handler: OpenApiHandler): JsonObject {
  return {
    operationId: handler.name,
    summary: handler.name,
    description:
      handler.documentation ?? `Call ${service.name} handler ${handler.name} and wait for response`,
    parameters: requestParameters(service),
    ...requestBodyOf(handler),
    responses: { "200": resultOf(handler), default: componentRef("responses", "GenericError") },
    ...extensionsOf(handler.metadata),
  };
}

function sendOperation(service: OpenApiService, handler: OpenApiHandler): JsonObject {
  const accepted = componentRef("responses", "Send");
  return {
    operationId: `${handler.name}Send`,
    summary: handler.name,
    description: handler.documentation ?? `Send request to ${service.name} handler ${handler.name}`,
    tags: ["Send"],
    parameters: [...requestParameters(service), componentRef("parameters", "delay")],
    ...requestBodyOf(handler),
    responses: {
      "200": accepted,
      "202": accepted,
      default: componentRef("responses", "GenericError"),
    },
    ...extensionsOf(handler.metadata),
  };
}

function attachOperation(service: OpenApiService, handler: OpenApiHandler): JsonObject {
  return {
    operationId: `${handler.name}Attach`,
    tags: ["Attach"],
    description: resultDescription(service, handler, "attach"),
    ...resultOperation(service, handler),
    responses: {
      "200": resultOf(handler),
      "404": componentRef("responses", "InvocationNotFoundError"),
      default: componentRef("responses", "GenericError"),
    },
  };
}

function outputOperation(service: OpenApiService, handler: OpenApiHandler): JsonObject {
  return {
    operationId: `${handler.name}Output`,
    tags: ["Get Output"],
    description: resultDescription(service, handler, "output"),
    ...resultOperation(service, handler),
    responses: {
      "200": resultOf(handler),
      "404": componentRef("responses", "InvocationNotFoundError"),
      "470": componentRef("responses", "InvocationNotReadyError"),
      default: componentRef("responses", "GenericError"),
    },
  };
}

function resultOperation(service: OpenApiService, handler: OpenApiHandler): JsonObject {
  const key = service.type === "service" ? [] : [componentRef("parameters", "key")];
  const idempotencyKey =
    service.type === "workflow" ? [] : [componentRef("parameters", "idempotencyKeyPath")];
  return {
    summary: handler.name,
    deprecated: true,
    parameters: [...key, ...idempotencyKey],
    ...extensionsOf(handler.metadata),
  };
}

function resultDescription(
  service: OpenApiService,
  handler: OpenApiHandler,
  mode: "attach" | "output",
): string {
  const by = service.type === "workflow" ? "a workflow target" : "idempotency information";
  const does =
    handler.documentation ??
    (mode === "attach"
      ? `Wait for the result of ${service.name}/${handler.name}`
      : `Get the output of ${service.name}/${handler.name} if it has completed`);
  return (
    `Deprecated: use POST /restate/lookup with ${by} to obtain an invocation id, ` +
    `then GET /restate/${mode}/{invocationId}. ${does}`
  );
}

function requestParameters(service: OpenApiService): readonly JsonObject[] {
  const key = service.type === "service" ? [] : [componentRef("parameters", "key")];
  const idempotencyKey =
    service.type === "workflow" ? [] : [componentRef("parameters", "idempotencyKeyHeader")];
  return [...key, ...idempotencyKey];
}

function requestBodyOf({ name, input }: OpenApiHandler): JsonObject {
  if (input === undefined) return { requestBody: { required: false, content: { "*/*": {} } } };
  const content = contentOf(input, requestSchemaName(name));
  if (content === undefined) return {};
  return { requestBody: { required: input.required ?? false, content } };
}

function resultOf({ name, output }: OpenApiHandler): JsonObject {
  if (output === undefined) return { description: "", content: { "application/json": {} } };
  const content = contentOf(output, responseSchemaName(name));
  return content === undefined ? { description: "Empty" } : { description: "", content };
}

function contentOf(payload: OpenApiPayload, schemaName: string): JsonObject | undefined {
  if (payload.contentType === undefined) return undefined;
  const hasSchema = payload.jsonSchema !== undefined;
  return {
    [payload.contentType]: hasSchema ? { schema: componentRef("schemas", schemaName) } : {},
  };
}

function schemasOf({ name, input, output }: OpenApiHandler): JsonObject {
  return {
    ...schemaOf(input, requestSchemaName(name)),
    ...schemaOf(output, responseSchemaName(name)),
  };
}

function schemaOf(payload: OpenApiPayload | undefined, name: string): JsonObject {
  if (payload?.contentType === undefined || payload.jsonSchema === undefined) return {};
  const { jsonSchema } = payload;
  if (jsonSchema === true) return { [name]: {} };
  return { [name]: rebaseReferences(jsonSchema, `#/components/schemas/${name}`) };
}

/** References inside a schema start at its root, which is no longer the root of the document. */
function rebaseReferences(schema: unknown, root: string): unknown {
  if (Array.isArray(schema)) return schema.map((item) => rebaseReferences(item, root));
  if (schema === null || typeof schema !== "object") return schema;
  const entries = Object.entries(schema).map(([name, value]) => {
    const isReference = name === "$ref" && typeof value === "string" && value.startsWith("#");
    return [name, isReference ? root + value.slice(1) : rebaseReferences(value, root)] as const;
  });
  return Object.fromEntries(entries);
}

function requestSchemaName(handler: string): string {
  return `${handler}Request`;
}

function responseSchemaName(handler: string): string {
  return `${handler}Response`;
}
