import type { Clock } from "#base/clock";
import type { Random } from "#base/random";
import type { PartitionClient } from "#partition";
import type { IngressResponse } from "../server-exchange.ts";
import type { HandlerCache } from "./handler-cache.ts";
import type { IngressRequest } from "./ingress-request.ts";

/** What of flow control is switched on. */
export interface IngressFeatures {
  /** Scopes and limit keys. */
  readonly scopes: boolean;
  /** Scopes on virtual objects. */
  readonly scopedVirtualObjects: boolean;
}

/** What routes work with. */
export interface RouteEnvironment {
  readonly handlers: HandlerCache;
  readonly partitions: PartitionClient;
  readonly random: Random;
  readonly clock: Clock;
  readonly features: IngressFeatures;
}

/** Response of a route, at once or later. Refusals are thrown, or rejected, as `IngressError`. */
export type RouteAnswer = IngressResponse | Promise<IngressResponse>;

/** Answers the requests of one family of paths. */
export type Route = (request: IngressRequest, environment: RouteEnvironment) => RouteAnswer;
