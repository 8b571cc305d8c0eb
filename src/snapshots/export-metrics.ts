import type { Counter, Summary } from "#base/metric";

/** What exports and restores report. Durations are in seconds. */
export interface SnapshotMetrics {
  readonly uploads: Counter;
  readonly failedUploads: Counter;
  readonly uploadDuration: Summary;
  readonly downloadDuration: Summary;
  readonly failedDownloads: Counter;
}

const nothing = { add: () => undefined, observe: () => undefined };

/** Reports to nobody. */
export const NO_SNAPSHOT_METRICS: SnapshotMetrics = {
  uploads: nothing,
  failedUploads: nothing,
  uploadDuration: nothing,
  downloadDuration: nothing,
  failedDownloads: nothing,
};
