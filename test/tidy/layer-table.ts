// Who may import whom. Imports point down this table: a folder may import what its row lists and
// nothing else. Folders are given by path; the longest row that contains a file applies to it.

/** A row: the folder or file, and the folders it may import. */
export interface Layer {
  readonly folder: string;
  readonly imports: readonly string[];
}

const base = "cluster/base";
const errors = "src/errors.ts";
const model = "src/model";

const CLUSTER_PARTS = [
  base,
  "cluster/raft",
  "cluster/partitioning",
  "cluster/engine",
  "cluster/log-store",
  "cluster/transport",
  "cluster/multiraft",
  "cluster/membership",
  "cluster/metadata",
  "cluster/placement",
];

const BELOW_PARTITION = [
  base,
  errors,
  model,
  "cluster/partitioning",
  "src/config",
  "src/telemetry",
  "src/service-protocol",
  "src/schema",
  "src/partition/state-machine",
  "src/partition-store",
  "src/invoker",
];

const EDGE = [base, errors, model, "src/schema", "src/partition", "cluster"];

/** Everything that is built into a node. */
const EVERYTHING = [
  ...CLUSTER_PARTS,
  ...BELOW_PARTITION,
  "cluster",
  "src/partition",
  "src/ingress",
  "src/admin",
  "src/introspection",
  "src/snapshots",
  "src/cli",
];

export const LAYERS: readonly Layer[] = [
  { folder: base, imports: [] },
  { folder: "cluster/raft", imports: [base] },
  { folder: "cluster/partitioning", imports: [base] },
  { folder: "cluster/engine", imports: [base] },
  { folder: "cluster/log-store", imports: [base, "cluster/raft", "cluster/engine"] },
  { folder: "cluster/transport", imports: [base, "cluster/raft"] },
  {
    folder: "cluster/multiraft",
    imports: [base, "cluster/raft", "cluster/engine", "cluster/log-store", "cluster/transport"],
  },
  { folder: "cluster/membership", imports: [base, "cluster/transport"] },
  { folder: "cluster/metadata", imports: [base, "cluster/transport", "cluster/multiraft"] },
  {
    folder: "cluster/placement",
    imports: [
      base,
      "cluster/raft",
      "cluster/partitioning",
      "cluster/transport",
      "cluster/membership",
      "cluster/metadata",
      "cluster/multiraft",
    ],
  },
  // The files beside the folders put them together.
  { folder: "cluster", imports: CLUSTER_PARTS },

  { folder: errors, imports: [base] },
  { folder: model, imports: [base, "cluster/partitioning"] },
  { folder: "src/config", imports: [base, errors] },
  { folder: "src/telemetry", imports: [base, errors] },
  { folder: "src/service-protocol", imports: [base, model] },
  { folder: "src/schema", imports: [base, errors, model] },
  { folder: "src/partition/state-machine", imports: [base, model] },
  {
    folder: "src/partition-store",
    imports: [base, model, "cluster/engine", "src/partition/state-machine"],
  },
  { folder: "src/invoker", imports: [base, errors, model, "src/service-protocol", "src/schema"] },
  { folder: "src/invoker/attempt", imports: [base, model, "src/service-protocol"] },
  { folder: "src/partition", imports: [...BELOW_PARTITION, "cluster", "cluster/engine"] },
  { folder: "src/ingress", imports: EDGE },
  { folder: "src/admin", imports: [...EDGE, "src/service-protocol"] },
  // Journal entries are stored as the protocol's messages; tables show what is in them.
  { folder: "src/introspection", imports: [...EDGE, "src/service-protocol"] },
  {
    folder: "src/snapshots",
    imports: [base, errors, "cluster/partitioning", "cluster"],
  },
  { folder: "src/cli", imports: [base, errors, model, "src/config"] },
  // `main.ts`, `node.ts` and their neighbours: they wire everything, and nobody imports them.
  { folder: "src", imports: EVERYTHING },
];

/** Folders without I/O, clock, randomness or asynchrony. */
export const PURE_FOLDERS = [
  base,
  "cluster/raft",
  "cluster/partitioning",
  model,
  "src/service-protocol",
  "src/partition/state-machine",
  "src/invoker/attempt",
] as const;

/** Native packages, each with the one file that may load it. */
export const NATIVE_OWNERS: ReadonlyMap<string, string> = new Map([
  ["rocksdb-native", "cluster/engine/rocksdb-engine.ts"],
]);

/** Folders whose row is for the files directly in them: what lies deeper needs a row of its own. */
const COMPOSITION_FOLDERS: ReadonlySet<string> = new Set(["cluster", "src"]);

/** True for the files that put a half of the system together. */
export function isComposition(layer: Layer): boolean {
  return COMPOSITION_FOLDERS.has(layer.folder);
}

/** The row that applies to a path: the longest one that contains it. */
export function layerOf(path: string): Layer | undefined {
  const parent = path.slice(0, path.lastIndexOf("/"));
  return LAYERS.filter(({ folder }) => {
    if (COMPOSITION_FOLDERS.has(folder)) return parent === folder;
    return path === folder || path.startsWith(`${folder}/`);
  }).reduce<Layer | undefined>(
    (best, row) => (row.folder.length > (best?.folder.length ?? 0) ? row : best),
    undefined,
  );
}
