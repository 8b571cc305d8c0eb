import type { Clock } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { PartitionClient } from "#partition";
import type { RuleRegistry, SchemaRegistry, ServiceRevision } from "#schema";
import type { Discover } from "./discovery.ts";

/** What `GET /version` answers, besides the API versions. */
export interface VersionInfo {
  /** Semantic version; the official CLI chooses queries by it. */
  readonly version: string;
  /** Address of the ingress that clients are told. */
  readonly ingressEndpoint: string | undefined;
  readonly features: Readonly<Record<string, boolean>>;
}

/** What `GET /cluster-health` answers. */
export interface ClusterHealth {
  readonly clusterName: string;
  /** Node ids of the metadata group. */
  readonly metadataMembers: readonly number[];
}

/** The answer of a query, in the form that the request asked for. */
export interface QueryReply {
  readonly contentType: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Runs SQL over the state of the cluster; implemented by introspection. */
export interface QueryRunner {
  /**
   * Runs one statement.
   *
   * @param format `json`, or `arrow`: an Arrow IPC stream
   * @param signal ends a query whose answer has not started when its client has left
   * @throws an error with `status` and `message` when the statement is refused
   */
  query(sql: string, format: "json" | "arrow", signal: AbortSignal): Promise<QueryReply>;
}

/** What routes work with. */
export interface AdminServices {
  readonly registry: SchemaRegistry;
  readonly rules: RuleRegistry;
  readonly partitions: PartitionClient;
  /** Undefined on nodes without a query engine. */
  readonly introspection: QueryRunner | undefined;
  readonly discover: Discover;
  /** The OpenAPI document of a service on the ingress, as a JSON value. */
  readonly openApiOf: (revision: ServiceRevision) => unknown;
  /** The OpenAPI document of this API. */
  readonly adminOpenApi: () => unknown;
  readonly versionInfo: VersionInfo;
  readonly clusterHealth: () => ClusterHealth | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}
