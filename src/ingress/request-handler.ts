/** What every request passes through before and after its route, whatever the transport. */
import type { Logger } from "#base/logger";
import { allowCrossOrigin, preflightResponse } from "./cross-origin.ts";
import type { RouteEnvironment } from "./http/environment.ts";
import { findHeader } from "./http/header-fields.ts";
import type { CallFacts, IngressRequest } from "./http/ingress-request.ts";
import { parseRequestPath } from "./http/request-path.ts";
import { ingressErrorResponse } from "./http/responses.ts";
import { answerRequest } from "./http/route.ts";
import { overloaded } from "./http/routing-failure.ts";
import { IngressError } from "./ingress-error.ts";
import { type IngressMetrics, outcomeOf } from "./ingress-metrics.ts";
import type { IngressResponse, ServerExchange } from "./server-exchange.ts";

/** Options of the request handler. */
export interface RequestHandlerOptions {
  readonly environment: RouteEnvironment;
  readonly requestBytesMax: number;
  /** Requests in flight, long polls included; undefined is unlimited. */
  readonly concurrentRequestsMax: number | undefined;
  readonly metrics: IngressMetrics;
  readonly logger: Logger;
}

/** The one answer that is not JSON: an announced body above the limit (section 9). */
const LENGTH_LIMIT_EXCEEDED: IngressResponse = {
  status: 413,
  headers: ["content-type", "text/plain; charset=utf-8"],
  body: Buffer.from("length limit exceeded", "latin1"),
};

/** Answers exchanges, in this order: body limit, preflight, overload, route. */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;
  #inFlight = 0;

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
  }

  /** Requests that were admitted and not yet answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Answers one exchange; never throws. */
  handle(exchange: ServerExchange): void {
    const { requestBytesMax, concurrentRequestsMax, metrics } = this.#options;
    const { headers, contentLength } = exchange;
    if (contentLength !== undefined && contentLength > requestBytesMax) {
      exchange.respond(LENGTH_LIMIT_EXCEEDED);
    } else if (exchange.method === "OPTIONS") {
      exchange.respond(preflightResponse(headers));
    } else if (concurrentRequestsMax !== undefined && this.#inFlight >= concurrentRequestsMax) {
      metrics.onRequestRateLimited();
      exchange.respond(allowCrossOrigin(ingressErrorResponse(overloaded()), headers));
    } else {
      this.#inFlight += 1;
      metrics.onRequestAdmitted();
      this.#route(exchange);
    }
  }

  #route(exchange: ServerExchange): void {
    const admission: Admission = {
      exchange,
      startedAtMs: this.#options.environment.clock.monotonicMs(),
      request: undefined,
    };
    try {
      const path = parseRequestPath(exchange.target);
      const request: IngressRequest = { ...path, exchange, call: undefined };
      admission.request = request;
      const answer = answerRequest(request, this.#options.environment);
      if (!(answer instanceof Promise)) {
        this.#finish(admission, answer);
        return;
      }
      answer.then(
        (response) => this.#finish(admission, response),
        (error: unknown) => this.#finish(admission, this.#refusal(error, exchange)),
      );
    } catch (error) {
      this.#finish(admission, this.#refusal(error, exchange));
    }
  }

  #finish({ exchange, request, startedAtMs }: Admission, response: IngressResponse): void {
    const { metrics, environment, logger } = this.#options;
    this.#inFlight -= 1;
    try {
      exchange.respond(allowCrossOrigin(response, exchange.headers));
      const durationMs = environment.clock.monotonicMs() - startedAtMs;
      metrics.onRequestFinished(finishedOf(request?.call, response, durationMs));
    } catch (error) {
      // One response that cannot be sent must not take the server down.
      const { method, target } = exchange;
      logger.error("Response could not be sent", { method, target, error });
    }
  }

  #refusal(error: unknown, exchange: ServerExchange): IngressResponse {
    if (error instanceof IngressError) return ingressErrorResponse(error);
    const { method, target } = exchange;
    this.#options.logger.error("Request failed inside the ingress", { method, target, error });
    return ingressErrorResponse(new IngressError(500, "internal server error"));
  }
}

/** A request in flight. */
interface Admission {
  readonly exchange: ServerExchange;
  readonly startedAtMs: number;
  /** Undefined until its path is known to be well-formed. */
  request: IngressRequest | undefined;
}

function finishedOf(
  call: CallFacts | undefined,
  response: IngressResponse,
  durationMs: number,
): Parameters<IngressMetrics["onRequestFinished"]>[0] {
  if (call === undefined) return undefined;
  const errorSource = findHeader(response.headers, "x-restate-error-source");
  const outcome = outcomeOf(response.status, errorSource);
  return { service: call.service, mode: call.mode, outcome, durationMs };
}
