import { INVOCATION_ID_BYTES } from "./invocation-id.ts";
import { xxh3Into } from "./xxh3.ts";

/** An unsigned 64-bit number in two halves. */
export interface Uint64Halves {
  readonly high: number;
  readonly low: number;
}

const scratch = new Uint8Array(INVOCATION_ID_BYTES + 8);
const view = new DataView(scratch.buffer);
const WHOLE = { start: 0, end: scratch.length };
const OUTPUT = { target: scratch, offset: 0 };

/**
 * Seed of a handler's random numbers: fixed for the whole life of an invocation, across attempts.
 *
 * The creation time is mixed in, so that a workflow that runs again after its purge, under the
 * same id, gets another seed. Never change this function: invocations in flight depend on it.
 *
 * @param idBytes the 24 bytes of the invocation id
 */
export function randomSeedOf(idBytes: Uint8Array, createdAtMs: number): Uint64Halves {
  scratch.set(idBytes);
  view.setFloat64(INVOCATION_ID_BYTES, createdAtMs);
  xxh3Into(scratch, WHOLE, OUTPUT);
  return { high: view.getUint32(0), low: view.getUint32(4) };
}
