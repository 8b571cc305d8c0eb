import { entryTypeName, isNotificationType, nameOfCommand, partitionKeyOf } from "#model";
import type { JournalRow } from "#partition";
import type { EntryValues } from "../journal-entry-json.ts";
import { column, table } from "../table.ts";

/**
 * A journal entry with its decoded form. Rows of this table are made in the query thread, since
 * decoding whole journals would hold up the event loop that serves the partitions.
 */
export interface DecodedJournalRow extends JournalRow {
  /** Undefined when no column asked for it, or when the bytes cannot be understood. */
  readonly values: EntryValues | undefined;
}

/** Columns that need `DecodedJournalRow.values`. */
export const DECODED_COLUMNS: ReadonlySet<string> = new Set(["entry_json", "entry_lite_json"]);

/** Columns that need the bytes of the entry. */
export const BODY_COLUMNS: ReadonlySet<string> = new Set([
  ...DECODED_COLUMNS,
  "name",
  "raw",
  "raw_length",
]);

/** One row for each journal entry. */
export const sysJournal = table<DecodedJournalRow>({
  name: "sys_journal",
  columns: [
    column("partition_key", "uint64", (row) => partitionKeyOf(row.invocationId)),
    column("id", "text", (row) => row.invocationId),
    column("index", "uint32", (row) => row.index),
    column("entry_type", "text", (row) => entryTypeName(row.type)),
    column("name", "text", (row) =>
      isNotificationType(row.type) ? undefined : nameOfCommand(row.body),
    ),
    // Filled by protocol versions that are not spoken any more.
    column("completed", "boolean", () => undefined),
    column("invoked_id", "text", () => undefined),
    column("invoked_target", "text", () => undefined),
    column("sleep_wakeup_at", "timestamp", () => undefined),
    column("promise_name", "text", () => undefined),
    column("raw", "bytes", (row) => row.body),
    column("raw_length", "uint64", (row) => row.body.length),
    column("version", "uint32", () => 2),
    column("entry_json", "text", ({ values }) =>
      values === undefined ? undefined : JSON.stringify(values.full),
    ),
    column("entry_lite_json", "text", ({ values }) =>
      values === undefined ? undefined : JSON.stringify(values.lite),
    ),
    column("appended_at", "timestamp", (row) => row.appendedAtMs),
  ],
  pushed: { invocationId: "id" },
  // The missing part of these rows is added where they are decoded.
  scan: ({ scanner }, filter) =>
    scanner.journal(filter) as AsyncIterable<readonly DecodedJournalRow[]>,
});
