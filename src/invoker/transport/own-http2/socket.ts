/** Opens the TCP or TLS socket of an HTTP/2 connection. */

import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, rootCertificates, type TLSSocket } from "node:tls";

import type { DeploymentTarget } from "../deployment-address.ts";
import { TransportError } from "../transport.ts";
import type { TransportOptions } from "../transport-options.ts";

/** One read of the socket; the buffer is reused, so this is memory per connection. */
const READ_BUFFER_BYTES = 64 * 1024;

/** What the connection wants to hear; "error" and "close" it takes from the socket. */
export interface SocketHooks {
  readonly onRead: (buffer: Buffer, bytes: number) => void;
  /** Connected, with TLS and ALPN settled; or connected and unusable. */
  readonly onConnect: (error?: TransportError) => void;
}

/** Starts to connect. Reads bypass the stream machinery: one buffer, one callback. */
export function openSocket(
  target: DeploymentTarget,
  options: TransportOptions,
  hooks: SocketHooks,
): Socket {
  const onread = {
    buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
    callback: (bytes: number, buffer: Uint8Array): boolean => {
      hooks.onRead(buffer as Buffer, bytes);
      return true;
    },
  };
  const common = { host: target.host, port: target.port, noDelay: true, onread };
  if (!target.secure) {
    const socket = connectTcp(common);
    socket.once("connect", () => hooks.onConnect());
    return socket;
  }
  const socket = connectTls({ ...common, ...tlsOptions(target, options), ALPNProtocols: ["h2"] });
  socket.once("secureConnect", () => hooks.onConnect(alpnError(socket)));
  return socket;
}

/** TLS settings that every transport shares. */
export function tlsOptions(
  target: DeploymentTarget,
  options: TransportOptions,
): { servername?: string; ca?: string[]; rejectUnauthorized?: boolean } {
  const { certificateAuthorities, rejectUnauthorized } = options.tls;
  return {
    ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
    ...(certificateAuthorities === undefined
      ? {}
      : { ca: [...rootCertificates, ...certificateAuthorities] }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function alpnError(socket: TLSSocket): TransportError | undefined {
  if (socket.alpnProtocol === "h2") return undefined;
  const message = "Deployment does not offer HTTP/2 over TLS; register it with use_http_11";
  return new TransportError("ALPN_MISMATCH", message, { retrySafe: true });
}
