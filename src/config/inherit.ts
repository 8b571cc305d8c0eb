import type { FileValues } from "./schema.ts";

/**
 * Fills what one section takes from another when it is not set: listeners inherit from the root,
 * message limits from `[networking]`, which also caps them.
 */
export function inherit(values: FileValues, hostName: string): FileValues {
  const messageBytesMax = values.networking["message-size-limit"];
  const cap = (bytes: number | undefined): number =>
    Math.min(bytes ?? messageBytesMax, messageBytesMax);
  const { invoker } = values.worker;
  const messageLimit = cap(invoker["message-size-limit"]);

  return {
    ...values,
    "node-name": values["node-name"] ?? hostName,
    ingress: {
      ...inheritListener(values.ingress, values),
      "request-size-limit": cap(values.ingress["request-size-limit"]),
    },
    admin: inheritListener(values.admin, values),
    worker: {
      ...values.worker,
      invoker: {
        ...invoker,
        "message-size-limit": messageLimit,
        "eager-state-size-limit": Math.min(
          invoker["eager-state-size-limit"] ?? messageLimit,
          messageLimit,
        ),
        "per-invocation-memory-limit": invoker["per-invocation-memory-limit"] ?? messageLimit,
        "additional-request-headers": invoker["additional-request-headers"] ?? {
          "x-restate-cluster-name": values["cluster-name"],
        },
      },
    },
    raft: {
      ...values.raft,
      "max-append-bytes": cap(values.raft["max-append-bytes"]),
      "max-uncommitted-bytes":
        values.raft["max-uncommitted-bytes"] ?? values.worker["self-proposal-queue-memory-limit"],
    },
  };
}

const INHERITED = ["bind-ip", "listen-mode", "use-random-ports", "advertised-host"] as const;

function inheritListener<Section extends FileValues["ingress"] | FileValues["admin"]>(
  section: Section,
  root: FileValues,
): Section {
  const inherited = INHERITED.filter((key) => section[key] === undefined).map((key) => [
    key,
    root[key],
  ]);
  const present = inherited.filter(([, value]) => value !== undefined);
  // Keys and value types are those of the section: both share `listenerShape` with the root.
  return { ...section, ...(Object.fromEntries(present) as Partial<Section>) };
}
