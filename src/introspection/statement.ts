import { sqlError } from "./query-error.ts";

/** What to do with the text of a request. */
export type Statement =
  | { readonly kind: "select"; readonly sql: string; readonly isExplained: boolean }
  /** Accepted without effect; answers no rows. */
  | { readonly kind: "nothing" };

const IDENTIFIER = String.raw`"?([a-zA-Z_][\w.]*)"?`;
const SHOW_TABLES = /^show\s+tables$/i;
const DESCRIBE = new RegExp(`^desc(?:ribe)?\\s+(?:table\\s+)?${IDENTIFIER}$`, "i");
const SHOW_COLUMNS = new RegExp(`^show\\s+columns\\s+(?:from|in)\\s+${IDENTIFIER}$`, "i");
const DDL = /^(create|drop|alter|truncate|attach|detach|comment)\b/i;
const DML = /^(insert|update|delete|merge|copy|replace)\b/i;
const SELECT = /^(select|with|from|values|table|\()/i;

/**
 * Sorts statements: only reading ones reach the engine.
 *
 * @throws QueryError 400 for statements that would change something
 */
export function readStatement(text: string): Statement {
  const sql = stripComments(text)
    .trim()
    .replace(/;+\s*$/, "")
    .trim();
  if (sql === "") {
    throw sqlError(
      500,
      "Error during planning: No SQL statements were provided in the query string",
    );
  }
  if (/^set\b/i.test(sql)) return { kind: "nothing" };
  const explained = /^explain\s+(?:analyze\s+)?(?:verbose\s+)?([\s\S]*)$/i.exec(sql)?.[1];
  if (explained !== undefined) return { kind: "select", sql: explained, isExplained: true };
  const described = describeStatement(sql);
  if (described !== undefined) return { kind: "select", sql: described, isExplained: false };
  const verb = /^\S+/.exec(sql)?.[0] ?? "";
  if (DDL.test(sql)) throw sqlError(400, `Error during planning: DDL not supported: ${verb}`);
  if (DML.test(sql)) throw sqlError(400, `Error during planning: DML not supported: ${verb}`);
  if (!SELECT.test(sql)) {
    throw sqlError(
      400,
      `SQL error: ParserError("Expected: an SQL statement, found: ${verb} at Line: 1, Column: 1")`,
    );
  }
  return { kind: "select", sql, isExplained: false };
}

function describeStatement(sql: string): string | undefined {
  if (SHOW_TABLES.test(sql)) return "SELECT * FROM information_schema.tables";
  const described = DESCRIBE.exec(sql)?.[1];
  if (described !== undefined) {
    return `SELECT column_name, data_type, is_nullable ${columnsOf(described)}`;
  }
  const shown = SHOW_COLUMNS.exec(sql)?.[1];
  if (shown === undefined) return undefined;
  return (
    "SELECT table_catalog, table_schema, table_name, column_name, data_type, is_nullable " +
    columnsOf(shown)
  );
}

function columnsOf(name: string): string {
  const bareName = name.split(".").at(-1) ?? "";
  return (
    `FROM information_schema.columns WHERE table_name = '${bareName.toLowerCase()}' ` +
    "ORDER BY ordinal_position"
  );
}

/** Removes comments in front of the statement, so that its first word can be looked at. */
function stripComments(text: string): string {
  return text.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, "");
}
