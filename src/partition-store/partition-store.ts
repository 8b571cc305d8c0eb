import { assert } from "#base/assert";
import { decode, encodeShared } from "#base/wire-codec";
import type { KeyValueEngine, WriteBatch } from "#engine";
import type { InvocationId, InvocationStatus, JournalEntry, ResponseSink } from "#model";
import type {
  ConcurrencyRule,
  Expiry,
  InboxItem,
  JournalView,
  LimitWaiter,
  OutboxMessage,
  PartitionReply,
  PartitionState,
  PromiseStatus,
  QueuedItem,
  RememberedReply,
  StoredEvent,
  Timer,
} from "#state-machine";
import { type Facts, factsCodec, INITIAL_FACTS, readFacts } from "./facts.ts";
import { type CacheLimits, invocationFormat, sinkPageFormat } from "./formats.ts";
import { InstanceTables } from "./instance-tables.ts";
import { JournalTable } from "./journal-table.ts";
import {
  concat,
  invocationKey,
  numberedKey,
  prefixEnd,
  readTextKey,
  readUint64,
  sequenceKey,
  TABLE_PREFIX_BYTES,
  TABLES,
  tablePrefix,
  textKey,
  timedKey,
  timedRest,
  timeOfKey,
  timerKey,
  uint64Key,
} from "./keys.ts";
import { LimitWaiterTable } from "./limit-waiter-table.ts";
import { type Missing, MissSignal } from "./miss.ts";
import { rememberedReplyCodec } from "./reply-codec.ts";
import { RequestTable } from "./request-table.ts";
import { ResidentTable } from "./resident-table.ts";
import {
  limitWaiterCodec,
  outboxMessageCodec,
  type StoredSinkPage,
  storedEventCodec,
} from "./row-codec.ts";
import { RowTable } from "./row-table.ts";
import { UndoLog } from "./undo-log.ts";
import { WriteOnlyTable } from "./write-only-table.ts";

/** What a partition store is opened with. */
export interface PartitionStoreOptions {
  readonly engine: KeyValueEngine;
  readonly partitionId: number;
  /** True if the invocation's partition key falls into this partition. */
  isLocal(id: InvocationId): boolean;
  readonly limits: CacheLimits;
}

const EMPTY = new Uint8Array(0);
const emptyValue = () => EMPTY;
/** Rows that are removed one by one; more of them are a range. */
const REMOVED_ONE_BY_ONE_MAX = 1_024;
const EXPIRY_COMPLETION = 1;
const EXPIRY_JOURNAL = 2;

/**
 * All tables of one partition.
 *
 * Changes stay in memory until a flush writes all of them, with the index of the last applied
 * record, in one atomic batch: what the engine holds is always the state after some record.
 * Losing the rest is harmless, since the log still has it.
 */
export class PartitionStore implements PartitionState {
  readonly partitionId: number;
  /** Types of the journal entries of the record that is being applied; the caller empties it. */
  readonly appendedTypes: number[] = [];
  readonly #options: PartitionStoreOptions;
  readonly #undo = new UndoLog();
  readonly #prefixes: Readonly<Record<keyof typeof TABLES, Uint8Array>>;
  readonly #invocations: RowTable<InvocationStatus>;
  readonly #journals: JournalTable;
  readonly #instances: InstanceTables;
  readonly #sinkPages: RowTable<StoredSinkPage>;
  readonly #events: WriteOnlyTable;
  readonly #invoked: WriteOnlyTable;
  readonly #timers: WriteOnlyTable;
  readonly #expiries: WriteOnlyTable;
  readonly #outbox: WriteOnlyTable;
  readonly #deduplication: ResidentTable<number, number>;
  readonly #slots: ResidentTable<string, number>;
  readonly #waiters: LimitWaiterTable;
  readonly #requests: RequestTable;
  #facts: Facts = INITIAL_FACTS;
  #factsChanged = false;
  #collectedIndex = 0;
  #writtenIndex = 0;

  /** Reads what has to be in memory. */
  static async open(options: PartitionStoreOptions): Promise<PartitionStore> {
    const store = new PartitionStore(options);
    await store.#load();
    return store;
  }

