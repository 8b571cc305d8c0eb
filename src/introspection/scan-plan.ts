import { parseInvocationId } from "#model";
import type { ScanFilter } from "#partition";
import { CATALOG_NAME, SCHEMA_NAME, TABLES } from "./catalogue.ts";
import { INFORMATION_TABLES } from "./information-schema.ts";
import { sqlError } from "./query-error.ts";
import {
  columnNames,
  isNode,
  listOf,
  type SqlNode,
  stringConstant,
  textOf,
  visit,
} from "./sql-tree.ts";
import type { AnyTable } from "./table.ts";

/** What to read of one table. */
export interface TableScan {
  readonly table: string;
  /** Names of the columns that are read, in the order of the table; at least one. */
  readonly columns: readonly string[];
  /** One scan for each; several for `id IN (…)`. */
  readonly filters: readonly ScanFilter[];
  /** Rows after which the scan may stop; undefined reads all. */
  readonly rowsMax: number | undefined;
}

/** Point reads into which an `IN` list is split; a longer list is filtered by the engine. */
const POINT_READS_MAX = 1_000;

/** A reference to a table in a FROM clause. */
interface TableReference {
  readonly table: AnyTable;
  readonly alias: string;
  /** The SELECT whose FROM clause it is in. */
  readonly select: SqlNode;
  /** True if the FROM clause consists of nothing else. */
  readonly isAlone: boolean;
}

/** Plans what has to be read for a rewritten statement: tables, columns, filters, limits. */
export function planScans(root: SqlNode): readonly TableScan[] {
  const mentioned = mentionedColumns(root);
  const named = expressionNames(root);
  const references = new Map<string, TableReference[]>();
  visit(root, (node) => {
    if (node.type !== "SELECT_NODE") return;
    const tables = tablesOf(node["from_table"]);
    for (const reference of tables) {
      const name = textOf(reference, "table_name").toLowerCase();
      const table = TABLES.get(name) ?? INFORMATION_TABLES.get(name);
      if (table === undefined) {
        if (!named.has(name)) throw unknownTable(reference);
        continue;
      }
      const alias = textOf(reference, "alias") || name;
      const isAlone = node["from_table"] === reference;
      const known = references.get(table.name) ?? [];
      references.set(table.name, [...known, { table, alias, select: node, isAlone }]);
    }
  });
  return [...references.values()].map((found) => planTable(found, mentioned, named));
}

function planTable(
  references: readonly TableReference[],
  mentioned: ReadonlySet<string> | "all",
  named: ReadonlySet<string>,
): TableScan {
  const [reference] = references;
  if (reference === undefined) throw new Error("A planned table has a reference");
  const { table } = reference;
  const wanted = table.columns
    .map(({ name }) => name)
    .filter((name) => mentioned === "all" || mentioned.has(name));
  const idColumn = table.columns.find(({ name }) => name === "id") ?? table.columns[0];
  const columns = wanted.length > 0 ? wanted : [idColumn?.name ?? ""];
  // A table that is named twice is read once, so that what holds for one use must hold for all.
  // A common table expression of the same name makes it unclear which one is meant.
  const isSingle = references.length === 1 && !named.has(table.name);
  const filters = isSingle ? filtersOf(reference) : [{}];
  const rowsMax = isSingle ? limitOf(reference) : undefined;
  return { table: table.name, columns, filters, rowsMax };
}

/** Names of common table expressions anywhere in the statement, in lower case. */
function expressionNames(root: SqlNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(root, (node) => {
    const map = node["cte_map"];
    if (!isNode(map)) return;
    for (const entry of listOf(map, "map")) {
      if (isNode(entry)) names.add(textOf(entry, "key").toLowerCase());
    }
  });
  return names;
}

function unknownTable(reference: SqlNode): Error {
  const catalog = textOf(reference, "catalog_name") || CATALOG_NAME;
  const schema = textOf(reference, "schema_name") || SCHEMA_NAME;
  const name = textOf(reference, "table_name");
  return sqlError(500, `Error during planning: table '${catalog}.${schema}.${name}' not found`);
}

/** Names of columns anywhere in the statement; a star may stand for any. */
function mentionedColumns(root: SqlNode): ReadonlySet<string> | "all" {
  const names = new Set<string>();
  let isAll = false;
  visit(root, (node) => {
    if (node.type === "STAR") isAll = true;
    // The last name is the column; earlier ones may be too, when a field of it is taken.
    for (const name of columnNames(node) ?? []) names.add(name.toLowerCase());
    for (const name of listOf(node, "using_columns")) names.add(String(name).toLowerCase());
    if (node.type === "JOIN" && textOf(node, "ref_type") === "NATURAL") isAll = true;
    if (listOf(node, "column_name_alias").length > 0) isAll = true;
  });
  return isAll ? "all" : names;
}

