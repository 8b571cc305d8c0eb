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
