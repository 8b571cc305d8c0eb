/** Source of time. Real nodes read the system clock; simulations advance their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may step backwards when the system clock is set. */
  nowMs(): number;
  /** Milliseconds of a clock that never goes backwards, from an arbitrary origin. */
  monotonicMs(): number;
}

/** Handle of a scheduled callback. */
export interface ScheduledCall {
  cancel(): void;
}

/** Runs callbacks later. Separate from `Clock`, since pure code may read time that it is given. */
export interface Scheduler {
  /** Calls `run` once, not before `delayMs` milliseconds have passed. */
  after(delayMs: number, run: () => void): ScheduledCall;
}
