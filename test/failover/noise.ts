/** How long this machine let this process wait: pauses that no server is to blame for. */
const PERIOD_MS = 5;

/** Watches from its creation to `stop`. */
export class NoiseMeter {
  readonly #late: { readonly atMs: number; readonly lateMs: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor() {
    let dueAtMs = performance.now() + PERIOD_MS;
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      if (nowMs - dueAtMs > PERIOD_MS) this.#late.push({ atMs: nowMs, lateMs: nowMs - dueAtMs });
      dueAtMs = nowMs + PERIOD_MS;
    }, PERIOD_MS);
  }

  /** Longest time by which this process ran late between two moments of `performance.now()`. */
  longestMs(startMs: number, endMs: number): number {
    return this.#late
      .filter(({ atMs }) => atMs >= startMs && atMs <= endMs)
      .reduce((longest, { lateMs }) => Math.max(longest, lateMs), 0);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
