import { assert } from "#base/assert";
import type { InvocationTarget } from "#model";
import type { ConcurrencyRule } from "./command.ts";
import type { LimitWaiter } from "./partition-state.ts";
import type { Turn } from "./turn.ts";

/** What decides the slots that an invocation holds while it runs. */
export interface Limited {
  readonly target: Pick<InvocationTarget, "scope">;
  readonly limitKey: string | undefined;
}

/**
 * Paths of the counters of an invocation: its scope, then one per component of its limit key.
 * Empty for invocations without a scope, which no rule can name.
 */
export function limitPaths({ target, limitKey }: Limited): readonly string[] {
  if (target.scope === undefined) return [];
  const paths = [target.scope];
  if (limitKey === undefined) return paths;
  for (const component of limitKey.split("/")) paths.push(`${paths.at(-1)}/${component}`);
  return paths;
}

/** True if every level that has a rule has a free slot. */
export function hasCapacity(turn: Turn, limited: Limited): boolean {
  const rules = turn.state.rules();
  if (rules.length === 0) return true;
  return limitPaths(limited).every((path) => {
    const rule = matchingRule(rules, path);
    return rule === undefined || turn.state.slotsInUse(path) < rule.concurrency;
  });
}

/** Takes one slot on every level. Counted without rules too, so that a later rule is exact. */
export function acquireSlots(turn: Turn, limited: Limited): void {
  for (const path of limitPaths(limited)) {
    turn.state.setSlotsInUse(path, turn.state.slotsInUse(path) + 1);
  }
}

/** Gives the slots back. The caller then offers them with `nextWaiter`. */
export function releaseSlots(turn: Turn, limited: Limited): void {
  for (const path of limitPaths(limited)) {
    const inUse = turn.state.slotsInUse(path);
    assert(inUse > 0, "a released slot was held");
    turn.state.setSlotsInUse(path, inUse - 1);
  }
}

/**
 * First waiter of a scope that has capacity on all its levels now: those that hold a key before
 * others, then in the order in which they could first have started, however often they came back.
 */
export function nextWaiter(turn: Turn, scope: string): LimitWaiter | undefined {
  let first: LimitWaiter | undefined;
  for (const waiter of turn.state.limitWaiters(scope).values()) {
    if (first !== undefined && !isBefore(waiter, first)) continue;
    if (hasCapacity(turn, { target: { scope }, limitKey: waiter.limitKey })) first = waiter;
  }
  return first;
}

function isBefore(left: LimitWaiter, right: LimitWaiter): boolean {
  if (left.holdsLock !== right.holdsLock) return left.holdsLock;
  if (left.readySinceMs !== right.readySinceMs) return left.readySinceMs < right.readySinceMs;
  return left.sequence < right.sequence;
}

/** Most specific rule for a path: literals beat `*`, the leftmost component weighs most. */
export function matchingRule(
  rules: readonly ConcurrencyRule[],
  path: string,
): ConcurrencyRule | undefined {
  const components = path.split("/");
  let best: ConcurrencyRule | undefined;
  let bestWeight = -1;
  for (const rule of rules) {
    const weight = matchWeight(rule.pattern.split("/"), components);
    if (weight > bestWeight) {
      best = rule;
      bestWeight = weight;
    }
  }
  return best;
}

/** -1 if the pattern does not match; otherwise larger is more specific. */
function matchWeight(pattern: readonly string[], components: readonly string[]): number {
  if (pattern.length !== components.length) return -1;
  let weight = 0;
  for (let i = 0; i < pattern.length; i++) {
    weight *= 2;
    if (pattern[i] === components[i]) weight += 1;
    else if (pattern[i] !== "*") return -1;
  }
  return weight;
}
