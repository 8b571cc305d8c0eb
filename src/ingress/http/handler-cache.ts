import type { DeploymentId, InvocationTarget, Retention, ServiceType } from "#model";
import type { ResolvedHandler, SchemaView } from "#schema";
import { retentionOf } from "./retention.ts";

/** Oldest protocol version that the invoker still speaks; deployments below it are deprecated. */
const PROTOCOL_VERSION_MIN = 5;
/** Characters that a header value may consist of. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const DEFAULT_CONTENT_TYPE = "application/json";

/** A handler with everything that the ingress derives from it. */
export interface HandlerEntry {
  readonly resolved: ResolvedHandler;
  /** Target of a plain service without a scope, which is the same for every call. */
  readonly plainTarget: InvocationTarget;
  readonly retention: Retention;
  readonly retentionWithKey: Retention;
  /** Content type of results; undefined sets none. */
  readonly contentType: string | undefined;
  /** Deployment whose protocol version is no longer spoken; undefined if all is well. */
  readonly deprecatedDeployment: DeploymentId | undefined;
}

/** A service of the registry and the handlers that were asked for so far. */
export interface ServiceEntry {
  readonly name: string;
  readonly type: ServiceType;
  readonly handlers: Map<string, HandlerEntry>;
}

/**
 * Lookups in the registry, kept until the registry changes.
 *
 * Bounded by the registry: only services and handlers that exist are kept.
 */
export class HandlerCache {
  readonly #schema: () => SchemaView;
  #view: SchemaView | undefined;
  #version = -1;
  #services = new Map<string, ServiceEntry>();

  constructor(schema: () => SchemaView) {
    this.#schema = schema;
  }

  /** The latest revision of a service; undefined if it is unknown. */
  service(name: string): ServiceEntry | undefined {
    const view = this.#refresh();
    const known = this.#services.get(name);
    if (known !== undefined) return known;
    const type = view.serviceType(name);
    if (type === undefined) return undefined;
    const entry: ServiceEntry = { name, type, handlers: new Map() };
    this.#services.set(name, entry);
    return entry;
  }

  /** A handler on the latest revision of its service; undefined if it is unknown. */
  handler(service: ServiceEntry, name: string): HandlerEntry | undefined {
    const known = service.handlers.get(name);
    if (known !== undefined) return known;
    const view = this.#refresh();
    const resolved = view.resolveHandler(service.name, name);
    if (resolved === undefined) return undefined;
    const entry = entryOf(resolved, view);
    service.handlers.set(name, entry);
    return entry;
  }

  serviceNames(): readonly string[] {
    return this.#schema().serviceNames();
  }

  #refresh(): SchemaView {
    const view = this.#schema();
    if (view === this.#view && view.version === this.#version) return view;
    this.#view = view;
    this.#version = view.version;
    this.#services = new Map();
    return view;
  }
}

function entryOf(resolved: ResolvedHandler, view: SchemaView): HandlerEntry {
  const { handlerType, options, output } = resolved;
  const deployment = view.deployment(resolved.deploymentId);
  const deprecated =
    deployment !== undefined && deployment.maxProtocolVersion < PROTOCOL_VERSION_MIN;
  return {
    resolved,
    plainTarget: {
      serviceType: resolved.serviceType,
      handlerType,
      service: resolved.service,
      handler: resolved.handler,
      key: undefined,
      scope: undefined,
    },
    retention: retentionOf({ handlerType, options, hasIdempotencyKey: false }),
    retentionWithKey: retentionOf({ handlerType, options, hasIdempotencyKey: true }),
    contentType: safeContentType(output.contentType),
    deprecatedDeployment: deprecated ? resolved.deploymentId : undefined,
  };
}

/** A content type from a manifest becomes a header, so it must not be able to end one. */
function safeContentType(contentType: string | undefined): string | undefined {
  if (contentType === undefined || HEADER_VALUE.test(contentType)) return contentType;
  return DEFAULT_CONTENT_TYPE;
}
