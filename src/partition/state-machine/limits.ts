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
  if (turn.state.rules().length === 0) return true;
  return limitPaths(limited).every((path) => hasFreeSlot(turn, path));
}

function hasFreeSlot(turn: Turn, path: string): boolean {
  const rule = matchingRule(turn.state.rules(), path);
  return rule === undefined || turn.state.slotsInUse(path) < rule.concurrency;
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

/** First waiter, of a scope or of all scopes, that has capacity on all its levels now. */
export function nextWaiter(turn: Turn, scope?: string): LimitWaiter | undefined {
  return turn.state.firstLimitWaiter((path) => hasFreeSlot(turn, path), scope);
}

/** Most specific rule for a path: literals beat `*`, the leftmost component weighs most. */
export function matchingRule(
  rules: readonly ConcurrencyRule[],
  path: string,
): ConcurrencyRule | undefined {
  const components = path.split("/");
  const byPattern = indexOf(rules)[components.length];
  if (byPattern === undefined) return undefined;
  // Bit by bit, from all literals down to all wildcards: the larger number is more specific.
  for (let literals = 2 ** components.length - 1; literals >= 0; literals--) {
    const rule = byPattern.get(patternOf(components, literals));
    if (rule !== undefined) return rule;
  }
  return undefined;
}

function patternOf(components: readonly string[], literals: number): string {
  let pattern = "";
  for (let i = 0; i < components.length; i++) {
    const isLiteral = ((literals >> (components.length - 1 - i)) & 1) === 1;
    pattern += `${i === 0 ? "" : "/"}${isLiteral ? components[i] : "*"}`;
  }
  return pattern;
}

/** Rules by pattern, by the number of their components. */
type RuleIndex = readonly (ReadonlyMap<string, ConcurrencyRule> | undefined)[];

/** A rule book is read for every request of a scope, and changes rarely. */
const indexes = new WeakMap<readonly ConcurrencyRule[], RuleIndex>();

function indexOf(rules: readonly ConcurrencyRule[]): RuleIndex {
  const known = indexes.get(rules);
  if (known !== undefined) return known;
  const index: Map<string, ConcurrencyRule>[] = [];
  for (const rule of rules) {
    const level = rule.pattern.split("/").length;
    index[level] ??= new Map();
    index[level].set(rule.pattern, rule);
  }
  indexes.set(rules, index);
  return index;
}
