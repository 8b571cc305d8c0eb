import type { Combinator, Future } from "#model";

const COMBINATOR_NAMES: Readonly<Record<Combinator, string>> = {
  unknown: "Unknown",
  "first-completed": "FirstCompleted",
  "all-completed": "AllCompleted",
  "first-succeeded-or-all-failed": "FirstSucceededOrAllFailed",
  "all-succeeded-or-first-failed": "AllSucceededOrFirstFailed",
};

/** Prints a tree of awaited futures as JSON, as `suspended_waiting_future_json` holds it. */
export function formatFuture(future: Future): string {
  return JSON.stringify(futureValue(future));
}

function futureValue(future: Future): unknown {
  const children = [
    ...future.completions.map((id) => ({ Single: { CompletionId: id } })),
    ...future.signals.map((index) => ({ Single: { SignalIndex: index } })),
    ...future.namedSignals.map((name) => ({ Single: { SignalName: name } })),
    ...future.nested.map(futureValue),
  ];
  return { [COMBINATOR_NAMES[future.combinator]]: children };
}

/** Completion ids anywhere in the tree, ascending. */
export function completionsOf(future: Future): readonly number[] {
  return collect(future, (node) => node.completions);
}

/** Signal indexes anywhere in the tree, ascending; named signals are left out. */
export function signalsOf(future: Future): readonly number[] {
  return collect(future, (node) => node.signals);
}

function collect(future: Future, pick: (node: Future) => readonly number[]): readonly number[] {
  const found = new Set<number>();
  const pending: Future[] = [future];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const value of pick(node)) found.add(value);
    pending.push(...node.nested);
  }
  return [...found].sort((left, right) => left - right);
}
