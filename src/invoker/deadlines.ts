import { assert } from "#base/assert";
import type { Clock, ScheduledCall, Scheduler } from "#base/clock";

/** Something with at most one deadline; `dueMs` and `heapIndex` belong to `Deadlines`. */
export interface Deadline {
  /** Monotonic milliseconds. */
  dueMs: number;
  /** Place in the heap; `NOT_SCHEDULED` when there is no deadline. */
  heapIndex: number;
  /** Called once when the deadline has passed; it is no longer scheduled then. */
  fire(): void;
}

/** `heapIndex` of a deadline that is not scheduled. */
export const NOT_SCHEDULED = -1;

/**
 * All timers of the invoker in one indexed heap, with a single timer of the platform behind it.
 *
 * Changing a deadline costs O(log n); a timer of the platform is set only when the earliest
 * deadline moves forward, since most deadlines are cancelled long before they are due.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #heap: Deadline[] = [];
  #armed: { readonly dueMs: number; readonly call: ScheduledCall } | undefined;

  constructor(clock: Clock, scheduler: Scheduler) {
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  /** Number of scheduled deadlines. */
  get size(): number {
    return this.#heap.length;
  }

  /** Sets or moves a deadline. */
  schedule(item: Deadline, delayMs: number): void {
    item.dueMs = this.#clock.monotonicMs() + delayMs;
    if (item.heapIndex === NOT_SCHEDULED) {
      item.heapIndex = this.#heap.length;
      this.#heap.push(item);
    }
    this.#siftUp(item.heapIndex);
    this.#siftDown(item.heapIndex);
    this.#arm();
  }

  /** Removes a deadline, if there is one. */
  cancel(item: Deadline): void {
    const index = item.heapIndex;
    if (index === NOT_SCHEDULED) return;
    item.heapIndex = NOT_SCHEDULED;
    const last = this.#heap.pop() as Deadline;
    if (last === item) return;
    this.#place(last, index);
    this.#siftUp(index);
    this.#siftDown(last.heapIndex);
  }

  /** Stops the timer of the platform; nothing fires any more. */
  close(): void {
    this.#armed?.call.cancel();
    this.#armed = undefined;
    for (const item of this.#heap) item.heapIndex = NOT_SCHEDULED;
    this.#heap.length = 0;
  }

  #arm(): void {
    const earliest = this.#heap[0];
    if (earliest === undefined) return;
    if (this.#armed !== undefined) {
      if (this.#armed.dueMs <= earliest.dueMs) return;
      this.#armed.call.cancel();
    }
    const { dueMs } = earliest;
    const delayMs = Math.max(0, dueMs - this.#clock.monotonicMs());
    this.#armed = { dueMs, call: this.#scheduler.after(delayMs, () => this.#fireDue()) };
  }

  #fireDue(): void {
    this.#armed = undefined;
    const nowMs = this.#clock.monotonicMs();
    // What is due is taken out first: a callback may schedule again for now.
    const due: Deadline[] = [];
    for (let item = this.#heap[0]; item !== undefined && item.dueMs <= nowMs; ) {
      this.cancel(item);
      due.push(item);
      item = this.#heap[0];
    }
    for (const item of due) {
      // An earlier callback of this round may have set a new deadline; then that one counts.
      if (item.heapIndex === NOT_SCHEDULED) item.fire();
    }
    this.#arm();
  }

  #place(item: Deadline, index: number): void {
    this.#heap[index] = item;
    item.heapIndex = index;
  }

  #siftUp(start: number): void {
    const item = this.#heap[start] as Deadline;
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex] as Deadline;
      if (parent.dueMs <= item.dueMs) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(item, index);
  }

  #siftDown(start: number): void {
    const item = this.#heap[start] as Deadline;
    assert(item.heapIndex === start, "a scheduled deadline knows its place");
    let index = start;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = this.#heap[childIndex];
      if (child === undefined) break;
      const right = this.#heap[childIndex + 1];
      if (right !== undefined && right.dueMs < child.dueMs) {
        childIndex++;
        child = right;
      }
      if (child.dueMs >= item.dueMs) break;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(item, index);
  }
}
