/** Where a record lies on disk. */
export interface RecordLocation {
  readonly segment: number;
  readonly offset: number;
  /** Bytes of the record, header included. */
  readonly bytes: number;
  /** Sequence number of the batch: part of the seed of the checksum. */
  readonly batch: number;
}

/** An entries record: it holds its first index up to the next record's first index. */
export interface IndexedRecord extends RecordLocation {
  readonly firstIndex: number;
}

/** Vacated slots at the front before the array is moved. */
const TRIM_SLOTS_MIN = 1024;

/** Places of one group's entries on disk, by ascending index. */
export class RecordIndex {
  #records: IndexedRecord[] = [];
  #head = 0;

  /** The record of the oldest entries. */
  get oldest(): IndexedRecord | undefined {
    return this.#records[this.#head];
  }

  /** Bytes of all records on disk. */
  get bytes(): number {
    let total = 0;
    for (let i = this.#head; i < this.#records.length; i++) total += this.#records[i]?.bytes ?? 0;
    return total;
  }

  /** Adds a record; records that start at or after it are superseded. */
  push(record: IndexedRecord): void {
    while (this.#records.length > this.#head) {
      if ((this.#records.at(-1) as IndexedRecord).firstIndex < record.firstIndex) break;
      this.#records.pop();
    }
    this.#records.push(record);
  }

  /** The record that holds `index`, and the index of the first entry of the one after it. */
  find(index: number): { readonly record: IndexedRecord; readonly end: number } | undefined {
    let low = this.#head;
    let high = this.#records.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#records[middle] as IndexedRecord).firstIndex <= index) low = middle;
      else high = middle - 1;
    }
    const record = this.#records[low];
    if (record === undefined || record.firstIndex > index) return undefined;
    return { record, end: this.#records[low + 1]?.firstIndex ?? Number.POSITIVE_INFINITY };
  }

  /** First index of the newest records that take `bytesMax` together; `undefined` for none. */
  startOfNewest(bytesMax: number): number | undefined {
    let total = 0;
    let start: number | undefined;
    for (let i = this.#records.length - 1; i >= this.#head; i--) {
      const record = this.#records[i] as IndexedRecord;
      total += record.bytes;
      if (total > bytesMax) break;
      start = record.firstIndex;
    }
    return start;
  }

  /** Bytes of the records that start at or below `index`. */
  bytesUpTo(index: number): number {
    let total = 0;
    for (let i = this.#head; i < this.#records.length; i++) {
      const record = this.#records[i] as IndexedRecord;
      if (record.firstIndex > index) break;
      total += record.bytes;
    }
    return total;
  }

  /** Drops the records all of whose entries are at or below `index`. */
  forgetUpTo(index: number): void {
    for (;;) {
      const next = this.#records[this.#head + 1];
      if (next === undefined || next.firstIndex > index + 1) break;
      this.#head++;
    }
    if (this.#head >= TRIM_SLOTS_MIN) {
      this.#records = this.#records.slice(this.#head);
      this.#head = 0;
    }
  }

  clear(): void {
    this.#records = [];
    this.#head = 0;
  }
}
