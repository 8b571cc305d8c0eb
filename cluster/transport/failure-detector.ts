/** An echo waits in queues on both sides, so it gets this many times the limit. */
const ECHO_FACTOR = 2;

/**
 * Watches one peer for silence, in both directions.
 *
 * Hearing from the peer proves its direction; that it echoes what was sent to it proves the other.
 * The peer itself notices that first and says so by closing, unless that does not arrive either.
 */
export class FailureDetector {
  readonly #silenceMs: number;
  #heardAtMs = 0;
  #echoedAtMs = 0;

  /** @param silenceMs milliseconds without a sign of life after which the peer is silent */
  constructor(silenceMs: number) {
    this.#silenceMs = silenceMs;
  }

  /** Starts over: both directions work as of now. */
  restart(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#echoedAtMs = nowMs;
  }

  /** Something came from the peer. */
  hear(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  /** The peer has received what was sent at a time of this node's clock. */
  echo(sentAtMs: number): void {
    this.#echoedAtMs = Math.max(this.#echoedAtMs, sentAtMs);
  }

  /** Leaves time out of account in which this node itself did not run. */
  excuse(pauseMs: number): void {
    this.#heardAtMs += pauseMs;
    this.#echoedAtMs += pauseMs;
  }

  /** True when one direction has been silent for too long. */
  isSilent(nowMs: number): boolean {
    return (
      nowMs - this.#heardAtMs > this.#silenceMs ||
      nowMs - this.#echoedAtMs > this.#silenceMs * ECHO_FACTOR
    );
  }
}
