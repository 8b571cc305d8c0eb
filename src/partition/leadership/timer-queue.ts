import type { Clock, ScheduledCall, Scheduler } from "#base/clock";
import type { Summary } from "#base/metric";
import { compareBytes, invocationIdToBytes } from "#model";
import type { Timer } from "#state-machine";

/** Reads the stored timers after another, in order; flushes what is not stored yet. */
export type TimerPages = (after: Timer | undefined, limit: number) => Promise<readonly Timer[]>;

/** What a timer queue works with. */
export interface TimerQueueOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly pages: TimerPages;
  /** Proposes due timers; false asks to try again a little later. */
  fire(timers: readonly Timer[]): boolean;
  onError(error: unknown): void;
  /** Seconds by which timers are late. */
  readonly fireDelay: Summary;
}

/** Timers in memory; later ones stay in the store until the earlier ones have fired. */
const WINDOW = 4_096;
/** Timers of one record. */
const FIRE_MAX = 256;
const RETRY_DELAY_MS = 20;
/** Longest delay that one system timer is given; later times are armed again. */
const DELAY_MAX_MS = 60_000;

/**
 * Due times of a partition's timers: a window of the earliest in memory, the rest in the store.
 * One system timer waits for the first.
 */
export class TimerQueue {
  readonly #options: TimerQueueOptions;
  readonly #heap: Timer[] = [];
  /** Last timer of the window; undefined while it is empty, or when it is everything. */
  #horizon: Timer | undefined;
  /** The window holds all timers there are. */
  #isComplete = false;
  /** Timers set while a page is read, which the page may not show. */
  #arrivals: Timer[] | undefined;
  #armed: ScheduledCall | undefined;
  #armedForMs = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(options: TimerQueueOptions) {
    this.#options = options;
  }

  /** Loads the first page. */
  start(): void {
    this.#loadPage();
  }

  close(): void {
    this.#isClosed = true;
    this.#armed?.cancel();
  }

  /** Timers in memory. */
  get loadedCount(): number {
    return this.#heap.length;
  }

  /** Takes a timer that was just stored. */
  set(timer: Timer): void {
    if (this.#arrivals !== undefined) {
      this.#arrivals.push(timer);
      return;
    }
    if (!this.#isInWindow(timer)) return;
    this.#push(timer);
    if (this.#heap.length > 2 * WINDOW) this.#shrink();
    this.#arm();
  }

  #loadPage(): void {
    if (this.#arrivals !== undefined || this.#isClosed) return;
    this.#arrivals = [];
    const { pages, onError } = this.#options;
    pages(this.#horizon, WINDOW).then((page) => this.#takePage(page), onError);
  }

  #takePage(page: readonly Timer[]): void {
    if (this.#isClosed) return;
    const arrivals = this.#arrivals ?? [];
    this.#arrivals = undefined;
    this.#isComplete = page.length < WINDOW;
    this.#horizon = page.at(-1) ?? this.#horizon;
    const seen = new Set<string>();
    for (const timer of page) {
      seen.add(timerKey(timer));
      this.#push(timer);
    }
    for (const timer of arrivals) {
      if (this.#isInWindow(timer) && !seen.has(timerKey(timer))) this.#push(timer);
    }
    this.#arm();
  }

  #isInWindow(timer: Timer): boolean {
    if (this.#isComplete) return true;
    return this.#horizon !== undefined && compareTimers(timer, this.#horizon) <= 0;
  }

  #arm(): void {
    if (this.#isClosed) return;
    const first = this.#heap[0];
    if (first === undefined) {
      if (!this.#isComplete) this.#loadPage();
      return;
    }
    if (first.timeMs >= this.#armedForMs) return;
    this.#armed?.cancel();
    this.#armedForMs = first.timeMs;
    const delayMs = Math.max(0, first.timeMs - this.#options.clock.nowMs());
    this.#armed = this.#options.scheduler.after(Math.min(delayMs, DELAY_MAX_MS), () => {
      this.#armedForMs = Number.POSITIVE_INFINITY;
      this.#fireDue();
    });
  }

  #fireDue(): void {
    if (this.#isClosed) return;
    const nowMs = this.#options.clock.nowMs();
    const due: Timer[] = [];
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.timeMs > nowMs || due.length === FIRE_MAX) break;
      due.push(first);
      this.#pop();
    }
    if (due.length > 0 && !this.#options.fire(due)) {
      for (const timer of due) this.#push(timer);
      this.#armedForMs = 0;
      this.#armed = this.#options.scheduler.after(RETRY_DELAY_MS, () => {
        this.#armedForMs = Number.POSITIVE_INFINITY;
        this.#fireDue();
      });
      return;
    }
    for (const timer of due) this.#options.fireDelay.observe((nowMs - timer.timeMs) / 1_000);
    this.#arm();
  }

  /** Forgets the later half; it is read again when its time comes nearer. */
  #shrink(): void {
    // A sorted array is a heap.
    this.#heap.sort(compareTimers);
    this.#heap.length = WINDOW;
    this.#horizon = this.#heap.at(-1);
    this.#isComplete = false;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent] as Timer).timeMs <= timer.timeMs) break;
      heap[at] = heap[parent] as Timer;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Timer;
    const size = heap.length;
    if (size === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && isEarlier(heap[child + 1], heap[child])) child++;
      if (!isEarlier(heap[child], last)) break;
      heap[at] = heap[child] as Timer;
      at = child;
    }
    heap[at] = last;
  }
}

function isEarlier(a: Timer | undefined, b: Timer | undefined): boolean {
  return (a as Timer).timeMs < (b as Timer).timeMs;
}

/** Order of the stored rows: time, invocation, kind, completion, run. */
function compareTimers(a: Timer, b: Timer): number {
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs;
  if (a.invocationId !== b.invocationId) {
    const left = invocationIdToBytes(a.invocationId);
    return compareBytes(left, invocationIdToBytes(b.invocationId));
  }
  if (a.kind === "start" || b.kind === "start") {
    return (a.kind === "start" ? 1 : 0) - (b.kind === "start" ? 1 : 0);
  }
  return a.completionId - b.completionId || a.incarnation - b.incarnation;
}

function timerKey(timer: Timer): string {
  if (timer.kind === "start") return `${timer.invocationId}/s`;
  return `${timer.invocationId}/${timer.completionId}/${timer.incarnation}`;
}
