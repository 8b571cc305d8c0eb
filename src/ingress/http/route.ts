import { notFound } from "../ingress-error.ts";
import type { RouteAnswer, RouteEnvironment } from "./environment.ts";
import type { IngressRequest } from "./ingress-request.ts";
import { invoke } from "./invoke.ts";
import { parseShortInvokePath } from "./invoke-path.ts";
import { RESTATE_ROUTES } from "./restate-routes.ts";

/**
 * Answers a request by its path (ingress reference section 2).
 *
 * @throws IngressError also as a rejection
 */
export function answerRequest(request: IngressRequest, environment: RouteEnvironment): RouteAnswer {
  const { segments } = request;
  switch (segments[0]) {
    case "restate": {
      const route = RESTATE_ROUTES.get(segments[1] as string);
      if (route === undefined) throw notFound();
      return route(request, environment);
    }
    case "openapi":
      throw notFound();
    default:
      return invoke(request, parseShortInvokePath(segments, environment.handlers), environment);
  }
}
