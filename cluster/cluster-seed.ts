/** Starting a new cluster from images of the partitions of another one. */
import { ClusterError } from "#base/cluster-error";
import type { ClusterOptions } from "./cluster-options.ts";
import { createLogDisk } from "./log-store/log-disk.ts";
import type { DataDirectory } from "./membership/data-directory.ts";
import type { NodeRecord } from "./membership/nodes-document.ts";
import { mayHoldReplicas } from "./membership/nodes-document.ts";
import type { Metadata } from "./metadata/metadata.ts";
import { SnapshotStaging } from "./multiraft/snapshot-staging.ts";
import { planInitialTable } from "./placement/initial-placement.ts";
import {
  encodePartitionTable,
  PARTITION_TABLE_DOCUMENT,
} from "./placement/partition-table-codec.ts";
import { groupOf } from "./placement/replica-keeper.ts";
import { SINGLE_COPY } from "./placement/replication.ts";

/** The state of one partition that a new cluster starts with. */
export interface PartitionSeed {
  readonly partitionId: number;
  /** Log index that the image is of: the new log continues behind it. */
  readonly index: number;
  /** Term of that record, or a later one: the new cluster's terms are above it. */
  readonly term: number;
  /** The image, as the state machine has made it; read once. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** What a new cluster starts with instead of nothing. */
export interface ClusterSeed {
  readonly partitionCount: number;
  /** Documents of the product. */
  readonly documents: readonly { readonly name: string; readonly contents: Uint8Array }[];
  /** Partitions that are left out start empty. */
  readonly partitions: readonly PartitionSeed[];
}

/** A seed whose images are completely and durably in the data directory. */
export interface StagedSeed {
  readonly partitionCount: number;
  readonly documents: readonly { readonly name: string; readonly base64: string }[];
  readonly partitions: readonly Omit<PartitionSeed, "chunks">[];
}

const SEED_NAME = ".cluster-seed";
const FINISHED = "finished\n";

/**
 * Gets ready what the cluster that is created here starts with. Once it is staged, a start goes on
 * with it, whether or not it is asked for again.
 */
export async function stageSeed(
  options: ClusterOptions,
  directory: DataDirectory,
): Promise<StagedSeed | undefined> {
  const known = directory.readText(SEED_NAME);
  if (known === FINISHED) return undefined;
  if (known !== undefined) return JSON.parse(known) as StagedSeed;
  if (options.seed === undefined) return undefined;
  if (directory.identity.nodeId !== 0) {
    options.logger.info("Nothing is restored: this node belongs to a cluster already");
    return undefined;
  }
  const seed = await options.seed();
  const disk = options.platform?.snapshotDisk ?? createLogDisk(directory.snapshotPath);
  const staging = new SnapshotStaging(disk);
  staging.discardUnfinished();
  for (const { partitionId, index, chunks } of seed.partitions) {
    await staging.stage({ group: groupOf(partitionId), index }, chunks());
  }
  const staged: StagedSeed = {
    partitionCount: seed.partitionCount,
    documents: seed.documents.map(({ name, contents }) => ({
      name,
      base64: Buffer.from(contents).toString("base64"),
    })),
    partitions: seed.partitions.map(({ partitionId, index, term }) => ({
      partitionId,
      index,
      term,
    })),
  };
  directory.writeText(SEED_NAME, JSON.stringify(staged));
  return staged;
}

/** Forgets the seed: the logs of all partitions begin behind their images now. */
export function finishSeed(directory: DataDirectory): void {
  directory.writeText(SEED_NAME, FINISHED);
}

/**
 * Writes the product's documents, and a table that places everything on the founder: no other node
 * has the images.
 */
export async function plantSeed(
  seed: StagedSeed,
  metadata: Metadata,
  founder: NodeRecord,
): Promise<void> {
  for (const { name, base64 } of seed.documents) {
    await metadata.put(name, Buffer.from(base64, "base64"), 0);
  }
  if (!mayHoldReplicas(founder)) {
    const { nodeId } = founder;
    throw new ClusterError("INVALID_REQUEST", `Node ${nodeId} has not the roles for partitions`);
  }
  const { nodeId, location } = founder;
  const node = { nodeId, zone: location, isEligible: true, isAlive: true, isGone: false };
  const { partitionCount } = seed;
  const table = planInitialTable({ partitionCount, nodes: [node], replication: SINGLE_COPY });
  await metadata.put(PARTITION_TABLE_DOCUMENT, encodePartitionTable(table), 0);
}
