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
  /** Bytes of all records up to this one, from an arbitrary origin. */
  readonly totalBytes: number;
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
    const newest = this.#records.at(-1);
    return newest === undefined ? 0 : newest.totalBytes - this.#origin;
  }

  /** Adds a record; records that start at or after it are superseded. */
  push({ segment, offset, bytes, batch }: RecordLocation, firstIndex: number): void {
    while (this.#records.length > this.#head) {
      if ((this.#records.at(-1) as IndexedRecord).firstIndex < firstIndex) break;
      this.#records.pop();
    }
    const totalBytes = (this.#records.at(-1)?.totalBytes ?? 0) + bytes;
    this.#records.push({ segment, offset, bytes, batch, firstIndex, totalBytes });
  }

  /** The record that holds `index`, and the index of the first entry of the one after it. */
  find(index: number): { readonly record: IndexedRecord; readonly end: number } | undefined {
    const at = this.#lastWhere((record) => record.firstIndex <= index);
    const record = this.#records[at];
    if (record === undefined) return undefined;
    return { record, end: this.#records[at + 1]?.firstIndex ?? Number.POSITIVE_INFINITY };
  }

  /** First index of the newest records that take `bytesMax` together; `undefined` for none. */
  startOfNewest(bytesMax: number): number | undefined {
    const boundary = (this.#records.at(-1)?.totalBytes ?? 0) - bytesMax;
    const before = this.#lastWhere((record) => record.totalBytes - record.bytes < boundary);
    return this.#records[before === -1 ? this.#head : before + 1]?.firstIndex;
  }

  /** Bytes of the records that start at or below `index`. */
  bytesUpTo(index: number): number {
    const record = this.#records[this.#lastWhere(({ firstIndex }) => firstIndex <= index)];
    return record === undefined ? 0 : record.totalBytes - this.#origin;
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

  /** Bytes before the oldest record. */
  get #origin(): number {
    const { oldest } = this;
    return oldest === undefined ? 0 : oldest.totalBytes - oldest.bytes;
  }

  /** Position of the last record of which something holds that holds of all before; -1 if none. */
  #lastWhere(holds: (record: IndexedRecord) => boolean): number {
    let low = this.#head - 1;
    let high = this.#records.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (holds(this.#records[middle] as IndexedRecord)) low = middle;
      else high = middle - 1;
    }
    return low < this.#head ? -1 : low;
  }
}
