import { assert } from "#base/assert";
import type { Summary } from "#base/metric";

/** Sixteen buckets per doubling, so a quantile is at most 6 % off. */
const MANTISSA_BITS = 4;
/** Values from 2^-24 (60 ns, as seconds) to 2^40; others count in the outermost bucket. */
const EXPONENT_MIN = -24;
const EXPONENT_MAX = 40;
const EXPONENT_BIAS = 1_023;
const BUCKET_FIRST = (EXPONENT_MIN + EXPONENT_BIAS) << MANTISSA_BITS;
const BUCKET_COUNT = (EXPONENT_MAX - EXPONENT_MIN) << MANTISSA_BITS;

/** The same eight bytes as a number and as integers: the exponent selects the bucket. */
const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** Quantiles that are reported, as in the original; 1 is the maximum. */
export const QUANTILES = [0.5, 0.9, 0.99, 1] as const;

/**
 * Counts values in buckets of exponentially growing width, over a sliding window: the counts of the
 * present period and of the one before. Observing costs a few nanoseconds and allocates nothing.
 */
export class Distribution implements Summary {
  #present = new Uint32Array(BUCKET_COUNT);
  #previous = new Uint32Array(BUCKET_COUNT);
  /** Counts of the periods before those two, for histograms. */
  readonly #past = new Float64Array(BUCKET_COUNT);
  #presentMax = 0;
  #previousMax = 0;
  #sum = 0;
  #count = 0;

  observe(value: number): void {
    float[0] = value;
    // Little-endian: the second word holds sign, exponent and the top of the mantissa.
    const bucket = ((words[1] ?? 0) >>> (20 - MANTISSA_BITS)) - BUCKET_FIRST;
    const index = bucket < 0 ? 0 : bucket < BUCKET_COUNT ? bucket : BUCKET_COUNT - 1;
    const buckets = this.#present;
    buckets[index] = (buckets[index] ?? 0) + 1;
    if (value > this.#presentMax) this.#presentMax = value;
    this.#sum += value;
    this.#count += 1;
  }

  /** Sum of all values since the start. */
  get sum(): number {
    return this.#sum;
  }

  /** Count of all values since the start. */
  get count(): number {
    return this.#count;
  }

  /** Ends the present period. */
  rotate(): void {
    const recycled = this.#previous;
    for (let i = 0; i < BUCKET_COUNT; i++)
      this.#past[i] = (this.#past[i] ?? 0) + (recycled[i] ?? 0);
    recycled.fill(0);
    this.#previous = this.#present;
    this.#present = recycled;
    this.#previousMax = this.#presentMax;
    this.#presentMax = 0;
  }

  /** Values below which the shares `QUANTILES` of the window lie; zeros for an empty window. */
  quantiles(): number[] {
    const max = Math.max(this.#presentMax, this.#previousMax);
    let total = 0;
    for (let i = 0; i < BUCKET_COUNT; i++) total += this.#countAt(i);
    const values: number[] = [];
    let seen = 0;
    let index = -1;
    for (const quantile of QUANTILES) {
      const rank = Math.ceil(quantile * total);
      while (seen < rank) {
        index += 1;
        seen += this.#countAt(index);
      }
      values.push(total === 0 ? 0 : quantile === 1 ? max : Math.min(upperBound(index), max));
    }
    assert(values.length === QUANTILES.length, "there is a value for each quantile");
    return values;
  }

  /**
   * Counts since the start of the values up to each bound, for ascending powers of two. Those are
   * borders between buckets, so the counts are exact.
   */
  countsUpTo(bounds: readonly number[]): number[] {
    let index = 0;
    let seen = 0;
    return bounds.map((bound) => {
      for (; index < BUCKET_COUNT && upperBound(index) <= bound; index++) {
        seen += this.#countAt(index) + (this.#past[index] ?? 0);
      }
      return seen;
    });
  }

  #countAt(index: number): number {
    return (this.#present[index] ?? 0) + (this.#previous[index] ?? 0);
  }
}

function upperBound(index: number): number {
  words[0] = 0;
  words[1] = (index + 1 + BUCKET_FIRST) << (20 - MANTISSA_BITS);
  return float[0] ?? 0;
}
