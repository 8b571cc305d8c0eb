import type { LISTEN_MODES } from "./listener-section.ts";

/** Where to listen and what to tell others. */
export interface ListenerConfiguration {
  /** Interface; `::` takes IPv4 too, where the system has IPv6. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly listenMode: (typeof LISTEN_MODES)[number];
  /** Host part of the URL that is handed out; `undefined` when it is to be detected. */
  readonly advertisedHost: string | undefined;
  /** The whole URL that is handed out; wins over `advertisedHost`. */
  readonly advertisedAddress: string | undefined;
}

/** The listener keys of one section, as parsed. */
export interface ListenerValues {
  readonly "bind-ip"?: string | undefined;
  readonly "bind-port"?: number | undefined;
  readonly "bind-address"?: string | undefined;
  readonly "listen-mode"?: ListenerConfiguration["listenMode"] | undefined;
  readonly "use-random-ports"?: boolean | undefined;
  readonly "advertised-host"?: string | undefined;
  readonly "advertised-address"?: string | undefined;
}

/** Settles the keys of one section: `bind-address` wins over `bind-ip` and `bind-port`. */
export function resolveListener(
  values: ListenerValues,
  defaultPort: number,
): ListenerConfiguration {
  const address = parseBindAddress(values["bind-address"]);
  const port = address?.port ?? values["bind-port"] ?? defaultPort;
  return {
    host: address?.host ?? values["bind-ip"] ?? "::",
    port: values["use-random-ports"] === true ? 0 : port,
    listenMode: values["listen-mode"] ?? "all",
    advertisedHost: values["advertised-host"],
    advertisedAddress: values["advertised-address"],
  };
}

/** Splits `127.0.0.1:8080` or `[::1]:8080`; `undefined` for anything else. */
export function parseBindAddress(
  text: string | undefined,
): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text ?? "");
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) return undefined;
  return { host, port };
}
