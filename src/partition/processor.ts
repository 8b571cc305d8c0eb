import { assert } from "#base/assert";
import type { Logger } from "#base/logger";
import type {
  CommittedEntry,
  LeadershipChange,
  PartitionLog,
  SnapshotSource,
  StateMachine,
} from "#cluster";
import { ServerError } from "#errors";
import {
  type InvocationId,
  type InvocationTarget,
  instanceOf,
  isExclusive,
  isWorkflowRun,
} from "#model";
import type { PartitionStore } from "#partition-store";
import {
  apply,
  type Command,
  type CommandOf,
  type Effect,
  type LogRecord,
  receiverOf,
} from "#state-machine";
import type { PartitionReply, PartitionRequest } from "./client.ts";
import { decodeRecord, encodeRecord } from "./command-codec.ts";
import { DigestBook } from "./digest/digest-book.ts";
import type { Digester } from "./digest/digester.ts";
import type { FlushSchedule } from "./flush-schedule.ts";
import type { DeliveryOutcome } from "./leadership/outbox-shuffle.ts";
import { type LeaderServices, PartitionLeader } from "./leadership/partition-leader.ts";

/** What a processor is made of. */
export interface ProcessorOptions {
  readonly log: PartitionLog;
  readonly store: PartitionStore;
  readonly images: PartitionImages;
  readonly digester: Digester;
  readonly flushes: FlushSchedule;
  readonly services: LeaderServices;
  readonly logger: Logger;
}

/** Takes and restores images of whole partitions. */
export interface PartitionImages {
  /** Takes an image of what is applied. */
  take(): Promise<SnapshotSource>;
  /** Replaces all tables by an image, and opens them. */
  restore(
    store: PartitionStore,
    chunks: AsyncIterable<Uint8Array>,
    index: number,
  ): Promise<PartitionStore>;
}

/** A record on its way through the log that this node proposed. */
interface Proposed {
  readonly record: LogRecord;
  readonly onApplied: (() => void) | undefined;
  /** Called when leadership ends before the record is applied: it may be lost. */
  readonly onLost: (() => void) | undefined;
}

interface Decoded {
  readonly index: number;
  readonly term: number;
  readonly record: LogRecord;
  readonly onApplied: (() => void) | undefined;
}

/** Applies of one record before it is given up: each brings in another row that it needs. */
const LOADS_PER_RECORD_MAX = 100_000;
/** Nobody compares a state any more that was reached longer ago than this. */
const DIGEST_AGE_MAX_MS = 120_000;
/** How long another replica has to take over from one that is out of use. */
const HAND_OVER_MS = 1_000;

/**
 * One replica of a partition: applies committed records to the store and, while it leads, hands
 * the effects over to the leader's part.
 *
 * The log is durable before a record gets here, so effects leave as soon as it is applied in
 * memory; the store follows with its next flush.
 */
export class PartitionProcessor implements StateMachine {
  readonly #options: ProcessorOptions;
  /** Digests of states that replicas are compared at. */
  readonly digests = new DigestBook();
  readonly #proposed = new Map<Uint8Array, Proposed>();
  #store: PartitionStore;
  #leader: PartitionLeader | undefined;
  #isClosed = false;
  #isQuarantined = false;
  #effects: Effect[] = [];
  #applied: (() => void)[] = [];

  constructor(options: ProcessorOptions) {
    this.#options = options;
    this.#store = options.store;
  }

  get partitionId(): number {
    return this.#options.log.partitionId;
  }

  get log(): PartitionLog {
    return this.#options.log;
  }

  get store(): PartitionStore {
    return this.#store;
  }

  get appliedIndex(): number {
    return this.#store.appliedIndex;
  }

  get isLeader(): boolean {
    return this.#leader !== undefined;
  }

  /** This replica differs from the others; see `quarantine`. */
  get isQuarantined(): boolean {
    return this.#isQuarantined;
  }

