import type { Clock } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import { hasCode, ServerError } from "#errors";
import { readImageParts, writeImage } from "./image-parts.ts";
import type { ObjectStore } from "./object-store/object-store.ts";
import {
  damaged,
  decodeLatest,
  decodeMetadata,
  encodeFile,
  IMAGE_FORMAT,
  indexOfFolder,
  JSON_BYTES_MAX,
  type LatestSnapshot,
  latestKey,
  type RetainedSnapshot,
  type SnapshotMetadata,
  type SnapshotOrigin,
  snapshotFolder,
} from "./snapshot-format.ts";

/** Whose snapshots an archive takes. */
export interface ArchiveIdentity {
  readonly clusterName: string;
  readonly clusterFingerprint: bigint;
  /** Cluster from whose snapshots this one was restored: its snapshots are continued. */
  readonly restoredFrom: bigint | undefined;
  readonly nodeName: string;
}

/** What writing to an archive takes. */
export interface SnapshotArchiveOptions {
  readonly store: ObjectStore;
  readonly identity: ArchiveIdentity;
  /** Snapshots to keep of each partition. */
  readonly retainedCount: number;
  readonly clock: Pick<Clock, "nowMs">;
  readonly random: Random;
  readonly logger: Logger;
}

/** An image that is to be kept. */
export interface ExportedImage {
  readonly partitionId: number;
  readonly keys: { readonly start: bigint; readonly end: bigint };
  readonly index: number;
  readonly term: number;
  chunks(): AsyncIterable<Uint8Array>;
  /** Throws once another replica may lead: what this one has read is not published then. */
  assertCurrent(): void;
}

/** `latest.json` with the version it was read at. */
export interface StoredLatest {
  readonly latest: LatestSnapshot;
  readonly version: string;
}

/** Random bytes of a snapshot's id. */
const ID_BYTES = 12;
/** Writers that may come first before the publication of a snapshot is given up. */
const PUBLISH_TRIES = 3;

/**
 * Snapshots of the partitions of one cluster in an object store.
 *
 * A snapshot counts once `latest.json` names it, which is written last, and only if nobody else has
 * written it meanwhile. What is never named is removed by the next export.
 */
export class SnapshotArchive {
  readonly #options: SnapshotArchiveOptions;

  constructor(options: SnapshotArchiveOptions) {
    this.#options = options;
  }

  /** Where the snapshots are, for people. */
  get location(): string {
    return this.#options.store.location;
  }

  /**
   * What may be restored of a partition.
   *
   * @throws ServerError `SNAPSHOT_MISMATCH` when another cluster has written it
   */
  async latest(partitionId: number): Promise<StoredLatest | undefined> {
    const { store } = this.#options;
    const stored = await readLatest(store, partitionId);
    if (stored !== undefined) this.#assertOwn(stored.latest, latestKey(partitionId));
    return stored;
  }

  /**
   * Writes a snapshot, makes it the latest and removes those that are not kept any more.
   *
   * @returns what is the latest now: another one, if that is as new
   * @throws ServerError `SNAPSHOT_MISMATCH`, or the error of the image or the store; the latest is
   *         then what it was, or the new one if only its acknowledgement was lost
   */
  async write(image: ExportedImage): Promise<LatestSnapshot> {
    const { partitionId, index } = image;
    const before = await this.latest(partitionId);
    if (before !== undefined && before.latest.min_applied_lsn >= index) return before.latest;
    const snapshotId = `snap_${hexOf(this.#options.random.nextBytes(ID_BYTES))}`;
    const folder = snapshotFolder(index, snapshotId);
    try {
      const snapshot = await this.#writeSnapshot(image, { snapshotId, folder });
      const latest = await this.#publish(image, snapshot);
      const isPublished = latest.snapshot_id === snapshotId;
      if (!isPublished) await this.#removeFolders(partitionId, (other) => other === folder);
      else await this.#removeOthers(latest);
      return latest;
    } catch (error) {
      await this.#removeUnpublished(partitionId, folder);
      throw error;
    }
  }

