import { encode } from "#base/wire-codec";
import type { KeyRange, KeyValueReader, KeyValueRow, ScanOptions } from "#engine";
import { type RowsPage, rowsPageCodec, rowsRequestCodec, SERVICES } from "./call-codec.ts";
import type { LeaderRoute } from "./leader-route.ts";

/** Rows of one page; its bytes are bounded by whoever answers. */
const PAGE_ROWS = 256;
/** No node has this id. */
const NOT_FLUSHED = 0;

/** What reading another node's tables takes. */
export interface RemoteTablesOptions {
  readonly route: LeaderRoute;
  readonly partitionId: number;
  /** A page as the leader itself reads it, for the case that it has become this node. */
  readHere(range: KeyRange, rowsMax: number, flushedNode: number): Promise<RowsPage>;
}

/**
 * Reads the engine of the node that leads a partition, page by page. Pages are of different
 * moments, and may come from different leaders: a scan sees each row as it was lately.
 */
export class RemoteTables implements KeyValueReader {
  readonly #options: RemoteTablesOptions;

  constructor(options: RemoteTablesOptions) {
    this.#options = options;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const { rows } = await this.#page({ start: key, end: successor(key) }, 1, NOT_FLUSHED);
    return rows[0]?.value;
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  async scan(range: KeyRange, options: ScanOptions = {}): Promise<KeyValueRow[]> {
    const rows: KeyValueRow[] = [];
    for await (const row of this.iterate(range, options)) rows.push(row);
    return rows;
  }

  /** Forwards only; values are always read. */
  async *iterate(range: KeyRange, options: ScanOptions = {}): AsyncGenerator<KeyValueRow> {
    let remaining = options.limit ?? Number.POSITIVE_INFINITY;
    let { start } = range;
    let flushedNode = NOT_FLUSHED;
    while (remaining > 0) {
      const rowsMax = Math.min(remaining, PAGE_ROWS);
      const page = await this.#page({ start, end: range.end }, rowsMax, flushedNode);
      const { rows } = page;
      yield* rows;
      const last = rows.at(-1);
      if (page.isLast || last === undefined) return;
      flushedNode = page.node;
      remaining -= rows.length;
      start = successor(last.key);
    }
  }

  #page({ start, end }: KeyRange, rowsMax: number, flushedNode: number): Promise<RowsPage> {
    const { route, partitionId, readHere } = this.#options;
    return route.run<RowsPage>({
      partitionId,
      service: SERVICES.rows,
      codec: rowsPageCodec,
      runHere: () => readHere({ start, end }, rowsMax, flushedNode),
      payload: () => encode(rowsRequestCodec, { partitionId, start, end, rowsMax, flushedNode }),
      onRepeated: () => undefined,
    });
  }
}

function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
