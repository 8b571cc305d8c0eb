import type { AttemptFailure, DeploymentId, Future, InvocationId } from "#model";
import type { RetryPolicy } from "#schema";
import type { AttemptStream } from "./attempt-stream.ts";
import { type Deadline, NOT_SCHEDULED } from "./deadlines.ts";
import type { AttemptToken, InvokerHost, InvokerStatus } from "./invoker-contract.ts";
import type { Waiting } from "./quota.ts";
import { DEFAULT_RETRY_POLICY } from "./retry-policy.ts";

/** What a stay asks of the invoker. */
export interface StayDriver {
  startAttempt(stay: Stay): void;
  retry(stay: Stay): void;
}

/**
 * One stay of an invocation with the invoker: all its attempts until it suspends, ends or pauses.
 *
 * | phase         | meaning                                            | leaves to               |
 * |---------------|----------------------------------------------------|-------------------------|
 * | `ready`       | waits for a slot                                   | `starting`              |
 * | `starting`    | has a slot, reads journal and state                | `running`, `recording`  |
 * | `running`     | has a slot and a stream                            | `recording`, `over`     |
 * | `recording`   | the failure is being stored                        | `backing-off`           |
 * | `backing-off` | waits for the time of the retry, or is held back   | `ready`                 |
 * | `over`        | nothing refers to it any more                      |                         |
 */
export class Stay implements Deadline, Waiting {
  readonly #driver: StayDriver;
  readonly host: InvokerHost;
  readonly invocationId: InvocationId;
  readonly token: AttemptToken;
  phase: "ready" | "starting" | "running" | "recording" | "backing-off" | "over" = "ready";

  /** Attempts so far, the current one included. */
  attemptCount = 0;
  /** Failed attempts that count against the retry policy. */
  budgetUsed = 0;
  /** Failed attempts since something was stored. */
  failuresSinceEntry = 0;
  retryPolicy: RetryPolicy = DEFAULT_RETRY_POLICY;

  /** Entries that the current attempt began with. */
  journalLength = 0;
  /** True while it waits before its first attempt; see `RepeatedSuspensions`. */
  isHeldBack = false;

  stream: AttemptStream | undefined;
  lastStartAtMs: number | undefined;
  startedAtMs = 0;
  nextRetryAtMs: number | undefined;
  lastDeploymentId: DeploymentId | undefined;
  lastServer: string | undefined;
  lastFailure: AttemptFailure | undefined;
  lastAwaitingOn: Future | undefined;
  /** Calls that arrived while the journal was being read, to be repeated on the stream. */
  pendingCalls: ((stream: AttemptStream) => void)[] = [];

  // Fields of `Deadline`, written by `Deadlines`.
  dueMs = 0;
  heapIndex = NOT_SCHEDULED;

  constructor(
    driver: StayDriver,
    host: InvokerHost,
    identity: { readonly invocationId: InvocationId; readonly token: AttemptToken },
  ) {
    this.#driver = driver;
    this.host = host;
    this.invocationId = identity.invocationId;
    this.token = identity.token;
  }

  /** Called by `Quota`. */
  isWaiting(): boolean {
    return this.phase === "ready";
  }

  /** Called by `Quota`. */
  start(): void {
    this.#driver.startAttempt(this);
  }

  /** Called by `Deadlines` when the retry is due. */
  fire(): void {
    this.#driver.retry(this);
  }

  /** True while the stay holds a slot. */
  get holdsSlot(): boolean {
    return this.phase === "starting" || this.phase === "running";
  }

  /** What introspection shows. */
  status(): InvokerStatus {
    return {
      phase: this.#printedPhase(),
      retryCount: this.attemptCount,
      lastStartAtMs: this.lastStartAtMs,
      nextRetryAtMs: this.nextRetryAtMs,
      lastAttemptDeploymentId: this.lastDeploymentId,
      lastAttemptServer: this.stream?.server ?? this.lastServer,
      lastFailure: this.lastFailure,
      lastAwaitingOn: this.stream?.awaitingOn ?? this.lastAwaitingOn,
    };
  }

  #printedPhase(): InvokerStatus["phase"] {
    if (this.holdsSlot) return "running";
    return this.phase === "ready" ? "ready" : "backing-off";
  }
}
