import { assert } from "#base/assert";
import type {
  DeploymentId,
  HandlerType,
  ManifestInput,
  ManifestOptions,
  ManifestOutput,
  ServiceType,
} from "#model";

/** Name of the registry's document in the metadata store. */
export const SCHEMA_DOCUMENT_NAME = "schema/registry";

/** Largest encoded registry, in bytes; a change that would exceed it is refused. */
export const SCHEMA_DOCUMENT_BYTES_MAX = 16 * 1024 * 1024;

const FORMAT_VERSION = 1;

/** A handler as it is kept: what the manifest said, checked. */
export interface StoredHandler {
  readonly name: string;
  readonly type: HandlerType;
  readonly documentation?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly input?: ManifestInput | undefined;
  readonly output?: ManifestOutput | undefined;
  readonly options: ManifestOptions;
}

/** A revision of a service; `options` carry the modifications made by an operator. */
export interface StoredService {
  readonly name: string;
  readonly type: ServiceType;
  readonly revision: number;
  readonly documentation?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly options: ManifestOptions;
  readonly handlers: readonly StoredHandler[];
}

/** A registered deployment with its services. */
export interface StoredDeployment {
  readonly id: DeploymentId;
  readonly uri: string;
  readonly httpVersion: "http1" | "h2";
  readonly protocolMode: "bidi-stream" | "request-response";
  readonly minProtocolVersion: number;
  readonly maxProtocolVersion: number;
  readonly additionalHeaders: readonly (readonly [name: string, value: string])[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly sdkVersion?: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
  readonly services: readonly StoredService[];
}

/** Everything that is registered. Never changed in place. */
export interface SchemaDocument {
  readonly deployments: readonly StoredDeployment[];
}

/** A registry in which nothing is registered. */
export const EMPTY_SCHEMA_DOCUMENT: SchemaDocument = { deployments: [] };

/** Encodes the registry as JSON, in UTF-8. */
export function encodeSchemaDocument(document: SchemaDocument): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ formatVersion: FORMAT_VERSION, ...document }));
}

/** Decodes what `encodeSchemaDocument` wrote; nobody else writes this document. */
export function decodeSchemaDocument(contents: Uint8Array): SchemaDocument {
  // Only this module writes the document, so that its shape is an invariant and not checked again.
  const stored = JSON.parse(new TextDecoder().decode(contents)) as SchemaDocument & {
    formatVersion: number;
  };
  assert(stored.formatVersion === FORMAT_VERSION, "the registry has a known format version");
  return { deployments: stored.deployments };
}
