import { createHash } from "node:crypto";
import type { Logger } from "#base/logger";
import type { ClusterSeed } from "#cluster";
import { ServerError } from "#errors";
import { equalKeyRange, PARTITION_COUNT_MAX } from "#partitioning";
import { ORIGIN_DOCUMENT } from "./document-backup.ts";
import type { SnapshotMetrics } from "./export-metrics.ts";
import type { ObjectStore } from "./object-store/object-store.ts";
import { readLatest, readMetadata, readSnapshotImage } from "./snapshot-archive.ts";
import {
  CLUSTER_BYTES_MAX,
  CLUSTER_KEY,
  type ClusterDocumentsFile,
  damaged,
  decodeClusterDocuments,
  type LatestSnapshot,
  type SnapshotMetadata,
} from "./snapshot-format.ts";

/** What a restore takes. */
export interface RestoreOptions {
  readonly store: ObjectStore;
  readonly clusterName: string;
  /**
   * Takes snapshots that do not belong together, or to a cluster of this name, and lets partitions
   * without a snapshot start empty.
   */
  readonly isForced: boolean;
  readonly metrics: SnapshotMetrics;
  readonly monotonicMs: () => number;
  readonly logger: Logger;
}

interface FoundSnapshot {
  readonly latest: LatestSnapshot;
  readonly metadata: SnapshotMetadata;
}

/**
 * Looks at the newest snapshots of all partitions of a cluster, from which a new one is to start.
 *
 * Images are fetched by whoever reads the seed. Partitions are of different moments: what one had
 * sent to another after the other's snapshot is delivered again, and what the other had sent on
 * before is not undone.
 *
 * @throws ServerError `SNAPSHOT_MISSING`, `SNAPSHOT_MISMATCH`, `SNAPSHOT_DAMAGED`
 */
export async function readSeed(options: RestoreOptions): Promise<ClusterSeed> {
  const { store, logger } = options;
  const object = await store.get(CLUSTER_KEY, CLUSTER_BYTES_MAX);
  if (object === undefined) {
    throw missing(options, CLUSTER_KEY, "There is nothing to restore from: no cluster.json");
  }
  const cluster = decodeClusterDocuments(object.bytes, CLUSTER_KEY);
  checkOrigin(options, CLUSTER_KEY, cluster);
  const partitionCount = cluster.num_partitions;
  if (partitionCount < 1 || partitionCount > PARTITION_COUNT_MAX) {
    throw damaged(CLUSTER_KEY, `a cluster has no ${partitionCount} partitions`);
  }
  const snapshots = new Map<number, FoundSnapshot>();
  for (let partitionId = 0; partitionId < partitionCount; partitionId++) {
    const found = await findSnapshot(options, partitionId, cluster);
    if (found !== undefined) snapshots.set(partitionId, found);
  }
  logger.info("Restoring a cluster from snapshots", {
    location: store.location,
    clusterFingerprint: cluster.cluster_fingerprint,
    partitionCount,
    snapshotCount: snapshots.size,
    oldest: [...snapshots.values()].map(({ latest }) => latest.created_at).sort()[0],
  });
  return {
    partitionCount,
    documents: [
      ...cluster.documents.map(readDocument),
      {
        name: ORIGIN_DOCUMENT,
        contents: new TextEncoder().encode(cluster.cluster_fingerprint),
      },
    ],
    partitions: Array.from(snapshots, ([partitionId, { latest, metadata }]) => ({
      partitionId,
      index: metadata.min_applied_lsn,
      term: metadata.term,
      chunks: () => measured(readSnapshotImage(store, latest, metadata), options),
    })),
  };
}

async function findSnapshot(
  options: RestoreOptions,
  partitionId: number,
  cluster: ClusterDocumentsFile,
): Promise<FoundSnapshot | undefined> {
  const { store, isForced, logger } = options;
  const stored = await readLatest(store, partitionId);
  const key = `${partitionId}/latest.json`;
  if (stored === undefined) {
    if (!isForced) throw missing(options, key, `Partition ${partitionId} has no snapshot`);
    logger.warn("A partition without a snapshot starts empty", { partition: partitionId });
    return undefined;
  }
  const { latest } = stored;
  const metadata = await readMetadata(store, latest);
  checkOrigin(options, key, metadata);
  const isOfCluster = metadata.cluster_fingerprint === cluster.cluster_fingerprint;
  if (!isOfCluster && !isForced) throw mismatch(key, metadata, "the rest is of another cluster");
  const { start, end } = equalKeyRange(partitionId, cluster.num_partitions);
  const { key_range: keys } = metadata;
  const hasKeys = BigInt(keys.start) === start && BigInt(keys.end) === end;
  // Keys are found by the number of partitions: nothing can make up for a difference.
  if (!hasKeys) throw mismatch(key, metadata, "its keys are those of another number of partitions");
  return { latest, metadata };
}

function checkOrigin(
  { clusterName, isForced }: RestoreOptions,
  key: string,
  origin: { readonly cluster_name: string; readonly cluster_fingerprint: string },
): void {
  if (isForced || origin.cluster_name === clusterName) return;
  throw mismatch(key, origin, `this node belongs to "${clusterName}"`);
}

function readDocument({ name, contents, sha256 }: ClusterDocumentsFile["documents"][number]) {
  const bytes = Buffer.from(contents, "base64");
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== sha256) throw damaged(CLUSTER_KEY, `the checksum of "${name}" is wrong`);
  return { name, contents: new Uint8Array(bytes) };
}

async function* measured(
  chunks: AsyncIterable<Uint8Array>,
  { metrics, monotonicMs }: RestoreOptions,
): AsyncGenerator<Uint8Array> {
  const startMs = monotonicMs();
  try {
    yield* chunks;
    metrics.downloadDuration.observe((monotonicMs() - startMs) / 1_000);
  } catch (error) {
    metrics.failedDownloads.add();
    throw error;
  }
}

function missing({ store }: RestoreOptions, key: string, reason: string): ServerError {
  return new ServerError("SNAPSHOT_MISSING", `${reason} (${store.location})`, {
    details: { key },
  });
}

function mismatch(
  key: string,
  origin: { readonly cluster_name: string; readonly cluster_fingerprint: string },
  reason: string,
): ServerError {
  const { cluster_name: clusterName, cluster_fingerprint: fingerprint } = origin;
  return new ServerError(
    "SNAPSHOT_MISMATCH",
    `"${key}" is of cluster "${clusterName}" (${fingerprint}): ${reason}. ` +
      'Restoring it all the same takes worker.snapshots.restore = "forced"',
    { details: { key, clusterName } },
  );
}
