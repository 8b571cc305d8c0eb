import type { HandlerType, ManifestHandler, ManifestService, ServiceType } from "#model";
import { findJsonSchemaProblem } from "./json-schema-check.ts";
import type { StoredHandler, StoredService } from "./schema-document.ts";
import { SchemaRefusal } from "./schema-refusal.ts";

const SERVICE_TYPE_NAMES = {
  service: "Service",
  "virtual-object": "VirtualObject",
  workflow: "Workflow",
} as const;
const HANDLER_TYPE_NAMES = {
  exclusive: "Exclusive",
  shared: "Shared",
  workflow: "Workflow",
} as const;

/**
 * Checks the services of a manifest and gives each its revision. Of services, and of handlers, with
 * the same name, the last one counts.
 *
 * @throws SchemaRefusal `reserved-service-name` or `invalid-manifest`
 */
export function checkServices(
  services: readonly ManifestService[],
  revisionOf: (service: string) => number,
): readonly StoredService[] {
  const checked = new Map<string, StoredService>();
  for (const service of services) {
    checked.set(service.name, checkService(service, revisionOf(service.name)));
  }
  return [...checked.values()];
}

function checkService(service: ManifestService, revision: number): StoredService {
  const lowerName = service.name.toLowerCase();
  if (lowerName.startsWith("restate") || lowerName === "openapi") {
    throw new SchemaRefusal(
      "reserved-service-name",
      `cannot insert/modify service '${service.name}' as it contains a reserved name`,
    );
  }
  const handlers = new Map<string, StoredHandler>();
  for (const handler of service.handlers) {
    handlers.set(handler.name, checkHandler(service, handler));
  }
  return {
    name: service.name,
    type: service.type,
    revision,
    documentation: service.documentation,
    metadata: service.metadata,
    options: normaliseRetry(service.options),
    handlers: [...handlers.values()],
  };
}

function checkHandler(service: ManifestService, handler: ManifestHandler): StoredHandler {
  const type = handlerTypeOf(service.type, handler.type);
  const { options, name } = handler;
  if (type !== "workflow" && options.workflowCompletionRetentionMs !== undefined) {
    refuse(`${name} sets the workflow_completion_retention, but it's not a WORKFLOW handler`);
  }
  if (type === "workflow" && options.idempotencyRetentionMs !== undefined) {
    refuse(`${name} sets the idempotency_retention, but it's a WORKFLOW handler`);
  }
  if (service.options.public === false && options.public === true) {
    refuse(
      `The service ${service.name} is private, but the ${name} is explicitly set as public. ` +
        "This is not supported. Please make the service public, and hide the individual handlers",
    );
  }
  checkContentType(handler);
  checkJsonSchema(`${service.name}/${name} input`, handler.input?.jsonSchema);
  checkJsonSchema(`${service.name}/${name} output`, handler.output?.jsonSchema);
  const { documentation, metadata, input, output } = handler;
  const stored = { name, type, documentation, metadata, input, output };
  return { ...stored, options: normaliseRetry(options) };
}

function handlerTypeOf(serviceType: ServiceType, type: HandlerType | undefined): HandlerType {
  switch (serviceType) {
    case "service":
      if (type === undefined || type === "shared") return "shared";
      break;
    case "virtual-object":
      if (type !== "workflow") return type ?? "exclusive";
      break;
    case "workflow":
      if (type !== "exclusive") return type ?? "shared";
      break;
  }
  const printed = type === undefined ? "None" : `Some(${HANDLER_TYPE_NAMES[type]})`;
  return refuse(
    "invalid combination of service type and handler type " +
      `'(${SERVICE_TYPE_NAMES[serviceType]}, ${printed})'`,
  );
}

function checkContentType(handler: ManifestHandler): void {
  const contentType = handler.input?.contentType;
  if (contentType === undefined) return;
  if (contentType.split(";", 1)[0]?.split("/").length !== 2) {
    refuse(
      `the handler '${handler.name}' input content-type is not valid: ` +
        `can't parse the content-type '${contentType}': must contain one /`,
    );
  }
}

function checkJsonSchema(place: string, schema: unknown): void {
  if (schema === undefined) return;
  const problem = findJsonSchemaProblem(schema);
  if (problem !== undefined) refuse(`the json schema for ${place} is invalid: ${problem}`);
}

function normaliseRetry(options: ManifestService["options"]): ManifestService["options"] {
  const policy = options.retryPolicy;
  if (policy?.maxAttempts !== 0) return options;
  // Zero attempts would be a handler that can never run.
  return { ...options, retryPolicy: { ...policy, maxAttempts: 1 } };
}

function refuse(message: string): never {
  throw new SchemaRefusal("invalid-manifest", message);
}
