/** Reads a deployment's registered URI once, for every request that goes there. */

import { TransportError } from "./transport.ts";

/** Where to connect, and what surrounds the path of a request. */
export interface DeploymentTarget {
  readonly secure: boolean;
  /** Host name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Value of `:authority` and `host`: brackets kept, default port left out. */
  readonly authority: string;
  /** Path prefix without a trailing slash; empty for none. */
  readonly pathPrefix: string;
  /** Query with its question mark; empty for none. */
  readonly query: string;
}

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ["http:", 80],
  ["https:", 443],
]);

/**
 * Parses `http://host:port/prefix?query`, or the same with https.
 *
 * @throws TransportError INVALID_REQUEST if it is not an absolute URI of either scheme
 */
export function parseDeploymentUri(uri: string): DeploymentTarget {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const defaultPort = url === undefined ? undefined : DEFAULT_PORTS.get(url.protocol);
  if (url === undefined || defaultPort === undefined || url.hostname === "") {
    throw new TransportError(
      "INVALID_REQUEST",
      `Deployment URI "${uri}" is not an absolute http or https URI`,
    );
  }
  return {
    secure: url.protocol === "https:",
    host: url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname,
    port: url.port === "" ? defaultPort : Number(url.port),
    authority: url.host,
    pathPrefix: url.pathname.endsWith("/") ? url.pathname.slice(0, -1) : url.pathname,
    query: url.search,
  };
}

/**
 * The request target for `suffix` below a deployment: prefix, suffix, then the query of the URI.
 *
 * @param suffix starts with a slash: "/discover", "/invoke/Greeter/greet"
 */
export function deploymentPath(target: DeploymentTarget, suffix: string): string {
  return `${target.pathPrefix}${suffix}${target.query}`;
}
