import { textError } from "./admin-error.ts";
import type { ApiVersion, Route, RouteMethod } from "./route.ts";

/** Oldest version that is served. */
export const ADMIN_API_VERSION_MIN = 2;
/** Newest version that is served. */
export const ADMIN_API_VERSION_MAX = 4;

/** What a path and a method lead to. */
export type RouteMatch =
  | {
      readonly kind: "route";
      readonly route: Route;
      readonly params: Readonly<Record<string, string>>;
      readonly apiVersion: ApiVersion;
    }
  | { readonly kind: "wrong-method"; readonly allow: string }
  | { readonly kind: "unknown" };

interface PathEntry {
  readonly segments: readonly string[];
  readonly methods: Map<RouteMethod, Route>;
}

/** Finds routes by path and method, under every version prefix. */
export class Router {
  readonly #paths = new Map<string, PathEntry>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const shape = route.path.replace(/\{[^}]*\}/g, "{}");
      let entry = this.#paths.get(shape);
      if (entry === undefined) {
        entry = { segments: route.path.split("/").slice(1), methods: new Map() };
        this.#paths.set(shape, entry);
      }
      entry.methods.set(route.method, route);
    }
  }

  /**
   * Matches a request.
   *
   * @param pathname path as sent, still percent-encoded
   * @throws AdminError 400 for a version that is no longer served
   */
  match(method: string, pathname: string): RouteMatch {
    const { path, apiVersion } = splitVersion(pathname);
    const segments = path.split("/").slice(1);
    for (const entry of this.#paths.values()) {
      const params = matchSegments(entry.segments, segments);
      if (params === undefined) continue;
      const wanted = method === "HEAD" ? "GET" : method;
      const route = [...entry.methods.values()].find((candidate) => candidate.method === wanted);
      if (route === undefined) return { kind: "wrong-method", allow: allowOf(entry.methods) };
      return { kind: "route", route, params, apiVersion };
    }
    return { kind: "unknown" };
  }
}

function splitVersion(pathname: string): { path: string; apiVersion: ApiVersion } {
  const match = /^\/v(\d+)(?=\/|$)/.exec(pathname);
  if (match === null) return { path: pathname, apiVersion: ADMIN_API_VERSION_MAX };
  const version = Number(match[1]);
  if (version === 1) {
    throw textError(
      400,
      "Unsupported Admin API version V1. This server supports versions between " +
        `V${ADMIN_API_VERSION_MIN} and V${ADMIN_API_VERSION_MAX}.`,
    );
  }
  if (version !== 2 && version !== 3 && version !== 4) return { path: pathname, apiVersion: 4 };
  return { path: pathname.slice(match[0].length), apiVersion: version };
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (!expected.startsWith("{")) {
      if (expected !== segment) return undefined;
      continue;
    }
    if (segment === "") return undefined;
    params[expected.slice(1, -1)] = decodeSegment(segment);
  }
  return params;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Nothing has such a name, so that the route answers that it does not exist.
    return segment;
  }
}

function allowOf(methods: ReadonlyMap<RouteMethod, Route>): string {
  return [...methods.keys()].map((method) => (method === "GET" ? "GET,HEAD" : method)).join(",");
}
