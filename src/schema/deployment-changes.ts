import type { DeploymentId, Manifest } from "#model";
import { isSameAddress } from "./deployment-address.ts";
import { checkServices } from "./manifest-check.ts";
import type { SchemaDocument, StoredDeployment, StoredService } from "./schema-document.ts";
import { SchemaRefusal } from "./schema-refusal.ts";

/** What discovery learnt about a deployment, already parsed and negotiated. */
export interface DiscoveredDeployment extends Omit<Manifest, "lambdaCompression"> {
  /** Value of `x-restate-server`, such as `restate-sdk-typescript/1.17.2`. */
  readonly sdkVersion: string | undefined;
}

/** How a deployment is reached and announced. */
export interface DeploymentConnection {
  readonly uri: string;
  readonly httpVersion: "http1" | "h2";
  /** Names in lower case. */
  readonly additionalHeaders: readonly (readonly [name: string, value: string])[];
}

/** A deployment to register. */
export interface DeploymentRegistration extends DeploymentConnection {
  readonly metadata: Readonly<Record<string, string>>;
  readonly discovered: DiscoveredDeployment;
  /** Replace a known deployment; implies `isBreakingAllowed`. */
  readonly isForced: boolean;
  /** Services may change their type. */
  readonly isBreakingAllowed: boolean;
}

/** What a registration gets from outside. */
export interface RegistrationFacts {
  /** Id for a deployment that is not known yet. */
  readonly freshId: DeploymentId;
  readonly nowMs: number;
  /** Headers, in lower case, that make two deployments at one address distinct. */
  readonly routingHeaders: readonly string[];
}

/** A registry after a change. */
export interface ChangedSchema {
  readonly document: SchemaDocument;
  readonly deployment: StoredDeployment;
  /** `unchanged`: known, and kept as it was. */
  readonly outcome: "created" | "overwritten" | "unchanged";
}

/** An update of the address or the content of a known deployment. */
export interface DeploymentUpdate extends DeploymentConnection {
  readonly id: DeploymentId;
  readonly discovered: DiscoveredDeployment;
  /** Replace the services too, keeping revision numbers. */
  readonly isOverwriting: boolean;
}

/** The deployment at an address, the newest if there are several. */
export function findDeployment(
  document: SchemaDocument,
  connection: Pick<DeploymentConnection, "uri" | "additionalHeaders">,
  routingHeaders: readonly string[],
): StoredDeployment | undefined {
  return findDeployments(document, connection, routingHeaders)[0];
}

function findDeployments(
  document: SchemaDocument,
  connection: Pick<DeploymentConnection, "uri" | "additionalHeaders">,
  routingHeaders: readonly string[],
): readonly StoredDeployment[] {
  const wanted = new Map(connection.additionalHeaders);
  return document.deployments
    .filter((deployment) => {
      if (!isSameAddress(deployment.uri, connection.uri)) return false;
      const present = new Map(deployment.additionalHeaders);
      return routingHeaders.every((name) => present.get(name) === wanted.get(name));
    })
    .toSorted((left, right) => right.createdAtMs - left.createdAtMs);
}

/**
 * Adds or replaces a deployment.
 *
 * @throws SchemaRefusal `service-type-changed`, `ambiguous-deployment`, or about the manifest
 */
export function registerDeployment(
  document: SchemaDocument,
  registration: DeploymentRegistration,
  facts: RegistrationFacts,
): ChangedSchema {
  const known = findDeployments(document, registration, facts.routingHeaders);
  const present = known[0];
  if (present !== undefined && !registration.isForced) {
    return { document, deployment: present, outcome: "unchanged" };
  }
  if (known.length > 1) {
    const ids = known.map((deployment) => deployment.id).join(", ");
    throw new SchemaRefusal(
      "ambiguous-deployment",
      `several deployments are registered at '${registration.uri}': ${ids}. ` +
        "Delete all but one of them, then try again",
    );
  }
  const revisions = latestServices(document);
  const services = checkServices(
    registration.discovered.services,
    (service) => (revisions.get(service)?.revision ?? 0) + 1,
  );
  if (!registration.isForced && !registration.isBreakingAllowed) {
    for (const service of services) assertSameType(service, revisions.get(service.name));
  }
  const deployment: StoredDeployment = {
    ...storedConnection(registration, registration.discovered),
    id: present?.id ?? facts.freshId,
    metadata: registration.metadata,
    createdAtMs: facts.nowMs,
    services,
  };
  return {
    document: withDeployment(document, deployment),
    deployment,
    outcome: present === undefined ? "created" : "overwritten",
  };
}

