import type { InvocationId } from "./ids.ts";
import { INVOCATION_ID_BYTES, invocationIdToBytes } from "./invocation-id.ts";
import { xxh3Into } from "./xxh3.ts";

/** An unsigned 64-bit number in two halves. */
export interface Uint64Halves {
  readonly high: number;
  readonly low: number;
}

/**
 * Seed of a handler's random numbers: fixed for the whole life of an invocation, across attempts.
 *
 * The creation time is mixed in, so that a workflow that runs again after its purge, under the
 * same id, gets another seed. Never change this function: invocations in flight depend on it.
 */
export function randomSeedOf(id: InvocationId, createdAtMs: number): Uint64Halves {
  const input = new Uint8Array(INVOCATION_ID_BYTES + 8);
  input.set(invocationIdToBytes(id));
  const view = new DataView(input.buffer);
  view.setFloat64(INVOCATION_ID_BYTES, createdAtMs);
  xxh3Into(input, { start: 0, end: input.length }, { target: input, offset: 0 });
  return { high: view.getUint32(0), low: view.getUint32(4) };
}
