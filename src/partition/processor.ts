import type { Logger } from "#base/logger";
import type { CommittedEntry, LeadershipChange, PartitionLog, StateMachine } from "#cluster";
import { ServerError } from "#errors";
import {
  type InvocationId,
  type InvocationTarget,
  instanceOf,
  isExclusive,
  isWorkflowRun,
} from "#model";
import type { PartitionStore } from "#partition-store";
import { apply, type Command, type Effect, type LogRecord, receiverOf } from "#state-machine";
import type { PartitionReply, PartitionRequest } from "./client.ts";
import { decodeRecord, encodeRecord } from "./command-codec.ts";
import type { FlushSchedule } from "./flush-schedule.ts";
import { type LeaderServices, PartitionLeader } from "./leadership/partition-leader.ts";

/** What a processor is made of. */
export interface ProcessorOptions {
  readonly log: PartitionLog;
  readonly store: PartitionStore;
  readonly flushes: FlushSchedule;
  readonly services: LeaderServices;
  readonly logger: Logger;
}

/** A record on its way through the log that this node proposed. */
interface Proposed {
  readonly record: LogRecord;
  readonly onApplied: (() => void) | undefined;
}

interface Decoded {
  readonly index: number;
  readonly term: number;
  readonly record: LogRecord;
  readonly onApplied: (() => void) | undefined;
}

/** Applies of one record before it is given up: each brings in another row that it needs. */
const LOADS_PER_RECORD_MAX = 100_000;

/**
 * One replica of a partition: applies committed records to the store and, while it leads, hands
 * the effects over to the leader's part.
 *
 * The log is durable before a record gets here, so effects leave as soon as it is applied in
 * memory; the store follows with its next flush.
 */
export class PartitionProcessor implements StateMachine {
  readonly #options: ProcessorOptions;
  readonly #proposed = new Map<Uint8Array, Proposed>();
  #leader: PartitionLeader | undefined;
  #leaderWaiters: (() => void)[] = [];
  #lastTimeMs = 0;
  #effects: Effect[] = [];
  #applied: (() => void)[] = [];

  constructor(options: ProcessorOptions) {
    this.#options = options;
  }

  get partitionId(): number {
    return this.#options.log.partitionId;
  }

  get store(): PartitionStore {
    return this.#options.store;
  }

  get appliedIndex(): number {
    return this.#options.store.appliedIndex;
  }

  get isLeader(): boolean {
    return this.#leader !== undefined;
  }

  applyBatch(entries: readonly CommittedEntry[], lastIndex: number): void | Promise<void> {
    const records = entries.map((entry) => this.#decode(entry));
    const start = { from: 0, loads: 0, lastIndex };
    const missing = this.#missingInvocations(records);
    const instances = this.#missingInstances(records);
    if (missing.length === 0 && instances.length === 0) return this.#applyFrom(records, start);
    const { store } = this.#options;
    return Promise.all([store.loadInvocations(missing), store.loadInstances(instances)]).then(() =>
      this.#applyFrom(records, start),
    );
  }

  onLeadership(change: LeadershipChange): void {
    this.#leader?.close();
    this.#leader = undefined;
    this.#proposed.clear();
    if (!change.isLeader) return;
    const { log, store, services, logger } = this.#options;
    this.#leader = new PartitionLeader({
      epoch: change.term,
      partitionId: log.partitionId,
      store,
      services,
      logger,
      propose: (command, onApplied) => this.#propose(command, onApplied),
    });
    this.#leader.start();
    const waiters = this.#leaderWaiters;
    this.#leaderWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /**
   * Carries out a request as the leader.
   *
   * Rejects with `PARTITION_NOT_LEADER` or `PARTITION_OVERLOADED`.
   */
  submit(request: PartitionRequest): Promise<PartitionReply> {
    if (this.#leader === undefined) return Promise.reject(this.#notLeader());
    return this.#leader.submit(request);
  }

  /** Takes messages of another partition's outbox; false if it cannot now. */
  deliver(command: Command & { readonly kind: "deliver" }, onApplied: () => void): boolean {
    if (this.#leader === undefined) return false;
    return this.#propose(command, onApplied) === "accepted";
  }

  /** Resolves when this replica leads. */
  whenLeader(): Promise<void> {
    if (this.#leader !== undefined) return Promise.resolve();
    return new Promise((resolve) => this.#leaderWaiters.push(resolve));
  }

  /** The leader's part, while this replica leads. */
  get leader(): PartitionLeader | undefined {
    return this.#leader;
  }

  /** Stops the leader's part; the replica goes on applying until its log stops. */
  close(): void {
    this.#leader?.close();
    this.#leader = undefined;
  }

  /** Not offered yet: a node alone never sends or takes a snapshot. */
  async snapshot(): Promise<Uint8Array> {
    throw new ServerError("NOT_SUPPORTED", "Cannot export a partition snapshot", {
      details: { feature: "partition snapshots" },
    });
  }

  async restore(): Promise<void> {
    throw new ServerError("NOT_SUPPORTED", "Cannot restore a partition snapshot", {
      details: { feature: "partition snapshots" },
    });
  }

  #propose(command: Command, onApplied?: () => void): ReturnType<PartitionLog["propose"]> {
    // Time of records never steps back, whatever the system clock does.
    this.#lastTimeMs = Math.max(this.#lastTimeMs, this.#options.services.clock.nowMs());
    const record: LogRecord = { timeMs: this.#lastTimeMs, command };
    const data = encodeRecord(record);
    // Entered before the proposal, which a lone voter may commit at once; the committed entry
    // carries the same array, so that the leader never decodes what it has encoded.
    this.#proposed.set(data, { record, onApplied });
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
    this.#lastTimeMs = Math.max(this.#lastTimeMs, record.timeMs);
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
    const { store } = this.#options;
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
      if (!this.#options.store.isInstanceLoaded(instance)) missing.push(instance);
    }
    return missing;
  }

  /**
   * Spares reading what cannot exist: a callee whose id was drawn at random is made by exactly one
   * record, this one; a message that was applied before is told by its sequence.
   */
  #markMinted(command: Command): void {
    const { store } = this.#options;
    if (command.kind === "attempt-event") {
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
    const { store, flushes } = this.#options;
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
      if (onApplied !== undefined) this.#applied.push(onApplied);
    }
    store.commitRecord(lastIndex);
    this.#dispatch();
    return flushes.noteApplied(records.length);
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
      return;
    default:
      visit(command.invocationId);
  }
}
