import type { Clock } from "#base/clock";
import type { AttemptEvent, Future, JournalEntry } from "#model";
import { FrameDecoder } from "#service-protocol";
import { advance } from "./attempt/advance.ts";
import type {
  Attempt,
  AttemptAction,
  AttemptInputEvent,
  AttemptOutcome,
} from "./attempt/attempt.ts";
import { type Deadline, type Deadlines, NOT_SCHEDULED } from "./deadlines.ts";
import type { AttemptMode, InvokerObserver } from "./invoker-observer.ts";
import type { InvokerLimits } from "./limits.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import { parseRetryAfter } from "./retry-after.ts";
import type {
  OpenRequest,
  RequestStream,
  ResponseHeaders,
  StreamHandlers,
  Transport,
  TransportError,
} from "./transport/transport.ts";

/** Hears what a stream reports. Called at most once per received chunk. */
export interface AttemptOwner {
  /** Events in stream order; with the outcome, the attempt is over. */
  onProgress(
    stream: AttemptStream,
    events: AttemptEvent[],
    outcome: AttemptOutcome | undefined,
  ): void;
}

/** What all streams of an invoker share. */
export interface StreamEnvironment {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly limits: InvokerLimits;
  readonly memory: MemoryBudget;
  readonly observer: InvokerObserver;
  /** The owner calls `onReportApplied` for each report, so that reading can be held back. */
  readonly countsAppliedReports: boolean;
}

/** What belongs to one stream. */
export interface StreamParts {
  readonly owner: AttemptOwner;
  readonly attempt: Attempt;
  readonly inactivityTimeoutMs: number;
  /** For metrics. */
  readonly mode: AttemptMode;
}

/**
 * Runs one attempt on one stream: feeds its state machine, and carries out what it asks for.
 *
 * Has one timer at a time: inactivity while the request is open, then abort, then drain.
 */
export class AttemptStream implements StreamHandlers, Deadline {
  readonly #owner: AttemptOwner;
  readonly #attempt: Attempt;
  readonly #inactivityTimeoutMs: number;
  readonly #mode: AttemptMode;
  readonly #environment: StreamEnvironment;
  readonly #decoder: FrameDecoder;
  #request: RequestStream | undefined;
  #timer: "inactivity" | "abort" | "drain" = "inactivity";
  #lastActivityMs = 0;
  #isRequestEnded = false;
  #isClosed = false;
  /** Gathers the events of one chunk. */
  #events: AttemptEvent[] = [];
  #outcome: AttemptOutcome | undefined;
  #unappliedBytes = 0;
  #chunkBytes = 0;
  readonly #reportBytes: number[] = [];
  #isPaused = false;
  /** What this stream holds of the common memory. */
  #heldBytes = 0;

  // Fields of `Deadline`, written by `Deadlines`.
  dueMs = 0;
  heapIndex = NOT_SCHEDULED;

  /** Value of `x-restate-server` of the response. */
  server: string | undefined;

  constructor(parts: StreamParts, environment: StreamEnvironment) {
    this.#owner = parts.owner;
    this.#attempt = parts.attempt;
    this.#inactivityTimeoutMs = parts.inactivityTimeoutMs;
    this.#mode = parts.mode;
    this.#environment = environment;
    this.#decoder = new FrameDecoder(environment.limits.messageBytesMax);
  }

  /** True once a command or a proposal was stored. */
  get hasProgress(): boolean {
    return this.#attempt.hasProgress;
  }

  /** What the handler says that it awaits. */
  get awaitingOn(): Future | undefined {
    return this.#attempt.awaitingOn;
  }

