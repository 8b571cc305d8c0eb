/** How an attempt ended, as counted. */
export type AttemptResult = "completed" | "suspended" | "failed";

/** How a deployment is spoken to. */
export type AttemptMode = "bidi-stream" | "request-response";

/** How an attempt ended. */
export interface FinishedAttempt {
  readonly result: AttemptResult;
  readonly durationMs: number;
  /** The failure may be retried. */
  readonly isTransient: boolean;
}

/** What the invoker tells about its work, for metrics. Callbacks must be cheap and not throw. */
export interface InvokerObserver {
  /** An invocation was handed over. */
  onEnqueued?(partitionId: number): void;
  onSlotAcquired?(): void;
  onSlotReleased?(): void;
  onAttemptStarted?(partitionId: number): void;
  onAttemptFinished?(partitionId: number, attempt: FinishedAttempt): void;
  onResponseHead?(status: number, mode: AttemptMode): void;
  onBytesSent?(bytes: number, mode: AttemptMode): void;
  onBytesReceived?(bytes: number, mode: AttemptMode): void;
  /** State did not fit into Start. */
  onEagerStateTruncated?(): void;
}
