import { assert } from "#base/assert";
import type { WriteBatch } from "#engine";
import type { LimitWaiter } from "#state-machine";
import { ResidentTable } from "./resident-table.ts";
import type { UndoLog } from "./undo-log.ts";

const NO_WAITERS: ReadonlyMap<number, LimitWaiter> = new Map();

/** Who waits for a concurrency limit; in memory whole. Rows are named `scope/sequence`. */
export class LimitWaiterTable {
  readonly #rows: ResidentTable<string, LimitWaiter>;
  readonly #undo: UndoLog;
  readonly #byScope = new Map<string, Map<number, LimitWaiter>>();

  constructor(undo: UndoLog) {
    this.#rows = new ResidentTable(undo);
    this.#undo = undo;
  }

  /** Takes a row read from the engine. */
  loadRow(name: string, waiter: LimitWaiter): void {
    this.#rows.loadRow(name, waiter);
    this.#index(name.slice(0, name.indexOf("/")), waiter);
  }

  ofScope(scope: string): ReadonlyMap<number, LimitWaiter> {
    return this.#byScope.get(scope) ?? NO_WAITERS;
  }

  /** Scopes that have waiters, in order. */
  scopes(): readonly string[] {
    return [...this.#byScope.keys()].sort();
  }

  add(scope: string, waiter: LimitWaiter): void {
    this.#rows.set(`${scope}/${waiter.sequence}`, waiter);
    this.#index(scope, waiter);
    this.#undo.push(() => this.#unindex(scope, waiter.sequence));
  }

  remove(scope: string, sequence: number): void {
    const name = `${scope}/${sequence}`;
    const waiter = this.#rows.get(name);
    if (waiter === undefined) return;
    this.#rows.set(name, undefined);
    this.#unindex(scope, sequence);
    this.#undo.push(() => this.#index(scope, waiter));
  }

  /** Moves all unwritten changes into the batch. */
  collect(
    batch: WriteBatch,
    format: { key(name: string): Uint8Array; encode(waiter: LimitWaiter): Uint8Array },
  ): void {
    this.#rows.collect(batch, format);
  }

  #index(scope: string, waiter: LimitWaiter): void {
    let waiters = this.#byScope.get(scope);
    if (waiters === undefined) {
      waiters = new Map();
      this.#byScope.set(scope, waiters);
    }
    waiters.set(waiter.sequence, waiter);
  }

  #unindex(scope: string, sequence: number): void {
    const waiters = this.#byScope.get(scope);
    assert(waiters !== undefined, "a waiter is indexed by its scope");
    waiters.delete(sequence);
    if (waiters.size === 0) this.#byScope.delete(scope);
  }
}
