import { duration, folderName, integer, leaf, list, text, toggle } from "./leaf.ts";
import { listenerShape } from "./listener-section.ts";
import { ValueError } from "./value-error.ts";

/** Components that a process may run, by the names of the original. */
export const ROLES = ["http-ingress", "admin", "worker", "log-server", "metadata-server"] as const;

export type Role = (typeof ROLES)[number];

const role = leaf((value): Role => {
  const known = ROLES.find((name) => name === (value === "metadata-store" ? ROLES[4] : value));
  if (known === undefined) throw new ValueError(`one of ${ROLES.join(", ")}`, value);
  return known;
});

const nodeId = leaf((value) => {
  const match = /^N?([1-9]\d*)$/.exec(String(value));
  if (match === null) throw new ValueError("a node id from 1, such as 3 or N3", value);
  return Number(match[1]);
});

/** Who this node is. Node scope, except where the text says that it is fixed at provisioning. */
export const nodeShape = {
  roles: list(role)
    .default([...ROLES])
    .describe("Components this process runs."),
  "node-name": folderName()
    .optional()
    .describe("Unique, permanent name; the host name when unset."),
  "force-node-id": nodeId.optional().describe("Insist on this node id at the first registration."),
  "cluster-name": text()
    .default("localcluster")
    .describe("Name of the cluster, equal on all nodes."),
  location: text().optional().describe("Failure domain, as region or region.zone."),
  "base-dir": text().default("./stet-data").describe("Parent of the node's data folder."),
  "auto-provision": toggle().default(true).describe("Create a new cluster if none is found."),
  "default-num-partitions": integer({ min: 1, max: 65_535 })
    .default(24)
    .describe("Partitions of a new cluster; fixed at provisioning."),
  "initialization-timeout": duration().default(300_000).describe("Give up starting after this."),
  "shutdown-timeout": duration().default(60_000).describe("Upper bound of a graceful stop."),
  ...listenerShape,
};
