/**
 * Snapshots of partitions in an object store: exports them while the cluster runs, and reads them
 * back for a new cluster.
 *
 * It does not know what an image holds; state machines make and read them. The caller opens one
 * store per node, and closes it before the exporter, so that nothing is waited for in vain.
 */
export { DocumentBackup, ORIGIN_DOCUMENT } from "./document-backup.ts";
export type { SnapshotMetrics } from "./export-metrics.ts";
export type { ObjectStore } from "./object-store/object-store.ts";
export {
  type ObjectStoreHost,
  type ObjectStoreSettings,
  openObjectStore,
} from "./object-store/open-object-store.ts";
export { readSeed } from "./restore-cluster.ts";
export { SnapshotArchive } from "./snapshot-archive.ts";
export { type ExportedPartition, SnapshotExporter } from "./snapshot-exporter.ts";
export { SnapshotServices } from "./snapshot-services.ts";
