import type { InvocationId } from "#model";
import type { CallTargets } from "./call-targets.ts";
import { calleeOf, journalEntryValues } from "./journal-entry-json.ts";
import type { Cell, Column, TableFacts } from "./table.ts";
import { DECODED_COLUMNS, type DecodedJournalRow } from "./tables/sys-journal.ts";
import type { JournalCells } from "./worker-protocol.ts";

/**
 * Decodes journal entries, one invocation at a time: a call names its callee only in a later
 * notification, so that rows are held back until their invocation is complete.
 */
export class JournalDecoder {
  readonly #columns: readonly Column<DecodedJournalRow>[];
  readonly #isDecoded: boolean;
  readonly #facts: TableFacts;
  readonly #callTargets: () => CallTargets;
  #pending: JournalCells[] = [];

  /** @param columns of the journal table; of any other table, nothing is ever decoded */
  constructor(
    columns: readonly Column<never>[],
    facts: TableFacts,
    callTargets: () => CallTargets,
  ) {
    // Only rows of the journal are handed to `decode`, and only with the columns of its table.
    this.#columns = columns as unknown as readonly Column<DecodedJournalRow>[];
    this.#isDecoded = columns.some(({ name }) => DECODED_COLUMNS.has(name));
    this.#facts = facts;
    this.#callTargets = callTargets;
  }

  /** Takes a page of rows; returns the values of complete invocations, by column. */
  decode(rows: readonly JournalCells[]): readonly Cell[][] | undefined {
    const complete: DecodedJournalRow[] = [];
    for (const row of rows) {
      const [first] = this.#pending;
      if (first !== undefined && first.invocationId !== row.invocationId) {
        complete.push(...this.#takePending());
      }
      this.#pending.push(row);
    }
    return this.#values(complete);
  }

  /** The values of what is left, by column. */
  finish(): readonly Cell[][] | undefined {
    return this.#values(this.#takePending());
  }

  #takePending(): DecodedJournalRow[] {
    const rows = this.#pending;
    this.#pending = [];
    const calleeIds = new Map<number, string>();
    if (this.#isDecoded) {
      for (const { type, body } of rows) {
        const callee = calleeOf(type, body);
        if (callee !== undefined) calleeIds.set(callee.completionId, callee.invocationId);
      }
    }
    const context = { calleeIds, callTargets: this.#callTargets() };
    return rows.map(({ invocationId, index, type, body, appendedAtMs }) => ({
      // The id was made by the partition that stored the entry.
      invocationId: invocationId as InvocationId,
      index,
      type,
      body,
      appendedAtMs,
      values: this.#isDecoded ? journalEntryValues(type, body, context) : undefined,
    }));
  }

  #values(rows: readonly DecodedJournalRow[]): readonly Cell[][] | undefined {
    if (rows.length === 0) return undefined;
    return this.#columns.map(({ value }) => rows.map((row) => value(row, this.#facts)));
  }
}
