import type { DeploymentId, InvocationId, InvocationTarget } from "#model";
import type { ResolvedDeployment } from "#schema";
import { invocationContentType } from "#service-protocol";
import type { RequestIdentity } from "./request-identity.ts";
import {
  type DeploymentTarget,
  deploymentPath,
  parseDeploymentUri,
} from "./transport/deployment-address.ts";
import type { OpenRequest } from "./transport/transport.ts";

type HeaderField = readonly [name: string, value: string];

interface CachedDeployment {
  readonly deployment: ResolvedDeployment;
  readonly address: DeploymentTarget;
  /** By protocol version; the transport caches their encoding by identity. */
  readonly headers: Map<number, readonly HeaderField[]>;
  /** By service, then by handler. */
  readonly paths: Map<string, Map<string, string>>;
}

/** What differs from call to call. */
export interface CallFacts {
  readonly deployment: ResolvedDeployment;
  readonly version: number;
  readonly invocationId: InvocationId;
  readonly target: InvocationTarget;
  readonly traceParent: string | undefined;
}

/** Deployments whose paths and headers are kept; beyond, all are dropped and built again. */
const CACHED_DEPLOYMENTS_MAX = 1000;
const TRACE_PARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Builds the requests that start attempts (service protocol section 3.2). */
export class DeploymentCalls {
  readonly #clusterName: string;
  readonly #identity: RequestIdentity | undefined;
  readonly #cache = new Map<DeploymentId, CachedDeployment>();

  constructor(clusterName: string, identity: RequestIdentity | undefined) {
    this.#clusterName = clusterName;
    this.#identity = identity;
  }

  /** The request of one attempt. Throws `TransportError` if the URI cannot be used. */
  requestOf(facts: CallFacts): OpenRequest {
    const cached = this.#lookUp(facts.deployment);
    const { service, handler, key } = facts.target;
    const headers: HeaderField[] = [["x-restate-invocation-id", facts.invocationId]];
    if (key !== undefined) headers.push(["x-restate-service-key", encodeKey(key)]);
    if (this.#identity !== undefined) {
      headers.push(...this.#identity.headersFor(suffixOf(service, handler), key));
    }
    const { traceParent } = facts;
    if (traceParent !== undefined && TRACE_PARENT.test(traceParent)) {
      headers.push(["traceparent", traceParent]);
    }
    return {
      method: "POST",
      path: pathOf(cached, service, handler),
      staticHeaders: this.#staticHeaders(cached, facts.version),
      headers,
    };
  }

  #lookUp(deployment: ResolvedDeployment): CachedDeployment {
    const cached = this.#cache.get(deployment.id);
    // Updating a deployment makes another object.
    if (cached !== undefined && cached.deployment === deployment) return cached;
    if (this.#cache.size >= CACHED_DEPLOYMENTS_MAX) this.#cache.clear();
    const fresh: CachedDeployment = {
      deployment,
      address: parseDeploymentUri(deployment.uri),
      headers: new Map(),
      paths: new Map(),
    };
    this.#cache.set(deployment.id, fresh);
    return fresh;
  }

  #staticHeaders(cached: CachedDeployment, version: number): readonly HeaderField[] {
    const known = cached.headers.get(version);
    if (known !== undefined) return known;
    const contentType = invocationContentType(version);
    const headers: readonly HeaderField[] = [
      ["content-type", contentType],
      ["accept", contentType],
      ["x-restate-cluster-name", this.#clusterName],
      ...cached.deployment.additionalHeaders,
    ];
    cached.headers.set(version, headers);
    return headers;
  }
}

function pathOf(cached: CachedDeployment, service: string, handler: string): string {
  let paths = cached.paths.get(service);
  if (paths === undefined) {
    paths = new Map();
    cached.paths.set(service, paths);
  }
  const known = paths.get(handler);
  if (known !== undefined) return known;
  const path = deploymentPath(cached.address, suffixOf(service, handler));
  paths.set(handler, path);
  return path;
}

function suffixOf(service: string, handler: string): string {
  return `/invoke/${service}/${handler}`;
}

function encodeKey(key: string): string {
  return encodeURIComponent(key.toWellFormed());
}
