import type { AnyTable, ColumnType } from "./table.ts";
import { state } from "./tables/state.ts";
import { sysDeployment } from "./tables/sys-deployment.ts";
import { sysInbox } from "./tables/sys-inbox.ts";
import { sysInvocation } from "./tables/sys-invocation.ts";
import { sysInvocationState } from "./tables/sys-invocation-state.ts";
import { sysInvocationStatus } from "./tables/sys-invocation-status.ts";
import { sysJournal } from "./tables/sys-journal.ts";
import { sysJournalEvents } from "./tables/sys-journal-events.ts";
import { sysKeyedServiceStatus } from "./tables/sys-keyed-service-status.ts";
import { sysPromise } from "./tables/sys-promise.ts";
import { sysRules } from "./tables/sys-rules.ts";
import { sysService } from "./tables/sys-service.ts";
import { VQUEUE_TABLES } from "./tables/vqueue-tables.ts";

/** Every table that can be queried, by name. */
export const TABLES: ReadonlyMap<string, AnyTable> = new Map(
  [
    sysInvocation,
    sysInvocationStatus,
    sysInvocationState,
    sysJournal,
    sysJournalEvents,
    state,
    sysPromise,
    sysService,
    sysDeployment,
    sysRules,
    sysInbox,
    sysKeyedServiceStatus,
    ...VQUEUE_TABLES,
  ].map((table) => [table.name, table]),
);

/** Names of column types as `information_schema` prints them. */
export const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  text: "LargeUtf8",
  uint32: "UInt32",
  uint64: "UInt64",
  boolean: "Boolean",
  bytes: "LargeBinary",
  timestamp: 'Timestamp(ms, "+00:00")',
  duration: "Duration(ms)",
  "uint32-list": "List(UInt32)",
  "text-list": "List(LargeUtf8)",
};

/** Name of the catalogue and of its schema. */
export const CATALOG_NAME = "restate";
/** Schema that all tables are in. */
export const SCHEMA_NAME = "public";
