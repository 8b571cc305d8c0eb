import type { WriteBatch } from "#engine";
import { LimitQueue, type LimitWaiter } from "#state-machine";
import { ResidentTable } from "./resident-table.ts";
import type { UndoLog } from "./undo-log.ts";

/** Who waits for a concurrency limit; in memory whole. Rows are named `scope/sequence`. */
export class LimitWaiterTable {
  readonly #rows: ResidentTable<string, LimitWaiter>;
  readonly #undo: UndoLog;
  readonly #queue = new LimitQueue();

  constructor(undo: UndoLog) {
    this.#rows = new ResidentTable(undo);
    this.#undo = undo;
  }

  /** Takes a row read from the engine. */
  loadRow(name: string, waiter: LimitWaiter): void {
    this.#rows.loadRow(name, waiter);
    this.#queue.add(name.slice(0, name.indexOf("/")), waiter);
  }

  /** All rows, in no order. */
  *rows(): Iterable<{ readonly scope: string; readonly waiter: LimitWaiter }> {
    for (const [name, waiter] of this.#rows.rows) {
      yield { scope: name.slice(0, name.indexOf("/")), waiter };
    }
  }

  /** See `PartitionState.firstLimitWaiter`. */
  first(
    hasCapacity: (path: string) => boolean,
    scope: string | undefined,
  ): LimitWaiter | undefined {
    return this.#queue.first(hasCapacity, scope);
  }

  /** The slots in use of a path change in this record. */
  noteSlots(path: string): void {
    if (!this.#queue.hasLevel(path)) return;
    this.#queue.reopen(path);
    // What was found full in a record that is taken back may not be.
    this.#undo.push(() => this.#queue.reopen(path));
  }

  /** The rules change in this record. */
  noteRules(): void {
    this.#queue.reopenAll();
    this.#undo.push(() => this.#queue.reopenAll());
  }

  add(scope: string, waiter: LimitWaiter): void {
    this.#rows.set(`${scope}/${waiter.sequence}`, waiter);
    this.#queue.add(scope, waiter);
    this.#undo.push(() => this.#queue.delete(scope, waiter));
  }

  remove(scope: string, sequence: number): void {
    const name = `${scope}/${sequence}`;
    const waiter = this.#rows.get(name);
    if (waiter === undefined) return;
    this.#rows.set(name, undefined);
    this.#queue.delete(scope, waiter);
    this.#undo.push(() => this.#queue.add(scope, waiter));
  }

  /** Moves all unwritten changes into the batch. */
  collect(
    batch: WriteBatch,
    format: { key(name: string): Uint8Array; encode(waiter: LimitWaiter): Uint8Array },
  ): void {
    this.#rows.collect(batch, format);
  }
}
