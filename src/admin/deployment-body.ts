import type { SchemaSnapshot, StoredDeployment } from "#schema";
import { formatNanoTimestamp } from "./nano-timestamp.ts";
import { serviceBody } from "./service-body.ts";

const PROTOCOL_TYPES = {
  "bidi-stream": "BidiStream",
  "request-response": "RequestResponse",
} as const;
const HTTP_VERSIONS = { http1: "HTTP/1.1", h2: "HTTP/2.0" } as const;

/** Prints a deployment; services by name and revision, or complete. */
export function deploymentBody(
  deployment: StoredDeployment,
  services: readonly unknown[],
): Readonly<Record<string, unknown>> {
  const headers = Object.fromEntries(deployment.additionalHeaders);
  return {
    id: deployment.id,
    uri: deployment.uri,
    protocol_type: PROTOCOL_TYPES[deployment.protocolMode],
    http_version: HTTP_VERSIONS[deployment.httpVersion],
    additional_headers: Object.keys(headers).length === 0 ? undefined : headers,
    metadata: Object.keys(deployment.metadata).length === 0 ? undefined : deployment.metadata,
    created_at: formatNanoTimestamp(deployment.createdAtMs),
    min_protocol_version: deployment.minProtocolVersion,
    max_protocol_version: deployment.maxProtocolVersion,
    sdk_version: deployment.sdkVersion,
    services,
  };
}

/** Prints a deployment as an element of the list of all. */
export function deploymentSummary(deployment: StoredDeployment): Readonly<Record<string, unknown>> {
  const services = deployment.services.map(({ name, revision }) => ({ name, revision }));
  return deploymentBody(deployment, services);
}

/** Prints a deployment with its services in full. */
export function deploymentDetails(
  deployment: StoredDeployment,
  snapshot: SchemaSnapshot,
): Readonly<Record<string, unknown>> {
  return deploymentBody(deployment, servicesOf(deployment, snapshot));
}

/** Prints the services of a deployment in full. */
export function servicesOf(
  deployment: StoredDeployment,
  snapshot: SchemaSnapshot,
): readonly unknown[] {
  return deployment.services.map((service) => serviceBody({ deployment, service }, snapshot));
}
