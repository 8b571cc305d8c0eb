import type { Random } from "#base/random";

/** Seeded generator (splitmix32): the same seed gives the same numbers on every machine. */
export class SimRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 0x9e37_79b1) >>> 0;
  }

  nextBelow(bound: number): number {
    return Math.floor((this.#next() / 2 ** 32) * bound);
  }

  nextBytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.nextBelow(256));
  }

  /** True in one of `count` cases. */
  oneIn(count: number): boolean {
    return this.nextBelow(count) === 0;
  }

  /** Integer from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + this.nextBelow(max - min + 1);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.nextBelow(items.length)];
    if (item === undefined) throw new Error("Nothing to pick from");
    return item;
  }

  /** A generator of its own, so that drawing from one part does not shift the others. */
  fork(): SimRandom {
    return new SimRandom(this.#next());
  }

  #next(): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }
}
