/** Chunks below this size are copied together; the copies are made in blocks of this size. */
const BLOCK_BYTES = 16 * 1024;

/**
 * Gathers chunks of bytes and hands them out as one array.
 *
 * Large chunks are referenced. Small ones behind the first are copied together, because an object
 * for each would cost many times its bytes: memory stays within twice of what was added, however
 * small the chunks are.
 */
export class ByteGatherer {
  #parts: Uint8Array[] = [];
  /** Where small chunks go; not among the parts yet. */
  #block: Uint8Array | undefined;
  #blockLength = 0;
  #byteCount = 0;

  /** Bytes that were added. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** Adds a chunk, which must not change until the bytes are taken. */
  add(chunk: Uint8Array): void {
    const isFirst = this.#byteCount === 0;
    this.#byteCount += chunk.length;
    if (isFirst || chunk.length >= BLOCK_BYTES) {
      this.#endBlock();
      this.#parts.push(chunk);
      return;
    }
    if (this.#blockLength + chunk.length > BLOCK_BYTES) this.#endBlock();
    this.#block ??= new Uint8Array(BLOCK_BYTES);
    this.#block.set(chunk, this.#blockLength);
    this.#blockLength += chunk.length;
  }

  /** All bytes, in order; a single chunk as it is. Starts anew. */
  take(): Uint8Array {
    this.#endBlock();
    const parts = this.#parts;
    const only = parts.length === 1 ? parts[0] : undefined;
    const bytes = only ?? new Uint8Array(this.#byteCount);
    if (only === undefined) {
      let position = 0;
      for (const part of parts) {
        bytes.set(part, position);
        position += part.length;
      }
    }
    this.clear();
    return bytes;
  }

  /** Drops what was added. */
  clear(): void {
    this.#parts = [];
    this.#block = undefined;
    this.#blockLength = 0;
    this.#byteCount = 0;
  }

  #endBlock(): void {
    if (this.#block === undefined) return;
    this.#parts.push(this.#block.subarray(0, this.#blockLength));
    this.#block = undefined;
    this.#blockLength = 0;
  }
}
