import { decode, encode, field, message, repeated, uint } from "#base/wire-codec";
import type { KeyValueEngine, WriteBatch } from "#engine";
import type { InvocationId, InvocationStatus, JournalEntry } from "#model";
import type {
  ConcurrencyRule,
  Expiry,
  InboxItem,
  JournalView,
  LimitWaiter,
  OutboxMessage,
  PartitionState,
  PromiseStatus,
  QueuedItem,
  StoredEvent,
  Timer,
} from "#state-machine";
import {
  type CacheLimits,
  type InstanceFacts,
  inboxFormat,
  instanceFormat,
  invocationFormat,
  promiseFormat,
  stateFormat,
} from "./formats.ts";
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
import { MapTable } from "./map-table.ts";
import { type Missing, MissSignal } from "./miss.ts";
import { ResidentTable } from "./resident-table.ts";
import { limitWaiterCodec, outboxMessageCodec, ruleCodec, storedEventCodec } from "./row-codec.ts";
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

/** Numbers of a partition that every flush writes, in one row. */
interface Facts {
  readonly appliedIndex: number;
  readonly sequence: number;
  readonly outboxSequence: number;
  readonly rules: readonly ConcurrencyRule[];
  /** Outbox messages up to this sequence have been applied by their receivers. */
  readonly outboxTruncatedTo: number;
}

const factsCodec = message<Facts>({
  appliedIndex: field(1, uint),
  sequence: field(2, uint),
  outboxSequence: field(3, uint),
  rules: repeated(4, ruleCodec),
  outboxTruncatedTo: field(5, uint),
});

const INITIAL_FACTS: Facts = {
  appliedIndex: 0,
  sequence: 0,
  outboxSequence: 0,
  rules: [],
  outboxTruncatedTo: 0,
};

