import {
  BLOB,
  BOOLEAN,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  DuckDBIntervalValue,
  DuckDBListValue,
  type DuckDBResult,
  DuckDBTimestampTZValue,
  type DuckDBType,
  type DuckDBValue,
  INTERVAL,
  LIST,
  TIMESTAMPTZ,
  UBIGINT,
  UINTEGER,
  VARCHAR,
} from "@duckdb/node-api";
import { sqlError } from "./query-error.ts";
import { MACROS } from "./sql-rewrite.ts";
import { isNode, listOf, parseTree, type SqlNode, textOf } from "./sql-tree.ts";
import type { Cell, ColumnType } from "./table.ts";

/** Rows that the engine takes at a time. */
const CHUNK_ROWS_MAX = 2_048;

/** Shuts a database off: no spilling to disk, no files, no network, and no way back. */
const LOCKDOWN = `
  SET TimeZone = 'UTC';
  SET temp_directory = '';
  SET enable_external_access = false;
  SET lock_configuration = true;
`;

const ENGINE_TYPES: Readonly<Record<ColumnType, DuckDBType>> = {
  text: VARCHAR,
  uint32: UINTEGER,
  uint64: UBIGINT,
  boolean: BOOLEAN,
  bytes: BLOB,
  timestamp: TIMESTAMPTZ,
  duration: INTERVAL,
  "uint32-list": LIST(UINTEGER),
  "text-list": LIST(VARCHAR),
};

/** A parsed statement. */
export interface ParsedStatement {
  /** Everything that the parser printed, the node included. */
  readonly tree: SqlNode;
  /** The outermost SELECT or set operation; part of the tree, and may be changed in place. */
  readonly node: SqlNode;
}

/** A column of a table to fill. */
export interface EngineColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/**
 * A throw-away database for one query: in memory, bounded, cut off from files and network, and
 * with a locked configuration.
 */
export class QueryDatabase {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /** Opens an empty database. */
  static async open(memoryBytesMax: number): Promise<QueryDatabase> {
    const instance = await DuckDBInstance.create(":memory:", {
      threads: "1",
      memory_limit: `${memoryBytesMax}B`,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      // As in the original: 1 / 2 is 0, and nulls come first when descending.
      integer_division: "true",
      default_null_order: "nulls_last_on_asc_first_on_desc",
    });
    const connection = await instance.connect();
    await connection.run(LOCKDOWN);
    return new QueryDatabase(instance, connection);
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  /** Makes the running statement fail soon. */
  interrupt(): void {
    this.#connection.interrupt();
  }

  /**
   * Parses a reading statement.
   *
   * @throws QueryError 400 for text that cannot be parsed, 500 for more than one statement
   */
  async parse(sql: string): Promise<ParsedStatement> {
    const result = await this.#connection.runAndReadAll(
      "SELECT json_serialize_sql(CAST($1 AS VARCHAR))",
      [sql],
    );
    const tree = parseTree(String(result.getRows()[0]?.[0] ?? ""));
    if (!isNode(tree)) throw new Error("The engine printed no parse tree");
    if (tree["error"] === true) {
      const message = textOf(tree, "error_message");
      throw sqlError(400, `SQL error: ParserError(${JSON.stringify(message)})`);
    }
    const [statement, ...others] = listOf(tree, "statements");
    if (others.length > 0) {
      throw sqlError(
        500,
        "This feature is not implemented: The context currently only supports a single SQL " +
          "statement",
      );
    }
    const node = isNode(statement) ? statement["node"] : undefined;
    if (!isNode(node)) throw new Error("A parsed statement has a node");
    return { tree, node };
  }

  /** Prints a tree, changed or not, as a statement again. */
  async print({ tree }: ParsedStatement): Promise<string> {
    const result = await this.#connection.runAndReadAll(
      "SELECT json_deserialize_sql(CAST($1 AS JSON))",
      [JSON.stringify(tree)],
    );
    return String(result.getRows()[0]?.[0] ?? "");
  }

  /** Defines the given macros of `MACROS`. */
  async defineMacros(names: Iterable<string>): Promise<void> {
    for (const name of names) {
      await this.#connection.run(`CREATE MACRO ${name}${MACROS.get(name) ?? ""}`);
    }
  }

  /** Creates a table and returns a function that appends to it. */
  async createTable(name: string, columns: readonly EngineColumn[]): Promise<TableFiller> {
    const described = columns.map(
      (column) => `"${column.name}" ${ENGINE_TYPES[column.type].toString()}`,
    );
    await this.#connection.run(`CREATE TABLE "${name}" (${described.join(", ")})`);
    const appender = await this.#connection.createAppender(name);
    const types = columns.map(({ type }) => ENGINE_TYPES[type]);
    return {
      append(cells) {
        const rowCount = cells[0]?.length ?? 0;
        for (let start = 0; start < rowCount; start += CHUNK_ROWS_MAX) {
          const end = Math.min(start + CHUNK_ROWS_MAX, rowCount);
          const chunk = DuckDBDataChunk.create(types, end - start);
          for (const [index, column] of columns.entries()) {
            const values = cells[index]?.slice(start, end) ?? [];
            chunk.setColumnValues(
              index,
              values.map((cell) => toEngineValue(cell, column.type)),
            );
          }
          appender.appendDataChunk(chunk);
        }
      },
      finish() {
        appender.closeSync();
      },
    };
  }

  /** Runs a statement; rows are produced while they are fetched. */
  run(sql: string): Promise<DuckDBResult> {
    return this.#connection.stream(sql);
  }
}

/** Appends rows, given by column. */
export interface TableFiller {
  append(columns: readonly (readonly Cell[])[]): void;
  finish(): void;
}

function toEngineValue(cell: Cell, type: ColumnType): DuckDBValue {
  if (cell === undefined || cell === null) return null;
  switch (type) {
    case "uint64":
      return BigInt(cell as number | bigint);
    case "timestamp":
      // Times and durations are computed by many; a fraction of a millisecond is not shown.
      return new DuckDBTimestampTZValue(BigInt(Math.floor(cell as number)) * 1_000n);
    case "duration":
      return new DuckDBIntervalValue(0, 0, BigInt(Math.floor(cell as number)) * 1_000n);
    case "bytes":
      return new DuckDBBlobValue(cell as Uint8Array);
    case "uint32-list":
    case "text-list":
      return new DuckDBListValue([...(cell as readonly (number | string)[])]);
    default:
      return cell as string | number | boolean;
  }
}
