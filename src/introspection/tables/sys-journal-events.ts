import { partitionKeyOf } from "#model";
import type { JournalEventRow } from "#partition";
import { column, table } from "../table.ts";

/** Errors, pauses and suspensions of invocations. */
export const sysJournalEvents = table<JournalEventRow>({
  name: "sys_journal_events",
  columns: [
    column("partition_key", "uint64", (row) => partitionKeyOf(row.invocationId)),
    column("id", "text", (row) => row.invocationId),
    column("after_journal_entry_index", "uint32", (row) => row.afterJournalEntryIndex),
    column("appended_at", "timestamp", (row) => row.appendedAtMs),
    column("event_type", "text", (row) => row.eventType),
    column("event_json", "text", (row) => row.eventJson),
  ],
  pushed: { invocationId: "id" },
  scan: ({ scanner }, filter) => scanner.journalEvents(filter),
});