  private constructor(options: PartitionStoreOptions) {
    const { engine, partitionId, limits } = options;
    const undo = this.#undo;
    this.partitionId = partitionId;
    this.#options = options;
    this.#prefixes = Object.fromEntries(
      Object.entries(TABLES).map(([name, table]) => [name, tablePrefix(partitionId, table)]),
    ) as Record<keyof typeof TABLES, Uint8Array>;
    this.#invocations = new RowTable(invocationFormat(partitionId, limits), engine, undo);
    this.#journals = new JournalTable(this.#prefixes.journal, {
      reader: engine,
      undo,
      weightMax: limits.journalBytesMax,
    });
    this.#instances = new InstanceTables({ partitionId, limits, reader: engine, undo });
    this.#sinkPages = new RowTable(sinkPageFormat(partitionId), engine, undo);
    this.#events = new WriteOnlyTable(undo);
    this.#invoked = new WriteOnlyTable(undo);
    this.#timers = new WriteOnlyTable(undo);
    this.#expiries = new WriteOnlyTable(undo);
    this.#outbox = new WriteOnlyTable(undo);
    this.#deduplication = new ResidentTable(undo);
    this.#slots = new ResidentTable(undo);
    this.#waiters = new LimitWaiterTable(undo);
    this.#requests = new RequestTable(undo);
  }

  // --- the record that is being applied -------------------------------------------------------

  /** Log index of the last applied record. */
  get appliedIndex(): number {
    return this.#facts.appliedIndex;
  }

  /** Log index up to which the engine holds everything, though perhaps not durably. */
  get writtenIndex(): number {
    return this.#writtenIndex;
  }

  /** Sequence of the last outbox message. */
  get outboxSequence(): number {
    return this.#facts.outboxSequence;
  }

  /** The record at `index` is applied: its changes stay. */
  commitRecord(index: number): void {
    this.#undo.clear();
    this.#trim();
    this.#facts = { ...this.#facts, appliedIndex: index };
    this.#factsChanged = true;
  }

  /** Takes back what the record changed. */
  rollBackRecord(): void {
    this.appendedTypes.length = 0;
    this.#undo.rollBack();
  }

  /** What to load before the record is applied again; undefined for any other error. */
  missingOf(error: unknown): Missing | undefined {
    return error instanceof MissSignal ? error.missing : undefined;
  }

  /** Answers a question about the state, after loading what it needs. */
  read<T>(question: (state: PartitionState) => T): T | Promise<T> {
    try {
      const answer = question(this);
      this.#trim();
      return answer;
    } catch (error) {
      const missing = this.missingOf(error);
      if (missing === undefined) throw error;
      return missing.load().then(() => this.read(question));
    }
  }

  #trim(): void {
    this.#invocations.trim();
    this.#journals.trim();
    this.#instances.trim();
    this.#sinkPages.trim();
  }

  /** Brings the statuses of invocations into memory, with one read for all that are not. */
  async loadInvocations(ids: readonly InvocationId[]): Promise<void> {
    const missing = ids.filter((id) => !this.#invocations.isLoaded(id));
    if (missing.length > 0) await this.#invocations.loadMany([...new Set(missing)]);
  }

  isInvocationLoaded(id: InvocationId): boolean {
    return this.#invocations.isLoaded(id);
  }

  /** States that the id was minted from fresh randomness, so that nothing is stored under it. */
  markFresh(id: InvocationId): void {
    this.#invocations.markAbsent(id);
  }

  // --- flushing -------------------------------------------------------------------------------

  /** Rows that wait for the next flush; 0 if there is nothing to write. */
  get dirtyCount(): number {
    const tables = [
      this.#invocations,
      this.#journals,
      this.#instances,
      this.#sinkPages,
      this.#events,
      this.#invoked,
      this.#timers,
      this.#expiries,
      this.#outbox,
    ];
    const rows = tables.reduce((sum, table) => sum + table.dirtyCount, 0);
    return rows + (this.#factsChanged ? 1 : 0);
  }

  /** Moves all changes into the batch. Call `flushed` when the batch is written. */
  collect(batch: WriteBatch): void {
    this.#invocations.collect(batch);
    this.#journals.collect(batch);
    this.#instances.collect(batch);
    this.#sinkPages.collect(batch);
    this.#events.collect(batch);
    this.#invoked.collect(batch);
    this.#timers.collect(batch);
    this.#expiries.collect(batch);
    this.#outbox.collect(batch);
    this.#collectResident(batch);
    batch.put(this.#prefixes.facts, encodeShared(factsCodec, this.#facts));
    this.#factsChanged = false;
    this.#collectedIndex = this.#facts.appliedIndex;
  }

  flushed(): void {
    this.#writtenIndex = this.#collectedIndex;
    this.#invocations.flushed();
    this.#journals.flushed();
    this.#instances.flushed();
    this.#sinkPages.flushed();
  }

  #collectResident(batch: WriteBatch): void {
    const { deduplication, slots, limitWaiter, request } = this.#prefixes;
    this.#deduplication.collect(batch, {
      key: (producer) => sequenceKey(deduplication, producer),
      encode: uint64Key,
    });
    this.#slots.collect(batch, {
      key: (path) => concat(slots, textKey(path)),
      encode: uint64Key,
    });
    this.#waiters.collect(batch, {
      key: (name) => concat(limitWaiter, textKey(name)),
      encode: (waiter) => encodeShared(limitWaiterCodec, waiter),
    });
    this.#requests.collect(batch, {
      key: (logIndex) => sequenceKey(request, logIndex),
      encode: (remembered) => encodeShared(rememberedReplyCodec, remembered),
    });
  }

  async #load(): Promise<void> {
    const { engine } = this.#options;
    const facts = await engine.get(this.#prefixes.facts);
    if (facts !== undefined) this.#facts = readFacts(facts, this.partitionId);
    this.#writtenIndex = this.#facts.appliedIndex;
    const { deduplication, slots, limitWaiter, request } = this.#prefixes;
    for await (const row of engine.iterate(rangeOf(deduplication))) {
      this.#deduplication.loadRow(timeOfKey(row.key), readUint64(row.value, 0));
    }
    for await (const row of engine.iterate(rangeOf(slots))) {
      const path = readTextKey(row.key.subarray(TABLE_PREFIX_BYTES));
      this.#slots.loadRow(path, readUint64(row.value, 0));
    }
    for await (const row of engine.iterate(rangeOf(limitWaiter))) {
      const name = readTextKey(row.key.subarray(TABLE_PREFIX_BYTES));
      const waiter = decode(limitWaiterCodec, row.value);
      this.#waiters.loadRow(name, waiter);
    }
    for await (const row of engine.iterate(rangeOf(request))) {
      this.#requests.loadRow(timeOfKey(row.key), decode(rememberedReplyCodec, row.value));
    }
  }

  // --- PartitionState -------------------------------------------------------------------------

  isLocal(id: InvocationId): boolean {
    return this.#options.isLocal(id);
  }

  invocation(id: InvocationId): InvocationStatus | undefined {
    return this.#invocations.get(id);
  }

  putInvocation(id: InvocationId, status: InvocationStatus): void {
    const wasInvoked = this.#invocations.get(id)?.kind === "invoked";
    const isInvoked = status.kind === "invoked";
    if (wasInvoked !== isInvoked) this.#indexInvoked(id, isInvoked);
    this.#invocations.put(id, status);
    if (status.kind !== "completed") return;
    this.#journals.release(id);
    this.#invocations.release(id);
  }

  deleteInvocation(id: InvocationId): void {
    if (this.#invocations.get(id)?.kind === "invoked") this.#indexInvoked(id, false);
    this.#invocations.delete(id);
  }

  #indexInvoked(id: InvocationId, isInvoked: boolean): void {
    const key = () => invocationKey(this.#prefixes.invoked, id);
    if (isInvoked) this.#invoked.add(id, key, emptyValue);
    else this.#invoked.remove(id, key);
  }

  createJournal(id: InvocationId): void {
    this.#journals.create(id);
  }

  appendJournal(id: InvocationId, index: number, entry: JournalEntry): void {
    this.appendedTypes.push(entry.type);
    this.#journals.append(id, index, entry);
  }

  journal(id: InvocationId): JournalView {
    return this.#journals.view(id);
  }

  deleteJournal(id: InvocationId): void {
    this.#journals.delete(id);
  }

  appendEvent(id: InvocationId, index: number, event: StoredEvent): void {
    const key = () => numberedKey(this.#prefixes.event, id, index);
    this.#events.add(`${id}/${index}`, key, () => encodeShared(storedEventCodec, event));
  }

  deleteEvents(id: InvocationId, count: number): void {
    if (count > REMOVED_ONE_BY_ONE_MAX) {
      const start = invocationKey(this.#prefixes.event, id);
      const isInside = (name: string) => name.startsWith(`${id}/`);
      this.#events.removeRange({ start, end: prefixEnd(start) }, isInside);
      return;
    }
    for (let index = 0; index < count; index++) {
      const key = () => numberedKey(this.#prefixes.event, id, index);
      this.#events.remove(`${id}/${index}`, key);
    }
  }

  lock(instance: string): InvocationId | undefined {
    return this.#instances.lock(instance);
  }

  setLock(instance: string, owner: InvocationId | undefined): void {
    this.#instances.setLock(instance, owner);
  }

  /** Brings keyed instances into memory, with one read for all that are not. */
  loadInstances(instances: readonly string[]): Promise<void> {
    return this.#instances.load(instances);
  }

  isInstanceLoaded(instance: string): boolean {
    return this.#instances.isLoaded(instance);
  }

  inbox(instance: string): ReadonlyMap<number, InboxItem> {
    return this.#instances.inbox(instance);
  }

  inboxHead(instance: string): QueuedItem | undefined {
    return this.#instances.inboxHead(instance);
  }

  addInboxItem(instance: string, sequence: number, item: InboxItem): void {
    this.#instances.addInboxItem(instance, sequence, item);
  }

  removeInboxItem(instance: string, sequence: number): void {
    this.#instances.removeInboxItem(instance, sequence);
  }

  stateValues(instance: string): ReadonlyMap<string, Uint8Array> {
    return this.#instances.stateValues(instance);
  }

  setStateValue(instance: string, key: string, value: Uint8Array | undefined): void {
    this.#instances.setStateValue(instance, key, value);
  }

  clearState(instance: string): void {
    this.#instances.clearState(instance);
  }

  promises(instance: string): ReadonlyMap<string, PromiseStatus> {
    return this.#instances.promises(instance);
  }

  setPromise(instance: string, key: string, promise: PromiseStatus): void {
    this.#instances.setPromise(instance, key, promise);
  }

  clearPromises(instance: string): void {
    this.#instances.clearPromises(instance);
  }

  sinkPage(page: number): readonly ResponseSink[] {
    const stored = this.#sinkPages.get(`${page}`);
    assert(stored !== undefined, "a page of sinks is there until it is answered");
    return stored.sinks;
  }

  addSinkPage(page: number, sinks: readonly ResponseSink[]): void {
    // The number is new, so that nothing is stored under it.
    this.#sinkPages.markAbsent(`${page}`);
    this.#sinkPages.put(`${page}`, { sinks });
  }

  deleteSinkPage(page: number): void {
    this.#sinkPages.delete(`${page}`);
  }

  addTimer(timer: Timer): void {
    this.#timers.add(timerName(timer), () => timerKey(this.#prefixes.timer, timer), emptyValue);
  }

  removeTimer(timer: Timer): void {
    this.#timers.remove(timerName(timer), () => timerKey(this.#prefixes.timer, timer));
  }

  addExpiry(expiry: Expiry): void {
    this.#expiries.add(expiryName(expiry), () => this.#expiryKey(expiry), emptyValue);
  }

  removeExpiry(expiry: Expiry): void {
    this.#expiries.remove(expiryName(expiry), () => this.#expiryKey(expiry));
  }

  #expiryKey({ invocationId, what, timeMs }: Expiry): Uint8Array {
    const kind = what === "completion" ? EXPIRY_COMPLETION : EXPIRY_JOURNAL;
    return timedKey(this.#prefixes.expiry, timeMs, timedRest(invocationId, kind, 0));
  }

  addOutboxMessage(outgoing: OutboxMessage): number {
    const sequence = this.#facts.outboxSequence + 1;
    this.#changeFacts({ outboxSequence: sequence });
    const key = () => sequenceKey(this.#prefixes.outbox, sequence);
    this.#outbox.add(`${sequence}`, key, () => encodeShared(outboxMessageCodec, outgoing));
    return sequence;
  }

  truncateOutbox(upTo: number): void {
    const before = this.#facts;
    if (upTo - before.outboxTruncatedTo > REMOVED_ONE_BY_ONE_MAX) {
      const start = sequenceKey(this.#prefixes.outbox, before.outboxTruncatedTo + 1);
      const end = sequenceKey(this.#prefixes.outbox, upTo + 1);
      this.#outbox.removeRange({ start, end }, (name) => Number(name) <= upTo);
      this.#changeFacts({ outboxTruncatedTo: upTo });
      return;
    }
    for (let sequence = before.outboxTruncatedTo + 1; sequence <= upTo; sequence++) {
      this.#outbox.remove(`${sequence}`, () => sequenceKey(this.#prefixes.outbox, sequence));
    }
    if (upTo > before.outboxTruncatedTo) this.#changeFacts({ outboxTruncatedTo: upTo });
  }

  deduplicationSequence(producer: number): number {
    return this.#deduplication.get(producer) ?? 0;
  }

  setDeduplicationSequence(producer: number, sequence: number): void {
    this.#deduplication.set(producer, sequence);
  }

  rememberedReply(deduplicationId: string): PartitionReply | undefined {
    return this.#requests.reply(deduplicationId);
  }

  rememberReply(logIndex: number, remembered: RememberedReply): void {
    this.#requests.add(logIndex, remembered);
  }

  nextSequence(): number {
    const sequence = this.#facts.sequence + 1;
    this.#changeFacts({ sequence });
    return sequence;
  }

  rules(): readonly ConcurrencyRule[] {
    return this.#facts.rules;
  }

  setRules(rules: readonly ConcurrencyRule[]): void {
    this.#changeFacts({ rules });
    this.#waiters.noteRules();
  }

  #changeFacts(change: Partial<Facts>): void {
    const before = this.#facts;
    this.#facts = { ...before, ...change };
    this.#undo.push(() => {
      this.#facts = before;
    });
  }

  slotsInUse(path: string): number {
    return this.#slots.get(path) ?? 0;
  }

  setSlotsInUse(path: string, count: number): void {
    this.#slots.set(path, count === 0 ? undefined : count);
    this.#waiters.noteSlots(path);
  }

  firstLimitWaiter(
    hasCapacity: (path: string) => boolean,
    scope: string | undefined,
  ): LimitWaiter | undefined {
    return this.#waiters.first(hasCapacity, scope);
  }

  /** Everyone who waits for a concurrency limit, in no order. */
  limitWaiters(): Iterable<{ readonly scope: string; readonly waiter: LimitWaiter }> {
    return this.#waiters.rows();
  }

  addLimitWaiter(scope: string, waiter: LimitWaiter): void {
    this.#waiters.add(scope, waiter);
  }

  removeLimitWaiter(scope: string, sequence: number): void {
    this.#waiters.remove(scope, sequence);
  }
}

function timerName(timer: Timer): string {
  const { timeMs, invocationId } = timer;
  if (timer.kind === "start") return `${timeMs}/${invocationId}/s`;
  return `${timeMs}/${invocationId}/${timer.completionId}/${timer.incarnation}`;
}

function expiryName({ timeMs, invocationId, what }: Expiry): string {
  return `${timeMs}/${invocationId}/${what}`;
}

function rangeOf(prefix: Uint8Array): { readonly start: Uint8Array; readonly end: Uint8Array } {
  return { start: prefix, end: prefixEnd(prefix) };
}
