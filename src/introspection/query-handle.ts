import { assertPresent } from "#base/assert";
import type { JournalRow, ScanFilter } from "#partition";
import { callTargetsOf } from "./call-targets.ts";
import { TABLES } from "./catalogue.ts";
import { INFORMATION_TABLES } from "./information-schema.ts";
import type { PageGate } from "./page-gate.ts";
import { QueryError, sqlError } from "./query-error.ts";
import type { AnyTable, Cell, Column, TableFacts, TableSources } from "./table.ts";
import { BODY_COLUMNS, sysJournal } from "./tables/sys-journal.ts";
import type {
  FromWorker,
  JournalCells,
  JournalFacts,
  QueryFormat,
  ScanRequest,
  ToWorker,
  WireFailure,
} from "./worker-protocol.ts";

/** An answer that is made while it is consumed; leaving early cancels the query. */
export interface QueryAnswer {
  readonly contentType: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What a query needs of its surroundings. */
export interface QueryHandleOptions {
  readonly queryId: number;
  readonly sources: TableSources;
  readonly facts: TableFacts;
  /** Rows that may be read of one table. */
  readonly rowsMax: number;
  /** Shared by all queries. */
  readonly gate: PageGate;
  readonly post: (message: ToWorker | JournalFacts) => void;
  /** Called once, when the query thread has ended the query. */
  readonly onDone: () => void;
}

const EMPTY = new Uint8Array(0);

/** One query as the event loop sees it: serves scans, hands the answer on. */
export class QueryHandle {
  readonly #options: QueryHandleOptions;
  readonly #started = Promise.withResolvers<string>();
  readonly #chunks: Uint8Array[] = [];
  #wakeReader: () => void = () => undefined;
  #wakeScan: () => void = () => undefined;
  #isDone = false;
  #isCancelled = false;
  #failure: QueryError | undefined;

  constructor(options: QueryHandleOptions) {
    this.#options = options;
  }

