import type { DeploymentId } from "#model";
import type { SchemaDefaults } from "./defaults.ts";
import { resolveDeployment, resolveHandler } from "./resolve.ts";
import type { SchemaDocument, StoredDeployment, StoredService } from "./schema-document.ts";
import type { ResolvedDeployment, ResolvedHandler, SchemaView } from "./types.ts";

/** A service revision beside the deployment that serves it. */
export interface ServiceRevision {
  readonly deployment: StoredDeployment;
  readonly service: StoredService;
}

type HandlersByName = ReadonlyMap<string, ResolvedHandler>;

/** The registry at one version: everything is resolved once, and never changes. */
export class SchemaSnapshot implements SchemaView {
  readonly version: number;
  readonly document: SchemaDocument;
  readonly defaults: SchemaDefaults;
  readonly #deployments = new Map<string, ResolvedDeployment>();
  readonly #stored = new Map<string, StoredDeployment>();
  /** By deployment, then by service. */
  readonly #pinned = new Map<string, Map<string, HandlersByName>>();
  readonly #latest = new Map<string, ServiceRevision>();
  readonly #latestHandlers = new Map<string, HandlersByName>();
  readonly #serviceNames: readonly string[];

  constructor(document: SchemaDocument, version: number, defaults: SchemaDefaults) {
    this.version = version;
    this.document = document;
    this.defaults = defaults;
    for (const deployment of document.deployments) this.#addDeployment(deployment);
    for (const [name, { deployment }] of this.#latest) {
      this.#latestHandlers.set(name, this.#pinned.get(deployment.id)?.get(name) ?? new Map());
    }
    this.#serviceNames = [...this.#latest.keys()];
  }

  #addDeployment(deployment: StoredDeployment): void {
    this.#stored.set(deployment.id, deployment);
    this.#deployments.set(deployment.id, resolveDeployment(deployment));
    const services = new Map<string, HandlersByName>();
    this.#pinned.set(deployment.id, services);
    for (const service of deployment.services) {
      const handlers = new Map<string, ResolvedHandler>();
      for (const handler of service.handlers) {
        const place = { deployment, service, handler };
        handlers.set(handler.name, resolveHandler(place, this.defaults));
      }
      services.set(service.name, handlers);
      const latest = this.#latest.get(service.name);
      if (latest === undefined || latest.service.revision <= service.revision) {
        this.#latest.set(service.name, { deployment, service });
      }
    }
  }

  resolveHandler(service: string, handler: string): ResolvedHandler | undefined {
    return this.#latestHandlers.get(service)?.get(handler);
  }

  resolvePinnedHandler(
    deploymentId: DeploymentId,
    service: string,
    handler: string,
  ): ResolvedHandler | undefined {
    return this.#pinned.get(deploymentId)?.get(service)?.get(handler);
  }

  serviceType(service: string): "service" | "virtual-object" | "workflow" | undefined {
    return this.#latest.get(service)?.service.type;
  }

  serviceNames(): readonly string[] {
    return this.#serviceNames;
  }

  deployment(id: DeploymentId): ResolvedDeployment | undefined {
    return this.#deployments.get(id);
  }

  /** The deployment with everything that was registered. */
  storedDeployment(id: string): StoredDeployment | undefined {
    return this.#stored.get(id);
  }

  /** The latest revision of a service. */
  latestRevision(service: string): ServiceRevision | undefined {
    return this.#latest.get(service);
  }

  /** The latest revisions of all services. */
  latestRevisions(): readonly ServiceRevision[] {
    return [...this.#latest.values()];
  }
}
