import { assertNever } from "#base/assert";
import type { Clock, Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { ProposeResult } from "#cluster";
import { ServerError } from "#errors";
import type { AttemptInput, AttemptToken, EagerState, InvokerHost, NodeInvoker } from "#invoker";
import { type AttemptEvent, type InvocationId, type InvocationTarget, instanceOf } from "#model";
import type { PartitionStore, PartitionTables } from "#partition-store";
import type { SchemaView } from "#schema";
import {
  type Command,
  type CommandOf,
  type ConcurrencyRule,
  compareCodePoints,
  type DeliveredMessage,
  type Effect,
  type PartitionState,
} from "#state-machine";
import type { PartitionReply, PartitionRequest } from "../client.ts";
import type { DigestVerdict } from "../digest/compare-digests.ts";
import type { PartitionMetrics } from "../partition-metrics.ts";
import { type BuiltCommand, buildCommand, readOutput } from "../rpc/build-command.ts";
import { Cleaner } from "./cleaner.ts";
import { DigestCheck } from "./digest-check.ts";
import { type DeliveryOutcome, type Handover, OutboxShuffle } from "./outbox-shuffle.ts";
import { PendingReplies } from "./pending-replies.ts";
import { TimerQueue } from "./timer-queue.ts";

/** What leaders of all partitions of a node share. */
export interface LeaderServices {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly invoker: NodeInvoker;
  readonly cleanupIntervalMs: number;
  readonly metrics: PartitionMetrics;
  schema(): SchemaView;
  partitionOf(id: InvocationId): number;
  readonly nodeId: number;
  /** How often replicas are compared; 0 does it on request only. */
  readonly digestIntervalMs: number;
  /** The rule book that the cluster has now; undefined while it is not known. */
  rules(): readonly ConcurrencyRule[] | undefined;
  /** Nodes that hold a replica of a partition. */
  replicaNodes(partitionId: number): readonly number[];
  /** Hands messages to the leader of another partition, wherever it is. */
  deliver(partitionId: number, command: CommandOf<"deliver">, outcome: DeliveryOutcome): Handover;
  /** Digest of a replica at a log index; undefined if it has none. */
  digestOf(
    node: number,
    state: { readonly partitionId: number; readonly index: number },
  ): Promise<string | undefined>;
  /** What a replica here knows of the leader has changed. */
  onLeadership(partitionId: number): void;
  /** A replica here differs from the others: it has to be replaced. */
  onQuarantined(partitionId: number): void;
  /** Replicas were compared. */
  onDigestVerdict(partitionId: number, verdict: DigestVerdict, index: number): void;
  /** Writes the stores, so that tables can be read from the engine. */
  flush(): Promise<void>;
  /** Reads the engine's tables of one partition. */
  tables(partitionId: number): PartitionTables;
  /** Something failed that leaves this leader incomplete: it must not go on. */
  onLeaderFailed(partitionId: number, error: unknown): void;
}

/** What waits at a leader. */
export interface LeaderStatistics {
  readonly requestsPending: number;
  /** Timers in memory; later ones are in the store only. */
  readonly timersLoaded: number;
  /** Outbox messages that the receiver has not applied yet, and those not sent to it yet. */
  readonly outboxInFlight: number;
  readonly outboxWaiting: number;
}

/** What one leadership is made of. */
export interface LeaderOptions {
  /** Raft term of this leadership. */
  readonly epoch: number;
  readonly partitionId: number;
  readonly store: PartitionStore;
  readonly services: LeaderServices;
  readonly logger: Logger;
  /**
   * Makes sure that nobody else leads by now: a leader that is cut off does not know. Rejects with
   * `PARTITION_NOT_LEADER`; undefined where nobody else could.
   */
  confirm(): Promise<void> | undefined;
  propose(command: Command, onApplied?: () => void): ProposeResult;
}

/** Attempt reports that wait because the log refused them, before attempts are aborted. */
const REPORT_RETRY_DELAY_MS = 20;

/**
 * What only a leader does: carries out effects, keeps the timers, sends the outbox, removes what
 * has expired, and answers requests. Made anew for each leadership from what is stored.
 */
export class PartitionLeader implements InvokerHost {
  readonly #options: LeaderOptions;
  readonly #replies: PendingReplies;
  readonly #timers: TimerQueue;
  readonly #outbox: OutboxShuffle;
  readonly #cleaner: Cleaner;
  readonly #digestCheck: DigestCheck;
  #refusedReports: (() => boolean)[] = [];
  #isClosed = false;

  constructor(options: LeaderOptions) {
    this.#options = options;
    const { services, partitionId, epoch } = options;
    const { clock, scheduler, random } = services;
    const onError = (error: unknown) => this.#fail(error);
    this.#replies = new PendingReplies(partitionId, epoch);
    this.#timers = new TimerQueue({
      clock,
      scheduler,
      onError,
      fireDelay: services.metrics.timerFireDelay,
      pages: async (after, limit) => {
        await services.flush();
        return services.tables(partitionId).timers(after, limit);
      },
      fire: (timers) => this.#propose({ kind: "fire-timers", timers }),
    });
    this.#outbox = new OutboxShuffle({
      scheduler,
      partitionOf: (id) => services.partitionOf(id),
      deliver: (receiver, items, outcome) =>
        services.deliver(receiver, { kind: "deliver", producer: partitionId, items }, outcome),
      onSent: (count) => services.metrics.onShuffled(partitionId, count),
      truncate: (upTo) => this.#propose({ kind: "truncate-outbox", upTo }),
    });
    this.#cleaner = new Cleaner({
      clock,
      scheduler,
      random,
      intervalMs: services.cleanupIntervalMs,
      onError,
      pages: async (upToMs, limit) => {
        await services.flush();
        return services.tables(partitionId).expiries(upToMs, limit);
      },
      purge: (expiries) =>
        new Promise((resolve) => {
          const command = { kind: "purge-expired", expiries } as const;
          if (!this.#propose(command, () => resolve(true))) resolve(false);
        }),
    });
    this.#digestCheck = new DigestCheck({
      scheduler,
      random,
      nodeId: services.nodeId,
      intervalMs: services.digestIntervalMs,
      onError,
      appliedIndex: () => options.store.appliedIndex,
      nodes: () => services.replicaNodes(partitionId),
      propose: (onApplied) => this.#propose({ kind: "check-digest" }, onApplied),
      digestOf: (node, index) => services.digestOf(node, { partitionId, index }),
      onVerdict: (verdict, index) => services.onDigestVerdict(partitionId, verdict, index),
    });
  }

  get partitionId(): number {
    return this.#options.partitionId;
  }

  /** Requests that wait for their answer. */
  get pendingRequestCount(): number {
    return this.#replies.count;
  }

  /** What waits at this leader, now. */
  statistics(): LeaderStatistics {
    return {
      requestsPending: this.#replies.count,
      timersLoaded: this.#timers.loadedCount,
      outboxInFlight: this.#outbox.inFlightCount,
      outboxWaiting: this.#outbox.waitingCount,
    };
  }

  /** Takes up what a former leader left: attempts, timers, outbox. */
  start(): void {
    this.#recover().catch((error: unknown) => this.#fail(error));
  }

  close(): void {
    this.#isClosed = true;
    this.#timers.close();
    this.#outbox.close();
    this.#cleaner.close();
    this.#digestCheck.close();
    this.#options.services.invoker.abortAll(this);
    this.#replies.rejectAll();
  }

  /** Proposes a new rule book. */
  updateRules(rules: readonly ConcurrencyRule[]): void {
    if (this.#propose({ kind: "update-rules", rules })) return;
    this.#options.services.scheduler.after(REPORT_RETRY_DELAY_MS, () => {
      if (!this.#isClosed) this.updateRules(rules);
    });
  }

  /** Tries a receiver of messages again that may have a leader now. */
  retryOutbox(partitionId: number): void {
    this.#outbox.retryNow(partitionId);
  }

  /** Compares the replicas now; undefined if that is not possible. */
  checkDigest(): Promise<DigestVerdict | undefined> {
    return this.#digestCheck.run();
  }

  /** Carries out effects, in order. */
  dispatch(effects: readonly Effect[]): void {
    let hasOutbox = false;
    const { metrics } = this.#options.services;
    for (const effect of effects) {
      metrics.onLeaderAction(effect.kind);
      if (effect.kind === "enqueue-outbox") hasOutbox = true;
      this.#carryOut(effect);
    }
    if (hasOutbox) this.#outbox.flush();
  }

  /** Answers a request; see `PartitionProcessor.submit`. */
  submit(request: PartitionRequest, deduplicationId: string | undefined): Promise<PartitionReply> {
    const { services, store } = this.#options;
    if (request.kind === "get-invocation-output") {
      const read = () => store.read((state) => readOutput(state, request.invocationId));
      return Promise.resolve(this.#options.confirm()?.then(read) ?? read());
    }
    const command = buildCommand(request, {
      read: (question) => store.read(question),
      schema: services.schema(),
      clock: services.clock,
      random: services.random,
    });
    if (command instanceof Promise) {
      return command.then((built) => this.#ask(built, deduplicationId));
    }
    return this.#ask(command, deduplicationId);
  }

  // --- InvokerHost ----------------------------------------------------------------------------

  readInput(invocationId: InvocationId): AttemptInput | Promise<AttemptInput> {
    return this.#options.store.read((state) => attemptInput(state, invocationId));
  }

  readState(target: InvocationTarget, bytesMax: number): EagerState | Promise<EagerState> {
    return this.#options.store.read((state) =>
      eagerState(state.stateValues(instanceOf(target)), bytesMax),
    );
  }

  report(invocationId: InvocationId, token: AttemptToken, events: readonly AttemptEvent[]): void {
    const { invoker } = this.#options.services;
    const command = { kind: "attempt-event", invocationId, token, events } as const;
    const onApplied = () => invoker.reportApplied(invocationId, token);
    const propose = () => this.#propose(command, onApplied);
    if (this.#refusedReports.length === 0 && propose()) return;
    // The log is full for a moment. Reports keep their order; the invoker stops reading from
    // deployments while too much of theirs is unanswered, which bounds this queue.
    this.#refusedReports.push(propose);
    if (this.#refusedReports.length === 1) this.#retryReports();
  }

  #retryReports(): void {
    this.#options.services.scheduler.after(REPORT_RETRY_DELAY_MS, () => {
      if (this.#isClosed) return;
      let sent = 0;
      while (sent < this.#refusedReports.length && this.#refusedReports[sent]?.()) sent++;
      this.#refusedReports = this.#refusedReports.slice(sent);
      if (this.#refusedReports.length > 0) this.#retryReports();
    });
  }

  // --- internals ------------------------------------------------------------------------------

  #ask(command: BuiltCommand, deduplicationId: string | undefined): Promise<PartitionReply> {
    if ("reply" in command) {
      const { reply } = command;
      return this.#options.confirm()?.then(() => reply) ?? Promise.resolve(reply);
    }
    const { partitionId } = this.#options;
    const { requestId, reply } = this.#replies.register();
    const result = this.#options.propose(command({ requestId, deduplicationId }));
    if (result === "accepted") return reply;
    this.#replies.withdraw(requestId);
    if (result === "storage-full") return Promise.reject(storageFull(partitionId));
    if (result === "not-leader") {
      return Promise.reject(
        new ServerError("PARTITION_NOT_LEADER", `Partition ${partitionId} is led elsewhere`, {
          details: { partitionId, leaderHint: undefined },
        }),
      );
    }
    return Promise.reject(
      new ServerError("PARTITION_OVERLOADED", `Partition ${partitionId} takes no more work now`, {
        details: { partitionId },
      }),
    );
  }

  #propose(command: Command, onApplied?: () => void): boolean {
    if (this.#isClosed) return false;
    return this.#options.propose(command, onApplied) === "accepted";
  }

  #carryOut(effect: Effect): void {
    const { invoker } = this.#options.services;
    switch (effect.kind) {
      case "invoke":
        invoker.invoke(this, effect.invocationId, effect.token);
        return;
      case "notify":
        invoker.notify(effect.invocationId, effect.token, effect.entryIndex, effect.entry);
        return;
      case "acknowledge-command":
        invoker.acknowledgeCommand(effect.invocationId, effect.token, effect.commandIndex);
        return;
      case "acknowledge-run":
        invoker.acknowledgeRun(
          effect.invocationId,
          effect.token,
          effect.entryIndex,
          effect.completionId,
        );
        return;
      case "attempt-failure-recorded":
        invoker.attemptFailureRecorded(effect.invocationId, effect.token);
        return;
      case "abort":
        invoker.abort(effect.invocationId);
        return;
      case "retry-now":
        invoker.retryNow(effect.invocationId);
        return;
      case "reply":
        this.#replies.answer(effect.requestId, effect.reply);
        return;
      case "set-timer":
        this.#timers.set(effect.timer);
        return;
      case "enqueue-outbox":
        this.#outbox.add(effect.sequence, effect.message);
        return;
      default:
        assertNever(effect);
    }
  }

  async #recover(): Promise<void> {
    const { services, store, partitionId } = this.#options;
    this.#timers.start();
    this.#cleaner.start();
    this.#digestCheck.start();
    this.#catchUpRules();
    const assignedSequence = store.outboxSequence;
    await services.flush();
    const tables = services.tables(partitionId);
    const stored: DeliveredMessage[] = [];
    for await (const [sequence, message] of tables.outbox()) stored.push({ sequence, message });
    if (this.#isClosed) return;
    this.#outbox.start(stored, { assignedSequence });
    for await (const id of tables.invoked()) {
      if (this.#isClosed) return;
      const status = await store.read((state) => state.invocation(id));
      if (status?.kind === "invoked") services.invoker.invoke(this, id, status.token);
    }
  }

  /** The rule book may have changed while nobody led. */
  #catchUpRules(): void {
    const rules = this.#options.services.rules();
    if (rules !== undefined && !isSameBook(rules, this.#options.store.rules())) {
      this.updateRules(rules);
    }
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#options.services.onLeaderFailed(this.#options.partitionId, error);
  }
}

function storageFull(partitionId: number): ServerError {
  return new ServerError(
    "STORAGE_FULL",
    "The disk below the log is full: nothing is accepted until there is space",
    { details: { partitionId } },
  );
}

function attemptInput(state: PartitionState, id: InvocationId): AttemptInput {
  const status = state.invocation(id);
  if (status?.kind !== "invoked") {
    // Ended between the effect and now; the abort that ends this stay is on its way.
    throw new ServerError("INVOCATION_NOT_FOUND", `Invocation "${id}" no longer runs`, {
      details: { invocationId: id },
    });
  }
  const { metadata, pin } = status;
  return {
    target: metadata.target,
    limitKey: metadata.limitKey,
    idempotencyKey: metadata.idempotencyKey,
    pinnedDeploymentId: pin?.deploymentId,
    pinnedProtocolVersion: pin?.protocolVersion,
    entries: state.journal(id).entries.slice(),
    traceParent: metadata.traceParent,
    createdAtMs: metadata.createdAtMs,
    randomSeed: metadata.randomSeed,
  };
}

function eagerState(values: ReadonlyMap<string, Uint8Array>, bytesMax: number): EagerState {
  const keys = [...values.keys()].sort(compareCodePoints);
  const entries: (readonly [string, Uint8Array])[] = [];
  let bytes = 0;
  for (const key of keys) {
    const value = values.get(key) as Uint8Array;
    bytes += key.length + value.length;
    if (bytes > bytesMax) return { entries, partial: true };
    entries.push([key, value]);
  }
  return { entries, partial: false };
}

function isSameBook(left: readonly ConcurrencyRule[], right: readonly ConcurrencyRule[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((rule, i) => {
    const other = right[i];
    return rule.pattern === other?.pattern && rule.concurrency === other.concurrency;
  });
}
