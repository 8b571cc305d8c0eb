import type { z } from "zod";
import type { AdminServices } from "./admin-services.ts";

/** Methods of admin routes. HEAD is served wherever GET is. */
export type RouteMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Admin API version of the path prefix; without one, the newest. */
export type ApiVersion = 2 | 3 | 4;

/** What a route's handler gets: validated, with defaults applied. */
export interface RouteRequest<Query, Body> {
  /** Decoded path parameters; routes that take ids parse them. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly apiVersion: ApiVersion;
  /** First `accept` header, if there is one. */
  readonly accept: string | undefined;
  /** Aborted when the client leaves before the answer has begun. */
  readonly signal: AbortSignal;
}

/** What a route answers. */
export interface RouteReply {
  readonly status: number;
  /** Encoded as JSON; undefined sends no body. */
  readonly json?: unknown;
  /** An encoded body that is sent as it comes, instead of `json`. */
  readonly stream?: ReplyStream;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A body that is produced while it is sent. */
export interface ReplyStream {
  readonly contentType: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A route as data: routing, validation and the API description come from it. */
export interface Route {
  readonly method: RouteMethod;
  /** With `{name}` for parameters, each a whole segment. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tag: string;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  /** What a body that no rule describes better is told; see `parseBody`. */
  readonly bodyMismatch: string | undefined;
  readonly replies: Readonly<Record<number, string>>;
  readonly errors: readonly number[];
  readonly handle: (
    request: RouteRequest<unknown, unknown>,
    services: AdminServices,
  ) => RouteReply | Promise<RouteReply>;
}

/** A route before its types are erased. */
export interface RouteDefinition<Query extends z.ZodType, Body extends z.ZodType> {
  readonly method: RouteMethod;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tag: string;
  readonly query?: Query;
  readonly body?: Body;
  readonly bodyMismatch?: string;
  readonly replies: Readonly<Record<number, string>>;
  /** Statuses of its errors, for the description. */
  readonly errors?: readonly number[];
  readonly handle: (
    request: RouteRequest<z.output<Query>, z.output<Body>>,
    services: AdminServices,
  ) => RouteReply | Promise<RouteReply>;
}

/** Defines one operation of the admin API. */
export function route<Query extends z.ZodType, Body extends z.ZodType>(
  definition: RouteDefinition<Query, Body>,
): Route {
  return {
    ...definition,
    query: definition.query,
    body: definition.body,
    bodyMismatch: definition.bodyMismatch,
    errors: definition.errors ?? [],
    // The server validates with `query` and `body` before it calls, so that the types hold.
    handle: definition.handle as Route["handle"],
  };
}
