import type { PartitionScanner, ScanFilter } from "#partition";
import type { RuleBook, SchemaSnapshot } from "#schema";

/** Types of columns; names of the original in `SQL_TYPES`. */
export type ColumnType =
  | "text"
  | "uint32"
  | "uint64"
  | "boolean"
  | "bytes"
  | "timestamp"
  | "duration"
  | "uint32-list"
  | "text-list";

/**
 * A value of a column, in a form that can be sent to another thread: timestamps are milliseconds
 * since the Unix epoch, durations milliseconds, 64-bit numbers may be bigint.
 */
export type Cell =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly number[]
  | readonly string[]
  | undefined;

/** A column, and how its value follows from a row of the source. */
export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly isNullable?: false;
  readonly value: (row: Row, facts: TableFacts) => Cell;
}

/** What values depend on besides their row. */
export interface TableFacts {
  /** Version of the server, as `created_using_restate_version` prints it. */
  readonly serverVersion: string;
}

/** Where rows come from. */
export interface TableSources {
  readonly scanner: PartitionScanner;
  readonly schema: () => SchemaSnapshot;
  readonly rules: () => RuleBook;
}

/** Columns whose equality with a constant can be handed down to the scan. */
export interface PushedColumns {
  readonly invocationId?: string;
  readonly service?: string;
  readonly serviceKey?: string;
}

/** A virtual table. */
export interface Table<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly pushed: PushedColumns;
  readonly isView?: true;
  /** Pages of rows, read while they are consumed. */
  readonly scan: (
    sources: TableSources,
    filter: ScanFilter,
  ) => AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>;
}

/** A table with its row type forgotten; only its own functions look at its rows. */
export type AnyTable = Table<never>;

/** Defines a table. */
export function table<Row>(definition: Table<Row>): AnyTable {
  // Rows are only ever passed from `scan` to the `value` functions of the same table.
  return definition as unknown as AnyTable;
}

/** Builds a column. */
export function column<Row>(
  name: string,
  type: ColumnType,
  value: (row: Row, facts: TableFacts) => Cell,
): Column<Row> {
  return { name, type, value };
}
