import { Worker } from "node:worker_threads";
import type { Logger } from "#base/logger";
import type { PartitionScanner } from "#partition";
import type { RuleBook, SchemaSnapshot } from "#schema";
import { PageGate } from "./page-gate.ts";
import { QueryError } from "./query-error.ts";
import { type QueryAnswer, QueryHandle } from "./query-handle.ts";
import type { TableSources } from "./table.ts";
import type { FromWorker, QueryFormat, WorkerSettings } from "./worker-protocol.ts";

/** Queries that run at a time, unless configured. */
const QUERIES_MAX = 4;
/** Queries that wait for others to finish; beyond, a query is refused with 429. */
const QUEUE_MAX = 64;
const MEMORY_BYTES_MAX = 1024 * 1024 * 1024;
/** JavaScript heap of the query thread, in MiB; when it is full, the thread is started anew. */
const WORKER_HEAP_MIB_MAX = 512;
const ROWS_MAX = 1_000_000;
const QUERY_TIMEOUT_MS = 60_000;
const IDLE_TIMEOUT_MS = 60_000;
/** A query thread that has not ended by then is terminated. */
const STOP_TIMEOUT_MS = 5_000;

/** What introspection is built from. */
export interface IntrospectionOptions {
  readonly scanner: PartitionScanner;
  readonly schema: () => SchemaSnapshot;
  readonly rules: () => RuleBook;
  /** Version of the server, as tables print it. */
  readonly serverVersion: string;
  readonly logger: Logger;
  /** The query thread's module; a bundle puts it elsewhere. */
  readonly workerUrl?: URL;
  /** Memory of the engine, in bytes; divided evenly among the queries that may run at a time. */
  readonly memoryBytesMax?: number;
  /** Rows that one query may read of one table; beyond, it fails. */
  readonly rowsMax?: number;
  readonly queriesMax?: number;
  /** A query that runs longer is cancelled. */
  readonly queryTimeoutMs?: number;
  /** The query thread, with the engine, is released after that long without a query. */
  readonly idleTimeoutMs?: number;
}

/** Answers SQL over the state of the cluster. */
export interface Introspection {
  /**
   * Runs one statement. Rows are read, and the answer is made, while it is consumed.
   *
   * @param signal ends a query whose answer has not started when nobody waits for it any more
   * @throws QueryError when the statement is refused, or fails before its first row
   */
  query(sql: string, format: QueryFormat, signal?: AbortSignal): Promise<QueryAnswer>;
  /** Cancels what runs and releases the query thread; idempotent. */
  close(): Promise<void>;
}

/** Builds introspection; the engine is loaded with the first query, in a thread of its own. */
export function createIntrospection(options: IntrospectionOptions): Introspection {
  return new WorkerIntrospection(options);
}

class WorkerIntrospection implements Introspection {
  readonly #options: IntrospectionOptions;
  readonly #sources: TableSources;
  readonly #handles = new Map<number, QueryHandle>();
  readonly #waiting: (() => void)[] = [];
  readonly #gate = new PageGate();
  #worker: Worker | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #lastQueryId = 0;
  /** Queries that have a place, those about to start included. */
  #runningCount = 0;
  #isClosed = false;

  constructor(options: IntrospectionOptions) {
    this.#options = options;
    const { scanner, schema, rules } = options;
    this.#sources = { scanner, schema, rules };
  }

  get #queriesMax(): number {
    return this.#options.queriesMax ?? QUERIES_MAX;
  }

  async query(sql: string, format: QueryFormat, signal?: AbortSignal): Promise<QueryAnswer> {
    if (this.#runningCount >= this.#queriesMax) await this.#wait();
    else this.#runningCount++;
    if (this.#isClosed) throw UNAVAILABLE;
    if (signal?.aborted === true) {
      this.#passPlaceOn();
      throw CANCELLED;
    }
    const queryId = ++this.#lastQueryId;
    const worker = this.#ensureWorker();
    const handle = new QueryHandle({
      queryId,
      sources: this.#sources,
      facts: { serverVersion: this.#options.serverVersion },
      rowsMax: this.#options.rowsMax ?? ROWS_MAX,
      gate: this.#gate,
      post: (message) => worker.postMessage(message),
      onDone: () => this.#release(queryId),
    });
    this.#handles.set(queryId, handle);
    const cancel = (): void => handle.cancel();
    signal?.addEventListener("abort", cancel);
    try {
      return await handle.start(sql, format);
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    for (const handle of this.#handles.values()) handle.fail(UNAVAILABLE);
    await this.#stopWorker();
  }

  /** Waits for the place of a query that ends; refuses when too many wait already. */
  async #wait(): Promise<void> {
    if (this.#waiting.length >= QUEUE_MAX) throw new QueryError(429, "Rate limited");
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    await promise;
  }

  #release(queryId: number): void {
    if (!this.#handles.delete(queryId)) return;
    if (this.#passPlaceOn() || this.#handles.size > 0 || this.#isClosed) return;
    clearTimeout(this.#idleTimer);
    const idleTimeoutMs = this.#options.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
    this.#idleTimer = setTimeout(() => void this.#stopWorker(), idleTimeoutMs).unref();
  }

  /** Gives the place to the next in line, without ever being free; false if nobody waits. */
  #passPlaceOn(): boolean {
    const next = this.#waiting.shift();
    if (next === undefined) this.#runningCount--;
    else next();
    return next !== undefined;
  }

  #ensureWorker(): Worker {
    clearTimeout(this.#idleTimer);
    if (this.#worker !== undefined) return this.#worker;
    const { memoryBytesMax = MEMORY_BYTES_MAX } = this.#options;
    const settings: WorkerSettings = {
      serverVersion: this.#options.serverVersion,
      memoryBytesMax: Math.floor(memoryBytesMax / this.#queriesMax),
      queryTimeoutMs: this.#options.queryTimeoutMs ?? QUERY_TIMEOUT_MS,
    };
    const url = this.#options.workerUrl ?? new URL("./query-worker.ts", import.meta.url);
    const resourceLimits = { maxOldGenerationSizeMb: WORKER_HEAP_MIB_MAX };
    const worker = new Worker(url, { workerData: settings, name: "query", resourceLimits });
    // A process that has nothing else to do does not wait for queries.
    worker.unref();
    worker.on("message", (message: FromWorker) => {
      this.#handles.get(message.queryId)?.accept(message);
    });
    worker.on("error", (error) => this.#workerStopped(worker, error));
    worker.on("exit", () => this.#workerStopped(worker, undefined));
    this.#worker = worker;
    return worker;
  }

  #workerStopped(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    if (error !== undefined) this.#options.logger.error("The query thread failed", { error });
    for (const handle of this.#handles.values()) handle.fail(UNAVAILABLE);
  }

  async #stopWorker(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#worker = undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.once("exit", () => resolve());
    // Without a reference, the process could end before the thread does.
    worker.ref();
    worker.postMessage({ kind: "close" });
    const timer = setTimeout(() => void worker.terminate(), STOP_TIMEOUT_MS);
    await promise;
    clearTimeout(timer);
  }
}

const CANCELLED = new QueryError(500, "The query was cancelled");
const UNAVAILABLE = new QueryError(503, "Query service not available");