/** The tables of a FROM clause, without those inside derived tables. */
function tablesOf(from: unknown): readonly SqlNode[] {
  if (!isNode(from)) return [];
  if (from.type === "BASE_TABLE") return [from];
  if (from.type === "JOIN") return [...tablesOf(from["left"]), ...tablesOf(from["right"])];
  return [];
}

/**
 * Filters that follow from the WHERE clause. Safe below any join: a row that fails the equality,
 * or that is absent, never passes WHERE.
 */
function filtersOf(reference: TableReference): readonly ScanFilter[] {
  const { pushed } = reference.table;
  let filter: ScanFilter = {};
  let ids: readonly string[] | undefined;
  for (const condition of conjuncts(reference.select["where_clause"])) {
    const equality = equalityOf(condition, reference);
    if (equality === undefined) continue;
    const { column, values } = equality;
    const [value] = values;
    if (column === pushed.invocationId) ids ??= values;
    else if (values.length !== 1 || value === undefined) continue;
    else if (column === pushed.service) filter = { ...filter, service: value };
    else if (column === pushed.serviceKey) filter = { ...filter, serviceKey: value };
  }
  if (ids === undefined || ids.length > POINT_READS_MAX) return [filter];
  return [...new Set(ids)].map((id) => {
    const parsed = parseInvocationId(id);
    if (!parsed.ok) throw sqlError(500, "External error: non valid invocation id");
    return { ...filter, invocationId: parsed.value };
  });
}

function conjuncts(condition: unknown): readonly unknown[] {
  if (!isNode(condition)) return [];
  if (condition.type !== "CONJUNCTION_AND") return [condition];
  return listOf(condition, "children").flatMap(conjuncts);
}

/** Reads `column = 'x'` and `column IN ('x', …)` of the referenced table. */
function equalityOf(
  condition: unknown,
  reference: TableReference,
): { readonly column: string; readonly values: readonly string[] } | undefined {
  if (!isNode(condition)) return undefined;
  if (condition.type === "COMPARE_EQUAL") {
    const { left, right } = condition;
    const column = ownColumn(left, reference) ?? ownColumn(right, reference);
    const value = stringConstant(right) ?? stringConstant(left);
    if (column === undefined || value === undefined) return undefined;
    return { column, values: [value] };
  }
  if (condition.type !== "COMPARE_IN") return undefined;
  const [subject, ...candidates] = listOf(condition, "children");
  const column = ownColumn(subject, reference);
  const values = candidates.map(stringConstant).filter((value) => value !== undefined);
  if (column === undefined || values.length === 0 || values.length !== candidates.length) {
    return undefined;
  }
  return { column, values };
}

/** The column of the referenced table that an expression names without any doubt. */
function ownColumn(expression: unknown, reference: TableReference): string | undefined {
  const names = columnNames(expression)?.map((name) => name.toLowerCase());
  if (names === undefined) return undefined;
  const [first = "", second] = names;
  if (second === undefined) return reference.isAlone ? first : undefined;
  return names.length === 2 && first === reference.alias.toLowerCase() ? second : undefined;
}

/** The number of rows after which `SELECT … FROM t LIMIT n` has all that it needs. */
function limitOf({ select, isAlone }: TableReference): number | undefined {
  const isPlain =
    isAlone &&
    !isNode(select["where_clause"]) &&
    !isNode(select["having"]) &&
    !isNode(select["qualify"]) &&
    !isNode(select["sample"]) &&
    listOf(select, "group_expressions").length === 0 &&
    listOf(select, "select_list").every(isRowWise);
  const modifiers = listOf(select, "modifiers");
  const [modifier] = modifiers;
  if (!isPlain || modifiers.length !== 1 || !isNode(modifier)) return undefined;
  if (modifier.type !== "LIMIT_MODIFIER") return undefined;
  const limit = integerConstant(modifier["limit"]);
  const offset = isNode(modifier["offset"]) ? integerConstant(modifier["offset"]) : 0;
  return limit === undefined || offset === undefined ? undefined : limit + offset;
}

/** True for expressions that cannot look at more than their own row. */
function isRowWise(expression: unknown): boolean {
  return (
    isNode(expression) &&
    (expression.type === "COLUMN_REF" ||
      expression.type === "STAR" ||
      expression.type === "VALUE_CONSTANT")
  );
}

function integerConstant(expression: unknown): number | undefined {
  if (!isNode(expression) || expression.type !== "VALUE_CONSTANT") return undefined;
  const value = expression["value"];
  const number = isNode(value) ? value["value"] : undefined;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : undefined;
}
