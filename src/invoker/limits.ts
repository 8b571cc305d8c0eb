/** Bounds of the invoker; each says what happens when it is reached. */
export interface InvokerLimits {
  /** Attempts at the same time on this node; others wait in order of arrival. */
  readonly concurrentAttemptsMax: number;
  /** Body of one message from a deployment; a larger one fails the attempt (RT0003). */
  readonly messageBytesMax: number;
  /** Keys and values sent with Start; what does not fit is left to lazy reads. 0 sends none. */
  readonly eagerStateBytesMax: number;
  /** Levels of an awaited future; a deeper one pauses the invocation (RT0025). */
  readonly futureDepthMax: number;
  /** Reported bytes that are not applied yet; above, the stream is not read. */
  readonly unappliedBytesMax: number;
  /**
   * Incomplete messages and unapplied reports of all streams together; above, the attempt that asks
   * for more fails (RT0001) and is retried.
   */
  readonly memoryBytesMax: number;
  /** How long the rest of a response may take after the outcome; then the stream is reset. */
  readonly drainTimeoutMs: number;
}

const MEBIBYTE = 1024 * 1024;
/**
 * What a message may have beside its value: a value as large as a request body may be has to pass.
 */
export const FRAMING_BYTES = 256 * 1024;

/** Defaults of service protocol section 16. */
export const INVOKER_LIMITS: InvokerLimits = {
  concurrentAttemptsMax: 1000,
  messageBytesMax: 32 * MEBIBYTE + FRAMING_BYTES,
  eagerStateBytesMax: 32 * MEBIBYTE,
  futureDepthMax: 1000,
  unappliedBytesMax: 2 * MEBIBYTE,
  memoryBytesMax: 1536 * MEBIBYTE,
  drainTimeoutMs: 5000,
};
