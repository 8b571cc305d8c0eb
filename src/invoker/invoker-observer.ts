/** How an attempt ended, as counted. */
export type AttemptResult = "completed" | "suspended" | "failed";

/** What the invoker tells about its work, for metrics. Callbacks must be cheap and not throw. */
export interface InvokerObserver {
  /** An invocation was handed over. */
  onEnqueued?(): void;
  onSlotAcquired?(): void;
  onSlotReleased?(): void;
  onAttemptStarted?(): void;
  /** `isTransient`: the failure may be retried. */
  onAttemptFinished?(result: AttemptResult, durationMs: number, isTransient: boolean): void;
  onResponseHead?(status: number): void;
  onBytesSent?(bytes: number): void;
  onBytesReceived?(bytes: number): void;
  /** State did not fit into Start. */
  onEagerStateTruncated?(): void;
}
