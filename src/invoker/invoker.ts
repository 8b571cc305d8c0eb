import type { Clock, Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { AttemptEvent, AttemptFailure, InvocationId, JournalEntry } from "#model";
import type { ResolvedDeployment, RetryPolicy, SchemaView } from "#schema";
import { PROTOCOL_VERSION_MAX } from "#service-protocol";
import { type AttemptOutcome, createAttempt, type ResolveCommand } from "./attempt/attempt.ts";
import { causeOf } from "./attempt/failure-cause.ts";
import {
  type AttemptPlan,
  encodeReplay,
  factsOf,
  NO_EAGER_STATE,
  planAttempt,
  sendsEagerState,
} from "./attempt-plan.ts";
import { type AttemptOwner, AttemptStream, type StreamEnvironment } from "./attempt-stream.ts";
import { CallResolver } from "./call-resolver.ts";
import { Deadlines } from "./deadlines.ts";
import { DeploymentCalls } from "./deployment-call.ts";
import { FailureLog } from "./failure-log.ts";
import type {
  AttemptInput,
  AttemptToken,
  EagerState,
  Invoker,
  InvokerHost,
  InvokerStatus,
} from "./invoker-contract.ts";
import type { AttemptResult, InvokerObserver } from "./invoker-observer.ts";
import { INVOKER_LIMITS, type InvokerLimits } from "./limits.ts";
import { MemoryBudget } from "./memory-budget.ts";
import { Quota } from "./quota.ts";
import { RepeatedSuspensions } from "./repeated-suspensions.ts";
import type { RequestIdentity } from "./request-identity.ts";
import { decideRetry } from "./retry-policy.ts";
import { Stay, type StayDriver } from "./stay.ts";
import type { Transport } from "./transport/transport.ts";

/** What an invoker is built from. */
export interface InvokerOptions {
  /** The registry as it is now; asked at each attempt and each call of a handler. */
  readonly schema: () => SchemaView;
  /** The transport of a deployment; the caller keeps and closes it. */
  readonly transports: (deployment: ResolvedDeployment) => Transport;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly clusterName: string;
  /** Signs requests; undefined sends no identity headers. */
  readonly identity?: RequestIdentity | undefined;
  readonly limits?: Partial<InvokerLimits>;
  /** Newest protocol version for invocations that are not pinned yet. */
  readonly protocolVersionMax?: number;
  /** Calls of handlers may name scopes and limit keys. */
  readonly acceptsScopes?: boolean;
  /** The owner calls `reportApplied` for every report: reading is held back for slow partitions. */
  readonly countsAppliedReports?: boolean;
  readonly observer?: InvokerObserver;
}

/** An invoker as its owner sees it. */
export interface NodeInvoker extends Invoker {
  /** The oldest report of the current attempt that was not applied yet is applied. */
  reportApplied(invocationId: InvocationId, token: AttemptToken): void;
  /** What runs and what waits, now. */
  statistics(): InvokerStatistics;
  /** Ends all stays and timers. */
  close(): void;
}

/** What an invoker holds. */
export interface InvokerStatistics {
  /** Invocations that run, wait for a slot, or wait for a retry. */
  readonly invocations: number;
  /** Attempts that wait for a slot. */
  readonly waiting: number;
  readonly concurrentAttemptsMax: number;
  /** Bytes of incomplete messages and of reports that are not applied. */
  readonly heldBytes: number;
  readonly memoryBytesMax: number;
}

/** Creates the invoker of a node. */
export function createInvoker(options: InvokerOptions): NodeInvoker {
  return new AttemptRunner(options);
}

/** What one attempt starts from. */
interface PreparedAttempt {
  readonly input: AttemptInput;
  readonly plan: AttemptPlan;
  readonly state: EagerState;
}

class AttemptRunner implements NodeInvoker, StayDriver {
  readonly #options: InvokerOptions;
  readonly #limits: InvokerLimits;
  readonly #observer: InvokerObserver;
  readonly #stays = new Map<InvocationId, Stay>();
  readonly #quota: Quota;
  readonly #deadlines: Deadlines;
  readonly #calls: DeploymentCalls;
  readonly #resolveCommand: ResolveCommand;
  readonly #environment: StreamEnvironment;
  readonly #failures: FailureLog;
  readonly #repeated = new RepeatedSuspensions();

  constructor(options: InvokerOptions) {
    this.#options = options;
    this.#limits = { ...INVOKER_LIMITS, ...options.limits };
    this.#observer = options.observer ?? {};
    this.#quota = new Quota(this.#limits.concurrentAttemptsMax);
    this.#deadlines = new Deadlines(options.clock, options.scheduler);
    this.#failures = new FailureLog(options.logger, options.clock, options.scheduler);
    this.#calls = new DeploymentCalls(options.clusterName, options.identity);
    const { schema, clock, random, acceptsScopes = true } = options;
    const resolver = new CallResolver({ schema, clock, random, acceptsScopes });
    this.#resolveCommand = (command) => resolver.resolve(command);
    this.#environment = {
      clock,
      deadlines: this.#deadlines,
      limits: this.#limits,
      memory: new MemoryBudget(this.#limits.memoryBytesMax),
      observer: this.#observer,
      countsAppliedReports: options.countsAppliedReports ?? false,
    };
  }

  invoke(host: InvokerHost, invocationId: InvocationId, token: AttemptToken): void {
    const previous = this.#stays.get(invocationId);
    if (previous !== undefined) {
      if (previous.host === host && previous.token >= token) return;
      this.#endStay(previous);
    }
    const stay = new Stay(this, host, { invocationId, token });
    this.#stays.set(invocationId, stay);
    this.#observer.onEnqueued?.(host.partitionId);
    const delayMs = this.#repeated.delayMs(invocationId, this.#options.clock.monotonicMs());
    if (delayMs === 0) this.#quota.acquire(stay);
    else this.#holdBack(stay, delayMs);
  }

  /** Starts a stay later: its last attempts changed nothing, so that this one would not either. */
  #holdBack(stay: Stay, delayMs: number): void {
    stay.phase = "backing-off";
    stay.isHeldBack = true;
    stay.nextRetryAtMs = this.#options.clock.nowMs() + delayMs;
    this.#deadlines.schedule(stay, delayMs);
  }

  notify(
    invocationId: InvocationId,
    token: AttemptToken,
    entryIndex: number,
    entry: JournalEntry,
  ): void {
    // The journal has changed: what was held back for want of that is read again.
    if (this.#find(invocationId, token)?.isHeldBack === true) this.retryNow(invocationId);
    else this.#onStream(invocationId, token, (stream) => stream.notify(entryIndex, entry));
  }

  acknowledgeCommand(invocationId: InvocationId, token: AttemptToken, commandIndex: number): void {
    this.#onStream(invocationId, token, (stream) => stream.acknowledgeCommand(commandIndex));
  }

  acknowledgeRun(
    invocationId: InvocationId,
    token: AttemptToken,
    entryIndex: number,
    completionId: number,
  ): void {
    this.#onStream(invocationId, token, (stream) =>
      stream.acknowledgeRun(entryIndex, completionId),
    );
  }

  reportApplied(invocationId: InvocationId, token: AttemptToken): void {
    this.#find(invocationId, token)?.stream?.onReportApplied();
  }

  attemptFailureRecorded(invocationId: InvocationId, token: AttemptToken): void {
    const stay = this.#find(invocationId, token);
    if (stay?.phase !== "recording") return;
    stay.phase = "backing-off";
    const dueMs = stay.nextRetryAtMs ?? 0;
    this.#deadlines.schedule(stay, Math.max(0, dueMs - this.#options.clock.nowMs()));
  }

  abort(invocationId: InvocationId): void {
    this.#repeated.forget(invocationId);
    const stay = this.#stays.get(invocationId);
    if (stay !== undefined) this.#endStay(stay);
  }

  abortAll(host: InvokerHost): void {
    for (const stay of [...this.#stays.values()]) {
      if (stay.host === host) this.#endStay(stay);
    }
  }

  retryNow(invocationId: InvocationId): boolean {
    const stay = this.#stays.get(invocationId);
    if (stay?.phase === "recording") {
      // The retry still waits until the failure is stored, but no longer.
      stay.nextRetryAtMs = this.#options.clock.nowMs();
      return true;
    }
    if (stay?.phase !== "backing-off") return false;
    this.#deadlines.cancel(stay);
    this.retry(stay);
    return true;
  }

  status(invocationId: InvocationId): InvokerStatus | undefined {
    return this.#stays.get(invocationId)?.status();
  }

  close(): void {
    for (const stay of [...this.#stays.values()]) this.#endStay(stay);
    this.#deadlines.close();
    this.#failures.close();
  }

  statistics(): InvokerStatistics {
    return {
      invocations: this.#stays.size,
      waiting: this.#quota.waitingCount,
      concurrentAttemptsMax: this.#limits.concurrentAttemptsMax,
      heldBytes: this.#environment.memory.heldBytes,
      memoryBytesMax: this.#limits.memoryBytesMax,
    };
  }

  /** Called by a stay whose retry is due. */
  retry(stay: Stay): void {
    stay.phase = "ready";
    stay.isHeldBack = false;
    stay.nextRetryAtMs = undefined;
    this.#quota.acquire(stay);
  }

  /** Called by a stay that got its slot. */
  startAttempt(stay: Stay): void {
    const { clock } = this.#options;
    this.#observer.onSlotAcquired?.();
    this.#observer.onAttemptStarted?.(stay.host.partitionId);
    stay.phase = "starting";
    stay.attemptCount++;
    stay.lastStartAtMs = clock.nowMs();
    stay.startedAtMs = clock.monotonicMs();
    try {
      const input = stay.host.readInput(stay.invocationId);
      if (!(input instanceof Promise)) this.#continueWithInput(stay, input);
      else this.#whenRead(stay, input, (value) => this.#continueWithInput(stay, value));
    } catch (error) {
      this.#failRead(stay, error);
    }
  }

  #continueWithInput(stay: Stay, input: AttemptInput): void {
    const versionMax = this.#options.protocolVersionMax ?? PROTOCOL_VERSION_MAX;
    const planned = planAttempt(input, this.#options.schema(), versionMax);
    if (!planned.ok) {
      if (planned.retryPolicy !== undefined) stay.retryPolicy = planned.retryPolicy;
      this.#failBeforeStream(stay, planned.cause);
      return;
    }
    const { plan } = planned;
    stay.retryPolicy = plan.options.retryPolicy;
    stay.lastDeploymentId = plan.deployment.id;
    if (!sendsEagerState(input, plan, this.#limits)) {
      this.#openStream(stay, { input, plan, state: NO_EAGER_STATE });
      return;
    }
    const state = stay.host.readState(input.target, this.#limits.eagerStateBytesMax);
    if (!(state instanceof Promise)) this.#openStream(stay, { input, plan, state });
    else
      this.#whenRead(stay, state, (value) => this.#openStream(stay, { input, plan, state: value }));
  }

  /** Goes on when a read has answered, unless the stay went another way meanwhile. */
  #whenRead<T>(stay: Stay, read: Promise<T>, proceed: (value: T) => void): void {
    const { attemptCount } = stay;
    const isCurrent = () => stay.phase === "starting" && stay.attemptCount === attemptCount;
    read
      .then((value) => {
        if (isCurrent()) proceed(value);
      })
      .catch((error: unknown) => {
        if (isCurrent()) this.#failRead(stay, error);
      });
  }

  #openStream(stay: Stay, { input, plan, state }: PreparedAttempt): void {
    const { deployment, version, options } = plan;
    if (state !== NO_EAGER_STATE && state.partial) this.#observer.onEagerStateTruncated?.();
    const facts = factsOf(input, plan, {
      limits: this.#limits,
      resolveCommand: this.#resolveCommand,
    });
    const request = this.#calls.requestOf({
      deployment,
      version,
      invocationId: stay.invocationId,
      target: input.target,
      traceParent: input.traceParent,
    });
    const replay = encodeReplay(stay.invocationId, input, {
      version,
      state,
      retryCount: stay.failuresSinceEntry,
      nowMs: this.#options.clock.nowMs(),
    });
    const { inactivityTimeoutMs } = options;
    const owner: AttemptOwner = {
      onProgress: (stream, events, outcome) => this.#onProgress(stay, stream, events, outcome),
    };
    const attempt = createAttempt(facts);
    stay.journalLength = input.entries.length;
    const mode = deployment.protocolMode;
    const parts = { owner, attempt, inactivityTimeoutMs, mode };
    const stream = new AttemptStream(parts, this.#environment);
    stay.stream = stream;
    stay.phase = "running";
    stay.lastAwaitingOn = undefined;
    stream.open(this.#options.transports(deployment), request, replay);
    for (const repeat of stay.pendingCalls.splice(0)) repeat(stream);
  }

  #onProgress(
    stay: Stay,
    stream: AttemptStream,
    events: AttemptEvent[],
    outcome: AttemptOutcome | undefined,
  ): void {
    if (stay.stream !== stream || stay.phase !== "running") return;
    if (outcome === undefined) {
      stay.host.report(stay.invocationId, stay.token, events);
      return;
    }
    stay.lastServer = stream.server;
    stay.lastAwaitingOn = stream.awaitingOn;
    stay.stream = undefined;
    this.#noteRepetition(stay, stream, outcome);
    if (outcome.kind === "failed") {
      stay.failuresSinceEntry = stream.hasProgress ? 1 : stay.failuresSinceEntry + 1;
      this.#fail(stay, events, outcome);
      return;
    }
    events.push(eventOf(outcome));
    this.#observeEnd(stay, resultOf(outcome), false);
    this.#report(stay, events, "over");
  }

  #noteRepetition(stay: Stay, stream: AttemptStream, { kind }: AttemptOutcome): void {
    const { invocationId, journalLength } = stay;
    if (kind !== "suspended" || stream.hasProgress) this.#repeated.forget(invocationId);
    else this.#repeated.note(invocationId, journalLength, this.#options.clock.monotonicMs());
  }

  #failRead(stay: Stay, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    // Once, for the stack: what repeats itself is counted as any failure.
    if (stay.lastFailure === undefined) {
      const { invocationId } = stay;
      this.#options.logger.warn("Attempt could not be started", { invocationId, error });
    }
    stay.stream?.close();
    stay.stream = undefined;
    this.#failBeforeStream(stay, causeOf("RT0006", `error when starting the attempt: ${message}`));
  }

  /** Failures on our side do not count in what the SDK is told about retries. */
  #failBeforeStream(stay: Stay, cause: AttemptFailure): void {
    this.#fail(stay, [], { cause, retryDelayMs: undefined });
  }

  #fail(
    stay: Stay,
    events: AttemptEvent[],
    failed: { readonly cause: AttemptFailure; readonly retryDelayMs: number | undefined },
  ): void {
    const { cause } = failed;
    const isRepeated = stay.lastFailure?.documentedCode === cause.documentedCode;
    const wasFailing = stay.lastFailure !== undefined;
    stay.lastFailure = cause;
    const decision = decideRetry(
      stay.retryPolicy,
      { budgetUsed: stay.budgetUsed, requestedDelayMs: failed.retryDelayMs },
      this.#options.random,
    );
    this.#failures.note({
      invocationId: stay.invocationId,
      deploymentId: stay.lastDeploymentId,
      attempt: stay.attemptCount,
      cause,
      next:
        decision.kind === "retry"
          ? { retryInMs: Math.ceil(decision.delayMs) }
          : decision.onMaxAttempts,
      isRepeated: wasFailing && isRepeated,
    });
    this.#observeEnd(stay, "failed", decision.kind === "retry");
    if (decision.kind === "exhausted") {
      events.push(exhaustedEvent(decision.onMaxAttempts, cause));
      this.#report(stay, events, "over");
      return;
    }
    if (decision.usesBudget) stay.budgetUsed++;
    stay.nextRetryAtMs = this.#options.clock.nowMs() + Math.ceil(decision.delayMs);
    events.push({ kind: "fail-attempt", cause });
    this.#report(stay, events, "recording");
  }

  /** Reports the end of an attempt. The slot is free before the host may answer. */
  #report(stay: Stay, events: readonly AttemptEvent[], phase: "recording" | "over"): void {
    stay.phase = phase;
    stay.pendingCalls.length = 0;
    if (phase === "over") this.#forget(stay);
    stay.host.report(stay.invocationId, stay.token, events);
    this.#releaseSlot();
  }

  #endStay(stay: Stay): void {
    const { holdsSlot, phase } = stay;
    stay.phase = "over";
    this.#forget(stay);
    this.#deadlines.cancel(stay);
    stay.stream?.close();
    stay.stream = undefined;
    stay.pendingCalls.length = 0;
    if (phase === "ready") this.#quota.abandon();
    if (holdsSlot) this.#releaseSlot();
  }

  #forget(stay: Stay): void {
    if (this.#stays.get(stay.invocationId) === stay) this.#stays.delete(stay.invocationId);
  }

  #releaseSlot(): void {
    this.#observer.onSlotReleased?.();
    this.#quota.release();
  }

  #find(invocationId: InvocationId, token: AttemptToken): Stay | undefined {
    const stay = this.#stays.get(invocationId);
    return stay?.token === token ? stay : undefined;
  }

  /** Passes a call on to the stream, or keeps it for the stream that is about to open. */
  #onStream(
    invocationId: InvocationId,
    token: AttemptToken,
    call: (stream: AttemptStream) => void,
  ): void {
    const stay = this.#find(invocationId, token);
    if (stay?.stream !== undefined) call(stay.stream);
    else if (stay?.phase === "starting") stay.pendingCalls.push(call);
  }

  #observeEnd(stay: Stay, result: AttemptResult, isTransient: boolean): void {
    const { onAttemptFinished } = this.#observer;
    if (onAttemptFinished === undefined) return;
    const durationMs = this.#options.clock.monotonicMs() - stay.startedAtMs;
    const { partitionId } = stay.host;
    this.#observer.onAttemptFinished?.(partitionId, { result, durationMs, isTransient });
  }
}

function exhaustedEvent(
  onMaxAttempts: RetryPolicy["onMaxAttempts"],
  cause: AttemptFailure,
): AttemptEvent {
  return onMaxAttempts === "pause"
    ? { kind: "pause", cause }
    : { kind: "fail", failure: cause.failure };
}

type FinalOutcome = Exclude<AttemptOutcome, { readonly kind: "failed" }>;

function eventOf(outcome: FinalOutcome): AttemptEvent {
  switch (outcome.kind) {
    case "suspended":
      return { kind: "suspend", future: outcome.future, recordEvent: outcome.recordEvent };
    case "ended":
      return { kind: "end" };
    case "paused":
      return { kind: "pause", cause: outcome.cause };
    case "failed-for-good":
      return { kind: "fail", failure: outcome.failure };
  }
}

function resultOf(outcome: FinalOutcome): AttemptResult {
  if (outcome.kind === "ended") return "completed";
  return outcome.kind === "suspended" ? "suspended" : "failed";
}
