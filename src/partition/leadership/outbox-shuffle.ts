import type { ScheduledCall, Scheduler } from "#base/clock";
import type { InvocationId } from "#model";
import { type DeliveredMessage, type OutboxMessage, receiverOf } from "#state-machine";

/** What a shuffle works with. */
export interface OutboxShuffleOptions {
  readonly scheduler: Scheduler;
  partitionOf(id: InvocationId): number;
  /**
   * Proposes messages to the log of their receiver. Calls `onApplied` when the receiver has applied
   * them, never if it lost leadership. False: not possible now.
   */
  deliver(partitionId: number, items: readonly DeliveredMessage[], onApplied: () => void): boolean;
  /** Proposes to forget the messages up to a sequence. */
  truncate(upTo: number): boolean;
}

/** Messages of one record. */
const BATCH_MAX = 64;
const RETRY_DELAY_MS = 20;
/** Acknowledged messages that are forgotten together, and how long fewer of them may wait. */
const TRUNCATE_COUNT = 512;
const TRUNCATE_DELAY_MS = 1_000;

interface Lane {
  readonly partitionId: number;
  waiting: DeliveredMessage[];
  /** Proposed and not yet applied, in order. */
  inFlight: DeliveredMessage[];
  retry: ScheduledCall | undefined;
}

/**
 * Sends a partition's outbox: to each receiving partition in order, again after the receiver
 * changed its leader. Receivers drop by sequence what they have seen.
 *
 * Bounded by what is in the outbox table; the partition stops taking commands long before.
 */
export class OutboxShuffle {
  readonly #options: OutboxShuffleOptions;
  readonly #lanes = new Map<number, Lane>();
  readonly #acknowledged = new Set<number>();
  /** All messages up to here are acknowledged. */
  #completeTo = -1;
  #truncatedTo = 0;
  #truncation: ScheduledCall | undefined;
  /** New messages wait until the stored ones are queued, so that order is kept. */
  #held: DeliveredMessage[] | undefined = [];
  #isClosed = false;

  constructor(options: OutboxShuffleOptions) {
    this.#options = options;
  }

  /** Queues what a former leader left, oldest first, then everything that came meanwhile. */
  start(stored: readonly DeliveredMessage[], last: { readonly assignedSequence: number }): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    const lastStored = stored.at(-1)?.sequence ?? 0;
    const all = [...stored, ...held.filter(({ sequence }) => sequence > lastStored)];
    this.#completeTo = (all[0]?.sequence ?? last.assignedSequence + 1) - 1;
    this.#truncatedTo = this.#completeTo;
    for (const item of all) this.#queue(item);
    for (const lane of this.#lanes.values()) this.#pump(lane);
  }

  close(): void {
    this.#isClosed = true;
    this.#truncation?.cancel();
    for (const lane of this.#lanes.values()) lane.retry?.cancel();
  }

  /** Takes a message that was just stored; `flush` sends it. */
  add(sequence: number, message: OutboxMessage): void {
    const item = { sequence, message };
    if (this.#held !== undefined) this.#held.push(item);
    else this.#queue(item);
  }

  /** Sends what was added. */
  flush(): void {
    for (const lane of this.#lanes.values()) if (lane.waiting.length > 0) this.#pump(lane);
  }

  /** Sends again what a receiver may have lost with its leader. */
  resend(partitionId: number): void {
    const lane = this.#lanes.get(partitionId);
    if (lane === undefined || lane.inFlight.length === 0) return;
    lane.waiting = [...lane.inFlight, ...lane.waiting];
    lane.inFlight = [];
    this.#pump(lane);
  }

  #queue(item: DeliveredMessage): void {
    const partitionId = this.#options.partitionOf(receiverOf(item.message));
    let lane = this.#lanes.get(partitionId);
    if (lane === undefined) {
      lane = { partitionId, waiting: [], inFlight: [], retry: undefined };
      this.#lanes.set(partitionId, lane);
    }
    lane.waiting.push(item);
  }

  #pump(lane: Lane): void {
    if (lane.retry !== undefined || this.#isClosed) return;
    let sent = 0;
    while (sent < lane.waiting.length) {
      const items = lane.waiting.slice(sent, sent + BATCH_MAX);
      const isTaken = this.#options.deliver(lane.partitionId, items, () => {
        this.#acknowledge(lane, items);
      });
      if (!isTaken) {
        this.#retryLater(lane);
        break;
      }
      lane.inFlight.push(...items);
      sent += items.length;
    }
    lane.waiting = sent === lane.waiting.length ? [] : lane.waiting.slice(sent);
  }

  #retryLater(lane: Lane): void {
    lane.retry = this.#options.scheduler.after(RETRY_DELAY_MS, () => {
      lane.retry = undefined;
      this.#pump(lane);
    });
  }

  #acknowledge(lane: Lane, items: readonly DeliveredMessage[]): void {
    if (this.#isClosed) return;
    const last = items.at(-1)?.sequence ?? 0;
    lane.inFlight = lane.inFlight.filter(({ sequence }) => sequence > last);
    for (const { sequence } of items) this.#acknowledged.add(sequence);
    while (this.#acknowledged.delete(this.#completeTo + 1)) this.#completeTo++;
    if (this.#completeTo - this.#truncatedTo >= TRUNCATE_COUNT) this.#truncate();
    else if (this.#completeTo > this.#truncatedTo) this.#truncateLater();
  }

  #truncateLater(): void {
    this.#truncation ??= this.#options.scheduler.after(TRUNCATE_DELAY_MS, () => {
      this.#truncation = undefined;
      this.#truncate();
    });
  }

  #truncate(): void {
    if (this.#isClosed || this.#completeTo <= this.#truncatedTo) return;
    if (this.#options.truncate(this.#completeTo)) this.#truncatedTo = this.#completeTo;
    else this.#truncateLater();
  }
}
