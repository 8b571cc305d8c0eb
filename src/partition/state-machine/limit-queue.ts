import { assert } from "#base/assert";
import { IndexedHeap } from "./indexed-heap.ts";
import type { LimitWaiter } from "./partition-state.ts";

/** Those who wait under one path: a scope, or a scope with one or two components of a limit key. */
interface Level {
  /** `scope`, `scope/l1` or `scope/l1/l2`; empty for the level above all scopes. */
  readonly path: string;
  readonly above: Level | undefined;
  /** Levels below that have waiters. */
  readonly below: Set<Level>;
  /** Waiters whose limit key ends here. */
  readonly waiters: IndexedHeap<LimitWaiter>;
  /** Levels below that have a waiter to offer and were not found full. */
  readonly open: IndexedHeap<Level>;
  /** First waiter of all that this level has to offer. */
  first: LimitWaiter | undefined;
  /** It was found full, and nothing has changed that since. */
  isParked: boolean;
}

/**
 * Finds the next invocation to start among those that wait for concurrency limits, without looking
 * at those that cannot: a level that was found full is parked until its slots or the rules change.
 * Parking costs no more than what unparks, so that finding takes O(log n) amortised.
 *
 * Derived from the rows of waiters: what it answers depends on them and on the capacities alone,
 * never on what was asked before.
 */
export class LimitQueue {
  readonly #top: Level = levelOf("", undefined);
  readonly #levels = new Map<string, Level>();
  readonly #parked = new Set<Level>();

  add(scope: string, waiter: LimitWaiter): void {
    let level = this.#levelOf(scope, this.#top);
    for (const path of pathsBelow(scope, waiter.limitKey)) level = this.#levelOf(path, level);
    level.waiters.add(waiter);
    refresh(level);
  }

  /** Removes a waiter, the same object that was added. */
  delete(scope: string, waiter: LimitWaiter): void {
    const path = pathsBelow(scope, waiter.limitKey).at(-1) ?? scope;
    let level = this.#levels.get(path);
    assert(level !== undefined, "a waiter is removed where it was added");
    level.waiters.delete(waiter);
    refresh(level);
    while (level.above !== undefined && level.waiters.size === 0 && level.below.size === 0) {
      this.#levels.delete(level.path);
      this.#parked.delete(level);
      level.above.below.delete(level);
      level = level.above;
    }
  }

  /** True if somebody waits under a path: `reopen` then has to be told of its slots. */
  hasLevel(path: string): boolean {
    return this.#levels.has(path);
  }

  /** The slots in use of a path have changed. */
  reopen(path: string): void {
    const level = this.#levels.get(path);
    if (level !== undefined) this.#unpark(level);
  }

  /** The rules have changed. */
  reopenAll(): void {
    for (const level of this.#parked) this.#unpark(level);
  }

  /**
   * First waiter, of a scope or of all, that has capacity on all its levels.
   *
   * @param hasCapacity tells whether a path has a free slot
   */
  first(
    hasCapacity: (path: string) => boolean,
    scope: string | undefined,
  ): LimitWaiter | undefined {
    if (scope === undefined) return this.#settle(this.#top, hasCapacity);
    const level = this.#levels.get(scope);
    if (level === undefined || level.isParked || !hasCapacity(scope)) return undefined;
    return this.#settle(level, hasCapacity);
  }

  /** Parks what is full until what the level offers first can start. The level itself can. */
  #settle(level: Level, hasCapacity: (path: string) => boolean): LimitWaiter | undefined {
    for (;;) {
      const open = level.open.first;
      // Whoever is offered by no level below waits at this one.
      if (open === undefined || open.first !== level.first) return level.first;
      if (!hasCapacity(open.path)) {
        this.#park(open);
        continue;
      }
      const offered = open.first;
      if (this.#settle(open, hasCapacity) === offered) return offered;
    }
  }

  #park(level: Level): void {
    level.isParked = true;
    this.#parked.add(level);
    const { above } = level;
    assert(above !== undefined, "the level above all scopes has no limit");
    above.open.delete(level);
    refresh(above);
  }

  #unpark(level: Level): void {
    if (!level.isParked) return;
    level.isParked = false;
    this.#parked.delete(level);
    const above = level.above as Level;
    if (level.first !== undefined) above.open.add(level);
    refresh(above);
  }

  #levelOf(path: string, above: Level): Level {
    const present = this.#levels.get(path);
    if (present !== undefined) return present;
    const level = levelOf(path, above);
    this.#levels.set(path, level);
    above.below.add(level);
    return level;
  }
}

function levelOf(path: string, above: Level | undefined): Level {
  return {
    path,
    above,
    below: new Set(),
    waiters: new IndexedHeap(isBefore),
    open: new IndexedHeap((left, right) =>
      isBefore(left.first as LimitWaiter, right.first as LimitWaiter),
    ),
    first: undefined,
    isParked: false,
  };
}

/** Brings what a level offers up to date, and so what the levels above it do. */
function refresh(from: Level): void {
  for (let level: Level | undefined = from; level !== undefined; level = level.above) {
    const own = level.waiters.first;
    const below = level.open.first?.first;
    const first = own === undefined || (below !== undefined && isBefore(below, own)) ? below : own;
    if (first === level.first) return;
    const { above, isParked } = level;
    above?.open.delete(level);
    level.first = first;
    if (above !== undefined && !isParked && first !== undefined) above.open.add(level);
  }
}

function pathsBelow(scope: string, limitKey: string | undefined): readonly string[] {
  const paths: string[] = [];
  if (limitKey === undefined) return paths;
  for (const component of limitKey.split("/")) paths.push(`${paths.at(-1) ?? scope}/${component}`);
  return paths;
}

/**
 * Those that hold a key start before others, then everyone in the order in which they could first
 * have started, however often they came back.
 */
function isBefore(left: LimitWaiter, right: LimitWaiter): boolean {
  if (left.holdsLock !== right.holdsLock) return left.holdsLock;
  if (left.readySinceMs !== right.readySinceMs) return left.readySinceMs < right.readySinceMs;
  if (left.incarnation !== right.incarnation) return left.incarnation < right.incarnation;
  return left.sequence < right.sequence;
}
