/** Listening on TCP ports and on Unix sockets, which are in the data directory of the node. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { assertPresent } from "#base/assert";
import type { Logger } from "#base/logger";
import type { ListenerConfiguration } from "#config";
import { listenOn, urlOf } from "./listen.ts";

/** Longest path that the system takes, without the zero at its end. */
const PATH_BYTES_MAX = process.platform === "linux" ? 107 : 103;

/** Names of the sockets by port, as clients of the original know them. */
const SOCKET_NAMES = { node: "fabric.sock", admin: "admin.sock", ingress: "ingress.sock" } as const;

export type PortName = keyof typeof SOCKET_NAMES;

/** Where sockets are made. */
export interface SocketFolder {
  /** The data directory, locked by this process: what is left there is nobody else's. */
  readonly directory: string;
  readonly logger: Logger;
}

/**
 * Listens on the socket of a port, unless the port is for TCP only.
 *
 * With `listen-mode = "all"` a socket that cannot be made is a line in the log: TCP is there.
 *
 * @returns its URL; undefined if there is none
 */
export async function listenOnSocket(
  name: PortName,
  { listenMode }: Pick<ListenerConfiguration, "listenMode">,
  { folder, listen }: { readonly folder: SocketFolder; listen(path: string): Promise<unknown> },
): Promise<string | undefined> {
  if (listenMode === "tcp") return undefined;
  const path = join(folder.directory, SOCKET_NAMES[name]);
  try {
    if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
      throw new Error(`its path is longer than ${PATH_BYTES_MAX} bytes`);
    }
    // A process that was killed leaves its sockets behind.
    rmSync(path, { force: true });
    await listen(path);
    return `unix:${path}`;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `Cannot listen on the socket ${path}: ${reason}`;
    if (listenMode === "unix") throw new Error(message, { cause: error });
    folder.logger.info(message);
    return undefined;
  }
}

type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * Listens on a TCP port, on its socket, or on both, as `listen-mode` says.
 *
 * @returns the URL under which local clients reach it: that of TCP, if there is one
 */
export async function listenAsConfigured(
  name: PortName,
  listener: ListenerConfiguration,
  { folder, listen }: { readonly folder: SocketFolder; listen(address: Address): Promise<Address> },
): Promise<string> {
  let url: string | undefined;
  if (listener.listenMode !== "unix") {
    const port = await listenOn(name, listener, async (host, port) => {
      const bound = await listen({ host, port });
      return "port" in bound ? bound.port : port;
    });
    url = urlOf(listener.host, port);
  }
  const socketUrl = await listenOnSocket(name, listener, {
    folder,
    listen: (path) => listen({ path }),
  });
  return url ?? assertPresent(socketUrl, "a port without TCP has a socket, or does not open");
}
