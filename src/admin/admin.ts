import { AdminError } from "./admin-error.ts";
import type { AdminServices } from "./admin-services.ts";
import { toAdminError } from "./error-mapping.ts";
import {
  type AdminRequest,
  type AdminResponse,
  emptyAnswer,
  errorAnswer,
  jsonAnswer,
  readBody,
  sendAnswer,
  sendStream,
} from "./exchange.ts";
import { type AdminAddress, AdminListener } from "./listener.ts";
import { adminOpenApi } from "./openapi-document.ts";
import { parseBody, parseQuery } from "./request-body.ts";
import type { Route, RouteReply } from "./route.ts";
import { type RouteMatch, Router } from "./router.ts";
import { ALL_ROUTES } from "./routes/all-routes.ts";

/** What the admin API is built from. */
export type AdminOptions = Omit<AdminServices, "adminOpenApi"> & {
  /** Requests served at a time; beyond, 429. */
  readonly concurrentRequestsMax?: number | undefined;
  /** Connections of one address; more are closed as they arrive. */
  readonly connectionsMax?: number;
};

/** The admin API of a node. */
export interface Admin {
  /** Starts to listen, on any number of addresses; rejects if one cannot be bound. */
  listen(address: AdminAddress): Promise<AdminAddress>;
  /** Stops to listen and drops connections; idempotent. */
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 4_096;

/** Builds the admin API; nothing listens before `listen`. */
export function createAdmin(options: AdminOptions): Admin {
  const services: AdminServices = {
    ...options,
    adminOpenApi: () => adminOpenApi(ALL_ROUTES, options.versionInfo.version),
  };
  const server = new AdminServer(services, options.concurrentRequestsMax ?? Infinity);
  const listener = new AdminListener({
    handle: (request, response) => server.accept(request, response),
    connectionsMax: options.connectionsMax ?? CONNECTIONS_MAX,
  });
  let closed: Promise<void> | undefined;
  return {
    listen: (address) => listener.listen(address),
    close() {
      closed ??= listener.close();
      return closed;
    },
  };
}

/** Takes requests through routing, validation, handler and error mapping. */
class AdminServer {
  readonly #services: AdminServices;
  readonly #router = new Router(ALL_ROUTES);
  readonly #requestsMax: number;
  #requestCount = 0;

  constructor(services: AdminServices, requestsMax: number) {
    this.#services = services;
    this.#requestsMax = requestsMax;
  }

  /** Serves a request; never throws. */
  accept(request: AdminRequest, response: AdminResponse): void {
    // A client that goes away is no failure of ours.
    response.on("error", () => undefined);
    request.on("error", () => undefined);
    this.#requestCount++;
    this.#serve(request, response)
      .catch((error: unknown) => this.#fail(request, response, error))
      .finally(() => this.#requestCount--);
  }

  async #serve(request: AdminRequest, response: AdminResponse): Promise<void> {
    if (this.#requestCount > this.#requestsMax) {
      throw new AdminError(429, "Too many requests", { form: "empty" });
    }
    const [pathname = "/", search = ""] = (request.url ?? "/").split("?", 2);
    const match = this.#router.match(request.method ?? "GET", pathname);
    if (match.kind === "unknown") return sendAnswer(request, response, emptyAnswer(404));
    if (match.kind === "wrong-method") {
      return sendAnswer(request, response, emptyAnswer(405, { allow: match.allow }));
    }
    const left = new AbortController();
    response.once("close", () => left.abort());
    const reply = await this.#handle(request, match, { search, signal: left.signal });
    await sendReply(request, response, reply);
  }

  async #handle(
    request: AdminRequest,
    match: Extract<RouteMatch, { readonly kind: "route" }>,
    { search, signal }: { readonly search: string; readonly signal: AbortSignal },
  ): Promise<RouteReply> {
    const { route, params, apiVersion } = match;
    const query = parseQuery(route, new URLSearchParams(search));
    const body = await bodyOf(request, route);
    const { accept } = request.headers;
    return route.handle({ params, query, body, apiVersion, accept, signal }, this.#services);
  }

  async #fail(request: AdminRequest, response: AdminResponse, error: unknown): Promise<void> {
    const known = toAdminError(error);
    if (known === undefined) {
      this.#services.logger.error("Admin request failed", {
        method: request.method,
        url: request.url,
        error,
      });
    }
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const answer = errorAnswer(known ?? new AdminError(500, "Internal server error"));
    await sendAnswer(request, response, answer);
  }
}

async function bodyOf(request: AdminRequest, route: Route): Promise<unknown> {
  if (route.body === undefined) {
    request.resume();
    return undefined;
  }
  const bytes = await readBody(request);
  return parseBody(route, { contentType: request.headers["content-type"], bytes });
}

async function sendReply(
  request: AdminRequest,
  response: AdminResponse,
  { status, headers, json, stream }: RouteReply,
): Promise<void> {
  if (stream !== undefined) return sendStream(request, response, { status, stream });
  const answer =
    json === undefined ? emptyAnswer(status, headers) : jsonAnswer(status, json, headers);
  return sendAnswer(request, response, answer);
}
