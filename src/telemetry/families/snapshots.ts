import type { Registry } from "../registry.ts";

/** Snapshots of partitions in an object store. */
export function snapshotFamilies(registry: Registry) {
  return {
    uploads: registry.counter(
      "partition_store_snapshots_upload_total",
      "Snapshots that were exported to the object store.",
    ),
    failedUploads: registry.counter(
      "partition_store_snapshots_upload_failed_total",
      "Exports that failed; each is tried again.",
    ),
    uploadDuration: registry.summary(
      "partition_store_snapshots_upload_duration_seconds",
      "Exporting one snapshot.",
    ),
    downloadDuration: registry.summary(
      "partition_store_snapshots_download_duration_seconds",
      "Fetching one snapshot from the object store.",
    ),
    failedDownloads: registry.counter(
      "partition_store_snapshots_download_failed_total",
      "Snapshots that could not be fetched.",
    ),
    age: registry.read(
      "gauge",
      "partition_snapshot_age_seconds",
      "Time since the newest snapshot, over the partitions that this node leads.",
      ["quantile"],
    ),
  };
}
