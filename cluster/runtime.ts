import { randomFillSync, randomInt } from "node:crypto";

import type { Clock, ScheduledCall, Scheduler } from "#base/clock";
import type { Random } from "#base/random";

/** The clocks of the operating system. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** Timers of the event loop; they keep the process alive until they run or are cancelled. */
export const systemScheduler: Scheduler = {
  after(delayMs: number, run: () => void): ScheduledCall {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Random bytes fetched at once: each call into the system costs more than what it returns. */
const RANDOM_POOL_BYTES = 8 * 1024;
let randomPool = new Uint8Array(0);

/** Bytes that were handed out are never handed out again, and leave the pool. */
function takeRandomBytes(count: number): Uint8Array {
  if (count > RANDOM_POOL_BYTES / 8) return randomFillSync(new Uint8Array(count));
  if (randomPool.length < count) randomPool = randomFillSync(new Uint8Array(RANDOM_POOL_BYTES));
  const bytes = randomPool.slice(0, count);
  randomPool = randomPool.subarray(count);
  return bytes;
}

/** The random generator of the operating system. */
export const systemRandom: Random = {
  nextBelow: (bound: number) => randomInt(bound),
  nextBytes: takeRandomBytes,
};

/** Runs a function in the next turn of the event loop, after pending input was handled. */
export function deferTurn(run: () => void): void {
  setImmediate(run);
}