const EMPTY = new Uint8Array(0);
const emptyValue = () => EMPTY;
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
  readonly #options: PartitionStoreOptions;
  readonly #undo = new UndoLog();
  readonly #prefixes: Readonly<Record<keyof typeof TABLES, Uint8Array>>;
  readonly #invocations: RowTable<InvocationStatus>;
  readonly #journals: JournalTable;
  readonly #instances: RowTable<InstanceFacts>;
  readonly #inboxes: MapTable<number, InboxItem>;
  readonly #states: MapTable<string, Uint8Array>;
  readonly #promises: MapTable<string, PromiseStatus>;
  readonly #events: WriteOnlyTable;
  readonly #invoked: WriteOnlyTable;
  readonly #timers: WriteOnlyTable;
  readonly #expiries: WriteOnlyTable;
  readonly #outbox: WriteOnlyTable;
  readonly #deduplication: ResidentTable<number, number>;
  readonly #slots: ResidentTable<string, number>;
  readonly #waiters: LimitWaiterTable;
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
    this.#instances = new RowTable(instanceFormat(partitionId, limits), engine, undo);
    this.#inboxes = new MapTable(inboxFormat(partitionId, limits), engine, undo);
    this.#states = new MapTable(stateFormat(partitionId, limits), engine, undo);
    this.#promises = new MapTable(promiseFormat(partitionId, limits), engine, undo);
    this.#events = new WriteOnlyTable(undo);
    this.#invoked = new WriteOnlyTable(undo);
    this.#timers = new WriteOnlyTable(undo);
    this.#expiries = new WriteOnlyTable(undo);
    this.#outbox = new WriteOnlyTable(undo);
    this.#deduplication = new ResidentTable(undo);
    this.#slots = new ResidentTable(undo);
    this.#waiters = new LimitWaiterTable(undo);
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
    this.#inboxes.trim();
    this.#states.trim();
    this.#promises.trim();
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
      this.#inboxes,
      this.#states,
      this.#promises,
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
    this.#inboxes.collect(batch);
    this.#states.collect(batch);
    this.#promises.collect(batch);
    this.#events.collect(batch);
    this.#invoked.collect(batch);
    this.#timers.collect(batch);
    this.#expiries.collect(batch);
    this.#outbox.collect(batch);
    this.#collectResident(batch);
    batch.put(this.#prefixes.facts, encode(factsCodec, this.#facts));
    this.#factsChanged = false;
    this.#collectedIndex = this.#facts.appliedIndex;
  }

  flushed(): void {
    this.#writtenIndex = this.#collectedIndex;
    this.#invocations.flushed();
    this.#journals.flushed();
    this.#instances.flushed();
    this.#inboxes.flushed();
    this.#states.flushed();
    this.#promises.flushed();
  }

  #collectResident(batch: WriteBatch): void {
    const { deduplication, slots, limitWaiter } = this.#prefixes;
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
      encode: (waiter) => encode(limitWaiterCodec, waiter),
    });
  }

  async #load(): Promise<void> {
    const { engine } = this.#options;
    const facts = await engine.get(this.#prefixes.facts);
    if (facts !== undefined) this.#facts = decode(factsCodec, facts);
    this.#writtenIndex = this.#facts.appliedIndex;
    const { deduplication, slots, limitWaiter } = this.#prefixes;
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
    const key = invocationKey(this.#prefixes.invoked, id);
    if (isInvoked) this.#invoked.add(id, key, emptyValue);
    else this.#invoked.remove(id, key);
  }

  createJournal(id: InvocationId): void {
    this.#journals.create(id);
  }

  appendJournal(id: InvocationId, index: number, entry: JournalEntry): void {
    this.#journals.append(id, index, entry);
  }

  journal(id: InvocationId): JournalView {
    return this.#journals.view(id);
  }

  deleteJournal(id: InvocationId): void {
    this.#journals.delete(id);
  }

  appendEvent(id: InvocationId, index: number, event: StoredEvent): void {
    const key = numberedKey(this.#prefixes.event, id, index);
    this.#events.add(`${id}/${index}`, key, () => encode(storedEventCodec, event));
  }

  deleteEvents(id: InvocationId, count: number): void {
    for (let index = 0; index < count; index++) {
      this.#events.remove(`${id}/${index}`, numberedKey(this.#prefixes.event, id, index));
    }
  }

  lock(instance: string): InvocationId | undefined {
    return this.#instances.get(instance)?.owner;
  }

  setLock(instance: string, owner: InvocationId | undefined): void {
    const before = this.#instances.get(instance);
    const hasRows = before?.hasRows ?? false;
    if (owner === undefined && !hasRows) {
      this.#instances.delete(instance);
      return;
    }
    // Whoever finds the key locked queues behind the owner, so a free key has an empty inbox.
    if (before?.owner === undefined) this.#inboxes.markEmpty(instance);
    this.#instances.put(instance, { owner, hasRows });
  }

  /** Brings keyed instances into memory, with one read for all that are not. */
  async loadInstances(instances: readonly string[]): Promise<void> {
    const missing = instances.filter((instance) => !this.#instances.isLoaded(instance));
    if (missing.length > 0) await this.#instances.loadMany([...new Set(missing)]);
  }

  isInstanceLoaded(instance: string): boolean {
    return this.#instances.isLoaded(instance);
  }

  /** Notes that rows are stored for an instance from now on. */
  #noteRows(instance: string): void {
    const facts = this.#instances.get(instance);
    if (facts?.hasRows !== true) {
      this.#instances.put(instance, { owner: facts?.owner, hasRows: true });
    }
  }

  /** Notes that an instance has no rows any more, so that keys do not outlive what they held. */
  #forgetRows(instance: string): void {
    const facts = this.#instances.get(instance);
    if (facts?.hasRows !== true) return;
    if (this.#states.entries(instance).size > 0 || this.#promises.entries(instance).size > 0)
      return;
    if (facts.owner === undefined) this.#instances.delete(instance);
    else this.#instances.put(instance, { owner: facts.owner, hasRows: false });
  }

  /** Spares reading the rows of an instance that has none. */
  #knowEmpty(
    instance: string,
    table: { isLoaded(parent: string): boolean; markEmpty(parent: string): void },
  ): void {
    if (table.isLoaded(instance)) return;
    if (this.#instances.get(instance)?.hasRows !== true) table.markEmpty(instance);
  }

  inbox(instance: string): ReadonlyMap<number, InboxItem> {
    return this.#inboxes.entries(instance);
  }

  inboxHead(instance: string): QueuedItem | undefined {
    // Sequences only grow and rows load in their order, so the first is the lowest.
    for (const [sequence, item] of this.#inboxes.entries(instance)) return { sequence, item };
    return undefined;
  }

  addInboxItem(instance: string, sequence: number, item: InboxItem): void {
    this.#inboxes.set(instance, sequence, item);
  }

  removeInboxItem(instance: string, sequence: number): void {
    this.#inboxes.delete(instance, sequence);
  }

  stateValues(instance: string): ReadonlyMap<string, Uint8Array> {
    this.#knowEmpty(instance, this.#states);
    return this.#states.entries(instance);
  }

  setStateValue(instance: string, key: string, value: Uint8Array | undefined): void {
    this.#knowEmpty(instance, this.#states);
    if (value === undefined) {
      this.#states.delete(instance, key);
      this.#forgetRows(instance);
      return;
    }
    this.#noteRows(instance);
    this.#states.set(instance, key, value);
  }

  clearState(instance: string): void {
    this.#knowEmpty(instance, this.#states);
    this.#states.clear(instance);
    this.#forgetRows(instance);
  }

  promise(instance: string, key: string): PromiseStatus | undefined {
    this.#knowEmpty(instance, this.#promises);
    return this.#promises.entries(instance).get(key);
  }

  setPromise(instance: string, key: string, promise: PromiseStatus): void {
    this.#knowEmpty(instance, this.#promises);
    this.#noteRows(instance);
    this.#promises.set(instance, key, promise);
  }

  clearPromises(instance: string): void {
    this.#knowEmpty(instance, this.#promises);
    this.#promises.clear(instance);
    this.#forgetRows(instance);
  }

  addTimer(timer: Timer): void {
    this.#timers.add(timerName(timer), timerKey(this.#prefixes.timer, timer), emptyValue);
  }

  removeTimer(timer: Timer): void {
    this.#timers.remove(timerName(timer), timerKey(this.#prefixes.timer, timer));
  }

  addExpiry(expiry: Expiry): void {
    this.#expiries.add(expiryName(expiry), this.#expiryKey(expiry), emptyValue);
  }

  removeExpiry(expiry: Expiry): void {
    this.#expiries.remove(expiryName(expiry), this.#expiryKey(expiry));
  }

  #expiryKey({ invocationId, what, timeMs }: Expiry): Uint8Array {
    const kind = what === "completion" ? EXPIRY_COMPLETION : EXPIRY_JOURNAL;
    return timedKey(this.#prefixes.expiry, timeMs, timedRest(invocationId, kind, 0));
  }

  addOutboxMessage(outgoing: OutboxMessage): number {
    const sequence = this.#facts.outboxSequence + 1;
    this.#changeFacts({ outboxSequence: sequence });
    const key = sequenceKey(this.#prefixes.outbox, sequence);
    this.#outbox.add(`${sequence}`, key, () => encode(outboxMessageCodec, outgoing));
    return sequence;
  }

  truncateOutbox(upTo: number): void {
    const before = this.#facts;
    for (let sequence = before.outboxTruncatedTo + 1; sequence <= upTo; sequence++) {
      this.#outbox.remove(`${sequence}`, sequenceKey(this.#prefixes.outbox, sequence));
    }
    if (upTo > before.outboxTruncatedTo) this.#changeFacts({ outboxTruncatedTo: upTo });
  }

  deduplicationSequence(producer: number): number {
    return this.#deduplication.get(producer) ?? 0;
  }

  setDeduplicationSequence(producer: number, sequence: number): void {
    this.#deduplication.set(producer, sequence);
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
  }

  limitWaiters(scope: string): ReadonlyMap<number, LimitWaiter> {
    return this.#waiters.ofScope(scope);
  }

  addLimitWaiter(scope: string, waiter: LimitWaiter): void {
    this.#waiters.add(scope, waiter);
  }

  removeLimitWaiter(scope: string, sequence: number): void {
    this.#waiters.remove(scope, sequence);
  }

  waitingScopes(): readonly string[] {
    return this.#waiters.scopes();
  }
}

function timerName(timer: Timer): string {
  const number = timer.kind === "sleep" ? timer.completionId : "s";
  return `${timer.timeMs}/${timer.invocationId}/${number}`;
}

function expiryName({ timeMs, invocationId, what }: Expiry): string {
  return `${timeMs}/${invocationId}/${what}`;
}

function rangeOf(prefix: Uint8Array): { readonly start: Uint8Array; readonly end: Uint8Array } {
  return { start: prefix, end: prefixEnd(prefix) };
}
