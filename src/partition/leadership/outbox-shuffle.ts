import type { ScheduledCall, Scheduler } from "#base/clock";
import type { InvocationId } from "#model";
import { type DeliveredMessage, type OutboxMessage, receiverOf } from "#state-machine";

/** What a shuffle works with. */
export interface OutboxShuffleOptions {
  readonly scheduler: Scheduler;
  partitionOf(id: InvocationId): number;
  /** Hands messages to the leader of their receiver, here or on another node. */
  deliver(
    partitionId: number,
    items: readonly DeliveredMessage[],
    outcome: DeliveryOutcome,
  ): Handover;
  /** Told how many messages were sent. */
  onSent(count: number): void;
  /** Proposes to forget the messages up to a sequence. */
  truncate(upTo: number): boolean;
}

/** What becomes of messages that were handed over; one of the two is called, once, or none. */
export interface DeliveryOutcome {
  /** The receiver has applied them. */
  onApplied(): void;
  /** Nobody knows what became of them: they are sent again, before any later ones. */
  onLost(): void;
}

/**
 * How messages were taken. Receivers drop what is not above the highest sequence they have seen, so
 * nothing may overtake: behind `ordered` more may follow at once, since they share a log and are
 * lost together; behind `alone` only when its outcome is known. `refused`: not possible now.
 */
export type Handover = "ordered" | "alone" | "refused";

/** Messages of one record. */
const BATCH_MAX = 64;
/** Payload bytes of one record, unless its only message is larger. */
const BATCH_BYTES_MAX = 1024 * 1024;
const RETRY_DELAY_MS = 20;
const RETRY_DELAY_MAX_MS = 500;
/** Acknowledged messages that are forgotten together, and how long fewer of them may wait. */
const TRUNCATE_COUNT = 512;
const TRUNCATE_DELAY_MS = 1_000;

interface Lane {
  readonly partitionId: number;
  waiting: DeliveredMessage[];
  /** Proposed and not yet applied, in order. */
  inFlight: DeliveredMessage[];
  /** Nothing may follow what is in flight until its outcome is known. */
  isAlone: boolean;
  retry: ScheduledCall | undefined;
  retryDelayMs: number;
  /** Grows when messages are lost: outcomes of what was sent before are of no interest. */
  round: number;
}

/**
 * Sends a partition's outbox: to each receiving partition in order, again when the leader of the
 * receiver was lost. Receivers drop by sequence what they have seen.
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

  /** Messages that were sent and that the receiver has not applied yet. */
  get inFlightCount(): number {
    let count = 0;
    for (const { inFlight } of this.#lanes.values()) count += inFlight.length;
    return count;
  }

  /** Messages that were not sent yet. */
  get waitingCount(): number {
    let count = this.#held?.length ?? 0;
    for (const { waiting } of this.#lanes.values()) count += waiting.length;
    return count;
  }

  /** Tries a receiver that did not take anything: it may have a leader now. */
  retryNow(partitionId: number): void {
    const lane = this.#lanes.get(partitionId);
    if (lane?.retry === undefined) return;
    lane.retry.cancel();
    lane.retry = undefined;
    lane.retryDelayMs = RETRY_DELAY_MS;
    this.#pump(lane);
  }

  #queue(item: DeliveredMessage): void {
    const partitionId = this.#options.partitionOf(receiverOf(item.message));
    let lane = this.#lanes.get(partitionId);
    if (lane === undefined) {
      lane = newLane(partitionId);
      this.#lanes.set(partitionId, lane);
    }
    lane.waiting.push(item);
  }

  #pump(lane: Lane): void {
    while (lane.waiting.length > 0) {
      if (lane.retry !== undefined || lane.isAlone || this.#isClosed) return;
      const items = nextBatch(lane.waiting);
      const { round } = lane;
      // Entered first, since an outcome may come at once.
      lane.waiting = items.length === lane.waiting.length ? [] : lane.waiting.slice(items.length);
      lane.inFlight.push(...items);
      this.#options.onSent(items.length);
      const handover = this.#options.deliver(lane.partitionId, items, {
        onApplied: () => this.#acknowledge(lane, items, round),
        onLost: () => this.#lose(lane, round),
      });
      if (handover === "refused") this.#lose(lane, round);
      else if (handover === "alone" && lane.round === round && lane.inFlight.length > 0) {
        lane.isAlone = true;
      }
    }
  }

  /** Takes back all that is in flight: what follows a lost message must not come before it. */
  #lose(lane: Lane, round: number): void {
    if (this.#isClosed || lane.round !== round) return;
    lane.round++;
    lane.waiting = [...lane.inFlight, ...lane.waiting];
    lane.inFlight = [];
    lane.isAlone = false;
    if (lane.retry === undefined) this.#retryLater(lane);
  }

  #retryLater(lane: Lane): void {
    const delayMs = lane.retryDelayMs;
    lane.retryDelayMs = Math.min(2 * delayMs, RETRY_DELAY_MAX_MS);
    lane.retry = this.#options.scheduler.after(delayMs, () => {
      lane.retry = undefined;
      this.#pump(lane);
    });
  }

  #acknowledge(lane: Lane, items: readonly DeliveredMessage[], round: number): void {
    if (this.#isClosed) return;
    if (lane.round !== round) return;
    const last = items.at(-1)?.sequence ?? 0;
    lane.inFlight = lane.inFlight.filter(({ sequence }) => sequence > last);
    lane.retryDelayMs = RETRY_DELAY_MS;
    for (const { sequence } of items) this.#acknowledged.add(sequence);
    while (this.#acknowledged.delete(this.#completeTo + 1)) this.#completeTo++;
    if (this.#completeTo - this.#truncatedTo >= TRUNCATE_COUNT) this.#truncate();
    else if (this.#completeTo > this.#truncatedTo) this.#truncateLater();
    if (!lane.isAlone) return;
    lane.isAlone = false;
    this.#pump(lane);
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

function newLane(partitionId: number): Lane {
  return {
    partitionId,
    waiting: [],
    inFlight: [],
    isAlone: false,
    retry: undefined,
    retryDelayMs: RETRY_DELAY_MS,
    round: 0,
  };
}

/** The first messages, as many as one record takes; at least one. */
function nextBatch(waiting: readonly DeliveredMessage[]): DeliveredMessage[] {
  let bytes = 0;
  let count = 0;
  for (const { message } of waiting) {
    bytes += payloadBytes(message);
    if (count === BATCH_MAX || (bytes > BATCH_BYTES_MAX && count > 0)) break;
    count++;
  }
  return waiting.slice(0, count);
}

function payloadBytes(message: OutboxMessage): number {
  if (message.kind === "invoke") return message.request.payload.length;
  const result = "result" in message ? message.result : undefined;
  return result?.kind === "success" ? result.value.length : 0;
}
