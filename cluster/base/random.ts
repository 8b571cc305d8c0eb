/** Source of randomness. Real nodes use the system generator; simulations a seeded one. */
export interface Random {
  /** Uniform integer in `[0, bound)`; `bound` is 1 to 2^32. */
  nextBelow(bound: number): number;
  /** Fresh random bytes; the caller owns them. */
  nextBytes(count: number): Uint8Array;
}
