import type { ManifestOptions } from "#model";
import { withDeployment } from "./deployment-changes.ts";
import type { SchemaDocument, StoredService } from "./schema-document.ts";
import { SchemaRefusal } from "./schema-refusal.ts";

/** Options of a service that an operator may set. Undefined: leave as it is. */
export type ServiceModification = Pick<
  ManifestOptions,
  | "public"
  | "idempotencyRetentionMs"
  | "workflowCompletionRetentionMs"
  | "journalRetentionMs"
  | "inactivityTimeoutMs"
  | "abortTimeoutMs"
>;

/**
 * Sets options of the latest revision of a service; the revision number stays.
 *
 * @throws SchemaRefusal `service-not-found`, `unsupported-option`
 */
export function modifyService(
  document: SchemaDocument,
  name: string,
  modification: ServiceModification,
): SchemaDocument {
  let latest: { deploymentIndex: number; service: StoredService } | undefined;
  document.deployments.forEach((deployment, deploymentIndex) => {
    const service = deployment.services.find((candidate) => candidate.name === name);
    if (service === undefined) return;
    if (latest === undefined || latest.service.revision <= service.revision) {
      latest = { deploymentIndex, service };
    }
  });
  const deployment = document.deployments[latest?.deploymentIndex ?? -1];
  if (latest === undefined || deployment === undefined) {
    throw new SchemaRefusal(
      "service-not-found",
      `not found in the schema registry: service with name '${name}'`,
    );
  }
  const { service } = latest;
  if (modification.workflowCompletionRetentionMs !== undefined && service.type !== "workflow") {
    const printed = service.type === "service" ? "Service" : "VirtualObject";
    throw new SchemaRefusal(
      "unsupported-option",
      `modifying retention time for service type ${printed} is unsupported`,
    );
  }
  const changes = Object.entries(modification).filter(([, value]) => value !== undefined);
  const modified = { ...service, options: { ...service.options, ...Object.fromEntries(changes) } };
  return withDeployment(document, {
    ...deployment,
    services: deployment.services.map((other) => (other === service ? modified : other)),
  });
}
