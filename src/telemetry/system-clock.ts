import { performance } from "node:perf_hooks";
import type { Clock } from "#base/clock";

/** The clock of the machine. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
