/** A flag of `stet server` that sets one configuration key. */
export interface ServerFlag {
  /** Spelling and parameter, in the notation of commander. */
  readonly syntax: string;
  /** An older spelling, accepted and not advertised. */
  readonly alias?: string;
  /** The key of the configuration file that it sets. */
  readonly key: string;
  readonly description: string;
}

/** Only what differs from start to start has a flag; the rest is for file and environment. */
export const SERVER_FLAGS: readonly ServerFlag[] = [
  {
    syntax: "--roles <role...>",
    alias: "--role <role...>",
    key: "roles",
    description: "components to run: http-ingress, admin, worker, log-server, metadata-server",
  },
  { syntax: "--node-name <name>", key: "node-name", description: "unique, permanent node name" },
  { syntax: "--force-node-id <id>", key: "force-node-id", description: "insist on this node id" },
  {
    syntax: "--cluster-name <name>",
    key: "cluster-name",
    description: "name of the cluster, equal on all of its nodes",
  },
  {
    syntax: "--location <region.zone>",
    alias: "--node-location <region.zone>",
    key: "location",
    description: "failure domain of this node",
  },
  { syntax: "--base-dir <path>", key: "base-dir", description: "folder of the node's data" },
  {
    syntax: "--auto-provision [boolean]",
    alias: "--allow-bootstrap [boolean]",
    key: "auto-provision",
    description: "create a new cluster if none is found",
  },
  {
    syntax: "--default-num-partitions <count>",
    alias: "--bootstrap-num-partitions <count>",
    key: "default-num-partitions",
    description: "partitions of a new cluster",
  },
  {
    syntax: "--shutdown-timeout <duration>",
    key: "shutdown-timeout",
    description: "upper bound of a graceful stop",
  },
  { syntax: "--bind-ip <ip>", key: "bind-ip", description: "interface of all listeners" },
  { syntax: "--bind-port <port>", key: "bind-port", description: "node port, metrics included" },
  {
    syntax: "--bind-address <ip:port>",
    key: "bind-address",
    description: "interface and port of the node listener",
  },
  { syntax: "--listen-mode <mode>", key: "listen-mode", description: "tcp, unix or all" },
  {
    syntax: "--use-random-ports [boolean]",
    key: "use-random-ports",
    description: "let the system choose every port; they are logged at start",
  },
  {
    syntax: "--advertised-host <host>",
    key: "advertised-host",
    description: "host under which others reach this node",
  },
  {
    syntax: "--advertised-address <url>",
    key: "advertised-address",
    description: "URL under which other nodes reach this node",
  },
  {
    syntax: "--log-filter <filter>",
    key: "log-filter",
    description: "log levels, such as warn,stet=debug",
  },
  { syntax: "--log-format <format>", key: "log-format", description: "pretty, compact or json" },
  {
    syntax: "--log-disable-ansi-codes [boolean]",
    key: "log-disable-ansi-codes",
    description: "no colours in the log",
  },
  {
    syntax: "--tracing-endpoint <url>",
    key: "tracing-endpoint",
    description: "OpenTelemetry collector of invocation spans",
  },
  {
    syntax: "--tracing-services-endpoint <url>",
    key: "tracing-services-endpoint",
    description: "the same, for invocation spans alone",
  },
  {
    syntax: "--tracing-runtime-endpoint <url>",
    key: "tracing-runtime-endpoint",
    description: "the same, for spans of the server itself",
  },
  { syntax: "--tracing-filter <filter>", key: "tracing-filter", description: "filter of spans" },
  {
    syntax: "--tracing-json-path <path>",
    key: "tracing-json-path",
    description: "write spans to files in this folder",
  },
];
