/** Kind of a service. */
export type ServiceType = "service" | "virtual-object" | "workflow";

/**
 * Kind of a handler. Handlers of plain services are `shared`; a workflow has `workflow` (the run
 * handler) and `shared`; a virtual object has `exclusive` and `shared`.
 */
export type HandlerType = "exclusive" | "shared" | "workflow";

/** What an invocation runs. */
export interface InvocationTarget {
  readonly serviceType: ServiceType;
  readonly handlerType: HandlerType;
  readonly service: string;
  readonly handler: string;
  /** Object or workflow key; undefined for plain services. May be the empty string. */
  readonly key: string | undefined;
  /** Flow-control scope; part of the identity of state, locks, workflow and idempotency keys. */
  readonly scope: string | undefined;
}

/** True if at most one invocation of the target's key may run at a time. */
export function isExclusive(target: InvocationTarget): boolean {
  return target.handlerType === "exclusive";
}

/** True if the target is the run handler of a workflow. */
export function isWorkflowRun(target: InvocationTarget): boolean {
  return target.handlerType === "workflow";
}

/** `Service/handler` or `Service/key/handler`, as the introspection tables print it. */
export function formatTarget(target: InvocationTarget): string {
  return target.key === undefined
    ? `${target.service}/${target.handler}`
    : `${target.service}/${target.key}/${target.handler}`;
}

/**
 * Identity of a keyed service instance, usable as a map key. The parts cannot contain the
 * separator: scopes and service names are restricted to `[a-zA-Z0-9_.-]`, and the key comes last.
 */
export function instanceOf(target: InvocationTarget): string {
  return `${target.scope ?? ""}/${target.service}/${target.key ?? ""}`;
}
