import type { Clock, ScheduledCall, Scheduler } from "#base/clock";
import { SimRandom } from "./sim-random.ts";

interface SimEvent {
  readonly atMs: number;
  readonly sequence: number;
  run: (() => void) | undefined;
}

/** Virtual time starts here, so that wall clock values look like ones. */
const START_MS = 1_700_000_000_000;
/** Times are multiples of a power of two, so that differences of them are exact. */
const TICKS_PER_MS = 1024;

/**
 * Virtual time and everything that happens in it, from one seed.
 *
 * Events run one after the other in order of time, then of scheduling. After each, all promise
 * callbacks that it caused run before the next, so a run is a function of the seed alone. Whatever
 * takes part must wait for nothing but promises and this scheduler.
 */
export class SimWorld {
  readonly random: SimRandom;
  /** Events that ran. */
  eventCount = 0;
  /** Hash over the times of all events: two runs of a seed are equal if their traces are. */
  trace = 0;
  /** Called after each event, when all it caused has happened; for invariants. */
  afterEvent: (() => void) | undefined;
  #nowMs = 0;
  #sequence = 0;
  #heap: SimEvent[] = [];

  constructor(seed: number) {
    this.random = new SimRandom(seed);
  }

  /** Virtual milliseconds since the start. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs something later; it belongs to no process, so nothing kills it. */
  after(delayMs: number, run: () => void): ScheduledCall {
    const event: SimEvent = {
      atMs: this.#nowMs + Math.ceil(Math.max(0, delayMs) * TICKS_PER_MS) / TICKS_PER_MS,
      sequence: this.#sequence++,
      run,
    };
    this.#push(event);
    return {
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  /** A process: its timers and callbacks end with it. */
  process(): SimProcess {
    return new SimProcess(this);
  }

  /** Lets virtual time pass. */
  async runFor(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await drainMicrotasks();
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= endMs; next = this.#heap[0]) {
      await this.#runNext();
    }
    this.#nowMs = endMs;
  }

  /** Runs until something holds; fails when it does not within the time, or nothing happens. */
  async runUntil(isMet: () => boolean, limitMs: number, what = "the condition"): Promise<void> {
    const endMs = this.#nowMs + limitMs;
    await drainMicrotasks();
    while (!isMet()) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > endMs) {
        throw new Error(`${what} does not hold after ${limitMs} virtual ms`);
      }
      await this.#runNext();
    }
  }

  /** Waits for a promise while virtual time passes. */
  async settle<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    let isDone = false;
    const note = (): void => {
      isDone = true;
    };
    promise.then(note, note);
    await this.runUntil(() => isDone, limitMs, "the promise");
    return promise;
  }

  async #runNext(): Promise<void> {
    const event = this.#pop();
    const { run } = event;
    if (run === undefined) return;
    this.#nowMs = Math.max(this.#nowMs, event.atMs);
    this.eventCount++;
    this.trace = (Math.imul(this.trace, 31) + event.sequence + Math.floor(event.atMs)) | 0;
    run();
    await drainMicrotasks();
    this.afterEvent?.();
  }

  #push(event: SimEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = heap[parent] as SimEvent;
      if (isBefore(above, event)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): SimEvent {
    const heap = this.#heap;
    const first = heap[0] as SimEvent;
    const last = heap.pop() as SimEvent;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as SimEvent)) child++;
      if (isBefore(last, heap[child] as SimEvent)) break;
      heap[at] = heap[child] as SimEvent;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

/**
 * One run of a node's process: what it schedules never happens after it was killed, and waits
 * while it is frozen.
 */
export class SimProcess {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Milliseconds by which the wall clock of this node is ahead; may be changed at any time. */
  wallSkewMs = 0;
  readonly #world: SimWorld;
  #isAlive = true;
  #isFrozen = false;
  #held: (() => void)[] = [];

  constructor(world: SimWorld) {
    this.#world = world;
    this.clock = {
      nowMs: () => START_MS + Math.floor(world.nowMs + this.wallSkewMs),
      monotonicMs: () => world.nowMs,
    };
    this.scheduler = { after: (delayMs, run) => this.after(delayMs, run) };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  after(delayMs: number, run: () => void): ScheduledCall {
    let isCancelled = false;
    const call = this.#world.after(delayMs, () => {
      if (!this.#isAlive || isCancelled) return;
      if (this.#isFrozen) this.#held.push(() => (isCancelled ? undefined : run()));
      else run();
    });
    return {
      cancel: () => {
        isCancelled = true;
        call.cancel();
      },
    };
  }

  /** The next turn of the event loop. */
  defer(run: () => void): void {
    this.after(0, run);
  }

  /** Ends it at once, in the middle of whatever it does. */
  kill(): void {
    this.#isAlive = false;
    this.#held = [];
  }

  /** Stops it as SIGSTOP does; what becomes due meanwhile happens when it is thawed. */
  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    const held = this.#held;
    this.#held = [];
    for (const run of held) this.after(0, run);
  }
}

function isBefore(left: SimEvent, right: SimEvent): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.sequence < right.sequence);
}

/** A turn of the real event loop comes only when no promise callback is left. */
function drainMicrotasks(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
