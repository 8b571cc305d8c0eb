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

/** Copies that are durable before a record counts. */
export interface ReplicationValue {
  readonly nodeCopies: number;
  /** Zones over which the copies are spread; 1 when zones do not matter. */
  readonly zoneCopies: number;
}

const COPIES_MAX = 16;

/** `2`, `{node: 2}` or `{zone: 2, node: 3}`; regions count as zones do. */
const replication = leaf(
  (value): ReplicationValue => {
    const expected = new ValueError(
      `a count from 1 to ${COPIES_MAX}, or {zone: Z, node: N}`,
      value,
    );
    const copies = readCopies(value);
    if (copies === undefined) throw expected;
    const zoneCopies = copies.get("zone") ?? copies.get("region") ?? 1;
    const nodeCopies = copies.get("node") ?? zoneCopies;
    const isValid = nodeCopies >= zoneCopies && zoneCopies >= 1 && nodeCopies <= COPIES_MAX;
    if (!isValid) throw expected;
    return { nodeCopies, zoneCopies };
  },
  ({ nodeCopies, zoneCopies }) =>
    zoneCopies === 1 ? nodeCopies : `{zone: ${zoneCopies}, node: ${nodeCopies}}`,
);

/** Copies by scope, from a number, a table, or either as text. */
function readCopies(value: unknown): ReadonlyMap<string, number> | undefined {
  if (typeof value === "object" && value !== null) return asCounts(Object.entries(value));
  const text = String(value).trim();
  if (/^\d+$/.test(text)) return asCounts([["node", text]]);
  const body = /^\{(.*)\}$/.exec(text)?.[1];
  return body === undefined
    ? undefined
    : asCounts(body.split(",").map((part) => part.split(/[:=]/)));
}

function asCounts(parts: readonly (readonly unknown[])[]): ReadonlyMap<string, number> | undefined {
  const counts = new Map<string, number>();
  for (const [scope, count, ...rest] of parts) {
    const name = String(scope).trim().replaceAll('"', "");
    const number = Number(count);
    const isKnown = ["node", "zone", "region"].includes(name);
    if (!isKnown || rest.length > 0 || !Number.isSafeInteger(number)) return undefined;
    counts.set(name, number);
  }
  return counts;
}

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
  "default-replication": replication
    .default({ nodeCopies: 1, zoneCopies: 1 })
    .describe("Copies that are durable before a record counts, in a new cluster."),
  "initialization-timeout": duration().default(300_000).describe("Give up starting after this."),
  "shutdown-timeout": duration().default(60_000).describe("Upper bound of a graceful stop."),
  ...listenerShape,
};
