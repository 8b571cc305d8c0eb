/**
 * Limits frames that cost us work and bring nothing: pings, settings, empty frames, frames for
 * streams that are over, and so on (RFC 9113, section 10.5).
 *
 * A peer starts with an allowance and earns more by what we ask of it. When it has used that up,
 * the clock decides: a fresh allowance once per interval, otherwise the connection ends.
 */

import { ConnectionFault, HTTP2_ERROR } from "./protocol.ts";

/** Unproductive frames that are always fine within one interval. */
const ALLOWANCE = 2000;
/** Most allowance that can be saved up. */
const ALLOWANCE_MAX = 20_000;
const INTERVAL_MS = 1000;

export class FloodGuard {
  readonly #nowMs: () => number;
  #allowance = ALLOWANCE;
  #refilledAtMs: number;

  /** @param nowMs a clock that does not go backwards; read only when the allowance is used up */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#refilledAtMs = nowMs();
  }

  /** We asked for something that legitimately brings up to `frames` such frames. */
  earn(frames: number): void {
    this.#allowance = Math.min(this.#allowance + frames, ALLOWANCE_MAX);
  }

  /**
   * Accounts for one unproductive frame.
   *
   * @throws ConnectionFault ENHANCE_YOUR_CALM if there were too many
   */
  spend(): void {
    this.#allowance -= 1;
    if (this.#allowance >= 0) return;
    const nowMs = this.#nowMs();
    if (nowMs - this.#refilledAtMs < INTERVAL_MS) {
      throw new ConnectionFault(
        HTTP2_ERROR.ENHANCE_YOUR_CALM,
        `Peer sent more than ${ALLOWANCE} unproductive frames in ${INTERVAL_MS} ms`,
      );
    }
    this.#refilledAtMs = nowMs;
    this.#allowance = ALLOWANCE;
  }
}