  applyBatch(entries: readonly CommittedEntry[], lastIndex: number): void | Promise<void> {
    const records = entries.map((entry) => this.#decode(entry));
    const start = { from: 0, loads: 0, lastIndex };
    const missing = this.#missingInvocations(records);
    const instances = this.#missingInstances(records);
    if (missing.length === 0 && instances.length === 0) return this.#applyFrom(records, start);
    const store = this.#store;
    return Promise.all([store.loadInvocations(missing), store.loadInstances(instances)]).then(() =>
      this.#applyFrom(records, start),
    );
  }

  onLeadership(change: LeadershipChange): void {
    this.#leader?.close();
    this.#leader = undefined;
    this.#loseProposed();
    // A node that stops may still be elected; it leads no more.
    if (change.isLeader && !this.#isClosed) this.#lead(change.term);
    this.#options.services.onLeadership(this.partitionId);
  }

  #lead(term: number): void {
    const { log, services, logger } = this.#options;
    if (this.#isQuarantined) {
      this.#handOver();
      return;
    }
    this.#leader = new PartitionLeader({
      epoch: term,
      partitionId: log.partitionId,
      store: this.#store,
      services,
      logger,
      confirm: () => this.#confirm(),
      propose: (command, onApplied) => this.#propose(command, onApplied),
    });
    this.#leader.start();
  }

  #confirm(): Promise<void> | undefined {
    const { log, services } = this.#options;
    if (services.replicaNodes(this.partitionId).length < 2) return undefined;
    return log.readIndex().then(
      () => undefined,
      () => Promise.reject(this.#notLeader()),
    );
  }

  /** Nobody knows whether what this leader proposed last will be applied. */
  #loseProposed(): void {
    const lost = [...this.#proposed.values()];
    this.#proposed.clear();
    for (const { onLost } of lost) onLost?.();
  }

  /**
   * Carries out a request as the leader.
   *
   * Rejects with `PARTITION_NOT_LEADER` or `PARTITION_OVERLOADED`.
   */
  submit(request: PartitionRequest, deduplicationId?: string): Promise<PartitionReply> {
    if (this.#leader === undefined) return Promise.reject(this.#notLeader());
    return this.#leader.submit(request, deduplicationId);
  }

  /** Takes messages of another partition's outbox; false if it cannot now. */
  deliver(command: CommandOf<"deliver">, outcome: DeliveryOutcome): boolean {
    if (this.#leader === undefined) return false;
    const { onApplied, onLost } = outcome;
    return this.#propose(command, onApplied, onLost) === "accepted";
  }

  /** This replica differs from the others: it does not lead any more, and waits to be replaced. */
  quarantine(): void {
    if (this.#isQuarantined) return;
    this.#isQuarantined = true;
    const { logger, services } = this.#options;
    logger.error("A replica differs from the others and is out of use");
    this.#handOver();
    services.onQuarantined(this.partitionId);
  }

  /** Passes leadership on, if this replica has it and should not; to one after the other. */
  #handOver(tries = 0): void {
    const { log, services } = this.#options;
    if (!this.#isQuarantined || !log.isLeader) return;
    const others = services
      .replicaNodes(this.partitionId)
      .filter((node) => node !== services.nodeId);
    const next = others[tries % others.length];
    if (next !== undefined) log.transferLeadership(next);
    services.scheduler.after(HAND_OVER_MS, () => this.#handOver(tries + 1));
  }

  /** The leader's part, while this replica leads. */
  get leader(): PartitionLeader | undefined {
    return this.#leader;
  }

  /** Stops the leader's part; the replica goes on applying until its log stops. */
  close(): void {
    this.#isClosed = true;
    this.#leader?.close();
    this.#leader = undefined;
    this.#loseProposed();
    this.digests.close();
  }

  snapshot(): Promise<SnapshotSource> {
    return this.#options.images.take();
  }

  async restore(chunks: AsyncIterable<Uint8Array>, index: number): Promise<void> {
    assert(this.#leader === undefined, "a leader is never sent an image");
    this.#store = await this.#options.images.restore(this.#store, chunks, index);
  }

  #propose(
    command: Command,
    onApplied?: () => void,
    onLost?: () => void,
  ): ReturnType<PartitionLog["propose"]> {
    // Time as the clock tells, even if it was set back: what is due is decided against times that
    // callers and timers take from the same clock, and a delay must not become shorter.
    const record: LogRecord = { timeMs: this.#options.services.clock.nowMs(), command };
    const data = encodeRecord(record);
    // Entered before the proposal, which a lone voter may commit at once; the committed entry
    // carries the same array, so that the leader never decodes what it has encoded.
    this.#proposed.set(data, { record, onApplied, onLost });
    const result = this.#options.log.propose(data);
    if (result !== "accepted") this.#proposed.delete(data);
    return result;
  }

  #decode({ index, term, data }: CommittedEntry): Decoded {
    const proposed = this.#takeProposed(data);
    if (proposed !== undefined) {
      return { index, term, record: proposed.record, onApplied: proposed.onApplied };
    }
    const record = decodeRecord(data);
    return { index, term, record, onApplied: undefined };
  }

  /**
   * The proposal that an entry came from. The log keeps few bytes in memory, so a large record, or
   * one that waited behind others, may have been read back from disk: then only its bytes tell.
   * Entries are committed in the order of their proposals, so the first is nearly always the one.
   */
  #takeProposed(data: Uint8Array): Proposed | undefined {
    const own = this.#proposed.get(data);
    if (own !== undefined) {
      this.#proposed.delete(data);
      return own;
    }
    for (const [bytes, proposed] of this.#proposed) {
      if (bytes.length !== data.length || Buffer.compare(bytes, data) !== 0) continue;
      this.#proposed.delete(bytes);
      return proposed;
    }
    return undefined;
  }

  #missingInvocations(records: readonly Decoded[]): InvocationId[] {
    const store = this.#store;
    const missing: InvocationId[] = [];
    for (const { record } of records) {
      this.#markMinted(record.command);
      forEachInvocation(record.command, (id) => {
        if (!store.isInvocationLoaded(id)) missing.push(id);
      });
    }
    return missing;
  }

  /** Keyed instances whose lock a request certainly looks at. */
  #missingInstances(records: readonly Decoded[]): string[] {
    const missing: string[] = [];
    for (const { record } of records) {
      const { command } = record;
      if (command.kind !== "invoke" || !isExclusive(command.request.target)) continue;
      const instance = instanceOf(command.request.target);
      if (!this.#store.isInstanceLoaded(instance)) missing.push(instance);
    }
    return missing;
  }

  /**
   * Spares reading what cannot exist: a callee whose id was drawn at random is made by exactly one
   * record, this one; a message that was applied before is told by its sequence.
   */
  #markMinted(command: Command): void {
    const store = this.#store;
    if (command.kind === "invoke") {
      if (command.isFresh) store.markFresh(command.request.id);
    } else if (command.kind === "attempt-event") {
      for (const event of command.events) {
        if (event.kind !== "command") continue;
        const { command: entry } = event;
        if (entry.kind !== "call" && entry.kind !== "one-way-call") continue;
        if (isMinted(entry.call)) store.markFresh(entry.call.calleeId);
      }
    } else if (command.kind === "deliver") {
      const seen = store.deduplicationSequence(command.producer);
      for (const { sequence, message } of command.items) {
        if (message.kind !== "invoke" || sequence <= seen) continue;
        if (isMinted(message.request)) store.markFresh(message.request.id);
      }
    }
  }

  #applyFrom(
    records: readonly Decoded[],
    { from, loads, lastIndex }: { from: number; loads: number; lastIndex: number },
  ): void | Promise<void> {
    const { flushes } = this.#options;
    const store = this.#store;
    let startMs = this.#options.services.clock.monotonicMs();
    for (let i = from; i < records.length; i++) {
      const { index, term, record, onApplied } = records[i] as Decoded;
      const effectCount = this.#effects.length;
      try {
        const position = { logIndex: index, epoch: term };
        apply(store, record, { position, effects: this.#effects });
      } catch (error) {
        store.rollBackRecord();
        this.#effects.length = effectCount;
        const missing = store.missingOf(error);
        if (missing === undefined || loads >= LOADS_PER_RECORD_MAX) throw error;
        this.#dispatch();
        const loadCount = i === from ? loads + 1 : 1;
        return missing
          .load()
          .then(() => this.#applyFrom(records, { from: i, loads: loadCount, lastIndex }));
      }
      store.commitRecord(index);
      startMs = this.#measure(record.command.kind, startMs);
      if (onApplied !== undefined) this.#applied.push(onApplied);
      if (record.command.kind !== "check-digest") continue;
      const taken = this.#takeDigest(index, record.timeMs);
      if (taken !== undefined) {
        return taken.then(() => this.#applyFrom(records, { from: i + 1, loads: 0, lastIndex }));
      }
    }
    store.commitRecord(lastIndex);
    this.#dispatch();
    return flushes.noteApplied(records.length);
  }

  /** Returns the time, which is also the start of the next record. */
  #measure(kind: Command["kind"], startMs: number): number {
    const { services } = this.#options;
    const store = this.#store;
    const { metrics } = services;
    const nowMs = services.clock.monotonicMs();
    metrics.onApplied(kind, this.isLeader, nowMs - startMs);
    const { appendedTypes } = store;
    if (appendedTypes.length > 0) {
      if (this.isLeader) for (const type of appendedTypes) metrics.onJournalEntry(type);
      appendedTypes.length = 0;
    }
    return nowMs;
  }

  /**
   * Has the digest of the state right behind a record computed. Nothing is applied until the engine
   * holds that state and a snapshot of it is taken.
   */
  #takeDigest(index: number, timeMs: number): Promise<unknown> | undefined {
    const { services, flushes, digester } = this.#options;
    const isOld = services.clock.nowMs() - timeMs > DIGEST_AGE_MAX_MS;
    const written = isOld ? undefined : flushes.flush();
    const digest = written?.then(() => digester.compute(this.partitionId));
    this.digests.note(index, digest ?? Promise.resolve(undefined));
    this.#dispatch();
    return written;
  }

  #dispatch(): void {
    if (this.#effects.length > 0) {
      const effects = this.#effects;
      this.#effects = [];
      this.#leader?.dispatch(effects);
    }
    if (this.#applied.length > 0) {
      const applied = this.#applied;
      this.#applied = [];
      for (const callback of applied) callback();
    }
  }

  #notLeader(): ServerError {
    const { partitionId } = this;
    const leaderHint = this.#options.log.leaderNode;
    return new ServerError("PARTITION_NOT_LEADER", `Partition ${partitionId} is led elsewhere`, {
      details: { partitionId, leaderHint },
    });
  }
}

/** True if the id of such a request is random: nothing about the request determines it. */
function isMinted(request: {
  readonly target: InvocationTarget;
  readonly idempotencyKey: string | undefined;
}): boolean {
  return request.idempotencyKey === undefined && !isWorkflowRun(request.target);
}

/** Invocations whose status a command certainly looks at. */
function forEachInvocation(command: Command, visit: (id: InvocationId) => void): void {
  switch (command.kind) {
    case "invoke":
      visit(command.request.id);
      return;
    case "fire-timers":
      for (const { invocationId } of command.timers) visit(invocationId);
      return;
    case "deliver":
      for (const { message } of command.items) visit(receiverOf(message));
      return;
    case "purge-expired":
      for (const { invocationId } of command.expiries) visit(invocationId);
      return;
    case "truncate-outbox":
    case "patch-state":
    case "update-rules":
    case "check-digest":
      return;
    default:
      visit(command.invocationId);
  }
}