  /** Opens the stream and sends the replay. */
  open(transport: Transport, request: OpenRequest, replay: readonly Uint8Array[]): void {
    this.#request = transport.open(request, this);
    this.#write(replay);
    this.#lastActivityMs = this.#environment.clock.monotonicMs();
    if (this.#attempt.phase === "half-closed") this.#endRequest();
    this.#arm();
  }

  /** Sends a notification that was journaled at `entryIndex`. */
  notify(entryIndex: number, entry: JournalEntry): void {
    this.#advanceAndSettle({ kind: "notification", entryIndex, entry });
  }

  /** Answers a command that asked for an acknowledgement. */
  acknowledgeCommand(commandIndex: number): void {
    this.#advanceAndSettle({ kind: "command-durable", commandIndex });
  }

  /** Answers a proposal that asked for the short acknowledgement. */
  acknowledgeRun(entryIndex: number, completionId: number): void {
    this.#advanceAndSettle({ kind: "run-durable", entryIndex, completionId });
  }

  /** The oldest report that was not applied yet is applied. */
  onReportApplied(): void {
    this.#unappliedBytes -= this.#reportBytes.shift() ?? 0;
    if (!this.#isClosed) this.#hold(this.#decoder.bufferedBytes + this.#unappliedBytes);
    if (!this.#isPaused || this.#unappliedBytes > this.#environment.limits.unappliedBytesMax)
      return;
    this.#isPaused = false;
    this.#request?.resumeReading();
  }

  /** Cuts the stream; nothing is reported any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#attempt.phase = "over";
    this.#hold(0);
    this.#environment.deadlines.cancel(this);
    this.#request?.reset();
  }

  onHead(status: number, headers: ResponseHeaders): void {
    const { clock, observer } = this.#environment;
    observer.onResponseHead?.(status, this.#mode);
    this.server = headers.get("x-restate-server");
    this.#advanceAndSettle({
      kind: "head",
      status,
      contentType: headers.get("content-type"),
      retryAfterMs: parseRetryAfter(headers.get("retry-after"), clock.nowMs()),
    });
  }

  onData(chunk: Uint8Array): void {
    this.#environment.observer.onBytesReceived?.(chunk.length, this.#mode);
    if (this.#attempt.phase === "over") return;
    this.#decoder.push(chunk);
    let isActive = false;
    // The outcome ends the loop: what follows a terminal or a failing message is discarded.
    while (this.#outcome === undefined) {
      const frame = this.#decoder.next();
      if (frame === undefined) break;
      isActive = true;
      if (frame.kind === "frame") this.#chunkBytes += frame.body.length;
      this.#advance({ kind: "message", frame });
    }
    if (isActive) this.#lastActivityMs = this.#environment.clock.monotonicMs();
    this.#hold(this.#decoder.bufferedBytes + this.#unappliedBytes);
    if (this.#environment.memory.isExceeded && this.#outcome === undefined) {
      this.#advance({ kind: "out-of-memory" });
    }
    this.#settle();
  }

  onEnd(): void {
    this.#advanceAndSettle({ kind: "end-of-stream" });
    this.#finishStream();
  }

  onError(error: TransportError): void {
    this.#advanceAndSettle({ kind: "stream-failed", message: error.message });
    this.#finishStream();
  }

  /** Called by `Deadlines`. */
  fire(): void {
    if (this.#timer === "drain") {
      this.close();
      return;
    }
    const idleMs = this.#environment.clock.monotonicMs() - this.#lastActivityMs;
    const timeoutMs = this.#timeoutMs();
    if (idleMs < timeoutMs) {
      // There was activity since the timer was set; moving it each time would cost more.
      this.#environment.deadlines.schedule(this, timeoutMs - idleMs);
      return;
    }
    const kind = this.#timer === "inactivity" ? "inactivity-timeout" : "abort-timeout";
    this.#advanceAndSettle({ kind });
  }

  #timeoutMs(): number {
    return this.#timer === "inactivity"
      ? this.#inactivityTimeoutMs
      : this.#attempt.facts.abortTimeoutMs;
  }

  #arm(): void {
    if (this.#isClosed || this.#attempt.phase === "over") return;
    this.#timer = this.#attempt.phase === "live" ? "inactivity" : "abort";
    this.#environment.deadlines.schedule(this, this.#timeoutMs());
  }

  #advanceAndSettle(event: AttemptInputEvent): void {
    if (this.#isClosed || this.#attempt.phase === "over") return;
    if (this.#isActivity(event)) this.#lastActivityMs = this.#environment.clock.monotonicMs();
    this.#advance(event);
    this.#settle();
  }

  /** Messages of both sides keep the request open; only the peer's hold off the abort. */
  #isActivity({ kind }: AttemptInputEvent): boolean {
    if (kind === "head") return true;
    const isSent = kind === "notification" || kind === "run-durable" || kind === "command-durable";
    return isSent && this.#timer === "inactivity";
  }

  #advance(event: AttemptInputEvent): void {
    for (const action of advance(this.#attempt, event)) this.#carryOut(action);
  }

  #carryOut(action: AttemptAction): void {
    switch (action.kind) {
      case "report":
        this.#events.push(action.event);
        return;
      case "write":
        this.#write(action.buffers);
        return;
      case "half-close":
        this.#endRequest();
        this.#lastActivityMs = this.#environment.clock.monotonicMs();
        this.#arm();
        return;
      case "finish":
        this.#outcome = action.outcome;
        return;
    }
  }

  /** Reports what one input brought, as one record, and leaves the stream if it is over. */
  #settle(): void {
    const outcome = this.#outcome;
    if (this.#events.length === 0 && outcome === undefined) return;
    const events = this.#events;
    this.#events = [];
    this.#outcome = undefined;
    this.#countReport();
    if (outcome !== undefined) this.#leave(outcome);
    this.#owner.onProgress(this, events, outcome);
  }

  #countReport(): void {
    const bytes = this.#chunkBytes;
    this.#chunkBytes = 0;
    if (!this.#environment.countsAppliedReports) return;
    this.#reportBytes.push(bytes);
    this.#unappliedBytes += bytes;
    if (this.#isPaused || this.#unappliedBytes <= this.#environment.limits.unappliedBytesMax)
      return;
    this.#isPaused = true;
    this.#request?.pauseReading();
  }

  /** After the outcome: cut the stream, or give the peer a moment to end it. */
  #leave(outcome: AttemptOutcome): void {
    const { deadlines, limits } = this.#environment;
    if (outcome.kind === "failed" && outcome.isReset) {
      this.close();
      return;
    }
    this.#hold(0);
    this.#endRequest();
    if (this.#isPaused) this.#request?.resumeReading();
    this.#timer = "drain";
    deadlines.schedule(this, limits.drainTimeoutMs);
  }

  /** Notes how much this stream holds of the common memory. */
  #hold(bytes: number): void {
    if (bytes === this.#heldBytes) return;
    this.#environment.memory.change(bytes - this.#heldBytes);
    this.#heldBytes = bytes;
  }

  #finishStream(): void {
    this.#isClosed = true;
    this.#hold(0);
    this.#environment.deadlines.cancel(this);
  }

  #write(buffers: readonly Uint8Array[]): void {
    const { onBytesSent } = this.#environment.observer;
    if (onBytesSent !== undefined) {
      let bytes = 0;
      for (const buffer of buffers) bytes += buffer.length;
      this.#environment.observer.onBytesSent?.(bytes, this.#mode);
    }
    const [only] = buffers;
    this.#request?.write(buffers.length === 1 && only !== undefined ? only : buffers);
  }

  #endRequest(): void {
    if (this.#isRequestEnded) return;
    this.#isRequestEnded = true;
    this.#request?.end();
  }
}
