import type {
  InvocationId,
  InvocationResult,
  InvocationStatus,
  JournalEntry,
  ResponseSink,
} from "#model";
import type { ConcurrencyRule, Expiry, StateMutation, Timer } from "./command.ts";
import type { JournalEvent } from "./effect.ts";
import type { OutboxMessage } from "./outbox-message.ts";
import type { PartitionReply } from "./partition-reply.ts";

/** Completion id (positive), negated signal index, or signal name. */
export type NotificationKey = number | string;
/** Whether a notification counts as success or failure when futures are resolved. */
export type NotificationOutcome = "success" | "failure";

/** A whole journal with the index of its notifications. */
export interface JournalView {
  readonly entries: readonly JournalEntry[];
  /** First notification of each id. */
  readonly notifications: ReadonlyMap<NotificationKey, NotificationOutcome>;
}

/** Entry of the queue of an object key. */
export type InboxItem =
  | { readonly kind: "invocation"; readonly invocationId: InvocationId }
  | { readonly kind: "mutation"; readonly mutation: StateMutation };

/** An inbox item with its place. */
export interface QueuedItem {
  readonly sequence: number;
  readonly item: InboxItem;
}

/** An invocation that waits for a concurrency limit of its scope. */
export interface LimitWaiter {
  readonly sequence: number;
  readonly invocationId: InvocationId;
  readonly limitKey: string | undefined;
  /** Others wait for the key that it holds. */
  readonly holdsLock: boolean;
  /** When it could first have started. */
  readonly readySinceMs: number;
  /** Log index of its acceptance: who comes back keeps their place among those of one moment. */
  readonly incarnation: number;
}

/** A durable promise; undefined result: somebody waits, nobody has completed it. */
export interface PromiseStatus {
  readonly result: InvocationResult | undefined;
  readonly listeners: readonly PromiseListener[];
  /** Page with the listeners that did not fit. */
  readonly listenerPage: number | undefined;
}

/** A GetPromise entry that waits. */
export interface PromiseListener {
  readonly invocationId: InvocationId;
  readonly completionId: number;
  /** Run of the invocation that waits. */
  readonly incarnation: number;
}

/** A journal event with its place. */
export interface StoredEvent {
  readonly afterJournalEntryIndex: number;
  readonly appendedAtMs: number;
  readonly event: JournalEvent;
}

/** What a request was answered, kept for the case that it comes again. */
export interface RememberedReply {
  readonly deduplicationId: string;
  /** When the request was applied, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly reply: PartitionReply;
}

/**
 * The tables of one partition, as the state machine needs them. Answers at once. What it returns
 * is immutable; what it is given belongs to it.
 *
 * Any reading method may throw the store's private miss signal when a row is not in memory; the
 * processor then undoes the record, loads the row and applies the record again. State machine code
 * therefore never catches errors.
 *
 * `instance` is the identity that `instanceOf` of the model computes.
 */
export interface PartitionState {
  /** True if the invocation belongs to this partition. */
  isLocal(id: InvocationId): boolean;

  invocation(id: InvocationId): InvocationStatus | undefined;
  putInvocation(id: InvocationId, status: InvocationStatus): void;
  deleteInvocation(id: InvocationId): void;

  /** Starts an empty journal; only for an invocation that has none. */
  createJournal(id: InvocationId): void;
  /** `index` must be the length of the journal. */
  appendJournal(id: InvocationId, index: number, entry: JournalEntry): void;
  journal(id: InvocationId): JournalView;
  deleteJournal(id: InvocationId): void;
  appendEvent(id: InvocationId, index: number, event: StoredEvent): void;
  deleteEvents(id: InvocationId, count: number): void;

  /** Owner of an object key. */
  lock(instance: string): InvocationId | undefined;
  setLock(instance: string, owner: InvocationId | undefined): void;
  /** Waiting items by sequence. */
  inbox(instance: string): ReadonlyMap<number, InboxItem>;
  inboxHead(instance: string): QueuedItem | undefined;
  addInboxItem(instance: string, sequence: number, item: InboxItem): void;
  removeInboxItem(instance: string, sequence: number): void;

  stateValues(instance: string): ReadonlyMap<string, Uint8Array>;
  setStateValue(instance: string, key: string, value: Uint8Array | undefined): void;
  clearState(instance: string): void;

  promises(instance: string): ReadonlyMap<string, PromiseStatus>;
  setPromise(instance: string, key: string, promise: PromiseStatus): void;
  clearPromises(instance: string): void;

  /** Sinks that did not fit into the row that they wait at; the page exists. */
  sinkPage(page: number): readonly ResponseSink[];
  addSinkPage(page: number, sinks: readonly ResponseSink[]): void;
  deleteSinkPage(page: number): void;

  addTimer(timer: Timer): void;
  removeTimer(timer: Timer): void;
  addExpiry(expiry: Expiry): void;
  removeExpiry(expiry: Expiry): void;

  /** Stores a message under the next sequence and returns it. */
  addOutboxMessage(message: OutboxMessage): number;
  truncateOutbox(upTo: number): void;

  /** Last sequence applied from a producer; 0 if none. */
  deduplicationSequence(producer: number): number;
  setDeduplicationSequence(producer: number, sequence: number): void;

  /** Answer of an earlier record to the same request; undefined if there is none in memory. */
  rememberedReply(deduplicationId: string): PartitionReply | undefined;
  /** Keeps an answer under the index of its record, and forgets the oldest beyond the bounds. */
  rememberReply(logIndex: number, remembered: RememberedReply): void;

  /** Next number of a partition-wide counter, from 1; orders inboxes and limit queues. */
  nextSequence(): number;

  rules(): readonly ConcurrencyRule[];
  setRules(rules: readonly ConcurrencyRule[]): void;
  /** Invocations that hold a slot of `scope`, `scope/l1` or `scope/l1/l2`. */
  slotsInUse(path: string): number;
  setSlotsInUse(path: string, count: number): void;
  /**
   * First waiter, of a scope or of all, with capacity on all its levels: those that hold a key
   * before others, then in the order in which they could first have started.
   *
   * @param hasCapacity tells whether a path has a free slot, by what this state says of it
   */
  firstLimitWaiter(
    hasCapacity: (path: string) => boolean,
    scope: string | undefined,
  ): LimitWaiter | undefined;
  addLimitWaiter(scope: string, waiter: LimitWaiter): void;
  removeLimitWaiter(scope: string, sequence: number): void;
}
