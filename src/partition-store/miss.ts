/** Something that is not in memory and has to be read before a record can be applied. */
export interface Missing {
  load(): Promise<void>;
}

/**
 * Thrown by the tables when a row is not in memory. Private to the store and the processor: the
 * record is undone, the row is loaded, and the record is applied again.
 */
export class MissSignal {
  readonly missing: Missing;

  constructor(missing: Missing) {
    this.missing = missing;
  }
}
