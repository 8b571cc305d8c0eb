/** Counts what happened; never goes down. */
export interface Counter {
  /** @param count how often, 1 when left out */
  add(count?: number): void;
}

/** A level that goes up and down. */
export interface Gauge {
  set(value: number): void;
  add(difference: number): void;
}

/** Collects values of which quantiles, sum and count are reported; durations are in seconds. */
export interface Summary {
  observe(value: number): void;
}
