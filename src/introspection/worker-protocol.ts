import type { ScanFilter } from "#partition";
import type { CallTargets } from "./call-targets.ts";
import type { Cell } from "./table.ts";

/** Form of the answer. */
export type QueryFormat = "json" | "arrow";

/** A journal entry on its way to the thread that decodes it. */
export interface JournalCells {
  readonly invocationId: string;
  readonly index: number;
  readonly type: number;
  /** Empty when no column needs it. */
  readonly body: Uint8Array;
  readonly appendedAtMs: number;
}

/** What the event loop tells the query thread. */
export type ToWorker =
  | {
      readonly kind: "query";
      readonly queryId: number;
      readonly sql: string;
      readonly format: QueryFormat;
    }
  /** A page of a scan, by column. */
  | { readonly kind: "page"; readonly queryId: number; readonly columns: readonly Cell[][] }
  /** A page of the journal, which is decoded on arrival. */
  | { readonly kind: "journal-page"; readonly queryId: number; readonly rows: JournalCells[] }
  | { readonly kind: "scan-end"; readonly queryId: number }
  | { readonly kind: "scan-failed"; readonly queryId: number; readonly failure: WireFailure }
  /** A chunk of the answer was consumed; the next one may be sent. */
  | { readonly kind: "chunk-taken"; readonly queryId: number }
  /** Nobody waits for the answer any more. */
  | { readonly kind: "cancel"; readonly queryId: number }
  /** Release everything; the thread ends. */
  | { readonly kind: "close" };

/** A scan that the query thread asks for. */
export interface ScanRequest {
  readonly table: string;
  readonly columns: readonly string[];
  readonly filters: readonly ScanFilter[];
  readonly rowsMax: number | undefined;
}

/** What the query thread tells the event loop. */
export type FromWorker =
  | { readonly kind: "scan"; readonly queryId: number; readonly scan: ScanRequest }
  /** The page was stored; the next one may be sent. */
  | { readonly kind: "page-taken"; readonly queryId: number }
  | { readonly kind: "started"; readonly queryId: number; readonly contentType: string }
  | { readonly kind: "chunk"; readonly queryId: number; readonly bytes: Uint8Array }
  | { readonly kind: "end"; readonly queryId: number }
  | { readonly kind: "failed"; readonly queryId: number; readonly failure: WireFailure };

/** A failure as plain data. */
export interface WireFailure {
  readonly status: 400 | 429 | 500 | 503;
  readonly message: string;
}

/** Facts that the query thread is started with. */
export interface WorkerSettings {
  readonly serverVersion: string;
  /** Memory of one query, in bytes. */
  readonly memoryBytesMax: number;
  readonly queryTimeoutMs: number;
}

/** Facts of the registry that journal rows are decoded with, sent before a scan of the journal. */
export interface JournalFacts {
  readonly kind: "journal-facts";
  readonly queryId: number;
  readonly callTargets: CallTargets;
}
