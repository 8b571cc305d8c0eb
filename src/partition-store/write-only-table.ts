import type { WriteBatch } from "#engine";
import type { UndoLog } from "./undo-log.ts";

interface PendingRow {
  readonly key: () => Uint8Array;
  /** Undefined: the row is deleted. */
  readonly value: (() => Uint8Array) | undefined;
  /** The engine holds no row under this key. */
  readonly isNew: boolean;
}

/** Keys from `start` inclusive to `end` exclusive. */
export interface RowRange {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
}

/**
 * Rows that the state machine writes and never reads: timers, expiries, outbox, indexes. Whoever
 * adds a row knows that it is not there; whoever removes one may not.
 */
export class WriteOnlyTable {
  readonly #undo: UndoLog;
  #pending = new Map<string, PendingRow>();
  /** Removed before the pending rows are written. */
  #ranges: RowRange[] = [];

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  get dirtyCount(): number {
    return this.#pending.size + this.#ranges.length;
  }

  /**
   * @param name  names the row among the unwritten ones
   * @param key   is called when the row is written, at most once, and so is `value`
   */
  add(name: string, key: () => Uint8Array, value: () => Uint8Array): void {
    const before = this.#pending.get(name);
    this.#pending.set(name, { key, value, isNew: before === undefined });
    this.#undo.push(() => this.#restore(name, before));
  }

  remove(name: string, key: () => Uint8Array): void {
    const before = this.#pending.get(name);
    if (before?.isNew) this.#pending.delete(name);
    else this.#pending.set(name, { key, value: undefined, isNew: false });
    this.#undo.push(() => this.#restore(name, before));
  }

  /**
   * Removes all rows of a range, however many there are.
   *
   * @param isInside tells by its name whether an unwritten row is one of them
   */
  removeRange(range: RowRange, isInside: (name: string) => boolean): void {
    const inside = [...this.#pending].filter(([name]) => isInside(name));
    for (const [name] of inside) this.#pending.delete(name);
    this.#ranges.push(range);
    this.#undo.push(() => {
      this.#ranges.pop();
      for (const [name, row] of inside) this.#pending.set(name, row);
    });
  }

  collect(batch: WriteBatch): void {
    for (const { start, end } of this.#ranges) batch.deleteRange(start, end);
    this.#ranges = [];
    for (const { key, value } of this.#pending.values()) {
      if (value === undefined) batch.delete(key());
      else batch.put(key(), value());
    }
    this.#pending = new Map();
  }

  #restore(name: string, before: PendingRow | undefined): void {
    if (before === undefined) this.#pending.delete(name);
    else this.#pending.set(name, before);
  }
}
