import type { HandlerType, ServiceType } from "#model";
import type { SchemaSnapshot } from "#schema";

/** What the registry adds to the callees that journal entries name; plain data, by service. */
export type CallTargets = Readonly<Record<string, CallTarget>>;

/** A service that may be called. */
export interface CallTarget {
  readonly type: ServiceType;
  readonly handlers: Readonly<Record<string, CallHandler>>;
}

/** A handler that may be called; retentions in milliseconds. */
export interface CallHandler {
  readonly type: HandlerType;
  readonly journalMs: number;
  readonly idempotencyMs: number;
  readonly workflowMs: number;
}

/** Collects the latest revisions of all services. */
export function callTargetsOf(snapshot: SchemaSnapshot): CallTargets {
  const targets: Record<string, CallTarget> = {};
  for (const { service } of snapshot.latestRevisions()) {
    const handlers: Record<string, CallHandler> = {};
    for (const { name } of service.handlers) {
      const resolved = snapshot.resolveHandler(service.name, name);
      if (resolved === undefined) continue;
      handlers[name] = {
        type: resolved.handlerType,
        journalMs: resolved.options.journalRetentionMs,
        idempotencyMs: resolved.options.idempotencyRetentionMs,
        workflowMs: resolved.options.workflowCompletionRetentionMs,
      };
    }
    targets[service.name] = { type: service.type, handlers };
  }
  return targets;
}