  #origin(): SnapshotOrigin {
    const { identity, clock } = this.#options;
    return {
      cluster_name: identity.clusterName,
      cluster_fingerprint: identity.clusterFingerprint.toString(),
      node_name: identity.nodeName,
      created_at: new Date(clock.nowMs()).toISOString(),
    };
  }

  async #writeSnapshot(
    image: ExportedImage,
    { snapshotId, folder }: { readonly snapshotId: string; readonly folder: string },
  ): Promise<RetainedSnapshot> {
    const { store } = this.#options;
    const { partitionId, index, term, keys } = image;
    const path = `${partitionId}/${folder}`;
    const origin = this.#origin();
    const stored = await writeImage(store, path, image.chunks());
    const metadata = encodeFile<SnapshotMetadata>({
      ...origin,
      partition_id: partitionId,
      snapshot_id: snapshotId,
      min_applied_lsn: index,
      term,
      key_range: { start: keys.start.toString(), end: keys.end.toString() },
      image: { format: IMAGE_FORMAT, ...stored },
    });
    await store.put(`${path}/metadata.json`, metadata);
    return {
      snapshot_id: snapshotId,
      min_applied_lsn: index,
      path: folder,
      created_at: origin.created_at,
      bytes: stored.bytes,
    };
  }

  /** Makes a snapshot the latest, unless there is one by now that is as new. */
  async #publish(image: ExportedImage, snapshot: RetainedSnapshot): Promise<LatestSnapshot> {
    const { store, retainedCount } = this.#options;
    const { partitionId } = image;
    const objectKey = latestKey(partitionId);
    for (let tries = 1; ; tries++) {
      const before = await this.latest(partitionId);
      const known = before?.latest;
      if (known !== undefined && known.min_applied_lsn >= snapshot.min_applied_lsn) return known;
      image.assertCurrent();
      const others = known?.retained_snapshots ?? [];
      const { bytes: _, ...named } = snapshot;
      const contents = {
        ...this.#origin(),
        partition_id: partitionId,
        ...named,
        retained_snapshots: [snapshot, ...others].slice(0, retainedCount),
      };
      const replaces = { version: before?.version };
      try {
        await store.put(objectKey, encodeFile<LatestSnapshot>(contents), { replaces });
        return { version: 1, ...contents };
      } catch (error) {
        // Also after an own write whose acknowledgement was lost: it is then found above.
        if (!hasCode(error, "OBJECT_CHANGED") || tries >= PUBLISH_TRIES) throw error;
      }
    }
  }

  /** Removes what is older than the latest and not kept: former snapshots, unfinished exports. */
  async #removeOthers(latest: LatestSnapshot): Promise<void> {
    const kept = new Set(latest.retained_snapshots.map(({ path }) => path));
    try {
      await this.#removeFolders(latest.partition_id, (folder) => {
        const index = indexOfFolder(folder);
        return index !== undefined && index <= latest.min_applied_lsn && !kept.has(folder);
      });
    } catch (error) {
      // They are found again by the next export.
      this.#options.logger.warn("Could not remove old snapshots", {
        partition: latest.partition_id,
        error,
      });
    }
  }

  async #removeUnpublished(partitionId: number, folder: string): Promise<void> {
    try {
      const stored = await this.latest(partitionId);
      const isNamed = stored?.latest.retained_snapshots.some(({ path }) => path === folder);
      if (isNamed !== true) await this.#removeFolders(partitionId, (other) => other === folder);
    } catch (error) {
      this.#options.logger.debug("An unfinished snapshot is left for the next export", {
        partition: partitionId,
        folder,
        error,
      });
    }
  }

  async #removeFolders(partitionId: number, isRemoved: (folder: string) => boolean): Promise<void> {
    const { store } = this.#options;
    const objects = await store.list(`${partitionId}/lsn_`);
    const removed = objects.filter(({ key }) => isRemoved(key.split("/")[1] ?? ""));
    // What makes a snapshot readable goes first.
    removed.sort((left, right) => Number(isMetadata(right.key)) - Number(isMetadata(left.key)));
    for (const { key } of removed) await store.delete(key);
  }

  #assertOwn(latest: SnapshotOrigin, objectKey: string): void {
    const { clusterName, clusterFingerprint, restoredFrom } = this.#options.identity;
    const fingerprint = BigInt(latest.cluster_fingerprint);
    const isOwn = fingerprint === clusterFingerprint || fingerprint === restoredFrom;
    if (isOwn && latest.cluster_name === clusterName) return;
    const found = `${latest.cluster_name} (${latest.cluster_fingerprint})`;
    throw new ServerError(
      "SNAPSHOT_MISMATCH",
      `"${objectKey}" in ${this.location} belongs to cluster ${found}, not to ${clusterName} ` +
        `(${clusterFingerprint}). Choose another destination`,
      { details: { key: objectKey, clusterName: latest.cluster_name } },
    );
  }
}

/** Reads `latest.json` of a partition, whoever has written it. */
export async function readLatest(
  store: ObjectStore,
  partitionId: number,
): Promise<StoredLatest | undefined> {
  const objectKey = latestKey(partitionId);
  const object = await store.get(objectKey, JSON_BYTES_MAX);
  if (object === undefined) return undefined;
  const latest = decodeLatest(object.bytes, objectKey);
  if (latest.partition_id !== partitionId) throw damaged(objectKey, "it is of another partition");
  return { latest, version: object.version };
}

/** Reads what is known of a snapshot. */
export async function readMetadata(
  store: ObjectStore,
  { partition_id: partitionId, path, snapshot_id: snapshotId }: LatestSnapshot,
): Promise<SnapshotMetadata> {
  const objectKey = `${partitionId}/${path}/metadata.json`;
  const object = await store.get(objectKey, JSON_BYTES_MAX);
  if (object === undefined) throw damaged(objectKey, "it is missing");
  const metadata = decodeMetadata(object.bytes, objectKey);
  const isSame = metadata.partition_id === partitionId && metadata.snapshot_id === snapshotId;
  if (!isSame) throw damaged(objectKey, "it is of another snapshot");
  const { format } = metadata.image;
  if (format !== IMAGE_FORMAT) throw damaged(objectKey, `this build reads no "${format}"`);
  return metadata;
}

/** Reads the image of a snapshot; see `readImageParts`. */
export function readSnapshotImage(
  store: ObjectStore,
  latest: LatestSnapshot,
  metadata: SnapshotMetadata,
): AsyncIterable<Uint8Array> {
  return readImageParts(store, `${latest.partition_id}/${latest.path}`, metadata.image);
}

function isMetadata(key: string): boolean {
  return key.endsWith("/metadata.json");
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
