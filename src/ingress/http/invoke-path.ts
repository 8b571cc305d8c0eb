import { badPathShape, serviceNotFound } from "../ingress-error.ts";
import type { HandlerCache, ServiceEntry } from "./handler-cache.ts";
import type { InvokePath } from "./invoke.ts";
import { decodeKey } from "./request-path.ts";

const SHORT_SHAPE = "either /:service-name/:handler or /:object-name/:object-key/:handler";

/** Shapes of the paths that begin with `/restate/call` and its like. */
export const LONG_SHAPE =
  "/restate/call/:service/:handler, /restate/send/:service/:handler, " +
  "/restate/scope/:scope/call/:service/:handler, /restate/attach/:invocation_id, " +
  "/restate/output/:invocation_id, or /restate/lookup";

/**
 * Reads `/{service}[/{key}]/{handler}[/send]`.
 *
 * @throws IngressError unknown services come before anything about the shape
 */
export function parseShortInvokePath(
  segments: readonly string[],
  handlers: HandlerCache,
): InvokePath {
  const service = findService(segments[0] as string, handlers);
  const { key, handler, rest } = splitTarget(segments, 1, service);
  const mode = rest === segments.length ? "call" : "send";
  const complete = mode === "call" || (segments[rest] === "send" && rest + 1 === segments.length);
  if (handler === undefined || !complete) throw badPathShape(SHORT_SHAPE);
  return { service, handler, key, scope: undefined, mode };
}

/**
 * Reads `{call|send}/{service}[/{key}]/{handler}`, from segment `start` on.
 *
 * @throws IngressError
 */
export function parseLongInvokePath(
  segments: readonly string[],
  options: { readonly start: number; readonly scope: string | undefined },
  handlers: HandlerCache,
): InvokePath {
  const { start, scope } = options;
  const mode = segments[start];
  const name = segments[start + 1];
  if ((mode !== "call" && mode !== "send") || name === undefined) throw badPathShape(LONG_SHAPE);
  const service = findService(name, handlers);
  const { key, handler, rest } = splitTarget(segments, start + 2, service);
  if (handler === undefined || rest !== segments.length) throw badPathShape(LONG_SHAPE);
  return { service, handler, key, scope, mode };
}

/**
 * Finds a service.
 *
 * @throws IngressError if it is not registered
 */
export function findService(name: string, handlers: HandlerCache): ServiceEntry {
  const service = handlers.service(name);
  if (service === undefined) throw serviceNotFound(name);
  return service;
}

interface TargetSegments {
  readonly key: string | undefined;
  readonly handler: string | undefined;
  /** Index of the segment after the handler. */
  readonly rest: number;
}

/** Reads the key, if the service has keys, and the handler. */
export function splitTarget(
  segments: readonly string[],
  start: number,
  service: ServiceEntry,
): TargetSegments {
  if (service.type === "service") {
    return { key: undefined, handler: segments[start], rest: start + 1 };
  }
  const key = segments[start];
  const decoded = key === undefined ? undefined : decodeKey(key);
  return { key: decoded, handler: segments[start + 1], rest: start + 2 };
}
