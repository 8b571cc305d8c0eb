/** Something that waits for a slot. */
export interface Waiting {
  /** False once it no longer wants the slot; it is skipped then. */
  isWaiting(): boolean;
  /** Called when it has the slot. It must release it, sooner or later, exactly once. */
  start(): void;
}

/** Abandoned places that are tolerated before the queue is compacted. */
const ABANDONED_MAX = 1024;

/**
 * Slots for attempts of a node, given out in order of arrival.
 *
 * At the limit callers wait. The queue holds one reference per waiting invocation, which the
 * invoker holds anyway; it has no limit of its own.
 */
export class Quota {
  readonly #slotCount: number;
  #usedCount = 0;
  #queue: (Waiting | undefined)[] = [];
  #head = 0;
  #abandonedCount = 0;
  #isHandingOut = false;

  constructor(slotCount: number) {
    this.#slotCount = slotCount;
  }

  get usedCount(): number {
    return this.#usedCount;
  }

  get waitingCount(): number {
    return this.#queue.length - this.#head - this.#abandonedCount;
  }

  /** Starts `waiting` when a slot is free: at once, or in order of arrival. */
  acquire(waiting: Waiting): void {
    this.#queue.push(waiting);
    this.#handOut();
  }

  /** Gives a slot back. */
  release(): void {
    this.#usedCount--;
    this.#handOut();
  }

  /** Must be called when something in the queue stops waiting. */
  abandon(): void {
    this.#abandonedCount++;
    if (this.#abandonedCount < ABANDONED_MAX) return;
    if (this.#abandonedCount * 2 < this.#queue.length - this.#head) return;
    this.#queue = this.#queue.slice(this.#head).filter((waiting) => waiting?.isWaiting());
    this.#head = 0;
    this.#abandonedCount = 0;
  }

  /** A loop, not a recursion: what starts may fail at once and release its slot. */
  #handOut(): void {
    if (this.#isHandingOut) return;
    this.#isHandingOut = true;
    while (this.#usedCount < this.#slotCount && this.#head < this.#queue.length) {
      const waiting = this.#queue[this.#head] as Waiting;
      this.#queue[this.#head++] = undefined;
      if (!waiting.isWaiting()) {
        this.#abandonedCount--;
        continue;
      }
      this.#usedCount++;
      waiting.start();
    }
    this.#isHandingOut = false;
    this.#compact();
  }

  #compact(): void {
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