/**
 * Changes address, headers and, if asked, the services of a known deployment.
 *
 * @throws SchemaRefusal `deployment-not-found`, `protocol-range-changed`, or about the manifest
 */
export function updateDeployment(
  document: SchemaDocument,
  update: DeploymentUpdate,
): Omit<ChangedSchema, "outcome"> {
  const present = requireDeployment(document, update.id);
  const { discovered } = update;
  if (
    discovered.minProtocolVersion !== present.minProtocolVersion ||
    discovered.maxProtocolVersion !== present.maxProtocolVersion
  ) {
    throw new SchemaRefusal(
      "protocol-range-changed",
      "the existing deployment supports the protocol versions " +
        `[${present.minProtocolVersion}, ${present.maxProtocolVersion}], while the updated one ` +
        `supports [${discovered.minProtocolVersion}, ${discovered.maxProtocolVersion}]. ` +
        "Updating a deployment requires that they are the same",
    );
  }
  const revisions = new Map(present.services.map(({ name, revision }) => [name, revision]));
  const services = update.isOverwriting
    ? checkServices(discovered.services, (service) => revisions.get(service) ?? 1)
    : present.services;
  const deployment: StoredDeployment = {
    ...storedConnection(update, discovered),
    id: present.id,
    metadata: present.metadata,
    createdAtMs: present.createdAtMs,
    services,
  };
  return { document: withDeployment(document, deployment), deployment };
}

/**
 * Removes a deployment; the next lower revisions of its services become the latest.
 *
 * @throws SchemaRefusal `deployment-not-found`
 */
export function deleteDeployment(document: SchemaDocument, id: DeploymentId): SchemaDocument {
  requireDeployment(document, id);
  return { deployments: document.deployments.filter((deployment) => deployment.id !== id) };
}

/** Replaces a deployment in its place, or adds it at the end. */
export function withDeployment(
  document: SchemaDocument,
  deployment: StoredDeployment,
): SchemaDocument {
  const isKnown = document.deployments.some(({ id }) => id === deployment.id);
  return {
    deployments: isKnown
      ? document.deployments.map((other) => (other.id === deployment.id ? deployment : other))
      : [...document.deployments, deployment],
  };
}

function requireDeployment(document: SchemaDocument, id: DeploymentId): StoredDeployment {
  const deployment = document.deployments.find((candidate) => candidate.id === id);
  if (deployment === undefined) {
    throw new SchemaRefusal(
      "deployment-not-found",
      `not found in the schema registry: deployment with id '${id}'`,
    );
  }
  return deployment;
}

function latestServices(document: SchemaDocument): ReadonlyMap<string, StoredService> {
  const latest = new Map<string, StoredService>();
  for (const { services } of document.deployments) {
    for (const service of services) {
      const other = latest.get(service.name);
      if (other === undefined || other.revision <= service.revision) {
        latest.set(service.name, service);
      }
    }
  }
  return latest;
}

function assertSameType(service: StoredService, previous: StoredService | undefined): void {
  if (previous === undefined || previous.type === service.type) return;
  throw new SchemaRefusal(
    "service-type-changed",
    `detected a new service revision for '${service.name}' changing the service type from ` +
      "previous revision. Service type cannot be changed across revisions.",
  );
}

function storedConnection(
  connection: DeploymentConnection,
  discovered: DiscoveredDeployment,
): Omit<StoredDeployment, "id" | "metadata" | "createdAtMs" | "services"> {
  return {
    uri: connection.uri,
    httpVersion: connection.httpVersion,
    additionalHeaders: connection.additionalHeaders,
    protocolMode: discovered.protocolMode,
    minProtocolVersion: discovered.minProtocolVersion,
    maxProtocolVersion: discovered.maxProtocolVersion,
    sdkVersion: discovered.sdkVersion,
  };
}
