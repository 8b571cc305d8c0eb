/** Parts of a deployment address that tell deployments apart. */
export interface DeploymentAddress {
  readonly scheme: "http" | "https";
  /** Host and port as given, in lower case. */
  readonly authority: string;
  /** At least `/`. */
  readonly path: string;
  /** With the question mark; empty when there is none. */
  readonly query: string;
}

const ABSOLUTE = /^(https?):\/\/([^/?#\s@]+)(\/[^?#\s]*)?(\?[^#\s]*)?$/i;

/** Parses an absolute `http` or `https` address; undefined if it is anything else. */
export function parseDeploymentAddress(uri: string): DeploymentAddress | undefined {
  const match = ABSOLUTE.exec(uri);
  if (match === null) return undefined;
  const [, scheme = "", authority = "", path = "/", query = ""] = match;
  return {
    scheme: scheme.toLowerCase() === "https" ? "https" : "http",
    authority: authority.toLowerCase(),
    path,
    query,
  };
}

/** Prints an address, with `/` as the path of a bare authority. */
export function formatDeploymentAddress(address: DeploymentAddress): string {
  return `${address.scheme}://${address.authority}${address.path}${address.query}`;
}

/** True if both reach the same deployment: scheme and query do not matter. */
export function isSameAddress(first: string, second: string): boolean {
  const left = parseDeploymentAddress(first);
  const right = parseDeploymentAddress(second);
  if (left === undefined || right === undefined) return first === second;
  return left.authority === right.authority && left.path === right.path;
}
