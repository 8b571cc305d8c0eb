import { z } from "zod";
import { adminSection, ingressSection, networkingSection } from "./edge-sections.ts";
import { invocationShape } from "./invocation-section.ts";
import { addresses, byteSize, choice, decimal } from "./leaf.ts";
import { nodeShape } from "./node-section.ts";
import { raftSection } from "./raft-section.ts";
import { telemetryShape } from "./telemetry-section.ts";
import { workerSection } from "./worker-section.ts";

const storageShape = {
  "rocksdb-total-memory-size": byteSize({ min: 67_108_864 })
    .default(2_147_483_648)
    .describe("Block cache and memtables together."),
  "rocksdb-total-memtables-ratio": decimal({ min: 0.1, max: 1 })
    .default(0.85)
    .describe("Share of the memtables in it."),
};

/** The whole configuration file, section by section, with the key names of the original. */
export const fileSchema = z
  .strictObject({
    ...nodeShape,
    ...invocationShape,
    ...telemetryShape,
    ...storageShape,
    networking: networkingSection,
    ingress: ingressSection,
    admin: adminSection,
    worker: workerSection,
    "metadata-client": z
      .strictObject({
        type: choice(["replicated", "embedded"])
          .default("replicated")
          .describe("Where cluster metadata lives; in the cluster itself."),
        addresses: addresses()
          .default([])
          .describe("Node addresses of some members, through which a node finds its cluster."),
      })
      .prefault({}),
    bifrost: z
      .strictObject({
        "default-provider": choice(["replicated"])
          .default("replicated")
          .describe("Log implementation; Stet replicates by Raft."),
      })
      .prefault({}),
    tls: z
      .strictObject({
        mode: choice(["off"])
          .default("off")
          .describe("Encryption between nodes; not available yet."),
      })
      .prefault({}),
    raft: raftSection,
  })
  .refine((file) => file.raft["election-ticks"] > file.raft["heartbeat-ticks"], {
    path: ["raft", "election-ticks"],
    error: "must be above raft.heartbeat-ticks, or one lost heartbeat starts an election",
  });

/** Values of the file after parsing: numbers instead of `1m` and `64 MiB`, keys as written. */
export type FileValues = z.output<typeof fileSchema>;

/** A key of the file that holds one value. */
export interface KnownKey {
  readonly key: string;
  readonly description: string;
  /** True for tables of free names, such as headers: deeper keys belong to the value. */
  readonly isTable: boolean;
}

const TABLES = new Set(["tracing-headers", "worker.invoker.additional-request-headers"]);

/** Every key of the schema by its dotted name, in the order of the sections. */
export const KNOWN_KEYS: ReadonlyMap<string, KnownKey> = new Map(
  collectKeys(fileSchema, "").map((known) => [known.key, known]),
);

function collectKeys(schema: z.ZodType, prefix: string): KnownKey[] {
  const shape = shapeOf(schema);
  if (shape === undefined) {
    const description = schema.description ?? "";
    return [{ key: prefix, description, isTable: TABLES.has(prefix) }];
  }
  return Object.entries(shape).flatMap(([name, field]) =>
    collectKeys(field, prefix === "" ? name : `${prefix}.${name}`),
  );
}

function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  if (schema instanceof z.ZodPrefault) return shapeOf(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodObject) return schema.shape as Record<string, z.ZodType>;
  return undefined;
}
