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

/** The random generator of the operating system. */
export const systemRandom: Random = {
  nextBelow: (bound: number) => randomInt(bound),
  nextBytes: (count: number) => randomFillSync(new Uint8Array(count)),
};

/** Runs a function in the next turn of the event loop, after pending input was handled. */
export function deferTurn(run: () => void): void {
  setImmediate(run);
}
