/** Opening ports, and the names under which they are reached. */
import { networkInterfaces } from "node:os";
import type { ListenerConfiguration } from "#config";

/** Listens, on all IPv4 addresses where `::` is asked for and there is no IPv6. */
export async function listenOn(
  name: string,
  { host, port }: { readonly host: string; readonly port: number },
  listen: (host: string, port: number) => Promise<number>,
): Promise<number> {
  try {
    return await listen(host, port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const lacksIpv6 = code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL";
    if (host === "::" && lacksIpv6) return listen("0.0.0.0", port);
    const reason = code === "EADDRINUSE" ? "another process listens there" : String(error);
    throw new Error(
      `Cannot listen on ${host}:${port} for the ${name} port: ${reason}. ` +
        `Stop it, or choose another with "${name === "node" ? "" : `${name}.`}bind-port"`,
      { cause: error },
    );
  }
}

/** URL of a listener as a local client reaches it. */
export function urlOf(host: string, port: number): string {
  const isAny = host === "::" || host === "0.0.0.0";
  const name = isAny ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}/`;
}

/**
 * URL of a listener as other machines reach it: what is configured, else the interface it is bound
 * to, else the first address of this machine.
 */
export function advertisedUrlOf(listener: ListenerConfiguration, port: number): string {
  if (listener.advertisedAddress !== undefined) return listener.advertisedAddress;
  const isAny = listener.host === "::" || listener.host === "0.0.0.0";
  const host = listener.advertisedHost ?? (isAny ? ownAddress() : listener.host);
  return urlOf(host, port);
}

function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const usable = addresses.find(({ internal, family }) => !internal && family === "IPv4");
  return usable?.address ?? "127.0.0.1";
}
