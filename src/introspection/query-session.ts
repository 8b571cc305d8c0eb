import type { DuckDBResult } from "@duckdb/node-api";
import { assertPresent } from "#base/assert";
import type { CallTargets } from "./call-targets.ts";
import { TABLES } from "./catalogue.ts";
import { INFORMATION_TABLES } from "./information-schema.ts";
import { JournalDecoder } from "./journal-decoder.ts";
import { QueryDatabase, type TableFiller } from "./query-database.ts";
import { QueryError, sqlError } from "./query-error.ts";
import { encodeRows } from "./result-json.ts";
import { planScans, type TableScan } from "./scan-plan.ts";
import { rewriteTree } from "./sql-rewrite.ts";
import { readStatement } from "./statement.ts";
import type {
  FromWorker,
  JournalFacts,
  QueryFormat,
  ToWorker,
  WireFailure,
  WorkerSettings,
} from "./worker-protocol.ts";

/** Bytes of encoded rows that are collected before they are sent. */
const CHUNK_BYTES_MIN = 64 * 1024;
const INTERRUPT_EVERY_MS = 50;

type ScanMessage = Extract<
  ToWorker | JournalFacts,
  {
    readonly kind: "page" | "journal-page" | "scan-end" | "scan-failed" | "journal-facts";
  }
>;

/** One query in the query thread: plans, fills tables, runs, encodes. */
export class QuerySession {
  readonly #queryId: number;
  readonly #settings: WorkerSettings;
  readonly #send: (message: FromWorker) => void;
  readonly #inbox: ScanMessage[] = [];
  #wakeScan: () => void = () => undefined;
  #wakeChunk: () => void = () => undefined;
  #isCancelled = false;
  #isTimedOut = false;
  #interruptTimer: NodeJS.Timeout | undefined;
  #database: QueryDatabase | undefined;
  #callTargets: CallTargets = {};

  constructor(queryId: number, settings: WorkerSettings, send: (message: FromWorker) => void) {
    this.#queryId = queryId;
    this.#settings = settings;
    this.#send = send;
  }

  /** Takes a message of the event loop. */
  accept(message: Exclude<ToWorker | JournalFacts, { readonly kind: "query" | "close" }>): void {
    if (message.kind === "cancel") this.cancel();
    else if (message.kind === "chunk-taken") this.#wakeChunk();
    else {
      this.#inbox.push(message);
      this.#wakeScan();
    }
  }

  /** Stops as soon as possible; the answer goes nowhere. */
  cancel(): void {
    this.#isCancelled = true;
    this.#wakeScan();
    this.#wakeChunk();
    this.#database?.interrupt();
    // A statement that is only about to run would not notice a single interruption.
    this.#interruptTimer ??= setInterval(() => this.#database?.interrupt(), INTERRUPT_EVERY_MS);
  }

