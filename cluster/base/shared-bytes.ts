/** Memory that small arrays are cut from. */
const CHUNK_BYTES = 64 * 1024;
/** Longer arrays get memory of their own. */
const SHARED_BYTES_MAX = 1024;

let chunk = new ArrayBuffer(CHUNK_BYTES);
let used = 0;

/**
 * Makes a zeroed array in memory that others share: cheaper to make, and to hand to native code,
 * than one with memory of its own. For what is dropped soon: one that is kept keeps up to 64 KiB.
 */
export function allocateShared(length: number): Uint8Array {
  if (length > SHARED_BYTES_MAX) return new Uint8Array(length);
  if (used + length > CHUNK_BYTES) {
    chunk = new ArrayBuffer(CHUNK_BYTES);
    used = 0;
  }
  const bytes = new Uint8Array(chunk, used, length);
  used += length;
  return bytes;
}
