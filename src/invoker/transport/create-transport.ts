/** Chooses the transport for a deployment; the only place that knows all of them. */

import { AlpnTransport } from "./alpn-transport.ts";
import { type DeploymentTarget, parseDeploymentUri } from "./deployment-address.ts";
import { Http1Transport } from "./http1-transport.ts";
import { NodeHttp2Transport } from "./node-http2-transport.ts";
import { OwnHttp2Transport } from "./own-http2/pool.ts";
import type { DeploymentAddress, Transport } from "./transport.ts";
import { TRANSPORT_DEFAULTS, type TransportOptions } from "./transport-options.ts";

/**
 * Creates the transport for one deployment. Nothing is connected before the first `open`.
 *
 * @param overrides settings that differ from `TRANSPORT_DEFAULTS`
 * @throws TransportError INVALID_REQUEST if the URI is not usable
 */
export function createTransport(
  address: DeploymentAddress,
  overrides: Partial<TransportOptions> = {},
): Transport {
  const options: TransportOptions = { ...TRANSPORT_DEFAULTS, ...overrides };
  const target = parseDeploymentUri(address.uri);
  if (address.protocol === "http1") return new Http1Transport(target, options);
  if (!target.secure) return createHttp2Transport(target, options);
  return new AlpnTransport(target, options, (protocol) =>
    protocol === "h2" ? createHttp2Transport(target, options) : new Http1Transport(target, options),
  );
}

function createHttp2Transport(target: DeploymentTarget, options: TransportOptions): Transport {
  return options.http2Client === "own"
    ? new OwnHttp2Transport(target, options)
    : new NodeHttp2Transport(target, options);
}
