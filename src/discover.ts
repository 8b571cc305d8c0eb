import type { Discover } from "#admin";
import {
  createTransport,
  deploymentPath,
  fetchOnce,
  parseDeploymentUri,
  type RequestIdentity,
} from "#invoker";
import { DISCOVERY_PATH } from "#service-protocol";

/** Answers of a discovery request are cut off here. */
const DISCOVERY_BYTES_MAX = 16 * 1024 * 1024;
const DISCOVERY_TIMEOUT_MS = 10_000;

/** Sends discovery requests over a transport of their own. */
export function discoverThrough(
  identity: RequestIdentity | undefined,
  clusterName: string,
): Discover {
  return async ({ uri, httpVersion, headers }) => {
    const transport = createTransport({ uri, protocol: httpVersion });
    try {
      return await fetchOnce(transport, {
        method: "GET",
        path: deploymentPath(parseDeploymentUri(uri), DISCOVERY_PATH),
        headers: [
          ...headers,
          ["x-restate-cluster-name", clusterName],
          ...(identity?.headersFor(DISCOVERY_PATH, undefined) ?? []),
        ],
        timeoutMs: DISCOVERY_TIMEOUT_MS,
        bodyBytesMax: DISCOVERY_BYTES_MAX,
      });
    } finally {
      await transport.close();
    }
  };
}
