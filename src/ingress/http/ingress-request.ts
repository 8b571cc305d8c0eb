import { IngressError, unreadableBody } from "../ingress-error.ts";
import type { ServerExchange } from "../server-exchange.ts";
import { BodyError } from "../server-exchange.ts";
import type { RequestPath } from "./request-path.ts";
import { overloaded } from "./routing-failure.ts";

/** A request on its way through a route. */
export interface IngressRequest extends RequestPath {
  readonly exchange: ServerExchange;
  /** What the request is, for metrics; set by the route as soon as it is known. */
  call: CallFacts | undefined;
}

/** Labels of calls and sends in metrics. */
export interface CallFacts {
  readonly service: string;
  readonly mode: "call" | "send";
}

/**
 * Reads the body and continues, without a detour if the body is already here.
 *
 * @throws IngressError also as a rejection, if the body cannot be read
 */
export function withBody<T>(
  { exchange }: IngressRequest,
  next: (body: Uint8Array) => T | Promise<T>,
): T | Promise<T> {
  const body = exchange.readBody();
  if (!(body instanceof Promise)) return next(body);
  return body.catch(refuseBody).then(next);
}

function refuseBody(error: unknown): never {
  if (!(error instanceof BodyError)) throw error;
  if (error.reason === "overloaded") throw overloaded();
  if (error.reason !== "too-large") throw unreadableBody(error.message);
  throw new IngressError(413, `cannot read body: ${error.message}`);
}
