import { expect } from "vitest";
import type { Entry, Snapshot } from "#raft";

/** What is known to be true of a group, from the outside, over a whole run. */
export class SafetyModel {
  readonly #leaders = new Map<number, number>();
  /** Every entry ever written, by index and term, with the term of the entry before it. */
  readonly #written = new Map<string, { previousTerm: number | undefined; data: string }>();
  /** Applied entries by index: the history on which all replicas have to agree. */
  readonly #applied = new Map<number, { term: number; data: string }>();
  #lastApplied: number;
  readonly #readFloors = new Map<number, number>();

  constructor(startIndex: number) {
    this.#lastApplied = startIndex;
  }

  get lastApplied(): number {
    return this.#lastApplied;
  }

  get readsAnswered(): number {
    return this.#answered;
  }
  #answered = 0;

  get leaderships(): number {
    return this.#leaders.size;
  }

  /** Election safety: a term has at most one leader. */
  noteLeader(term: number, id: number): void {
    const known = this.#leaders.get(term) ?? id;
    expect(known, `leader of term ${term}`).toBe(id);
    this.#leaders.set(term, id);
  }

  /** Leader completeness: what was applied anywhere is in the log of every later leader. */
  checkLeaderLog(firstIndex: number, termAt: (index: number) => unknown): void {
    for (let index = firstIndex; index <= this.#lastApplied; index += 1) {
      const applied = this.#applied.get(index);
      if (applied !== undefined) expect(termAt(index), `leader's ${index}`).toBe(applied.term);
    }
  }

  /**
   * Log matching: index and term determine the entry and, through the term of its predecessor,
   * everything before it.
   */
  noteWritten(entry: Entry, previousTerm: number | undefined): void {
    const key = `${entry.index}/${entry.term}`;
    const known = this.#written.get(key);
    const data = text(entry);
    if (known === undefined) {
      this.#written.set(key, { previousTerm, data });
      return;
    }
    expect(data, `entry ${key}`).toBe(known.data);
    if (previousTerm === undefined) return;
    known.previousTerm ??= previousTerm;
    expect(previousTerm, `entry before ${key}`).toBe(known.previousTerm);
  }

  /** State machine safety: all replicas apply the same entry at an index. */
  noteApplied(entry: Entry): void {
    const { term, index } = entry;
    const data = text(entry);
    const known = this.#applied.get(index);
    if (known !== undefined) expect({ term, data }, `applied ${index}`).toEqual(known);
    else this.#applied.set(index, { term, data });
    this.#lastApplied = Math.max(this.#lastApplied, index);
  }

  /** A snapshot stands for entries that were applied. */
  checkSnapshot({ index, term }: Snapshot): void {
    const applied = this.#applied.get(index);
    if (applied !== undefined) expect(term, `snapshot at ${index}`).toBe(applied.term);
    expect(index).toBeLessThanOrEqual(this.#lastApplied);
  }

  /** A read has to see everything that was applied anywhere when it was asked for. */
  noteReadRequest(id: number): void {
    this.#readFloors.set(id, this.#lastApplied);
  }

  noteReadAnswer(id: number, index: number): void {
    this.#answered += 1;
    expect(index, `read ${id}`).toBeGreaterThanOrEqual(this.#readFloors.get(id) ?? 0);
  }
}

function text(entry: Entry): string {
  return `${entry.type} ${entry.data.join(" ")}`;
}
