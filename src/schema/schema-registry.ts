import type { Clock } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import { type DeploymentId, deploymentIdFromUlid, ULID_RANDOM_BYTES, ulidFromParts } from "#model";
import type { SchemaDefaults } from "./defaults.ts";
import {
  type ChangedSchema,
  type DeploymentRegistration,
  type DeploymentUpdate,
  deleteDeployment,
  registerDeployment,
  updateDeployment,
} from "./deployment-changes.ts";
import {
  decodeSchemaDocument,
  EMPTY_SCHEMA_DOCUMENT,
  encodeSchemaDocument,
  SCHEMA_DOCUMENT_BYTES_MAX,
  SCHEMA_DOCUMENT_NAME,
  type SchemaDocument,
  type StoredDeployment,
} from "./schema-document.ts";
import { SchemaSnapshot } from "./schema-snapshot.ts";
import { modifyService, type ServiceModification } from "./service-changes.ts";
import { type DocumentStore, VersionedDocument } from "./versioned-document.ts";

/** What the registry is built from. */
export interface SchemaRegistryOptions {
  /** `Metadata` of `#cluster`. */
  readonly documents: DocumentStore;
  readonly defaults: SchemaDefaults;
  /** Headers that make two deployments at one address distinct (`deployment-routing-headers`). */
  readonly routingHeaders: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A registration and what became of it. */
export interface RegistrationOutcome {
  readonly outcome: ChangedSchema["outcome"];
  readonly deployment: StoredDeployment;
  /** The registry with the change; of a dry run, as it would have been. */
  readonly snapshot: SchemaSnapshot;
}

/** Deployments, their services and handlers: one document, changed by compare-and-set. */
export class SchemaRegistry {
  readonly #options: SchemaRegistryOptions;
  readonly #document: VersionedDocument<SchemaDocument>;
  readonly #listeners = new Set<(snapshot: SchemaSnapshot) => void>();
  #snapshot: SchemaSnapshot;

  private constructor(options: SchemaRegistryOptions) {
    this.#options = options;
    this.#snapshot = new SchemaSnapshot(EMPTY_SCHEMA_DOCUMENT, 0, options.defaults);
    this.#document = new VersionedDocument({
      store: options.documents,
      logger: options.logger,
      format: {
        name: SCHEMA_DOCUMENT_NAME,
        empty: EMPTY_SCHEMA_DOCUMENT,
        bytesMax: SCHEMA_DOCUMENT_BYTES_MAX,
        encode: encodeSchemaDocument,
        decode: decodeSchemaDocument,
      },
      onChange: (document, version) => this.#install(document, version),
    });
  }

  /** Reads what is registered, and follows every change from then on. */
  static async open(options: SchemaRegistryOptions): Promise<SchemaRegistry> {
    const registry = new SchemaRegistry(options);
    await registry.#document.open();
    return registry;
  }

  /** The registry as this node knows it: immutable, replaced with every change. */
  view(): SchemaSnapshot {
    return this.#snapshot;
  }

  /** Calls back after every change, until the returned function is called. */
  onChange(listener: (snapshot: SchemaSnapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Headers that make two deployments at one address distinct. */
  get routingHeaders(): readonly string[] {
    return this.#options.routingHeaders;
  }

  close(): void {
    this.#document.close();
    this.#listeners.clear();
  }

  /**
   * Registers a deployment, or replaces a known one when forced.
   *
   * @throws SchemaRefusal when the manifest is invalid or changes a service's type
   */
  registerDeployment(
    registration: DeploymentRegistration,
    isDryRun: boolean,
  ): Promise<RegistrationOutcome> {
    const { clock, random, routingHeaders } = this.#options;
    const nowMs = clock.nowMs();
    const ulid = ulidFromParts(nowMs, random.nextBytes(ULID_RANDOM_BYTES));
    const facts = { freshId: deploymentIdFromUlid(ulid), nowMs, routingHeaders };
    return this.#document.change((document, version) => {
      const changed = registerDeployment(document, registration, facts);
      const { outcome, deployment } = changed;
      const snapshot = this.#snapshotOf(changed.document, version);
      const content = isDryRun ? document : changed.document;
      return { content, result: { outcome, deployment, snapshot } };
    });
  }

  /**
   * Changes address, headers and, if asked, the services of a known deployment.
   *
   * @throws SchemaRefusal `deployment-not-found`, `protocol-range-changed`, or about the manifest
   */
  updateDeployment(
    update: DeploymentUpdate,
    isDryRun: boolean,
  ): Promise<Omit<RegistrationOutcome, "outcome">> {
    return this.#document.change((document, version) => {
      const changed = updateDeployment(document, update);
      const snapshot = this.#snapshotOf(changed.document, version);
      const content = isDryRun ? document : changed.document;
      return { content, result: { deployment: changed.deployment, snapshot } };
    });
  }

  /**
   * Removes a deployment; invocations pinned to it fail from then on.
   *
   * @throws SchemaRefusal `deployment-not-found`
   */
  deleteDeployment(id: DeploymentId): Promise<void> {
    return this.#document.change((document) => ({
      content: deleteDeployment(document, id),
      result: undefined,
    }));
  }

  /**
   * Sets options of the latest revision of a service, until the next revision.
   *
   * @throws SchemaRefusal `service-not-found`, `unsupported-option`
   */
  modifyService(service: string, modification: ServiceModification): Promise<void> {
    return this.#document.change((document) => ({
      content: modifyService(document, service, modification),
      result: undefined,
    }));
  }

  #snapshotOf(document: SchemaDocument, version: number): SchemaSnapshot {
    return new SchemaSnapshot(document, version, this.#options.defaults);
  }

  #install(document: SchemaDocument, version: number): void {
    this.#snapshot = this.#snapshotOf(document, version);
    for (const listener of this.#listeners) listener(this.#snapshot);
  }
}
