/**
 * Bytes of request bodies that are still arriving, over all connections together.
 *
 * Without it, clients that send most of a large body and then stop would each hold that much. Once
 * a body is complete it is the partition that bounds how many are under way.
 */
export class BodyBudget {
  readonly #bytesMax: number;
  #heldBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes that are held now. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Takes bytes, if that many are left. */
  take(bytes: number): boolean {
    if (this.#heldBytes + bytes > this.#bytesMax) return false;
    this.#heldBytes += bytes;
    return true;
  }

  /** Gives back bytes that were taken. */
  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}