  /** Runs the statement and reports its end; never rejects. */
  async run(text: string, format: QueryFormat): Promise<void> {
    const timer = setTimeout(() => {
      this.#isTimedOut = true;
      this.cancel();
    }, this.#settings.queryTimeoutMs);
    try {
      await this.#answer(text, format);
      this.#send({ kind: "end", queryId: this.#queryId });
    } catch (error) {
      const failure = this.#isTimedOut ? TIMED_OUT : toFailure(error);
      this.#send({ kind: "failed", queryId: this.#queryId, failure });
    } finally {
      clearTimeout(timer);
      clearInterval(this.#interruptTimer);
      this.#database?.close();
    }
  }

  async #answer(text: string, format: QueryFormat): Promise<void> {
    if (format !== "json") {
      throw new QueryError(
        503,
        "Query answers in Arrow form are not available yet: send the header " +
          '"accept: application/json"',
      );
    }
    const statement = readStatement(text);
    if (statement.kind === "nothing") {
      await this.#sendRows(undefined);
      return;
    }
    const database = await QueryDatabase.open(this.#settings.memoryBytesMax);
    this.#database = database;
    const parsed = await database.parse(statement.sql);
    const macros = rewriteTree(parsed.node);
    const scans = planScans(parsed.node);
    await database.defineMacros(macros);
    for (const scan of scans) await this.#fill(database, scan);
    const sql = await database.print(parsed);
    if (this.#isCancelled) throw CANCELLED;
    await this.#sendRows(await database.run(statement.isExplained ? `EXPLAIN ${sql}` : sql));
  }

  async #fill(database: QueryDatabase, scan: TableScan): Promise<void> {
    const table = assertPresent(
      TABLES.get(scan.table) ?? INFORMATION_TABLES.get(scan.table),
      "a planned table is in the catalogue",
    );
    const columns = table.columns.filter(({ name }) => scan.columns.includes(name));
    const filler = await database.createTable(table.name, columns);
    const queryId = this.#queryId;
    this.#send({ kind: "scan", queryId, scan });
    const { serverVersion } = this.#settings;
    const decoder = new JournalDecoder(columns, { serverVersion }, () => this.#callTargets);
    while (await this.#fillPage(filler, decoder)) {
      this.#send({ kind: "page-taken", queryId });
    }
    const rest = decoder.finish();
    if (rest !== undefined) filler.append(rest);
    filler.finish();
  }

  /** Stores the next page; false at the end of the scan. */
  async #fillPage(filler: TableFiller, decoder: JournalDecoder): Promise<boolean> {
    const message = await this.#nextScanMessage();
    switch (message.kind) {
      case "page":
        filler.append(message.columns);
        return true;
      case "journal-page": {
        const decoded = decoder.decode(message.rows);
        if (decoded !== undefined) filler.append(decoded);
        return true;
      }
      case "journal-facts":
        this.#callTargets = message.callTargets;
        return true;
      case "scan-failed":
        throw new QueryError(message.failure.status, message.failure.message);
      case "scan-end":
        return false;
    }
  }

  async #nextScanMessage(): Promise<ScanMessage> {
    for (;;) {
      if (this.#isCancelled) throw CANCELLED;
      const message = this.#inbox.shift();
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => {
        this.#wakeScan = resolve;
      });
    }
  }

  async #sendRows(result: DuckDBResult | undefined): Promise<void> {
    const names = result?.deduplicatedColumnNames() ?? [];
    const types = result?.columnTypes() ?? [];
    // The first chunk is fetched before the answer starts, so that most failures have a status.
    let chunk = await result?.fetchChunk();
    this.#send({ kind: "started", queryId: this.#queryId, contentType: "application/json" });
    let text = '{"rows":[';
    let isFirst = true;
    while (chunk !== undefined && chunk !== null && chunk.rowCount > 0) {
      text += `${isFirst ? "" : ","}${encodeRows(chunk, names, types)}`;
      isFirst = false;
      if (text.length >= CHUNK_BYTES_MIN) {
        await this.#sendChunk(text);
        text = "";
      }
      chunk = await result?.fetchChunk();
    }
    await this.#sendChunk(`${text}]}`);
  }

  async #sendChunk(text: string): Promise<void> {
    const taken = new Promise<void>((resolve) => {
      this.#wakeChunk = resolve;
    });
    const bytes = new TextEncoder().encode(text);
    this.#send({ kind: "chunk", queryId: this.#queryId, bytes });
    await taken;
    if (this.#isCancelled) throw CANCELLED;
  }
}

const CANCELLED = new QueryError(500, "The query was cancelled");
const TIMED_OUT: WireFailure = {
  status: 500,
  message: "Datafusion error: Resources exhausted: the query took too long and was cancelled",
};

/** Puts the messages of the engine into the words of clients. */
function toFailure(error: unknown): WireFailure {
  if (error instanceof QueryError) return { status: error.status, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  const { status, message: printed } = sqlError(500, message.split("\n\nLINE ", 1)[0] ?? message);
  return { status, message: printed };
}
