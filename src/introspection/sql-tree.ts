/** The parse tree of a statement, as the engine prints it: JSON objects with a `type`. */
export interface SqlNode {
  readonly type?: unknown;
  [field: string]: unknown;
}

/** What a recent language version adds to JSON and the compiler does not know yet. */
interface SourceAwareJson {
  rawJSON(text: string): unknown;
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
}

// Node 24 has both functions; partition keys in a query need more digits than a number has.
const sourceAwareJson = JSON as unknown as SourceAwareJson;

/** Parses a tree without rounding integers. */
export function parseTree(text: string): unknown {
  return sourceAwareJson.parse(text, (_key, value, { source }) =>
    typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined
      ? sourceAwareJson.rawJSON(source)
      : value,
  );
}

/** True for an object of the tree; lists and raw numbers are none. */
export function isNode(value: unknown): value is SqlNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Calls back for every object of the tree, parents first. */
export function visit(root: unknown, callback: (node: SqlNode) => void): void {
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (Array.isArray(value)) {
      for (const item of value) pending.push(item);
    } else if (isNode(value)) {
      callback(value);
      for (const child of Object.values(value)) {
        if (typeof child === "object" && child !== null) pending.push(child);
      }
    }
  }
}

/** The list behind a field; empty if there is none. */
export function listOf(node: SqlNode, field: string): readonly unknown[] {
  const value = node[field];
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** The text behind a field; empty if there is none. */
export function textOf(node: SqlNode, field: string): string {
  const value = node[field];
  return typeof value === "string" ? value : "";
}

/** The names of a column reference, from the table to the column; undefined for anything else. */
export function columnNames(value: unknown): readonly string[] | undefined {
  if (!isNode(value) || value.type !== "COLUMN_REF") return undefined;
  return listOf(value, "column_names").filter((name) => typeof name === "string");
}

/** The text of a string constant; undefined for anything else. */
export function stringConstant(value: unknown): string | undefined {
  if (!isNode(value) || value.type !== "VALUE_CONSTANT" || !isNode(value["value"]))
    return undefined;
  const text = value["value"]["value"];
  return typeof text === "string" ? text : undefined;
}
