import { choice, integer, leaf, text, toggle } from "./leaf.ts";
import { parseBindAddress } from "./listener.ts";
import { ValueError } from "./value-error.ts";

/** Transports of a listener. */
export const LISTEN_MODES = ["all", "tcp", "unix"] as const;

const bindAddress = leaf((value): string => {
  if (typeof value === "string" && parseBindAddress(value) !== undefined) return value;
  throw new ValueError("an interface and a port, such as 127.0.0.1:8080", value);
});

/** The seven keys of every listener: the root section (node port), `[admin]` and `[ingress]`. */
export const listenerShape = {
  "bind-ip": text().optional().describe("Interface; inherited from the root section when unset."),
  "bind-port": integer({ min: 0, max: 65_535 })
    .optional()
    .describe("TCP port; 0 lets the system choose."),
  "bind-address": bindAddress
    .optional()
    .describe("Interface and port in one, such as 127.0.0.1:8080."),
  "listen-mode": choice(LISTEN_MODES).optional().describe("TCP, unix sockets, or both."),
  "use-random-ports": toggle().optional().describe("Let the system choose the port."),
  "advertised-host": text().optional().describe("Host part of the addresses that are handed out."),
  "advertised-address": text().optional().describe("URL under which others reach this listener."),
};
