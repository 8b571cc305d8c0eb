import { CATALOG_NAME, SCHEMA_NAME } from "./catalogue.ts";
import { informationTableName } from "./information-schema.ts";
import { columnNames, isNode, listOf, type SqlNode, textOf, visit } from "./sql-tree.ts";

/** Functions of the original that the engine has under another name. */
const FUNCTION_NAMES: ReadonlyMap<string, string> = new Map([
  // As plain aggregates; with OVER they are another kind of node and keep their name.
  ["first_value", "first"],
  ["last_value", "last"],
  ["date_bin", "stet_date_bin"],
  ["approx_distinct", "approx_count_distinct"],
  ["btrim", "trim"],
  ["octet_length", "stet_octet_length"],
  ["regexp_like", "regexp_matches"],
  ["character_length", "length"],
  ["to_unixtime", "stet_to_unixtime"],
  ["to_timestamp", "stet_to_timestamp"],
  ["arrow_cast", "stet_arrow_cast"],
  ["json_get", "stet_json_get"],
  ["json_get_json", "stet_json_get"],
  ["json_get_array", "stet_json_get"],
  ["json_get_str", "stet_json_get_str"],
  ["json_as_text", "stet_json_get_str"],
  ["json_get_int", "stet_json_get_int"],
  ["json_get_float", "stet_json_get_float"],
  ["json_get_bool", "stet_json_get_bool"],
  ["json_length", "stet_json_length"],
  ["json_len", "stet_json_length"],
  ["json_object_keys", "json_keys"],
]);

/** Definitions of the names that start with `stet_`. */
export const MACROS: ReadonlyMap<string, string> = new Map([
  [
    "stet_date_bin",
    "(i, t) AS time_bucket(i, CAST(t AS TIMESTAMPTZ)), " +
      "(i, t, o) AS time_bucket(i, CAST(t AS TIMESTAMPTZ), CAST(o AS TIMESTAMPTZ))",
  ],
  [
    "stet_octet_length",
    "(x) AS CASE WHEN typeof(x) = 'BLOB' THEN octet_length(TRY_CAST(x AS BLOB)) " +
      "ELSE strlen(CAST(x AS VARCHAR)) END",
  ],
  ["stet_to_unixtime", "(x) AS CAST(floor(epoch(CAST(x AS TIMESTAMPTZ))) AS BIGINT)"],
  ["stet_to_timestamp", "(x) AS CAST(x AS TIMESTAMPTZ)"],
  ["stet_arrow_cast", "(x, t) AS x"],
  ["stet_json_get", "(j, k) AS j -> k"],
  ["stet_json_get_str", "(j, k) AS j ->> k"],
  ["stet_json_get_int", "(j, k) AS TRY_CAST(j ->> k AS BIGINT)"],
  ["stet_json_get_float", "(j, k) AS TRY_CAST(j ->> k AS DOUBLE)"],
  ["stet_json_get_bool", "(j, k) AS TRY_CAST(j ->> k AS BOOLEAN)"],
  ["stet_json_length", "(j) AS coalesce(json_array_length(j), len(json_keys(j)))"],
]);

/**
 * Changes a tree in place from the dialect of clients to that of the engine: function names, table
 * qualifiers, aliases that stay visible outside a derived table, names of result columns.
 *
 * @returns the macros that the statement needs
 */
export function rewriteTree(root: SqlNode): ReadonlySet<string> {
  const macros = new Set<string>();
  const qualifiers = new Set<string>();
  visit(root, (node) => {
    const names = columnNames(node);
    if (names !== undefined && names.length > 1) qualifiers.add(names[0] ?? "");
  });
  nameResultColumns(root);
  visit(root, (node) => {
    if (node.type === "FUNCTION") renameFunction(node, macros);
    else if (node.type === "BASE_TABLE") unqualifyTable(node);
    else if (node.type === "SUBQUERY") exposeInnerAlias(node, qualifiers);
  });
  return macros;
}

function renameFunction(node: SqlNode, macros: Set<string>): void {
  const name = FUNCTION_NAMES.get(textOf(node, "function_name"));
  if (name === undefined) return;
  node["function_name"] = name;
  if (MACROS.has(name)) macros.add(name);
}

function unqualifyTable(node: SqlNode): void {
  const name = textOf(node, "table_name");
  const schema = textOf(node, "schema_name");
  if (schema === "information_schema") {
    node["table_name"] = informationTableName(name);
    if (textOf(node, "alias") === "") node["alias"] = name;
  } else if (schema !== "" && schema !== SCHEMA_NAME) {
    return;
  }
  if (textOf(node, "catalog_name") === CATALOG_NAME) node["catalog_name"] = "";
  node["schema_name"] = "";
}

/**
 * `FROM (SELECT * FROM t alias LIMIT n) WHERE alias.column = …` works in the original: the alias
 * of the only table inside stays visible outside.
 */
function exposeInnerAlias(node: SqlNode, qualifiers: ReadonlySet<string>): void {
  const alias = textOf(node, "alias");
  // The parser makes up names of its own for derived tables without one.
  if (alias !== "" && !alias.startsWith("unnamed_subquery")) return;
  const statement = node["subquery"];
  const select = isNode(statement) ? statement["node"] : undefined;
  const inner = isNode(select) ? select["from_table"] : undefined;
  if (!isNode(inner) || inner.type !== "BASE_TABLE") return;
  const innerAlias = textOf(inner, "alias") || textOf(inner, "table_name");
  if (qualifiers.has(innerAlias)) node["alias"] = innerAlias;
}

/** Names aggregates without an alias as the original prints them: `count(*)`, `sum(t.c)`. */
function nameResultColumns(root: SqlNode): void {
  if (root.type !== "SELECT_NODE") return;
  const from = root["from_table"];
  const tableAlias =
    isNode(from) && from.type === "BASE_TABLE"
      ? textOf(from, "alias") || textOf(from, "table_name")
      : "";
  for (const item of listOf(root, "select_list")) {
    if (!isNode(item) || item.type !== "FUNCTION" || textOf(item, "alias") !== "") continue;
    const name = printAggregate(item, tableAlias);
    if (name !== undefined) item["alias"] = name;
  }
}

const AGGREGATES = new Set(["count", "sum", "min", "max", "avg"]);

function printAggregate(node: SqlNode, tableAlias: string): string | undefined {
  const name = textOf(node, "function_name");
  if (isNode(node["filter"])) return undefined;
  if (name === "count_star") return "count(*)";
  const [argument, ...rest] = listOf(node, "children");
  if (!AGGREGATES.has(name) || rest.length > 0) return undefined;
  const distinct = node["distinct"] === true ? "DISTINCT " : "";
  const names = columnNames(argument);
  if (names !== undefined) {
    const qualified = names.length > 1 || tableAlias === "" ? names : [tableAlias, ...names];
    return `${name}(${distinct}${qualified.join(".")})`;
  }
  const value = isNode(argument) && argument.type === "VALUE_CONSTANT" ? argument["value"] : "";
  const number = isNode(value) ? value["value"] : undefined;
  return Number.isInteger(number) ? `${name}(${distinct}Int64(${String(number)}))` : undefined;
}