  /** Sends the statement and waits for the start of the answer. */
  async start(sql: string, format: QueryFormat): Promise<QueryAnswer> {
    const { queryId, post } = this.#options;
    post({ kind: "query", queryId, sql, format });
    const contentType = await this.#started.promise;
    return { contentType, chunks: this.#read() };
  }

  /** Takes a message of the query thread. */
  accept(message: FromWorker): void {
    switch (message.kind) {
      case "scan":
        void this.#serveScan(message.scan);
        break;
      case "page-taken":
        this.#wakeScan();
        break;
      case "started":
        this.#started.resolve(message.contentType);
        break;
      case "chunk":
        this.#chunks.push(message.bytes);
        this.#wakeReader();
        break;
      case "end":
        this.#finish(undefined);
        break;
      case "failed":
        this.fail(new QueryError(message.failure.status, message.failure.message));
        break;
    }
  }

  /** Ends the query with a failure. */
  fail(failure: QueryError): void {
    this.#finish(failure);
  }

  #finish(failure: QueryError | undefined): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#failure = failure;
    if (failure !== undefined) {
      this.#started.promise.catch(() => undefined);
      this.#started.reject(failure);
    }
    this.#wakeReader();
    this.#wakeScan();
    this.#options.onDone();
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    const { queryId, post } = this.#options;
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          yield chunk;
          post({ kind: "chunk-taken", queryId });
          continue;
        }
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#isDone) return;
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
      }
    } finally {
      this.cancel();
    }
  }

  /** Nobody waits for the answer any more; without effect once the query has ended. */
  cancel(): void {
    if (this.#isDone || this.#isCancelled) return;
    this.#isCancelled = true;
    this.#wakeScan();
    this.#options.post({ kind: "cancel", queryId: this.#options.queryId });
  }

  /** Reads a table and sends it page by page; never rejects. */
  async #serveScan(scan: ScanRequest): Promise<void> {
    const { queryId, post } = this.#options;
    try {
      await this.#sendPages(scan);
      post({ kind: "scan-end", queryId });
    } catch (error) {
      post({ kind: "scan-failed", queryId, failure: toFailure(error) });
    }
  }

  async #sendPages(scan: ScanRequest): Promise<void> {
    const { sources, queryId, rowsMax, gate } = this.#options;
    const table = assertPresent(
      TABLES.get(scan.table) ?? INFORMATION_TABLES.get(scan.table),
      "the query thread asks for tables of the catalogue",
    );
    const isJournal = table === sysJournal;
    if (isJournal) {
      await this.#sendPage({ kind: "journal-facts", queryId, callTargets: this.#callTargets() });
    }
    const columns = table.columns.filter(({ name }) => scan.columns.includes(name));
    const isBodyNeeded = columns.some(({ name }) => BODY_COLUMNS.has(name));
    const toMessage = (rows: readonly never[]): ToWorker | JournalFacts => {
      if (!isJournal) return { kind: "page", queryId, columns: this.#cells(columns, rows) };
      // Pages of this table come from `PartitionScanner.journal`.
      const page = (rows as readonly unknown[] as readonly JournalRow[]).map((row) =>
        journalCells(row, isBodyNeeded),
      );
      return { kind: "journal-page", queryId, rows: page };
    };
    let rowCount = 0;
    const pages = pagesOf(table, sources, scan.filters);
    try {
      for (;;) {
        const taken = await gate.run(async () => {
          const { done, value: rows } = await pages.next();
          if (done === true || this.#isDone || this.#isCancelled) return undefined;
          rowCount += rows.length;
          return { stored: rows.length === 0 ? undefined : this.#sendPage(toMessage(rows)) };
        });
        if (taken === undefined) return;
        await taken.stored;
        if (scan.rowsMax !== undefined && rowCount >= scan.rowsMax) return;
        if (rowCount > rowsMax) throw tooManyRows(table, rowsMax);
      }
    } finally {
      await pages.return(undefined);
    }
  }

  /** Sends a page and waits until it was stored, so that at most one is on its way. */
  async #sendPage(page: ToWorker | JournalFacts): Promise<void> {
    const taken = new Promise<void>((resolve) => {
      this.#wakeScan = resolve;
    });
    this.#options.post(page);
    if (this.#isDone || this.#isCancelled) return;
    await taken;
  }

  #cells(columns: readonly Column<never>[], rows: readonly never[]): readonly Cell[][] {
    const { facts } = this.#options;
    return columns.map(({ value, type }) =>
      rows.map((row) => {
        const cell = value(row, facts);
        return type === "bytes" && cell !== undefined ? copyOf(cell as Uint8Array) : cell;
      }),
    );
  }

  #callTargets(): JournalFacts["callTargets"] {
    return callTargetsOf(this.#options.sources.schema());
  }
}

async function* pagesOf(
  table: AnyTable,
  sources: TableSources,
  filters: readonly ScanFilter[],
): AsyncGenerator<readonly never[]> {
  for (const filter of filters) yield* table.scan(sources, filter);
}

function journalCells(row: JournalRow, isBodyNeeded: boolean): JournalCells {
  const { invocationId, index, type, body, appendedAtMs } = row;
  return { invocationId, index, type, body: isBodyNeeded ? copyOf(body) : EMPTY, appendedAtMs };
}

/** Sending a view would send the whole buffer behind it. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function tooManyRows(table: AnyTable, rowsMax: number): QueryError {
  const filters = Object.values(table.pushed).map((name) => `${name} = '…'`);
  const hint = filters.length === 0 ? "" : `; add a condition such as ${filters.join(" or ")}`;
  return sqlError(
    500,
    `Resources exhausted: the query reads more than ${rowsMax} rows of ${table.name}${hint}`,
  );
}

function toFailure(error: unknown): WireFailure {
  if (error instanceof QueryError) return { status: error.status, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  const failure = sqlError(500, `External error: ${message}`);
  return { status: failure.status, message: failure.message };
}
