import type { Clock, ScheduledCall, Scheduler } from "#base/clock";
import type { LogFields, Logger } from "#base/logger";
import type { AttemptFailure, DeploymentId, InvocationId } from "#model";

/** A failed attempt, as it is logged. */
export interface FailedAttempt {
  readonly invocationId: InvocationId;
  readonly deploymentId: DeploymentId | undefined;
  /** Number of the attempt in this stay, from 1. */
  readonly attempt: number;
  readonly cause: AttemptFailure;
  /** What follows: a retry after this time, or nothing, since the policy is exhausted. */
  readonly next: { readonly retryInMs: number } | "pause" | "kill";
  /** True if the attempt before failed with the same code. */
  readonly isRepeated: boolean;
}

/** Failures of one deployment with one code, in the present period. */
interface Group {
  readonly deploymentId: DeploymentId | undefined;
  readonly code: string | undefined;
  /** Lines that were written in full. */
  lineCount: number;
  /** Failures that were only counted. */
  countedFailures: number;
  countedGivenUp: number;
  last: FailedAttempt | undefined;
}

/** Failures are gathered for so long before they are summarised. */
const PERIOD_MS = 10_000;
/** Failures of a group that are logged in full, in one period; further ones are counted. */
const LINES_PER_PERIOD_MAX = 5;
/** Groups of a period; what comes after shares one. */
const GROUPS_MAX = 256;
const OTHER = "other";

/**
 * Logs failed attempts without repeating itself: an invocation's first failure in full, the same
 * one again only as a number, in one line per deployment and code every ten seconds. However many
 * invocations fail, a deployment that is down costs some lines per period.
 */
export class FailureLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #groups = new Map<string, Group>();
  #periodStartMs = 0;
  #periodEnd: ScheduledCall | undefined;

  constructor(logger: Logger, clock: Clock, scheduler: Scheduler) {
    this.#logger = logger;
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  /** Logs a failure, or counts it. */
  note(failure: FailedAttempt): void {
    const group = this.#groupOf(failure);
    const isNews = !failure.isRepeated || typeof failure.next === "string";
    if (isNews && group.lineCount < LINES_PER_PERIOD_MAX) {
      group.lineCount++;
      this.#logger.warn(headline(failure), fieldsOf(failure));
      return;
    }
    group.countedFailures++;
    if (typeof failure.next === "string") group.countedGivenUp++;
    group.last = failure;
  }

  /** Summarises what was counted, and stops. */
  close(): void {
    this.#periodEnd?.cancel();
    this.#periodEnd = undefined;
    this.#summarise();
    this.#groups.clear();
  }

  #groupOf({ deploymentId, cause }: FailedAttempt): Group {
    const code = cause.documentedCode;
    const key = `${deploymentId ?? ""} ${code ?? ""}`;
    const known = this.#groups.get(key) ?? (this.#isFull ? this.#groups.get(OTHER) : undefined);
    if (known !== undefined) return known;
    const isOther = this.#isFull;
    const group: Group = {
      deploymentId: isOther ? undefined : deploymentId,
      code: isOther ? undefined : code,
      lineCount: 0,
      countedFailures: 0,
      countedGivenUp: 0,
      last: undefined,
    };
    this.#groups.set(isOther ? OTHER : key, group);
    this.#startPeriod();
    return group;
  }

  get #isFull(): boolean {
    return this.#groups.size >= GROUPS_MAX;
  }

  #startPeriod(): void {
    if (this.#periodEnd !== undefined) return;
    this.#periodStartMs = this.#clock.monotonicMs();
    this.#periodEnd = this.#scheduler.after(PERIOD_MS, () => {
      this.#periodEnd = undefined;
      this.#summarise();
      this.#startNextPeriod();
    });
  }

  /** Groups in which nothing was counted are forgotten; with the last of them the timer ends. */
  #startNextPeriod(): void {
    for (const [key, group] of this.#groups) {
      if (group.countedFailures === 0) this.#groups.delete(key);
      group.lineCount = 0;
      group.countedFailures = 0;
      group.countedGivenUp = 0;
      group.last = undefined;
    }
    if (this.#groups.size > 0) this.#startPeriod();
  }

  #summarise(): void {
    const periodMs = Math.round(this.#clock.monotonicMs() - this.#periodStartMs);
    for (const {
      deploymentId,
      code,
      countedFailures,
      countedGivenUp,
      last,
    } of this.#groups.values()) {
      if (last === undefined) continue;
      this.#logger.warn("Attempts keep failing", {
        failures: countedFailures,
        ...(countedGivenUp === 0 ? {} : { givenUp: countedGivenUp }),
        periodMs,
        deploymentId,
        errorCode: code,
        lastInvocationId: last.invocationId,
        lastAttempt: last.attempt,
        failure: last.cause.failure.message,
      });
    }
  }
}

function headline({ next }: FailedAttempt): string {
  if (next === "pause") return "Attempt failed, and the invocation is paused: no retries are left";
  if (next === "kill") return "Attempt failed, and so does the invocation: no retries are left";
  return "Attempt failed, it is retried";
}

function fieldsOf({ invocationId, deploymentId, attempt, cause, next }: FailedAttempt): LogFields {
  return {
    invocationId,
    attempt,
    ...(typeof next === "string" ? {} : { retryInMs: next.retryInMs }),
    deploymentId,
    errorCode: cause.documentedCode,
    failureCode: cause.failure.code,
    failure: cause.failure.message,
  };
}
