import { CATALOG_NAME, SCHEMA_NAME, SQL_TYPES, TABLES } from "./catalogue.ts";
import { type AnyTable, column, table } from "./table.ts";

const PREFIX = "stet_information_schema_";

/** Name under which a table of `information_schema` is known to the engine. */
export function informationTableName(name: string): string {
  return `${PREFIX}${name.toLowerCase()}`;
}

interface ColumnFact {
  readonly table: AnyTable;
  readonly index: number;
}

const columnFacts = [...TABLES.values()].flatMap((described) =>
  described.columns.map((_column, index): ColumnFact => ({ table: described, index })),
);

const columns = table<ColumnFact>({
  name: informationTableName("columns"),
  columns: [
    column("table_catalog", "text", () => CATALOG_NAME),
    column("table_schema", "text", () => SCHEMA_NAME),
    column("table_name", "text", (row) => row.table.name),
    column("column_name", "text", (row) => row.table.columns[row.index]?.name),
    column("ordinal_position", "uint64", (row) => row.index),
    column("column_default", "text", () => undefined),
    column("is_nullable", "text", (row) =>
      row.table.columns[row.index]?.isNullable === false ? "NO" : "YES",
    ),
    column("data_type", "text", (row) => {
      const described = row.table.columns[row.index];
      return described === undefined ? undefined : SQL_TYPES[described.type];
    }),
  ],
  pushed: {},
  scan: () => [columnFacts],
});

const tables = table<AnyTable>({
  name: informationTableName("tables"),
  columns: [
    column("table_catalog", "text", () => CATALOG_NAME),
    column("table_schema", "text", () => SCHEMA_NAME),
    column("table_name", "text", (row) => row.name),
    column("table_type", "text", (row) => (row.isView === true ? "VIEW" : "BASE TABLE")),
  ],
  pushed: {},
  scan: () => [[...TABLES.values()]],
});

const views = table<AnyTable>({
  name: informationTableName("views"),
  columns: [
    column("table_catalog", "text", () => CATALOG_NAME),
    column("table_schema", "text", () => SCHEMA_NAME),
    column("table_name", "text", (row) => row.name),
    column("definition", "text", () => undefined),
  ],
  pushed: {},
  scan: () => [[...TABLES.values()]],
});

const schemata = table<string>({
  name: informationTableName("schemata"),
  columns: [
    column("catalog_name", "text", () => CATALOG_NAME),
    column("schema_name", "text", (row) => row),
  ],
  pushed: {},
  scan: () => [[SCHEMA_NAME, "information_schema"]],
});

/** Tables that describe the tables, by the names that the engine knows them by. */
export const INFORMATION_TABLES: ReadonlyMap<string, AnyTable> = new Map(
  [columns, tables, views, schemata].map((described) => [described.name, described]),
);
