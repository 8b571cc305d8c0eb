import { ClusterError } from "./cluster-error.ts";

/** What stored data says about its format; raised with every change of it. */
export interface StoredFormat {
  /** Format that the data is in. */
  readonly formatVersion: number;
  /** Oldest format a build has to know to read the data: newer ones may only have added fields. */
  readonly minReaderVersion: number;
}

/** Who reads what. */
export interface FormatReader {
  /** What is read, to start a sentence: `The log in "/data"`. */
  readonly what: string;
  /** Newest format that this build knows. */
  readonly formatVersion: number;
}

/**
 * Refuses data that only a newer build can read.
 *
 * @throws ClusterError `FORMAT_UNSUPPORTED`, with both versions and what to do
 */
export function requireReadable(stored: StoredFormat, reader: FormatReader): void {
  if (stored.minReaderVersion <= reader.formatVersion) return;
  throw new ClusterError(
    "FORMAT_UNSUPPORTED",
    `${reader.what} is in format ${stored.formatVersion}, for builds that know format ` +
      `${stored.minReaderVersion} or later; this one knows format ${reader.formatVersion}. ` +
      "Start the newer build again, or restore what was there before it was started",
    {
      details: {
        formatVersion: stored.formatVersion,
        minReaderVersion: stored.minReaderVersion,
        knownFormatVersion: reader.formatVersion,
      },
    },
  );
}
